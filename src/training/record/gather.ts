/** What is about to be run, with a digest of each thing that goes in. Reads files and AWS; changes nothing. */

import { readFile } from "node:fs/promises";
import type { Session } from "../../session.ts";
import type { PreparedJob } from "../prepare.ts";
import { redactRequest } from "../redact.ts";
import type { TrainingJobRequest } from "../request.ts";
import type { RunChannel, RunCheckpoints, RunImage } from "../run-record.ts";
import { folderDigest, isEmptyPrefix, listingDigest } from "./data-digest.ts";
import { codeOfRun } from "./run-code.ts";
import type { RunInputs } from "./run-digest.ts";

/** What is known of a run before it is carried out. */
export type PreparedRun = Pick<PreparedJob, "uploads" | "codeDigest" | "recordedCode" | "facts">;

/** An image named by its digest. */
const PINNED = /@(sha256:[0-9a-f]{64})$/;
/** Where staging puts data: the name says what the contents are. */
const STAGED = /\/sagemaker-estimator\/inputs\/([0-9a-f]{64})\/$/;

/**
 * Gathers what goes into a run.
 *
 * @param request - as it is sent
 * @param prepared - what the plan knows of it
 * @param session - where it runs
 * @param signal - stops the work
 */
export async function gatherRun(
  request: TrainingJobRequest,
  prepared: PreparedRun,
  session: Session,
  signal?: AbortSignal,
): Promise<RunInputs> {
  const { value, redacted } = redactRequest(request);
  const [image, code, channels, checkpoints] = await Promise.all([
    imageOf(request, prepared, session, signal),
    codeOfRun(
      request,
      { digest: prepared.codeDigest, recorded: prepared.recordedCode },
      session,
      signal,
    ),
    channelsOf(request, prepared, session, signal),
    checkpointsOf(request, session, signal),
  ]);
  return {
    request: value,
    redacted,
    image,
    ...(code && { code }),
    channels,
    ...(checkpoints && { checkpoints }),
  };
}

/** The versions that a record names. */
export async function versions(): Promise<Record<string, string>> {
  const node = process.versions.node;
  try {
    // The package's own, from src/ as from dist/.
    const text = await readFile(new URL("../../../package.json", import.meta.url), "utf8");
    const { version } = JSON.parse(text) as { version?: string };
    return { "sagemaker-estimator": version ?? "unknown", node };
  } catch {
    // In a bundle it has none.
    return { "sagemaker-estimator": "unknown", node };
  }
}

/**
 * The image of a run, with its digest or why it has none.
 *
 * @param request - as it is sent
 * @param prepared - what was learned of the image
 * @param session - where it runs
 * @param signal - stops the reading
 */
export async function imageOf(
  { AlgorithmSpecification: algorithm }: TrainingJobRequest,
  { facts }: Pick<PreparedRun, "facts">,
  session: Session,
  signal: AbortSignal | undefined,
): Promise<RunImage> {
  const uri = algorithm?.TrainingImage;
  if (uri === undefined) {
    const name = algorithm?.AlgorithmName;
    return name === undefined ? { kind: "none" } : { kind: "algorithm", uri: name };
  }
  const folder = await session.local?.program?.(uri);
  if (folder !== undefined) {
    const { digest, unknown } = await folderDigest(folder, signal);
    return {
      kind: "program",
      uri,
      ...(digest !== undefined && { digest }),
      ...(unknown !== undefined && { unknown }),
    };
  }
  const digest = PINNED.exec(uri)?.[1] ?? facts.imageDigest;
  return digest === undefined
    ? {
        kind: "image",
        uri,
        unknown: `the digest of ${uri} is not known: ${facts.imageUnknown ?? "ECR was not asked"}. Name the image by its digest, …@sha256:…`,
      }
    : { kind: "image", uri, digest };
}

async function channelsOf(
  request: TrainingJobRequest,
  { uploads }: PreparedRun,
  session: Session,
  signal: AbortSignal | undefined,
): Promise<Record<string, RunChannel>> {
  const staged = new Map(uploads.map((upload) => [upload.planned.uri, upload]));
  const channels = await Promise.all(
    (request.InputDataConfig ?? []).map(
      async ({ ChannelName = "", DataSource }): Promise<[string, RunChannel]> => {
        const { S3DataSource: s3, FileSystemDataSource: system, DatasetSource } = DataSource ?? {};
        if (system !== undefined) {
          const uri = `${system.FileSystemId ?? ""}:${system.DirectoryPath ?? ""}`;
          return [
            ChannelName,
            { source: "file-system", uri, unknown: "files in a file system have no digest" },
          ];
        }
        if (s3?.S3Uri === undefined) {
          const uri = DatasetSource?.DatasetArn ?? "";
          return [ChannelName, { source: "dataset", uri, unknown: "a data set has no digest" }];
        }
        const uri = s3.S3Uri;
        const upload = staged.get(uri);
        if (upload !== undefined) {
          const { files, bytes } = upload.planned;
          return [ChannelName, { source: "staged", uri, digest: upload.digest, files, bytes }];
        }
        return [ChannelName, await channelInS3(uri, s3.S3DataType, session, signal)];
      },
    ),
  );
  return Object.fromEntries(channels);
}

/**
 * Data that lie in S3 already.
 *
 * @param uri - the channel's
 * @param type - its `S3DataType`
 * @param session - whose S3
 * @param signal - stops the listing
 */
export async function channelInS3(
  uri: string,
  type: string | undefined,
  session: Session,
  signal?: AbortSignal,
): Promise<RunChannel> {
  if (type !== undefined && type !== "S3Prefix") {
    const unknown = `${type} names objects elsewhere, which were not listed`;
    return { source: "s3", uri, unknown };
  }
  const listing = await listingDigest(session, uri, signal);
  const staged = STAGED.exec(uri)?.[1];
  // What an earlier run staged is the same data as when it was staged first.
  return staged !== undefined && listing.digest !== undefined
    ? { ...listing, source: "staged", uri, digest: staged }
    : { ...listing, source: "s3", uri };
}

async function checkpointsOf(
  { CheckpointConfig }: TrainingJobRequest,
  session: Session,
  signal: AbortSignal | undefined,
): Promise<RunCheckpoints | undefined> {
  const uri = CheckpointConfig?.S3Uri;
  if (uri === undefined) {
    return undefined;
  }
  const empty = await isEmptyPrefix(session, uri, signal);
  return { uri, ...(empty !== undefined && { empty }) };
}
