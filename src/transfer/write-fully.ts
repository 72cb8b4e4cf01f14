/** A chunk written to its place in a file, all of it: a single write may take less. */

import type { FileHandle } from "node:fs/promises";

/**
 * Writes a chunk.
 *
 * @param file - an open file
 * @param chunk - the bytes
 * @param position - where they begin
 */
export async function writeFully(
  file: FileHandle,
  chunk: Uint8Array,
  position: number,
): Promise<void> {
  for (let offset = 0; offset < chunk.length; ) {
    const { bytesWritten } = await file.write(
      chunk,
      offset,
      chunk.length - offset,
      position + offset,
    );
    offset += bytesWritten;
  }
}
