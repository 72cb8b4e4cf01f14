/** What a bucket's journal says: its records, and the one way to add them up. */

import type { Fold } from "./journal.ts";
import { SortedKeys } from "./key-order.ts";

/** The checksums that S3 knows, by its names. */
export type ChecksumAlgorithm = "CRC32" | "CRC32C" | "CRC64NVME" | "SHA1" | "SHA256";
/** Checksums in base64, as S3 gives them. */
export type Checksums = Readonly<Partial<Record<ChecksumAlgorithm, string>>>;

/** What must hold at the moment of a write. */
export type WriteCondition =
  /** `If-None-Match: *` */
  | { readonly absent: true }
  /** `If-Match`: the ETag, without quotes; `*` for any */
  | { readonly etag: string };

/** One part of an object that was put in parts. */
export interface EntryPart {
  readonly n: number;
  readonly s: number;
  readonly c?: Checksums;
}

/** An object, as its line says it. The names are short because there may be a million of them. */
export interface Entry {
  /** The key. It comes first in the line, so that a snapshot can be read without parsing all of it. */
  readonly put: string;
  /** The body's file. */
  readonly b: string;
  /** Size in bytes. */
  readonly s: number;
  /** ETag, without quotes. */
  readonly e: string;
  /** Last modified, in ms. */
  readonly t: number;
  /** Headers kept: content type … */
  readonly h?: Readonly<Record<string, string>>;
  /** User metadata. */
  readonly m?: Readonly<Record<string, string>>;
  readonly c?: Checksums;
  /** Type of the checksum: `COMPOSITE`; else it is of the whole object. */
  readonly ct?: "COMPOSITE";
  readonly p?: readonly EntryPart[];
  /** The multipart upload that it came from. */
  readonly u?: string;
  /** Tags. */
  readonly g?: Readonly<Record<string, string>>;
}

/** A multipart upload under way. */
export interface Upload {
  /** The upload's id. */
  readonly begin: string;
  readonly k: string;
  /** Initiated, in ms. */
  readonly t: number;
  readonly h?: Readonly<Record<string, string>>;
  readonly m?: Readonly<Record<string, string>>;
  readonly g?: Readonly<Record<string, string>>;
  readonly a?: ChecksumAlgorithm;
  readonly ct?: "COMPOSITE";
}

/** A line of a bucket's journal. */
export type BucketRecord =
  | (Entry & { readonly if?: WriteCondition })
  | { readonly del: string; readonly if?: WriteCondition }
  | { readonly tag: string; readonly b: string; readonly g: Readonly<Record<string, string>> }
  | Upload
  | { readonly abort: string }
  | { readonly drop: true };

/** What became of a record. */
export type Verdict =
  | { readonly ok: true /** The body that nobody needs any more. */; readonly garbage?: string }
  | {
      readonly ok: false;
      readonly why: "exists" | "mismatch" | "missing" | "no-upload" | "not-empty" | "gone";
    };

const OK: Verdict = { ok: true };
const isVoid = (why: Extract<Verdict, { ok: false }>["why"]): Verdict => ({ ok: false, why });

const PUT = '{"put":"';
const BODY = /","b":"([^"]+)"/;

/** The state of a bucket. */
export class BucketFold implements Fold<Verdict> {
  /** A line of a snapshot stays text until it is asked for: a page does not need a hundred thousand of them parsed. */
  readonly #entries = new Map<string, Entry | string>();
  readonly #uploads = new Map<string, Upload>();
  readonly #keys = new SortedKeys();
  #dropped: boolean = false;

  get size(): number {
    return this.#entries.size + this.#uploads.size;
  }

  /** Whether the bucket has been deleted: nothing in it counts any more. */
  get dropped(): boolean {
    return this.#dropped;
  }

  /** The keys in order. */
  get keys(): SortedKeys {
    return this.#keys;
  }

  /** The uploads under way. */
  get uploads(): ReadonlyMap<string, Upload> {
    return this.#uploads;
  }

  /** The object under a key. */
  get(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (typeof entry !== "string") return entry;
    const parsed = asState<Entry>(JSON.parse(entry));
    this.#entries.set(key, parsed);
    return parsed;
  }

  /** The bodies of all objects. */
  *bodies(): Generator<string> {
    for (const entry of this.#entries.values()) {
      // Within a string of JSON every quote has a backslash before it, so the first match is the member.
      yield typeof entry === "object" ? entry.b : (BODY.exec(entry)?.[1] ?? "");
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#uploads.clear();
    this.#keys.clear();
    this.#dropped = false;
  }

  restore(line: string): void {
    if (!line.startsWith(PUT)) {
      const record: Upload | { drop: true } = JSON.parse(line);
      if ("drop" in record) this.#dropped = true;
      else this.#uploads.set(record.begin, record);
      return;
    }
    const key = keyOf(line);
    this.#entries.set(key, line);
    this.#keys.push(key);
  }

  *snapshot(): Generator<string> {
    if (this.#dropped) yield '{"drop":true}';
    for (const upload of this.#uploads.values()) yield JSON.stringify(upload);
    for (const key of this.#keys) {
      const entry = this.#entries.get(key);
      if (typeof entry === "object") yield snapshotLine(entry);
      else if (entry?.endsWith("\t")) yield `${entry.slice(0, -WRITER_BYTES)}}`;
      else if (entry !== undefined) yield entry;
    }
  }

  apply(line: string): Verdict {
    if (this.#dropped) return isVoid("gone");
    if (line.startsWith(PUT)) {
      const key = keyOf(line);
      return this.#set(key, line, this.get(key));
    }
    const record: BucketRecord = JSON.parse(line);
    if ("put" in record) return this.#put(record);
    if ("del" in record) return this.#delete(record.del, record.if);
    if ("tag" in record) return this.#tag(record.tag, record.b, record.g);
    if ("begin" in record) {
      this.#uploads.set(record.begin, asState(record));
      return OK;
    }
    if ("abort" in record) return this.#uploads.delete(record.abort) ? OK : isVoid("no-upload");
    if ("drop" in record) {
      if (this.#entries.size > 0) return isVoid("not-empty");
      this.#dropped = true;
      return OK;
    }
    // A later release's record, which this one cannot know.
    return isVoid("missing");
  }

  /** A put that depends on something. */
  #put(record: Entry & { readonly if?: WriteCondition }): Verdict {
    const before = this.get(record.put);
    const failed = failure(before, record.if);
    if (failed !== undefined) return failed;
    // An upload is completed once, whoever asks for it twice.
    if (record.u !== undefined && !this.#uploads.delete(record.u)) return isVoid("no-upload");
    return this.#set(record.put, asState(record), before);
  }

  #set(key: string, entry: Entry | string, before: Entry | undefined): Verdict {
    this.#entries.set(key, entry);
    if (before !== undefined) return { ok: true, garbage: before.b };
    this.#keys.add(key);
    return OK;
  }

  #delete(key: string, condition: WriteCondition | undefined): Verdict {
    const before = this.get(key);
    const failed = failure(before, condition);
    if (failed !== undefined) return failed;
    if (before === undefined) return OK;
    this.#entries.delete(key);
    this.#keys.delete(key);
    return { ok: true, garbage: before.b };
  }

  #tag(key: string, body: string, tags: Readonly<Record<string, string>>): Verdict {
    const before = this.get(key);
    if (before?.b !== body) return isVoid("missing");
    this.#entries.set(key, { ...before, g: tags });
    return OK;
  }
}

/** How S3 answers a write whose condition does not hold. */
function failure(
  before: Entry | undefined,
  condition: WriteCondition | undefined,
): Verdict | undefined {
  if (condition === undefined) return undefined;
  if ("absent" in condition) return before === undefined ? undefined : isVoid("exists");
  if (before === undefined) return isVoid("missing");
  return condition.etag === "*" || condition.etag === before.e ? undefined : isVoid("mismatch");
}

/** The key of a line that begins with it. */
function keyOf(line: string): string {
  const raw = line.slice(PUT.length, line.indexOf('"', PUT.length));
  // An escape may hide the key's end, or a character of it.
  return raw.includes("\\") ? (JSON.parse(line) as Entry).put : raw;
}

/** A record as state: without its condition and its writer. */
function asState<T extends object>(record: T & { if?: unknown; w?: unknown }): T {
  const { if: _condition, w: _writer, ...state } = record;
  return state as T;
}

/** An object's line in a snapshot: it begins with the key. */
function snapshotLine(entry: Entry): string {
  const { put, ...rest } = entry;
  return JSON.stringify({ put, ...rest });
}

/** The line of a record that was put without a condition says in its last bytes who wrote it. */
const WRITER_BYTES = ',"w":"00000000-0000-0000-0000-000000000000"}\t'.length;

/**
 * A record whose line must be read whole before it counts begins with what it depends on.
 *
 * @param entry - the object to put
 * @param condition - what must hold
 */
export function putRecord(entry: Entry, condition?: WriteCondition): BucketRecord {
  const { put, u, ...rest } = entry;
  return {
    ...(condition && { if: condition }),
    ...(u !== undefined && { u }),
    put,
    ...rest,
  };
}
