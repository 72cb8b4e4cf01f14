/** From objects to files: what channels and checkpoints are brought in by. */

import { constants } from "node:fs";
import { chmod, copyFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { hasCode } from "../services/s3/node-errors.ts";
import type { ObjectInfo } from "../services/s3/object-info.ts";
import type { ObjectStore } from "../services/s3/object-store.ts";
import { JobFailure } from "./failure-reason.ts";
import { localName, UnusableKeyError } from "./local-name.ts";

const PAGE = 1000;
/** How often a copy is begun anew when its object is overwritten meanwhile. */
const ATTEMPTS = 5;

/** Where objects come from: the object store, or what stands for it. */
export type ObjectSource = Pick<ObjectStore, "list" | "get">;

/**
 * All objects under a prefix, in pages.
 *
 * @throws JobFailure `ClientError: Data download failed:Unable to list …`
 */
export async function* objectPages(
  store: ObjectSource,
  bucket: string,
  prefix: string,
): AsyncGenerator<readonly ObjectInfo[]> {
  let startAfter: string | undefined;
  for (;;) {
    const { objects, more } = await store
      .list(bucket, { prefix, limit: PAGE, ...(startAfter === undefined ? {} : { startAfter }) })
      .catch((error: unknown) => {
        throw downloadFailure(
          `Unable to list objects of s3://${bucket}/${prefix} (${words(error)})`,
          error,
        );
      });
    if (objects.length > 0) yield objects;
    startAfter = objects.at(-1)?.key;
    if (!more || startAfter === undefined) return;
  }
}

/**
 * What an object is called below a folder.
 *
 * @param prefix - what the folder stands for
 * @throws JobFailure when its key cannot be a file's name
 */
export function usableName(
  bucket: string,
  prefix: string,
  { key, size }: ObjectInfo,
): ReturnType<typeof localName> {
  try {
    const name = localName(prefix, key);
    if (name.isFolder && size > 0)
      throw new UnusableKeyError("it ends in a slash but is not empty");
    return name;
  } catch (error) {
    if (!(error instanceof UnusableKeyError)) throw error;
    throw downloadFailure(
      `The key of s3://${bucket}/${key.replaceAll("\0", "\\0")} cannot be a file of this folder: ${error.message}.`,
      error,
    );
  }
}

/** Makes a folder that an object stands for. @throws JobFailure that names the object */
export async function makeFolder(bucket: string, key: string, path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw fileFailure(bucket, key, error);
  });
}

/**
 * Makes a file of an object: a copy, which may be written to.
 *
 * @param listed - as a list told it; when it was overwritten since, the new one is as good
 * @param mode - the file's permissions
 * @throws JobFailure that names the object
 */
export async function copyObject(
  store: ObjectSource,
  bucket: string,
  listed: ObjectInfo,
  path: string,
  mode: number = 0o644,
): Promise<void> {
  let object: ObjectInfo | undefined = listed;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await copyBody(object.bodyPath, path, mode);
      return;
    } catch (error) {
      // Its body is gone: it was overwritten since it was listed, and the new one is as good.
      object =
        hasCode(error, "ENOENT") && attempt < ATTEMPTS
          ? await store.get(bucket, listed.key)
          : undefined;
      if (object === undefined) throw fileFailure(bucket, listed.key, error);
    }
  }
}

async function copyBody(source: string, path: string, mode: number): Promise<void> {
  // Exclusive: two keys that would become one file are told, not lost. Where the disk can, the copy shares blocks until written to.
  const flags = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE;
  try {
    await copyFile(source, path, flags);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    await mkdir(dirname(path), { recursive: true });
    await copyFile(source, path, flags);
  }
  await chmod(path, mode);
}

/** Something that could not be brought in. */
export function downloadFailure(text: string, cause?: unknown): JobFailure {
  return new JobFailure(`ClientError: Data download failed:${text}`, { cause });
}

function fileFailure(bucket: string, key: string, error: unknown): JobFailure {
  if (hasCode(error, "ENOSPC", "EDQUOT")) return downloadFailure("Insufficient disk space", error);
  const why = hasCode(error, "EEXIST", "ENOTDIR", "EISDIR")
    ? "another key has made a file or a folder of that name"
    : words(error);
  return downloadFailure(`Unable to download object s3://${bucket}/${key} (${why})`, error);
}

/** An error in a few words. */
export function words(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? `${String(error.code)}: ${error.message}` : error.message;
}
