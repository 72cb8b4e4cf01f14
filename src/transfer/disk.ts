/** The disk that files come to: whether they fit, and what to say when they do not. */

import { statfs } from "node:fs/promises";
import { TransferError } from "../errors.ts";

/**
 * Checks that so many bytes fit where a folder lies.
 *
 * @param folder - an existing folder
 * @param bytes - how many will come
 * @param what - what will come, for the message
 * @throws {@link TransferError} when they do not fit
 */
export async function checkSpace(folder: string, bytes: number, what: string): Promise<void> {
  const { bavail, bsize, blocks } = await statfs(folder);
  const free = bavail * bsize;
  // Some network file systems do not know their size.
  if (blocks > 0 && bytes > free) {
    throw new TransferError(
      `There is not enough space for ${what} in ${folder}: ${bytes} bytes are needed, ${free} are free. ` +
        "Free some, or choose another folder.",
      [{ source: what, cause: new Error("ENOSPC") }],
    );
  }
}

/**
 * An error of writing a file, in words.
 *
 * @param error - what was thrown
 * @param path - the file
 * @param bytes - the file's size, when it is known
 * @returns ours, or `error` itself when it is none of the file system's
 */
export function writeError(error: unknown, path: string, bytes?: number): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new TransferError(
      `The disk is full: ${path} ${bytes === undefined ? "does not fit" : `needs ${bytes} bytes`}. Free some space, or choose another folder.`,
      [{ source: path, cause: error }],
      { cause: error },
    );
  }
  return syscall === undefined
    ? error
    : new TransferError(
        `${path} could not be written: ${message}.`,
        [{ source: path, cause: error }],
        {
          cause: error,
        },
      );
}
