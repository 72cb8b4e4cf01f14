/** What is sent: a file read at positions into buffers that are kept, or bytes that are there already. */

import { type FileHandle, open } from "node:fs/promises";

/** A file's path, or the bytes themselves. */
export type Content = string | Uint8Array;

/** Contents that were opened. */
export interface ContentReader {
  /** The size in bytes, when it was opened. */
  readonly bytes: number;
  /**
   * Fills a buffer from a position on.
   *
   * @param buffer - filled as far as there is something
   * @param position - where to begin, in bytes
   * @returns how many bytes there were; fewer than the buffer holds only at the end
   */
  read(buffer: Uint8Array, position: number): Promise<number>;
  /** Closes the file. */
  close(): Promise<void>;
}

/**
 * Opens contents.
 *
 * @param content - a file's path, or bytes
 * @throws the file system's error
 */
export async function openContent(content: Content): Promise<ContentReader> {
  if (typeof content !== "string") {
    return {
      bytes: content.length,
      read: async (buffer, position) => {
        const part = content.subarray(position, position + buffer.length);
        buffer.set(part);
        return part.length;
      },
      close: async () => {},
    };
  }
  const file = await open(content, "r");
  try {
    const { size } = await file.stat();
    return {
      bytes: size,
      read: (buffer, position) => readFully(file, buffer, position),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readFully(file: FileHandle, buffer: Uint8Array, position: number): Promise<number> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(
      buffer,
      filled,
      buffer.length - filled,
      position + filled,
    );
    if (bytesRead === 0) {
      break;
    }
    filled += bytesRead;
  }
  return filled;
}
