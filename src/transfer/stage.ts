/** Local data to S3, under a prefix that its contents name: what is there already is not sent again. */

import { awsCall, awsErrorCode, translate } from "../aws/translate.ts";
import { TransferError } from "../errors.ts";
import type { Session } from "../session.ts";
import { failedFiles } from "./failures.ts";
import { listObjects } from "./listing.ts";
import { forEachBounded, orAbort } from "./pool.ts";
import { type OnProgress, ProgressMeter } from "./progress.ts";
import { formatS3Uri, parseS3Uri, type S3Location, s3PathJoin } from "./s3-uri.ts";
import type { Source, SourceFile } from "./source.ts";
import { Uploader } from "./upload.ts";

export {
  describeSource,
  type Source,
  type SourceFile,
} from "./source.ts";

/** Where data would be staged. */
export interface LocateOptions {
  /** Whose S3 is asked. */
  readonly session: Session;
  /** The bucket. */
  readonly bucket: string;
  /** A prefix in the bucket. Default: none. */
  readonly prefix?: string | undefined;
  /** Whether S3 is asked what is there already. Default: `true`. */
  readonly ask?: boolean;
  /** The account that must own the bucket. */
  readonly expectedBucketOwner?: string | undefined;
  /** Stops the asking. */
  readonly signal?: AbortSignal | undefined;
}

/** Where data is, or would be, staged. */
export interface StagedPlace {
  /** The prefix that the files lie under; ends in `/`. */
  readonly uri: string;
  /** Whether all of it is there already; `undefined` when S3 was not asked, or did not say. */
  readonly present: boolean | undefined;
  /** The files that are not there; all of them when `present` is `undefined`. */
  readonly missing: readonly SourceFile[];
  /** Why S3 did not say, when it was asked. */
  readonly problem?: unknown;
}

/** How data is staged. */
export interface StageOptions {
  /** Whose S3 it goes to. */
  readonly session: Session;
  /** The prefix, as {@link locateSource} gave it. */
  readonly uri: string;
  /** The account that must own the bucket. */
  readonly expectedBucketOwner?: string | undefined;
  /** Stops the staging; no part of a file stays behind, files that arrived whole do. */
  readonly signal?: AbortSignal | undefined;
  /** Told of the progress, a few times a second. */
  readonly onProgress?: OnProgress | undefined;
}

/** What was staged. */
export interface StagedResult {
  /** The prefix; ends in `/`. */
  readonly uri: string;
  /** How many files were sent; the others were there. */
  readonly sentFiles: number;
  /** How many bytes were sent. */
  readonly sentBytes: number;
}

/** Small files cost round trips, not bandwidth: many at a time. Memory is bounded by the uploader. */
const FILES_AT_A_TIME = 16;
/** A key has at most so many bytes of UTF-8. */
const MOST_KEY_BYTES = 1024;

/**
 * Where a source's files lie in S3, or would: `<prefix>/sagemaker-estimator/inputs/<digest>/`, so that equal data is staged
 * once, whichever job, channel or machine it comes from. Changes nothing.
 *
 * @param source - what {@link describeSource} gave
 * @param options - see {@link LocateOptions}
 * @returns what is there; that S3 could not be asked is no error, and a bucket that does not exist holds nothing
 * @throws {@link TransferError} when a file's name is too long for a key
 */
export async function locateSource(source: Source, options: LocateOptions): Promise<StagedPlace> {
  const { session, bucket, prefix, ask = true, signal } = options;
  const key = s3PathJoin(prefix, "sagemaker-estimator/inputs", source.digest, {
    withEndSlash: true,
  });
  const uri = formatS3Uri({ bucket, key });
  refuseLongKeys(source, key);
  if (!ask) {
    return { uri, present: undefined, missing: source.files };
  }
  try {
    const { missing, foreign } = await compare(source, { bucket, key }, { ...options, session });
    return { uri, present: missing.length === 0 && foreign.length === 0, missing };
  } catch (error) {
    signal?.throwIfAborted();
    return awsErrorCode(error) === "NoSuchBucket"
      ? { uri, present: false, missing: source.files }
      : {
          uri,
          present: undefined,
          missing: source.files,
          problem: translate(error, `list ${uri}`),
        };
  }
}

/**
 * Sends what is missing. Each file is checked against its description before its object comes into being, so that what lies
 * under a prefix is what the prefix says; an interrupted staging goes on where it was.
 *
 * @param source - what {@link describeSource} gave
 * @param options - see {@link StageOptions}
 * @throws {@link TransferError} with every file that failed: changed since it was described, vanished, refused by S3
 * @throws {@link SageMakerError} when the bucket cannot be listed
 * @example
 * ```ts
 * const source = await describeSource("data/");
 * const { uri } = await locateSource(source, { session, bucket: await session.defaultBucket() });
 * await stageSource(source, { session, uri });
 * ```
 */
export async function stageSource(source: Source, options: StageOptions): Promise<StagedResult> {
  const { session, uri, expectedBucketOwner, signal, onProgress } = options;
  const place = parseS3Uri(uri);
  const { missing, foreign } = await awsCall(`list ${uri}`, () =>
    compare(source, place, options),
  ).catch(orAbort(signal));
  if (foreign.length > 0) {
    throw new TransferError(
      `Under ${uri} lies what is not part of ${source.label}, and the job would read it as well: ` +
        `${shortList(foreign)}. Delete it and try again.`,
    );
  }
  const sentBytes = missing.reduce((sum, { bytes }) => sum + bytes, 0);
  const meter = new ProgressMeter({
    phase: "stage",
    totalBytes: sentBytes,
    totalFiles: missing.length,
    onProgress,
  });
  const uploader = new Uploader(await session.clients.s3(), {
    signal,
    onBytes: (bytes) => meter.addBytes(bytes),
  });
  const failures = await forEachBounded(
    missing,
    { limit: FILES_AT_A_TIME, signal },
    async (file) => {
      await uploader.upload({
        content: file.content,
        label: typeof file.content === "string" ? file.content : file.name,
        bucket: place.bucket,
        key: `${place.key}${file.name}`,
        expected: file,
        expectedBucketOwner,
      });
      meter.addFile();
    },
  );
  if (failures.length > 0) {
    throw failedFiles(`${failures.length} files of ${source.label} were not staged`, failures);
  }
  meter.end();
  return { uri, sentFiles: missing.length, sentBytes };
}

/** One listing tells what is there: what a name with a digest says it is, it is, if its size is right. */
async function compare(
  source: Source,
  { bucket, key }: S3Location,
  options: Pick<StageOptions, "session" | "expectedBucketOwner" | "signal">,
): Promise<{ missing: SourceFile[]; foreign: string[] }> {
  const { session, expectedBucketOwner, signal } = options;
  const missing = new Map(source.files.map((file) => [file.name, file]));
  const names = new Set(missing.keys());
  const foreign: string[] = [];
  const s3 = await session.clients.s3();
  for await (const object of listObjects({
    s3,
    bucket,
    prefix: key,
    expectedBucketOwner,
    signal,
  })) {
    const name = object.key.slice(key.length);
    if (missing.get(name)?.bytes === object.bytes) {
      missing.delete(name);
    } else if (!names.has(name) && foreign.length < 10) {
      foreign.push(name);
    }
  }
  return { missing: [...missing.values()], foreign };
}

function refuseLongKeys(source: Source, prefix: string): void {
  const long = source.files.filter(({ name }) => Buffer.byteLength(prefix + name) > MOST_KEY_BYTES);
  if (long.length > 0) {
    throw new TransferError(
      `${source.label} holds names that are too long: with the prefix ${prefix} they have more than ` +
        `${MOST_KEY_BYTES} bytes, the most that a key in S3 has: ${shortList(long.map(({ name }) => name))}.`,
      long.map(({ name }) => ({ source: name, cause: new Error("name too long") })),
    );
  }
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => JSON.stringify(name));
  return `${shown.join(", ")}${names.length > 5 ? ` and ${names.length - 5} more` : ""}`;
}
