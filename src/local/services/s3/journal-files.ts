/** The files of a journal: one a generation, a snapshot of the state and behind it the lines that came since. */

import { randomUUID } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { type FileHandle, link, open, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "./node-errors.ts";

/** A generation begins with a line of this many bytes, so that the snapshot's length can be filled in last. */
const HEADER_BYTES = 64;
const LOAD_BYTES = 1 << 22;
const WRITE_CHARACTERS = 1 << 18;
/** Temporary files older than this were left by a process that died. */
const STALE_MS = 3_600_000;

const GENERATION = /^(\d{10})\.ndjson$/;

/** The file of a generation. */
export function generationPath(folder: string, generation: number): string {
  return join(folder, `${String(generation).padStart(10, "0")}.ndjson`);
}

/** The newest generation's number; `undefined` without any. */
export function newestGeneration(folder: string): number | undefined {
  // A listing that runs beside the change to a new generation may show neither the old one nor the new: two in a row do not.
  return listedGeneration(folder) ?? listedGeneration(folder);
}

function listedGeneration(folder: string): number | undefined {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  let newest: number | undefined;
  for (const name of names) {
    const generation = Number(GENERATION.exec(name)?.[1] ?? 0);
    if (generation > (newest ?? 0)) newest = generation;
  }
  return newest;
}

/** Opens a file for reading, or for appending too; `undefined` when it is not there. */
export function openIfThere(path: string, writing: boolean): number | undefined {
  try {
    return openSync(path, writing ? constants.O_RDWR | constants.O_APPEND : constants.O_RDONLY);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Writes a whole generation beside the journal and puts it in place, unless another has. */
export async function writeGeneration(
  folder: string,
  generation: number,
  lines: Iterable<string>,
): Promise<void> {
  const path = generationPath(folder, generation);
  const temporary = `${path}.${randomUUID()}.incomplete`;
  const handle = await open(temporary, "wx");
  try {
    let position = HEADER_BYTES;
    const write = async (text: string): Promise<void> => {
      const data = Buffer.from(text);
      for (let done = 0; done < data.length; ) {
        const { bytesWritten } = await handle.write(data, done, data.length - done, position);
        done += bytesWritten;
        position += bytesWritten;
      }
    };
    let text = "";
    for (const line of lines) {
      text += `${line}\n`;
      if (text.length >= WRITE_CHARACTERS) {
        await write(text);
        text = "";
      }
    }
    await write(text);
    const header = `{"snapshotEnd":${position}}`.padEnd(HEADER_BYTES - 1);
    await handle.write(`${header}\n`, 0);
    // The one place that waits for the disk: a power cut must not take the old generation and the new one.
    await handle.sync();
    await handle.close();
    await link(temporary, path).catch((error: unknown) => {
      if (!hasCode(error, "EEXIST")) throw error;
    });
  } finally {
    await handle.close().catch(() => {});
    await rm(temporary, { force: true });
  }
}

/** Removes the generations before `newest`, and what dead processes left. */
export async function sweep(folder: string, newest: number): Promise<void> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (hasCode(error, "ENOENT")) return [];
    throw error;
  });
  for (const name of names) {
    const generation = GENERATION.exec(name)?.[1];
    const path = join(folder, name);
    const old =
      generation === undefined ? await isStale(path, STALE_MS) : Number(generation) < newest;
    if (old) await rm(path, { force: true });
  }
}

/** Whether nothing has happened to a file for so long that its writer must have died. */
export async function isStale(path: string, ageMs: number): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  if (stats === undefined) return false;
  return Date.now() - Math.max(stats.mtimeMs, stats.ctimeMs) > ageMs;
}

/** What a generation says of itself. */
export interface GenerationHead {
  /** Where the snapshot ends and the lines begin, in bytes. */
  readonly end: number;
  readonly inode: number;
}

/** The head of a generation; `undefined` when it is not there. */
export function readHead(path: string): GenerationHead | undefined {
  const fd = openIfThere(path, false);
  if (fd === undefined) return undefined;
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    readSync(fd, header, 0, HEADER_BYTES, 0);
    return { end: snapshotEnd(header), inode: fstatSync(fd).ino };
  } finally {
    closeSync(fd);
  }
}

/** Reads the snapshot of a generation, some whole lines at a time; `undefined` when it is not there. */
export async function readSnapshot(
  path: string,
  restore: (lines: string) => void,
): Promise<GenerationHead | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    await handle.read(header, 0, HEADER_BYTES, 0);
    const end = snapshotEnd(header);
    let buffer = Buffer.allocUnsafe(Math.min(LOAD_BYTES, end));
    // The beginning of a line whose end is still to be read stands first.
    let kept = 0;
    for (let offset = HEADER_BYTES; offset < end; ) {
      if (kept === buffer.length) {
        buffer = Buffer.concat([buffer, Buffer.allocUnsafe(buffer.length)]);
      }
      const length = Math.min(buffer.length - kept, end - offset);
      const { bytesRead } = await handle.read(buffer, kept, length, offset);
      if (bytesRead === 0) throw new Error(`${path} ends too early.`);
      offset += bytesRead;
      const filled = kept + bytesRead;
      const cut = buffer.lastIndexOf(0x0a, filled - 1) + 1;
      if (cut > 0) restore(buffer.toString("utf8", 0, cut));
      buffer.copyWithin(0, cut, filled);
      kept = filled - cut;
    }
    return { end, inode: (await handle.stat()).ino };
  } finally {
    await handle.close();
  }
}

function snapshotEnd(header: Buffer): number {
  const { snapshotEnd: end }: { snapshotEnd: number } = JSON.parse(header.toString());
  return end;
}

/** The lines of a text that are not empty. */
export function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf("\n", start);
    const stop = end === -1 ? text.length : end;
    if (stop > start) yield text.slice(start, stop);
    start = stop + 1;
  }
}
