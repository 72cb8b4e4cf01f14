/** A job's artifacts, from S3 into a folder: unpacked on the way, all of them or nothing. */

import { mkdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { awsErrorCode, awsErrorStatus, translate } from "../aws/translate.ts";
import { TransferError } from "../errors.ts";
import type { Session } from "../session.ts";
import { unpackTarGz } from "./archive.ts";
import { writeError } from "./disk.ts";
import { downloadTree } from "./download-tree.ts";
import { RefusedEntry } from "./entry-name.ts";
import { isTaken, moveIn, namesExist } from "./move-in.ts";
import { type ObjectStream, openObject } from "./object-stream.ts";
import { type OnProgress, ProgressMeter } from "./progress.ts";
import { parseS3Uri } from "./s3-uri.ts";

/** How artifacts are brought. */
export interface ArtifactOptions {
  /** The training job's name: the folder `.incomplete-<job>` bears it until all is good, and messages do. */
  readonly job: string;
  /** Whether files that exist are replaced. Default: `false`, they are an error. */
  readonly overwrite?: boolean | undefined;
  /** What is brought, for messages. Default: `model`. */
  readonly what?: "model" | "output";
  /** Stops the download; nothing of it stays. */
  readonly signal?: AbortSignal | undefined;
  /** Told of the progress, a few times a second. */
  readonly onProgress?: OnProgress | undefined;
}

/** From this size on, the first name that exists ends the download; before, all of them are found. */
const LARGE_BYTES = 64 * 1024 * 1024;

/**
 * Brings a `tar.gz` object and unpacks it on the way, with no archive on the disk, into `<folder>/.incomplete-<job>`; what is
 * in it moves into the folder when all of it is good. A connection that drops is taken up where it was.
 *
 * @param session - whose S3 is read
 * @param uri - the archive
 * @param folder - where to; made if need be
 * @param options - see {@link ArtifactOptions}
 * @throws {@link TransferError} when there is no such object, names exist already, the archive is cut off, corrupt or would
 *   write outside the folder, or the disk is full; nothing stays behind
 * @example
 * ```ts
 * await downloadArchive(session, "s3://bucket/job/output/model.tar.gz", "model/", { job: "job" });
 * ```
 */
export async function downloadArchive(
  session: Session,
  uri: string,
  folder: string,
  options: ArtifactOptions,
): Promise<void> {
  const { job, overwrite = false, signal, onProgress } = options;
  await inStages(folder, options, async (incomplete) => {
    const object = await openArtifact(session, uri, options);
    const meter = new ProgressMeter({ phase: "download", totalBytes: object.bytes, onProgress });
    const names: string[] = [];
    await unpackTarGz(object.chunks, incomplete, {
      ...(signal && { signal }),
      label: uri,
      onBytes: (bytes) => meter.addBytes(bytes),
      onEntry: async (name, isFolder) => {
        if (isOwnName(name, job)) {
          throw new RefusedEntry("the download has that name for its own use");
        }
        if (!isFolder) {
          meter.addFile();
        }
        if (
          !overwrite &&
          object.bytes >= LARGE_BYTES &&
          (await isTaken(join(folder, name), isFolder))
        ) {
          names.push(name);
          throw namesExist(folder, names, { overwrite });
        }
      },
    });
    meter.end();
    session.logger.debug(`Unpacked the ${options.what ?? "model"} of ${job} from ${uri}`);
  });
}

/**
 * Brings all objects under a prefix, as a job with uncompressed output leaves them, in the same way as
 * {@link downloadArchive}.
 *
 * @param session - whose S3 is read
 * @param uri - the prefix
 * @param folder - where to; made if need be
 * @param options - see {@link ArtifactOptions}
 * @throws {@link TransferError} as {@link downloadArchive}
 */
export async function downloadFolder(
  session: Session,
  uri: string,
  folder: string,
  options: ArtifactOptions,
): Promise<void> {
  const { overwrite = false, signal, onProgress } = options;
  const prefix = uri.endsWith("/") ? uri : `${uri}/`;
  await inStages(folder, options, async (incomplete) => {
    await downloadTree(prefix, incomplete, {
      s3: await session.clients.s3(),
      signal,
      onProgress,
      whenEmpty: () => nothingThere(uri, options),
      check: async (names) => {
        const existing: string[] = [];
        for (const name of names) {
          const isThere = !overwrite && (await isTaken(join(folder, name), false));
          if (isThere || isOwnName(name, options.job)) {
            existing.push(name);
          }
        }
        if (existing.length > 0) {
          throw namesExist(folder, existing, { overwrite });
        }
      },
    });
  });
}

/** What comes under these names would be taken away with what is incomplete. */
function isOwnName(name: string, job: string): boolean {
  const own = `.incomplete-${job}`.toLowerCase();
  const [first] = name.toLowerCase().split("/");
  return first === own || first === `${own}.replaced`;
}

/** Fills a folder of its own, then moves what is in it; whatever happens, that folder is gone afterwards. */
async function inStages(
  folder: string,
  { job, overwrite = false, signal }: ArtifactOptions,
  fill: (incomplete: string) => Promise<void>,
): Promise<void> {
  signal?.throwIfAborted();
  const incomplete = join(folder, `.incomplete-${job}`);
  let made: string | undefined;
  let isGood = false;
  try {
    made = await mkdir(folder, { recursive: true });
    // What a run that was killed left there.
    await rm(incomplete, { recursive: true, force: true });
    await mkdir(incomplete);
    await fill(incomplete);
    signal?.throwIfAborted();
    await moveIn(incomplete, folder, { overwrite });
    isGood = true;
  } catch (error) {
    signal?.throwIfAborted();
    throw writeError(error, folder);
  } finally {
    await rm(incomplete, { recursive: true, force: true });
    if (!isGood && made !== undefined) {
      // Made for nothing; it stays if somebody has put something into it.
      await rmdir(folder).catch(() => {});
    }
  }
}

async function openArtifact(
  session: Session,
  uri: string,
  options: ArtifactOptions,
): Promise<ObjectStream> {
  const place = parseS3Uri(uri);
  try {
    return await openObject({
      s3: await session.clients.s3(),
      ...place,
      signal: options.signal,
    });
  } catch (error) {
    options.signal?.throwIfAborted();
    if (awsErrorCode(error) === "NoSuchKey") {
      throw nothingThere(uri, options, error);
    }
    const ours = translate(error, `download ${uri}`);
    // Without s3:ListBucket, S3 says "denied" of an object that is not there.
    const advice =
      awsErrorStatus(error) === 403
        ? ` (S3 also says so of an object that does not exist, to callers without s3:ListBucket)`
        : "";
    throw new TransferError(
      `${(ours as Error).message}${advice}`,
      [{ source: uri, cause: error }],
      {
        cause: error,
      },
    );
  }
}

function nothingThere(
  uri: string,
  { job, what = "model" }: ArtifactOptions,
  cause?: unknown,
): TransferError {
  const place = what === "model" ? "/opt/ml/model" : "/opt/ml/output/data";
  return new TransferError(
    `Training job ${job} wrote no ${what}: there is nothing at ${uri}. ` +
      `A job's ${what} is what lies in ${place} when it ends.`,
    [{ source: uri, cause: cause ?? new Error("nothing there") }],
    cause === undefined ? undefined : { cause },
  );
}
