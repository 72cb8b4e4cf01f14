/** Why an archive could not be unpacked, in words. */

import { SageMakerError, TransferError } from "../errors.ts";
import { RefusedEntry } from "./entry-name.ts";

/**
 * An entry's failure, in words that name it.
 *
 * @param name - the entry
 * @param error - what was thrown
 * @param bytes - the entry's size
 */
export function refusal(name: string, error: unknown, bytes = 0): unknown {
  const shown = JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
  const { code, message, syscall } = error as NodeJS.ErrnoException;
  const failures = [{ source: name, cause: error }];
  if (error instanceof RefusedEntry) {
    return new TransferError(`The archive's entry ${shown} is refused: ${message}.`, failures, {
      cause: error,
    });
  }
  if (code === "EEXIST") {
    return new TransferError(
      `The archive's entry ${shown} is refused: it exists already, in the folder or earlier in the archive.`,
      failures,
      { cause: error },
    );
  }
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new TransferError(
      `The disk is full: the archive's entry ${shown} needs ${bytes} bytes (${message}). Free some space, or choose another folder.`,
      failures,
      { cause: error },
    );
  }
  // Not the file's: the archive could not be read on.
  return syscall === undefined
    ? error
    : new TransferError(
        `The archive's entry ${shown} could not be written: ${message}.`,
        failures,
        {
          cause: error,
        },
      );
}

/**
 * What zlib and the tar reader say of a bad archive, in words that tell cut off from corrupt.
 *
 * @param error - what was thrown
 * @param label - which archive
 */
export function damaged(error: unknown, label?: string): unknown {
  if (SageMakerError.isInstance(error)) {
    return error;
  }
  const archive = label === undefined ? "The archive" : `The archive ${label}`;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "Z_BUF_ERROR" || message === "Unexpected end of data") {
    return new TransferError(
      `${archive} is cut off: it ends in the middle. It was not uploaded or downloaded whole.`,
      [],
      { cause: error },
    );
  }
  return new TransferError(`${archive} is corrupt, or not a tar.gz archive: ${message}.`, [], {
    cause: error,
  });
}
