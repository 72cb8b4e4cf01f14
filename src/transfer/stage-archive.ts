/** Files as one archive in S3: uploaded once per content, and copied inside S3 to wherever a job wants it. */

import { createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { awsCall, awsErrorCode, awsErrorStatus, isAbort, translate } from "../aws/translate.ts";
import type { S3 } from "../aws/types.ts";
import type { Session } from "../session.ts";
import { orAbort } from "./pool.ts";
import { type OnProgress, ProgressMeter } from "./progress.ts";
import { formatS3Uri, type S3Location } from "./s3-uri.ts";
import type { Source } from "./source.ts";
import { packFiles } from "./source-archive.ts";
import { Uploader } from "./upload.ts";
import { encryption } from "./upload-request.ts";

/** The most that S3 copies in one request, in bytes. */
export const MOST_COPIED_BYTES: number = 5 * 2 ** 30;

/** Where an archive lies, and how. */
export interface ArchivePlace {
  /** Where it is uploaded, once per content. */
  readonly shared: S3Location;
  /** Where it is copied to. */
  readonly target: S3Location;
  /** The KMS key of both. Default: see `useKms`. */
  readonly kmsKey?: string | undefined;
  /** Without a key: encrypts with the account's `aws/s3` key. */
  readonly useKms: boolean;
  /** The account that must own the bucket. */
  readonly expectedBucketOwner?: string | undefined;
}

/** How an archive is staged. */
export interface StageArchiveOptions {
  /** Whose S3 it goes to. */
  readonly session: Session;
  /** Stops the staging; nothing is left behind half. */
  readonly signal?: AbortSignal | undefined;
  /** Told of the progress. */
  readonly onProgress?: OnProgress | undefined;
}

/**
 * Whether the archive was uploaded already; `undefined` when S3 did not say.
 *
 * @param place - where it would lie
 * @param options - the session and the signal
 */
export async function findArchive(
  place: ArchivePlace,
  { session, signal }: StageArchiveOptions,
): Promise<{ readonly present: boolean | undefined; readonly problem?: unknown }> {
  try {
    return { present: await isThere(await session.clients.s3(), place, signal) };
  } catch (error) {
    signal?.throwIfAborted();
    const problem = translate(error, `look for ${formatS3Uri(place.shared)}`);
    return { present: undefined, problem };
  }
}

/**
 * Uploads the archive unless it is there, and copies it to its target.
 *
 * @param source - the files
 * @param place - where to
 * @param options - see {@link StageArchiveOptions}
 * @throws {@link TransferError} when a file changed since it was described, or cannot be read
 * @throws {@link SageMakerError} when S3 refuses
 */
export async function stageArchive(
  source: Source,
  place: ArchivePlace,
  options: StageArchiveOptions,
): Promise<void> {
  const { session, signal } = options;
  const s3 = await session.clients.s3();
  // Whoever may not look may still write.
  const there = await isThere(s3, place, signal).catch((error: unknown) => {
    signal?.throwIfAborted();
    if (awsErrorStatus(error) === 403) {
      return false;
    }
    throw translate(error, `look for ${formatS3Uri(place.shared)}`);
  });
  if (!there) {
    await upload(source, place, s3, options);
  }
  const target = formatS3Uri(place.target);
  await awsCall(`copy ${formatS3Uri(place.shared)} to ${target}`, () =>
    s3.copyObject(
      {
        Bucket: place.target.bucket,
        Key: place.target.key,
        // The one member of S3's API that the caller has to encode.
        CopySource: [place.shared.bucket, ...place.shared.key.split("/")]
          .map(encodeURIComponent)
          .join("/"),
        ...encryption(place),
        ...(place.expectedBucketOwner !== undefined && {
          ExpectedBucketOwner: place.expectedBucketOwner,
          ExpectedSourceBucketOwner: place.expectedBucketOwner,
        }),
      },
      { ...(signal && { abortSignal: signal }) },
    ),
  ).catch(orAbort(signal));
}

async function isThere(
  s3: S3,
  { shared, expectedBucketOwner }: ArchivePlace,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    await s3.headObject(
      {
        Bucket: shared.bucket,
        Key: shared.key,
        ...(expectedBucketOwner !== undefined && { ExpectedBucketOwner: expectedBucketOwner }),
      },
      { ...(signal && { abortSignal: signal }) },
    );
    return true;
  } catch (error) {
    const isMissing =
      awsErrorStatus(error) === 404 || ["NotFound", "NoSuchBucket"].includes(awsErrorCode(error));
    if (isMissing && !isAbort(error)) {
      return false;
    }
    throw error;
  }
}

/** Packed to a file first: S3 wants the size before the bytes, and parts that can be sent again. */
async function upload(
  source: Source,
  { shared, kmsKey, useKms, expectedBucketOwner }: ArchivePlace,
  s3: S3,
  { signal, onProgress }: StageArchiveOptions,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sagemaker-code-"));
  try {
    const path = join(folder, "sourcedir.tar.gz");
    await pipeline(packFiles(source.files, { signal }), createWriteStream(path), {
      ...(signal && { signal }),
    }).catch(orAbort(signal));
    const totalBytes = (await stat(path)).size;
    const meter = new ProgressMeter({ phase: "stage", totalBytes, totalFiles: 1, onProgress });
    const uploader = new Uploader(s3, { signal, onBytes: (bytes) => meter.addBytes(bytes) });
    await uploader.upload({
      ...{ content: path, label: source.label, ...shared },
      ...{ kmsKey, useKms, expectedBucketOwner },
    });
    meter.addFile();
    meter.end();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
