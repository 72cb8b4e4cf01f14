/** Reads a stream's file from a byte offset, forwards and backwards, so that a poll costs what is new and no more. */

import { type FileHandle, open } from "node:fs/promises";
import {
  END_LINE,
  eventBytes,
  PAGE_BYTES,
  PAGE_EVENTS,
  parseLine,
  type StoredLogEvent,
} from "./log-line.ts";

/** How much to read, and which events count. */
export interface ReadOptions {
  /** Most events. Default: the service's 10,000. */
  readonly limit?: number;
  /** Most bytes of events, counted as the service does. Default: the service's 1 MiB. */
  readonly maxBytes?: number;
  /** Most bytes of the file to look through. Default: 32 MiB. Reaching it gives a page that may be empty, and not the end. */
  readonly scanBytes?: number;
  /** Which events are wanted. Default: all. */
  readonly accept?: (event: StoredLogEvent) => boolean;
}

/** An event and where its line starts. */
export interface PlacedEvent {
  readonly event: StoredLogEvent;
  readonly start: number;
}

/** What was read, oldest first. */
export interface LogPage {
  readonly events: readonly PlacedEvent[];
  /** Where reading backwards goes on. */
  readonly start: number;
  /** Where reading forwards goes on. */
  readonly end: number;
  /** `end` is the end of what there is now. */
  readonly atEnd: boolean;
  /** And nothing more will come. */
  readonly closed: boolean;
}

const SCAN_BYTES = 32 * 1024 * 1024;
const FIRST_CHUNK = 64 * 1024;
const LARGEST_CHUNK = 1024 * 1024;
const NEWLINE = 0x0a;

/** Collects events until one more would not fit on the page. */
class Page {
  readonly events: PlacedEvent[] = [];
  readonly #limit: number;
  readonly #maxBytes: number;
  readonly #accept: (event: StoredLogEvent) => boolean;
  #bytes = 0;

  constructor({ limit = PAGE_EVENTS, maxBytes = PAGE_BYTES, accept = () => true }: ReadOptions) {
    this.#limit = limit;
    this.#maxBytes = maxBytes;
    this.#accept = accept;
  }

  /** `false` when the event belongs on the next page. */
  take(event: StoredLogEvent, start: number): boolean {
    if (!this.#accept(event)) return true;
    const bytes = eventBytes(event.message);
    const full = this.events.length > 0 && this.#bytes + bytes > this.#maxBytes;
    if (full || this.events.length >= this.#limit) return false;
    this.#bytes += bytes;
    this.events.push({ event, start });
    return true;
  }
}

/**
 * Reads on from a byte offset.
 *
 * @param path - the stream's file; one that is not there reads as empty
 * @param from - 0, or the `end` or `start` of a page
 */
export async function readForward(
  path: string,
  from: number,
  options: ReadOptions = {},
): Promise<LogPage> {
  return await withFile(path, from, async (file) => {
    const page = new Page(options);
    const limit = from + (options.scanBytes ?? SCAN_BYTES);
    let end = from;
    let closed = await endsBefore(file, from);
    for await (const line of linesForward(file, from)) {
      const parsed = parseLine(line.text);
      const within = line.start < limit;
      if (!within || (typeof parsed === "object" && !page.take(parsed, line.start))) {
        return { events: page.events, start: from, end, atEnd: false, closed: false };
      }
      closed = parsed === "end";
      end = line.end;
    }
    return { events: page.events, start: from, end, atEnd: true, closed };
  });
}

/**
 * Reads back from a byte offset.
 *
 * @param path - the stream's file; one that is not there reads as empty
 * @param before - where to begin, `Infinity` for the end
 */
export async function readBackward(
  path: string,
  before: number,
  options: ReadOptions = {},
): Promise<LogPage> {
  return await withFile(path, before, async (file) => {
    const page = new Page(options);
    const { size } = await file.stat();
    let end: number | undefined;
    let start = Math.min(before, size);
    const limit = start - (options.scanBytes ?? SCAN_BYTES);
    let closed = false;
    for await (const line of linesBackward(file, start)) {
      const parsed = parseLine(line.text);
      if (end === undefined) closed = parsed === "end";
      end ??= line.end;
      const within = line.end > limit;
      if (!within || (typeof parsed === "object" && !page.take(parsed, line.start))) break;
      start = line.start;
    }
    end ??= start;
    const atEnd = before >= size;
    return { events: page.events.reverse(), start, end, atEnd, closed: atEnd && closed };
  });
}

async function withFile(
  path: string,
  at: number,
  read: (file: FileHandle) => Promise<LogPage>,
): Promise<LogPage> {
  let file: FileHandle;
  try {
    file = await open(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const offset = Number.isFinite(at) ? at : 0;
    return { events: [], start: offset, end: offset, atEnd: true, closed: false };
  }
  try {
    return await read(file);
  } finally {
    await file.close();
  }
}

interface Line {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Whole lines from an offset; what comes after the last newline is still being written. */
async function* linesForward(file: FileHandle, from: number): AsyncGenerator<Line> {
  let position = from;
  let rest: Buffer = Buffer.alloc(0);
  for (let size = FIRST_CHUNK; ; size = Math.min(size * 2, LARGEST_CHUNK)) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(size), 0, size, position);
    if (bytesRead === 0) return;
    const start = position - rest.length;
    position += bytesRead;
    const bytes = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
    let begin = 0;
    for (
      let newline = bytes.indexOf(NEWLINE);
      newline !== -1;
      newline = bytes.indexOf(NEWLINE, begin)
    ) {
      yield {
        text: bytes.toString("utf8", begin, newline),
        start: start + begin,
        end: start + newline + 1,
      };
      begin = newline + 1;
    }
    rest = bytes.subarray(begin);
  }
}

/** Whole lines before an offset, the last one first. */
async function* linesBackward(file: FileHandle, before: number): AsyncGenerator<Line> {
  let position = before;
  let rest: Buffer = Buffer.alloc(0);
  let trimmed = false;
  for (let size = FIRST_CHUNK; position > 0; size = Math.min(size * 2, LARGEST_CHUNK)) {
    const length = Math.min(size, position);
    position -= length;
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, position);
    const bytes = Buffer.concat([buffer, rest]);
    let stop = bytes.length;
    if (!trimmed) {
      stop = bytes.lastIndexOf(NEWLINE) + 1;
      trimmed = stop > 0;
    }
    while (stop > 0) {
      // A negative offset would count from the end.
      const newline = stop === 1 ? -1 : bytes.lastIndexOf(NEWLINE, stop - 2);
      if (newline === -1 && position > 0) break;
      yield {
        text: bytes.toString("utf8", newline + 1, stop - 1),
        start: position + newline + 1,
        end: position + stop,
      };
      stop = newline + 1;
    }
    rest = trimmed ? bytes.subarray(0, stop) : bytes;
  }
}

/** Whether the line before an offset is the mark of the end. */
async function endsBefore(file: FileHandle, offset: number): Promise<boolean> {
  const length = END_LINE.length;
  if (offset < length) return false;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset - length);
  return bytesRead === length && buffer.toString("latin1") === END_LINE;
}
