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
    throw objectFailure(bucket, key, `it cannot be a file of this folder: ${error.message}`, error);
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

/** An object that could not be brought in, and why. */
export function objectFailure(
  bucket: string,
  key: string,
  why: string,
  cause?: unknown,
): JobFailure {
  return downloadFailure(
    `Unable to download object s3://${bucket}/${shownKey(key)} (${why})`,
    cause,
  );
}

function fileFailure(bucket: string, key: string, error: unknown): JobFailure {
  if (hasCode(error, "ENOSPC", "EDQUOT")) return downloadFailure("Insufficient disk space", error);
  return objectFailure(bucket, key, fileProblem(error), error);
}

function fileProblem(error: unknown): string {
  if (hasCode(error, "EEXIST", "ENOTDIR", "EISDIR")) {
    return "another key has made a file or a folder of that name: rename one of the two";
  }
  if (hasCode(error, "ENAMETOOLONG")) {
    return "it is too long for a file's name: file systems take 255 bytes between two slashes";
  }
  return words(error);
}

/** A reason of 1,024 characters has room for a key and for what is wrong with it. In characters. */
const LONGEST_SHOWN = 400;
/** Control characters, and those that turn the direction of the text around them. */
const UNSEEN = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;

/** A key as a reason shows it: in one line, its middle left out when it is very long. */
function shownKey(key: string): string {
  const characters = [...key];
  const short =
    characters.length <= LONGEST_SHOWN
      ? key
      : `${characters.slice(0, LONGEST_SHOWN / 2).join("")}…${characters.slice(-LONGEST_SHOWN / 2).join("")}`;
  return short.replace(UNSEEN, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, "0");
    return character === "\n" ? "\\n" : `\\u${code}`;
  });
}

/** An error in a few words, without this machine's paths. */
export function words(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message } = error;
  if (!("code" in error)) return message;
  // Node's own say the code first, and the call with its paths last.
  const isCall = "syscall" in error && message.startsWith(`${String(error.code)}:`);
  if (isCall) return message.split(`, ${String(error.syscall)}`, 1)[0] ?? message;
  return `${String(error.code)}: ${message}`;
}
