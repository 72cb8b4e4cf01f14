/** A prefix or a single object from S3 to a folder. */

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { awsCall } from "../aws/translate.ts";
import type { S3 } from "../aws/types.ts";
import { TransferError } from "../errors.ts";
import { checkSpace } from "./disk.ts";
import { Downloader } from "./download.ts";
import { failedFiles } from "./failures.ts";
import { type PlannedTree, planTree } from "./key-path.ts";
import { type ListedObject, listObjects } from "./listing.ts";
import { forEachBounded, orAbort } from "./pool.ts";
import { type OnProgress, ProgressMeter } from "./progress.ts";
import { parseS3Uri, type S3Location } from "./s3-uri.ts";

/** How a tree is brought. */
export interface DownloadTreeOptions {
  readonly s3: S3;
  /** The account that must own the bucket. */
  readonly expectedBucketOwner?: string | undefined;
  /** Stops the download; what is whole stays, the rest does not. */
  readonly signal?: AbortSignal | undefined;
  /** Told of the progress, a few times a second. */
  readonly onProgress?: OnProgress | undefined;
  /** The error for a prefix that holds nothing. Default: one that says so. */
  readonly whenEmpty?: () => Error;
  /** Judges the files before the first is brought. */
  readonly check?: (names: readonly string[]) => Promise<void>;
}

const FILES_AT_A_TIME = 16;

/**
 * Brings an object, or all objects under a prefix, into a folder. A URI that ends in `/` is a folder; any other is the object
 * of that key if there is one, else the folder of that name. Files that exist are replaced.
 *
 * @param uri - the object or prefix
 * @param folder - where to; made if need be
 * @param options - see {@link DownloadTreeOptions}
 * @returns the files, as paths that begin with `folder`
 * @throws {@link TransferError} when there is nothing, a key cannot be a file in the folder, there is not enough space, or
 *   files failed: all of them are named
 * @throws {@link SageMakerError} when S3 refuses the listing
 */
export async function downloadTree(
  uri: string,
  folder: string,
  options: DownloadTreeOptions,
): Promise<string[]> {
  const { signal } = options;
  const place = parseS3Uri(uri);
  const { files, folders } = await awsCall(`list ${uri}`, () => look(place, options)).catch(
    orAbort(signal),
  );
  if (files.length === 0 && folders.length === 0) {
    throw (
      options.whenEmpty?.() ??
      new TransferError(
        `There is nothing to download: ${uri} is no object, and no object lies under it.`,
      )
    );
  }
  await options.check?.(files.map(({ name }) => name));
  await mkdir(folder, { recursive: true });
  const totalBytes = files.reduce((sum, { object }) => sum + object.bytes, 0);
  await checkSpace(folder, totalBytes, uri);
  const meter = new ProgressMeter({
    phase: "download",
    totalBytes,
    totalFiles: files.length,
    onProgress: options.onProgress,
  });
  const downloader = new Downloader(options.s3, {
    signal,
    onBytes: (bytes) => meter.addBytes(bytes),
  });
  for (const name of folders) {
    await mkdir(join(folder, name), { recursive: true });
  }
  const failures = await forEachBounded(files, { limit: FILES_AT_A_TIME, signal }, async (file) => {
    await downloader.download({
      bucket: place.bucket,
      key: file.object.key,
      bytes: file.object.bytes,
      path: join(folder, file.name),
      incompletePath: join(folder, file.incompleteName),
      expectedBucketOwner: options.expectedBucketOwner,
    });
    meter.addFile();
  });
  if (failures.length > 0) {
    throw failedFiles(`${failures.length} files of ${uri} were not downloaded`, failures);
  }
  meter.end();
  return files.map(({ name }) => join(folder, name));
}

async function look(place: S3Location, options: DownloadTreeOptions): Promise<PlannedTree> {
  const { bucket, key } = place;
  const { s3, expectedBucketOwner, signal } = options;
  const list = (prefix: string): AsyncIterable<ListedObject> =>
    listObjects({ s3, bucket, prefix, expectedBucketOwner, signal });
  if (key !== "" && !key.endsWith("/")) {
    // The key itself is the first of those that begin with it.
    for await (const object of list(key)) {
      if (object.key === key) {
        return planTree([object], key.slice(0, key.lastIndexOf("/") + 1));
      }
      break;
    }
  }
  const prefix = key === "" || key.endsWith("/") ? key : `${key}/`;
  const objects: ListedObject[] = [];
  for await (const object of list(prefix)) {
    objects.push(object);
  }
  return planTree(objects, prefix);
}
