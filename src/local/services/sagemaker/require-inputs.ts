/** Whether there is anything under the prefixes that a job reads: the service looks before it takes the job. */

import { parseS3Uri } from "../../../transfer/s3-uri.ts";
import { ServiceError } from "../../wire/service-error.ts";
import type { SageMakerContext } from "./context.ts";
import type { TrainingRequest } from "./training-request.ts";

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
    if (await hasObjects(context, bucket, prefix)) continue;
    const fetched = (await context.upstream?.fetch(bucket, prefix, signal)) ?? 0;
    if (fetched === 0) throw nothingUnder(context, uri, bucket, request.RoleArn);
  }
  await fetchCheckpoints(context, request, signal);
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
