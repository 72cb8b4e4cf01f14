/** What a bucket's journal says: its records, and the one way to add them up. */

import { asState, EntryTable, keyOfLine } from "./entry-table.ts";
import type { Fold } from "./journal.ts";
import type { SortedKeys } from "./key-order.ts";

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

/** The state of a bucket. */
export class BucketFold implements Fold<Verdict> {
  readonly #entries = new EntryTable();
  readonly #uploads = new Map<string, Upload>();
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
    return this.#entries.keys;
  }

  /** The uploads under way. */
  get uploads(): ReadonlyMap<string, Upload> {
    return this.#uploads;
  }

  /** The object under a key. */
  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  /** The bodies of all objects. */
  bodies(): Iterable<string> {
    return this.#entries.bodies();
  }

  clear(): void {
    this.#entries.clear();
    this.#uploads.clear();
    this.#dropped = false;
  }

  restore(lines: string): void {
    for (const line of this.#entries.restore(lines)) {
      const record: Upload | { drop: true } = JSON.parse(line);
      if ("drop" in record) this.#dropped = true;
      else this.#uploads.set(record.begin, record);
    }
  }

  *snapshot(): Generator<string> {
    if (this.#dropped) yield '{"drop":true}';
    for (const upload of this.#uploads.values()) yield JSON.stringify(upload);
    yield* this.#entries.lines();
  }

  apply(line: string): Verdict {
    if (this.#dropped) return isVoid("gone");
    const key = keyOfLine(line);
    if (key !== undefined) return this.#set(key, line, this.get(key));
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
    if (before === undefined) {
      this.#entries.add(key, entry);
      return OK;
    }
    this.#entries.replace(key, entry);
    return { ok: true, garbage: before.b };
  }

  #delete(key: string, condition: WriteCondition | undefined): Verdict {
    const before = this.get(key);
    const failed = failure(before, condition);
    if (failed !== undefined) return failed;
    if (before === undefined) return OK;
    this.#entries.delete(key);
    return { ok: true, garbage: before.b };
  }

  #tag(key: string, body: string, tags: Readonly<Record<string, string>>): Verdict {
    const before = this.get(key);
    if (before?.b !== body) return isVoid("missing");
    this.#entries.replace(key, { ...before, g: tags });
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
