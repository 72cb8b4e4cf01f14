/** The objects of a bucket in memory: a snapshot as it was read, and over it what has changed since. */

import type { Entry } from "./bucket-journal.ts";
import { hasHighUnits, lowerBound, SortedKeys } from "./key-order.ts";

/** How the line of an object begins that was put without a condition, and that of each object in a snapshot. */
const PUT = '{"put":"';
const BODY = /","b":"([^"]+)"/;
/** The line of a record that was put without a condition says in its last bytes who wrote it. */
const WRITER_BYTES = ',"w":"00000000-0000-0000-0000-000000000000"}\t'.length;
/** More than a chunk of a snapshot has characters. */
const CHUNK = 2 ** 32;

/**
 * A page does not need a hundred thousand lines parsed, nor as many of them in a map: of a snapshot, which is sorted,
 * only the keys are taken out, and a line is parsed when its object is asked for.
 */
export class EntryTable {
  readonly #sorted = new SortedKeys();
  /** The snapshot: its text, its keys, and where in the text the line of each key begins. */
  #chunks: string[] = [];
  #keys: string[] = [];
  #places: number[] = [];
  #hasHigh: boolean = false;
  /** What was put since, and what was deleted (`null`). */
  readonly #changed = new Map<string, Entry | string | null>();
  #size = 0;

  /** How many objects there are. */
  get size(): number {
    return this.#size;
  }

  /** Their keys, in order. */
  get keys(): SortedKeys {
    return this.#sorted;
  }

  /** Forgets everything. */
  clear(): void {
    this.#sorted.clear();
    this.#chunks = [];
    this.#keys = [];
    this.#places = [];
    this.#hasHigh = false;
    this.#changed.clear();
    this.#size = 0;
  }

  /** Takes lines of a snapshot, each ended by a line break, in order; gives those that are not of objects. */
  restore(text: string): string[] {
    const others: string[] = [];
    const chunk = this.#chunks.push(text) - 1;
    const before = this.#keys.length;
    for (let start = 0; start < text.length; ) {
      const end = text.indexOf("\n", start);
      if (text.startsWith(PUT, start)) {
        this.#keys.push(keyAt(text, start));
        this.#places.push(chunk * CHUNK + start);
      } else {
        others.push(text.slice(start, end));
      }
      start = end + 1;
    }
    this.#size = this.#keys.length;
    this.#hasHigh ||= hasHighUnits(text);
    this.#sorted.append(this.#keys, before, this.#hasHigh);
    return others;
  }

  /** The object under a key. */
  get(key: string): Entry | undefined {
    const changed = this.#changed.get(key);
    if (changed === null) return undefined;
    if (typeof changed === "object") return changed;
    const line = changed ?? this.#snapshotLine(key);
    // Parsed anew when it is asked for again: whoever reads a whole bucket would keep all of it.
    return line === undefined ? undefined : asState<Entry>(JSON.parse(line));
  }

  /** Puts an object where there is none; as a line, it is one that begins with the key. */
  add(key: string, entry: Entry | string): void {
    this.#sorted.add(key);
    this.#size += 1;
    this.#changed.set(key, entry);
  }

  /** Puts an object in the place of one. */
  replace(key: string, entry: Entry | string): void {
    this.#changed.set(key, entry);
  }

  /** Deletes an object that is there. */
  delete(key: string): void {
    this.#changed.set(key, null);
    this.#sorted.delete(key);
    this.#size -= 1;
  }

  /** A snapshot's lines. */
  *lines(): Generator<string> {
    for (const key of this.#sorted) {
      const entry = this.#changed.get(key) ?? this.#snapshotLine(key);
      if (typeof entry === "object") yield withKeyFirst(entry);
      else if (entry?.endsWith("\t")) yield `${entry.slice(0, -WRITER_BYTES)}}`;
      else if (entry !== undefined) yield entry;
    }
  }

  /** The bodies of all objects. */
  *bodies(): Generator<string> {
    for (const key of this.#sorted) {
      const entry = this.#changed.get(key) ?? this.#snapshotLine(key) ?? "";
      // Within a string of JSON every quote has a backslash before it, so the first match is the member.
      yield typeof entry === "object" ? entry.b : (BODY.exec(entry)?.[1] ?? "");
    }
  }

  #snapshotLine(key: string): string | undefined {
    const at = lowerBound(this.#keys, key, this.#hasHigh);
    const place = this.#places[at];
    if (place === undefined || this.#keys[at] !== key) return undefined;
    const text = this.#chunks[Math.floor(place / CHUNK)] ?? "";
    const start = place % CHUNK;
    return text.slice(start, text.indexOf("\n", start));
  }
}

/** The key of a line that begins with it; `undefined` for another line. */
export function keyOfLine(line: string): string | undefined {
  return line.startsWith(PUT) ? keyAt(line, 0) : undefined;
}

function keyAt(text: string, start: number): string {
  const from = start + PUT.length;
  const raw = text.slice(from, text.indexOf('"', from));
  if (!raw.includes("\\")) return raw;
  // An escape may hide the key's end, or a character of it.
  const end = text.indexOf("\n", start);
  const { put }: Entry = JSON.parse(text.slice(start, end === -1 ? text.length : end));
  return put;
}

/** A record as state: without its condition and its writer. */
export function asState<T extends object>(record: T & { if?: unknown; w?: unknown }): T {
  const { if: _condition, w: _writer, ...state } = record;
  return state as T;
}

function withKeyFirst(entry: Entry): string {
  const { put, ...rest } = entry;
  return JSON.stringify({ put, ...rest });
}
