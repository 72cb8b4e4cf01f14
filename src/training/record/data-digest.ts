/** Digests of data that lie somewhere already: objects under a prefix, the files of a program folder. Reads, and changes nothing. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { isAbort, translate } from "../../aws/translate.ts";
import type { Session } from "../../session.ts";
import { listObjects } from "../../transfer/listing.ts";
import { parseS3Uri } from "../../transfer/s3-uri.ts";

/** What lies somewhere, by its digest, or why there is none. */
export interface DataDigest {
  /** `undefined` when there is none. */
  readonly digest?: string;
  readonly files?: number;
  readonly bytes?: number;
  readonly unknown?: string;
}

/** So many objects are listed for a digest: ten calls. */
const MOST_OBJECTS = 10_000;
/** A program folder with more is more than a program. */
const MOST_FILES = 20_000;
const MOST_BYTES = 512 * 1024 * 1024;
/** What package managers and Git can make again, from files that do count. */
const NOT_PROGRAM = new Set(["node_modules", ".git"]);

/**
 * The digest of a listing: names below the prefix's last slash, sizes and ETags. Equal listings have an equal digest, wherever
 * they lie; objects with other contents have other ETags.
 *
 * @param session - whose S3
 * @param uri - the prefix, as a channel has it
 * @param signal - stops the listing
 */
export async function listingDigest(
  session: Session,
  uri: string,
  signal?: AbortSignal,
): Promise<DataDigest> {
  try {
    const { bucket, key } = parseS3Uri(uri);
    const folder = key.slice(0, key.lastIndexOf("/") + 1);
    const hash = createHash("sha256");
    let files = 0;
    let bytes = 0;
    const s3 = await session.clients.s3();
    for await (const object of listObjects({ s3, bucket, prefix: key, signal })) {
      files += 1;
      bytes += object.bytes;
      if (files > MOST_OBJECTS) {
        return { unknown: `more than ${MOST_OBJECTS} objects` };
      }
      if (object.etag === undefined) {
        return { unknown: `S3 gives no ETag of ${object.key}` };
      }
      // No key holds a NUL, so that no two listings are written alike.
      hash.update(`${object.key.slice(folder.length)}\0${object.bytes}\0${object.etag}\n`);
    }
    return { digest: hash.digest("hex"), files, bytes };
  } catch (error) {
    return { unknown: reason(error, `list ${uri}`, signal) };
  }
}

/**
 * Whether anything lies under a prefix; `undefined` when S3 does not say.
 *
 * @param session - whose S3
 * @param uri - the prefix
 * @param signal - stops the asking
 */
export async function isEmptyPrefix(
  session: Session,
  uri: string,
  signal?: AbortSignal,
): Promise<boolean | undefined> {
  try {
    const { bucket, key } = parseS3Uri(uri);
    const s3 = await session.clients.s3();
    const { KeyCount, Contents } = await s3.listObjectsV2(
      { Bucket: bucket, Prefix: key, MaxKeys: 1 },
      { ...(signal && { abortSignal: signal }) },
    );
    return (KeyCount ?? Contents?.length ?? 0) === 0;
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}

/**
 * The digest of a program folder: names, contents, and which files may be executed.
 *
 * @param folder - the folder
 * @param signal - stops the reading
 */
export async function folderDigest(folder: string, signal?: AbortSignal): Promise<DataDigest> {
  try {
    const files = await programFiles(folder, signal);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    if (files.length > MOST_FILES || bytes > MOST_BYTES) {
      return {
        unknown: `the folder is too large to be digested: more than ${MOST_FILES} files or ${MOST_BYTES / 1024 / 1024} MiB`,
      };
    }
    const hash = createHash("sha256");
    for (const { name, path, executable } of files) {
      hash.update(`${name}\0${executable ? "x" : "-"}\0${await fileDigest(path, signal)}\n`);
    }
    return { digest: `sha256:${hash.digest("hex")}`, files: files.length, bytes };
  } catch (error) {
    return { unknown: reason(error, `read ${folder}`, signal) };
  }
}

interface ProgramFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly executable: boolean;
}

async function programFiles(root: string, signal: AbortSignal | undefined): Promise<ProgramFile[]> {
  const files: ProgramFile[] = [];
  const folders = [""];
  // A link that leads back up would go on for ever; the bound on files ends it.
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    for (const entry of await readdir(join(root, next), { withFileTypes: true })) {
      signal?.throwIfAborted();
      if (NOT_PROGRAM.has(entry.name)) continue;
      const name = `${next}${entry.name}`;
      const path = join(root, name);
      const found = entry.isSymbolicLink() ? await stat(path).catch(() => undefined) : entry;
      if (found?.isDirectory() && name.split("/").length < 64) folders.push(`${name}/`);
      if (!found?.isFile()) continue;
      const { size, mode } = await stat(path);
      files.push({ name, path, bytes: size, executable: (mode & 0o111) !== 0 });
      if (files.length > MOST_FILES) return files;
    }
  }
  return files.sort((left, right) => (left.name < right.name ? -1 : 1));
}

async function fileDigest(path: string, signal: AbortSignal | undefined): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, signal === undefined ? {} : { signal })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest("hex");
}

/**
 * Why there is no digest. An abort ends the work.
 *
 * @param error - what was in the way
 * @param action - what was tried
 * @param signal - the caller's
 * @throws the abort
 */
export function reason(error: unknown, action: string, signal: AbortSignal | undefined): string {
  if (isAbort(error) || signal?.aborted) {
    throw error;
  }
  const ours = translate(error, action);
  return ours instanceof Error ? ours.message : String(ours);
}
