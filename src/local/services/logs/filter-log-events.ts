/** FilterLogEvents: several streams merged by time, a page at a time. */

import { createHash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { ServiceError } from "../../wire/service-error.ts";
import { filterPattern } from "./filter-pattern.ts";
import { eventBytes, PAGE_BYTES, PAGE_EVENTS, type StoredLogEvent } from "./log-line.ts";
import { type LogPage, type PlacedEvent, readForward } from "./log-reader.ts";

/** What is asked of the streams. */
export interface FilterLogEventsInput {
  readonly startTime?: number;
  readonly endTime?: number;
  readonly filterPattern?: string;
  readonly nextToken?: string;
  readonly limit?: number;
}

/** An event and where it comes from. */
interface FilteredLogEvent extends StoredLogEvent {
  readonly logStreamName: string;
  readonly eventId: string;
}

/** A page; without a token it is the last. */
export interface FilterLogEventsOutput {
  readonly events: readonly FilteredLogEvent[];
  readonly searchedLogStreams: readonly [];
  readonly nextToken?: string;
}

/** Bytes of files looked through for one page; beyond it the page may be empty and bear a token, as the service's may. */
const SCAN_BYTES = 64 * 1024 * 1024;
/** Bytes of events held for all streams together. */
const HELD_BYTES = 4 * 1024 * 1024;
const MOST_TOKEN_BYTES = 16 * 1024 * 1024;

/**
 * A page of the streams' events, the oldest first, those of one time in the order of the streams.
 *
 * @param streams - each stream's name and file
 * @throws {@link ServiceError} `InvalidParameterException` for a token or a pattern that is none
 */
export async function filterLogEvents(
  streams: readonly { readonly name: string; readonly path: string }[],
  input: FilterLogEventsInput,
): Promise<FilterLogEventsOutput> {
  const { startTime = 0, endTime = Number.POSITIVE_INFINITY, limit = PAGE_EVENTS } = input;
  const matches = filterPattern(input.filterPattern ?? "");
  const accept = ({ timestamp, message }: StoredLogEvent): boolean =>
    timestamp >= startTime && timestamp <= endTime && matches(message);
  const offsets = parseToken(input.nextToken);
  const maxBytes = Math.max(HELD_BYTES / Math.max(streams.length, 1), 4096);
  const cursors = streams.map(
    ({ name, path }) =>
      new Cursor(name, offsets[name] ?? 0, (from) =>
        readForward(path, from, { accept, maxBytes, scanBytes: 1024 * 1024 }),
      ),
  );

  const events: FilteredLogEvent[] = [];
  let bytes = 0;
  let scanned = 0;
  for (;;) {
    for (const cursor of cursors) scanned += await cursor.fill();
    const next = earliest(cursors);
    if (next === undefined) {
      if (cursors.every(({ done }) => done)) return { events, searchedLogStreams: [] };
      if (scanned > SCAN_BYTES) break;
      continue;
    }
    const { event, start } = next.head;
    bytes += eventBytes(event.message);
    if (events.length >= limit || (events.length > 0 && bytes > PAGE_BYTES)) break;
    events.push({
      logStreamName: next.cursor.name,
      ...event,
      eventId: eventId(next.cursor.name, event.timestamp, start),
    });
    next.cursor.shift();
  }
  return { events, searchedLogStreams: [], nextToken: formatToken(cursors) };
}

/** Stands in one stream and holds the next few events that are wanted. */
class Cursor {
  readonly name: string;
  readonly #read: (from: number) => Promise<LogPage>;
  #held: readonly PlacedEvent[] = [];
  #index = 0;
  #end: number;
  #atEnd: boolean = false;

  constructor(name: string, from: number, read: (from: number) => Promise<LogPage>) {
    this.name = name;
    this.#end = from;
    this.#read = read;
  }

  /** Reads on when nothing is held; tells how many bytes that took. */
  async fill(): Promise<number> {
    if (this.#index < this.#held.length || this.#atEnd) return 0;
    const page = await this.#read(this.#end);
    this.#held = page.events;
    this.#index = 0;
    this.#atEnd = page.atEnd;
    const read = page.end - this.#end;
    this.#end = page.end;
    return read;
  }

  get head(): PlacedEvent | undefined {
    return this.#held[this.#index];
  }

  shift(): void {
    this.#index += 1;
  }

  get done(): boolean {
    return this.#atEnd && this.head === undefined;
  }

  /** Where the next page goes on. */
  get offset(): number {
    return this.head?.start ?? this.#end;
  }
}

/** The cursor whose next event is the oldest; none while one of them has still to look for its next. */
function earliest(
  cursors: readonly Cursor[],
): { readonly cursor: Cursor; readonly head: PlacedEvent } | undefined {
  let found: { cursor: Cursor; head: PlacedEvent } | undefined;
  for (const cursor of cursors) {
    const { head } = cursor;
    if (head === undefined) {
      if (!cursor.done) return undefined;
    } else if (found === undefined || head.event.timestamp < found.head.event.timestamp) {
      found = { cursor, head };
    }
  }
  return found;
}

/** A number that is the same on each reading, and grows with time. */
function eventId(stream: string, timestamp: number, offset: number): string {
  const hash = createHash("sha256").update(stream).digest().readUInt32BE();
  return `${pad(timestamp, 20)}${pad(hash, 10)}${pad(offset, 26)}`;
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}

function formatToken(cursors: readonly Cursor[]): string {
  const offsets = cursors.filter(({ offset }) => offset > 0).map((c) => [c.name, c.offset]);
  return deflateRawSync(JSON.stringify(Object.fromEntries(offsets))).toString("base64url");
}

function parseToken(token: string | undefined): Readonly<Partial<Record<string, number>>> {
  if (token === undefined) return {};
  try {
    const text = inflateRawSync(Buffer.from(token, "base64url"), {
      maxOutputLength: MOST_TOKEN_BYTES,
    }).toString("utf8");
    const entries = Object.entries(JSON.parse(text) as Record<string, unknown>);
    if (entries.every(([, offset]) => Number.isSafeInteger(offset) && Number(offset) >= 0)) {
      return Object.assign(Object.create(null), Object.fromEntries(entries));
    }
  } catch {
    // Told below, as any other text that is no token.
  }
  throw new ServiceError("InvalidParameterException", "The specified nextToken is invalid.");
}
