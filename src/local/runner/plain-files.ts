/** The files below a folder that may leave the job. */

import type { BigIntStats } from "node:fs";
import { lstat, readdir, realpath, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { hasCode } from "../services/s3/node-errors.ts";

/** One file. */
export interface PlainFile {
  readonly path: string;
  /** Relative to the folder, `/` between folders. */
  readonly name: string;
}

/**
 * All files, and those that links inside the folder lead to. What a link elsewhere leads to is not the job's to give away.
 *
 * @throws Error when the folder is not there
 */
export async function* plainFiles(folder: string): AsyncGenerator<PlainFile> {
  const root = await realpath(folder);
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    const entries = await readdir(next, { withFileTypes: true }).catch((error: unknown) => {
      // A program may remove its folders while they are looked at.
      if (next === folder) throw error;
      return [];
    });
    for (const entry of entries) {
      const path = join(next, entry.name);
      const file = { path, name: relative(folder, path).split(sep).join("/") };
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) yield file;
      else if (entry.isSymbolicLink()) {
        const target = await realpath(path).catch(() => "");
        if (target.startsWith(`${root}${sep}`) && (await statOf(target))?.isFile() === true) {
          yield file;
        }
      }
    }
  }
}

/**
 * Whether a folder that the job was given is there. On AWS it is a mount, which a program cannot replace; here it can, by a link to what is not
 * the job's to give away, or to what only its container can see.
 *
 * @param folder - absolute, without links
 * @throws Error when something else stands in its place
 */
export async function isOwnFolder(folder: string): Promise<boolean> {
  const stats = await lstat(folder).catch((error: unknown) => {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  });
  if (stats === undefined) return false;
  if (stats.isDirectory() && (await realpath(folder)) === folder) return true;
  throw new Error(
    `${folder} is no folder of the job's own any more: the program has put a file or a link in its place, or above it`,
  );
}

/** What is known of a file; undefined when it is gone. */
export async function statOf(path: string): Promise<BigIntStats | undefined> {
  return await stat(path, { bigint: true }).catch(() => undefined);
}
