/** Whether there is anything under the prefixes that a job reads: the service looks before it takes the job. */

import { readFile } from "node:fs/promises";
import { parseS3Uri } from "../../../transfer/s3-uri.ts";
import {
  augmentedLines,
  ManifestError,
  type NamedObject,
  parseAugmentedLine,
  parseManifest,
} from "../../runner/manifest.ts";
import { ServiceError } from "../../wire/service-error.ts";
import type { SageMakerContext } from "./context.ts";
import type { Channel, TrainingRequest } from "./training-request.ts";

/**
 * Refuses a job one of whose channels has no objects.
 *
 * @throws {@link ServiceError} `ValidationException` in the service's words
 */
export async function requireInputs(
  context: SageMakerContext,
  request: TrainingRequest,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { DataSource } of request.InputDataConfig ?? []) {
    const uri = DataSource.S3DataSource?.S3Uri;
    if (uri === undefined) continue;
    const [, bucket = "", prefix = ""] = /^s3:\/\/([^/]+)\/?(.*)$/su.exec(uri) ?? [];
    if (!(await hasObjects(context, bucket, prefix))) {
      const fetched = (await context.upstream?.fetch(bucket, prefix, signal)) ?? 0;
      if (fetched === 0) throw nothingUnder(context, uri, bucket, request.RoleArn);
    }
    await fetchNamed(context, DataSource.S3DataSource, signal);
  }
  await fetchCheckpoints(context, request, signal);
}

/** The objects that a manifest names. What is wrong with it, the job itself tells. */
async function fetchNamed(
  { objects, upstream }: SageMakerContext,
  source: Channel["DataSource"]["S3DataSource"],
  signal: AbortSignal | undefined,
): Promise<void> {
  if (upstream === undefined || source === undefined) return;
  if (source.S3DataType !== "ManifestFile" && source.S3DataType !== "AugmentedManifestFile") return;
  const { bucket, key } = parseS3Uri(source.S3Uri);
  const manifest = await objects.get(bucket, key);
  if (manifest === undefined) return;
  const text = await readFile(manifest.bodyPath, "utf8");
  for (const place of namedObjects(source.S3DataType, text, source.AttributeNames ?? [])) {
    signal?.throwIfAborted();
    const here = (await objects.bucket(place.bucket)) !== undefined;
    if (here && (await objects.get(place.bucket, place.key)) !== undefined) continue;
    await upstream.fetch(place.bucket, place.key, signal);
  }
}

function namedObjects(type: string, text: string, names: readonly string[]): NamedObject[] {
  try {
    if (type === "ManifestFile") return parseManifest(text);
    return augmentedLines(text)
      .flatMap((line) => parseAugmentedLine(line, names))
      .filter((value) => "key" in value);
  } catch (error) {
    if (error instanceof ManifestError) return [];
    throw error;
  }
}

/** A first job has none. */
async function fetchCheckpoints(
  context: SageMakerContext,
  { CheckpointConfig: checkpoints }: TrainingRequest,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (checkpoints === undefined || context.upstream === undefined) return;
  const { bucket, key } = parseS3Uri(checkpoints.S3Uri);
  const prefix = key === "" || key.endsWith("/") ? key : `${key}/`;
  if (await hasObjects(context, bucket, prefix)) return;
  const isLocal = (await context.objects.bucket(bucket)) !== undefined;
  await context.upstream.fetch(bucket, prefix, signal).catch((error: unknown) => {
    signal?.throwIfAborted();
    // A bucket of this cloud may be nobody's there, or somebody else's.
    if (!isLocal) throw error;
  });
}

async function hasObjects(
  { objects }: SageMakerContext,
  bucket: string,
  prefix: string,
): Promise<boolean> {
  if ((await objects.bucket(bucket)) === undefined) return false;
  return (await objects.list(bucket, { prefix, limit: 1 })).objects.length > 0;
}

function nothingUnder(
  { region, upstream }: SageMakerContext,
  uri: string,
  bucket: string,
  role: string,
): ServiceError {
  const aside =
    upstream === undefined
      ? " The local S3 holds only what was put there: stage local files, or read the rest from AWS with " +
        "new LocalCloud({ upstream: new Session() })."
      : " Neither the local S3 nor the upstream one has any.";
  return new ServiceError(
    "ValidationException",
    `No S3 objects found under S3 URL "${uri}" given in input data source. ` +
      `Please ensure that the bucket exists in the selected region (${region}), ` +
      `that objects exist under that S3 prefix, and that the role "${role}" has ` +
      `"s3:ListBucket" permissions on bucket "${bucket}".${aside}`,
  );
}
