/** The parts of a multipart upload under way: a file of lines, the last line for a part number counts. */

import { constants } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Checksums } from "./bucket-journal.ts";
import { hasCode } from "./node-errors.ts";

/** A part that has been uploaded. */
export interface UploadedPart {
  readonly partNumber: number;
  /** The part's file in the upload's folder. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
  /** Without quotes: the MD5 in hex. */
  readonly etag: string;
  /** In ms. */
  readonly lastModified: number;
  readonly checksums: Checksums;
}

const FILE = "parts.ndjson";

/** Begins the list of an upload whose folder is there. */
export async function createPartList(folder: string): Promise<void> {
  await (await open(join(folder, FILE), "wx")).close();
}

/** Adds a part; `false` when the upload is gone. */
export async function appendPart(folder: string, part: UploadedPart): Promise<boolean> {
  try {
    const handle = await open(join(folder, FILE), constants.O_WRONLY | constants.O_APPEND);
    try {
      // A line torn by the death of its writer is ended by the next one's leading newline.
      const line = Buffer.from(`\n${JSON.stringify(part)}\n`);
      const { bytesWritten } = await handle.write(line);
      if (bytesWritten !== line.length) throw new Error("The disk is full.");
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}

/** The parts, by number; `undefined` when the upload is gone. */
export async function readParts(folder: string): Promise<UploadedPart[] | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, FILE), "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  const parts = new Map<number, UploadedPart>();
  for (const line of text.split("\n")) {
    // A torn line lacks its closing brace at least, and is no JSON.
    if (line === "") continue;
    try {
      const part: UploadedPart = JSON.parse(line);
      parts.set(part.partNumber, part);
    } catch {}
  }
  return [...parts.values()].sort((a, b) => a.partNumber - b.partNumber);
}
