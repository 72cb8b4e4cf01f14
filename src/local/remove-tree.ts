/** Folders removed a little at a time: Node's own `rm` holds every name of a tree at once. */

import { chmod, lstat, opendir, rmdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "./services/s3/node-errors.ts";

/** Files removed at a time. */
const AT_ONCE = 32;
/** What comes into a folder while it is emptied, and what a file system left out of its list, is found at another look. */
const LOOKS = 5;

/**
 * Removes a file, or a folder and all that is in it; what is not there is not missed. Links are removed, never followed. A folder that a
 * program has closed (Go's module cache is read-only) is opened for that: root needs none of it, any other owner does.
 *
 * @param path - what to remove
 */
export async function removeTree(path: string): Promise<void> {
  let opened = false;
  for (let look = 1; ; look += 1) {
    try {
      // Not by opening it, which would follow a link that a program has put in its place.
      if ((await lstat(path)).isDirectory()) await removeFolder(path);
      else await unlink(path);
      return;
    } catch (error) {
      if (hasCode(error, "ENOENT", "ENOTDIR")) return;
      if (hasCode(error, "EACCES", "EPERM") && !opened) {
        opened = true;
        if ((await lstat(path)).isDirectory()) await chmod(path, 0o700);
      } else if (!hasCode(error, "ENOTEMPTY", "EEXIST") || look === LOOKS) throw error;
    }
  }
}

async function removeFolder(path: string): Promise<void> {
  let files: string[] = [];
  const removeFiles = async (): Promise<void> => {
    await Promise.all(files.map(removeFile));
    files = [];
  };
  for await (const entry of await opendir(path, { bufferSize: AT_ONCE })) {
    const inside = join(path, entry.name);
    if (entry.isDirectory()) await removeTree(inside);
    else files.push(inside);
    if (files.length === AT_ONCE) await removeFiles();
  }
  await removeFiles();
  await rmdir(path);
}

async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (!hasCode(error, "ENOENT")) throw error;
  });
}
