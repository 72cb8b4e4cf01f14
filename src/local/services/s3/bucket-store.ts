/** One bucket on disk: its journal, and the files that hold the bodies. */

import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, rm } from "node:fs/promises";
import { join, sep } from "node:path";
import { type BodySource, writeBody } from "./body-file.ts";
import {
  BucketFold,
  type BucketRecord,
  type ChecksumAlgorithm,
  type Checksums,
  type Entry,
  putRecord,
  type Verdict,
  type WriteCondition,
} from "./bucket-journal.ts";
import { ORPHAN_MS, sweepBucket } from "./bucket-sweep.ts";
import { checkDigests, type ExpectedDigests } from "./digest-check.ts";
import { Journal, JournalGoneError } from "./journal.ts";
import { hasCode } from "./node-errors.ts";
import { type ObjectInfo, objectInfo } from "./object-info.ts";
import { S3Error } from "./s3-error.ts";

/** How an object is put. */
export interface PutOptions {
  /** Headers to keep, names in lower case: content-type … Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** User metadata, names in lower case. Default: none. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Tags. Default: none. */
  readonly tags?: Readonly<Record<string, string>>;
  /** What must hold at the moment when the object appears. Default: nothing. */
  readonly condition?: WriteCondition | undefined;
  /** Checksums to compute and to keep. Default: none. */
  readonly algorithms?: readonly ChecksumAlgorithm[];
  /** What the sender says of the body. Default: nothing. */
  readonly expected?: ExpectedDigests;
  /** Checksums that come behind the body: asked for when it has been read. Default: none. */
  readonly trailing?: (() => Checksums) | undefined;
  /** Gives up; nothing stays behind. */
  readonly signal?: AbortSignal | undefined;
}

/** A process that slept this long between a body and its line must not write the line: the body may be collected. */
const COMMIT_WITHIN_MS = ORPHAN_MS / 2;
/** An object may be overwritten between the look at its line and the opening of its body; so often in a row, hardly. */
const OPEN_ATTEMPTS = 1_000;

/** @internal */
export class BucketStore {
  readonly #folder: string;
  readonly #bodies: string;
  #collectedAt = 0;
  readonly #fold = new BucketFold();
  readonly #journal: Journal<BucketRecord, Verdict>;

  /** @param folder - made by {@link BucketStore.create} */
  constructor(folder: string) {
    this.#folder = folder;
    this.#bodies = join(folder, "bodies");
    this.#journal = new Journal(join(folder, "journal"), this.#fold);
  }

  /** Makes an empty bucket in a new folder. */
  static async create(folder: string): Promise<void> {
    await mkdir(join(folder, "bodies"), { recursive: true });
    await mkdir(join(folder, "uploads"));
    await Journal.create(join(folder, "journal"));
  }

  /** The file of a body. */
  bodyPath(id: string): string {
    return this.#bodies + sep + id;
  }

  /** The folder of a multipart upload. */
  uploadFolder(id: string): string {
    return join(this.#folder, "uploads", id);
  }

  /**
   * Looks at the state as it is now.
   *
   * @throws S3Error `NoSuchBucket`
   */
  async look<T>(look: (fold: BucketFold) => T): Promise<T> {
    try {
      return await this.#journal.read(() => {
        if (this.#fold.dropped) throw new S3Error("NoSuchBucket");
        return look(this.#fold);
      });
    } catch (error) {
      throw asNoSuchBucket(error);
    }
  }

  /**
   * Commits records, one by one in this order, and removes the bodies that they leave without an object.
   *
   * @param before - called in the turn in which the records are written
   */
  async commit(records: readonly BucketRecord[], before?: () => void): Promise<Verdict[]> {
    try {
      const verdicts = await this.#journal.append(records, before);
      for (const verdict of verdicts) {
        if (verdict.ok && verdict.garbage !== undefined) {
          await rm(this.bodyPath(verdict.garbage), { force: true });
        }
      }
      if (this.#collectedAt !== this.#journal.generation) {
        this.#collectedAt = this.#journal.generation;
        // What was committed is committed: old litter that cannot be swept must not make it look otherwise.
        await sweepBucket(this.#folder, (look) => this.look(look)).catch(() => {});
      }
      return verdicts;
    } catch (error) {
      throw asNoSuchBucket(error);
    }
  }

  /** The object under a key. */
  async get(key: string): Promise<ObjectInfo | undefined> {
    const entry = await this.look((fold) => fold.get(key));
    return entry && this.info(entry);
  }

  /** An object out of its line. */
  info(entry: Entry): ObjectInfo {
    return objectInfo(entry, this.bodyPath(entry.b));
  }

  /** An object with its body, opened: what comes later cannot change either. The caller closes the handle. */
  async open(key: string): Promise<{ info: ObjectInfo; handle: FileHandle } | undefined> {
    let cause: unknown;
    for (let attempt = 0; attempt < OPEN_ATTEMPTS; attempt += 1) {
      const info = await this.get(key);
      if (info === undefined) return undefined;
      try {
        return { info, handle: await open(info.bodyPath, "r") };
      } catch (error) {
        if (!hasCode(error, "ENOENT")) throw error;
        cause = error;
      }
    }
    throw new S3Error("InternalError", { Key: key }, { cause });
  }

  /**
   * Puts an object. It appears whole, or not at all.
   *
   * @throws S3Error `NoSuchBucket`, `BadDigest`, `PreconditionFailed` …
   */
  async put(key: string, source: BodySource, options: PutOptions = {}): Promise<ObjectInfo> {
    const { headers = {}, metadata = {}, tags = {}, algorithms = [], expected = {} } = options;
    const { condition, trailing, signal } = options;
    const id = randomUUID();
    const path = this.bodyPath(id);
    const digests = await writeBody(path, source, {
      algorithms,
      sha256: expected.sha256 !== undefined,
      signal,
    }).catch((error: unknown) => {
      // The folder goes with the bucket.
      throw hasCode(error, "ENOENT") ? new S3Error("NoSuchBucket", {}, { cause: error }) : error;
    });
    const describe = async (): Promise<Entry> => {
      checkDigests(digests, expected);
      checkDigests(digests, { checksums: trailing?.() ?? {} });
      signal?.throwIfAborted();
      return {
        put: key,
        b: id,
        s: digests.size,
        e: digests.md5.toString("hex"),
        t: Date.now(),
        ...(Object.keys(headers).length > 0 && { h: headers }),
        ...(Object.keys(metadata).length > 0 && { m: metadata }),
        ...(Object.keys(tags).length > 0 && { g: tags }),
        ...(algorithms.length > 0 && { c: digests.checksums }),
      };
    };
    return await this.commitBody(id, describe, condition);
  }

  /**
   * Commits the object of a body that has just been written; if that fails, the body goes.
   *
   * @throws S3Error of a condition that does not hold
   */
  async commitBody(
    id: string,
    describe: () => Promise<Entry>,
    condition?: WriteCondition,
  ): Promise<ObjectInfo> {
    const written = Date.now();
    let refused = true;
    try {
      const entry = await describe();
      const [verdict] = await this.commit([putRecord(entry, condition)], () => {
        if (Date.now() - written > COMMIT_WITHIN_MS) throw new S3Error("InternalError");
        // From here on only the journal says whether the object is there.
        refused = false;
      });
      if (verdict === undefined) throw new S3Error("InternalError");
      if (!verdict.ok) {
        refused = true;
        throw verdictError(verdict.why, entry.put);
      }
      return this.info(entry);
    } finally {
      if (refused) await rm(this.bodyPath(id), { force: true });
    }
  }

  /**
   * Deletes objects, each if its condition holds; those that are not there are not missed without one.
   *
   * @returns for each of them why it was not deleted, where it was not: `PreconditionFailed`, `NoSuchKey`
   * @throws S3Error `NoSuchBucket`
   */
  async delete(
    objects: readonly { readonly key: string; readonly condition?: WriteCondition | undefined }[],
  ): Promise<(S3Error | undefined)[]> {
    const verdicts = await this.commit(
      objects.map(({ key, condition }) => ({ del: key, ...(condition && { if: condition }) })),
    );
    return verdicts.map((verdict, at) => {
      if (verdict.ok) return undefined;
      const error = verdictError(verdict.why, objects[at]?.key ?? "");
      if (verdict.why === "gone") throw error;
      return error;
    });
  }

  /** Sets an object's tags; `false` when the object is not there. */
  async tag(key: string, tags: Readonly<Record<string, string>>): Promise<boolean> {
    for (;;) {
      const entry = await this.look((fold) => fold.get(key));
      if (entry === undefined) return false;
      const [verdict] = await this.commit([{ tag: key, b: entry.b, g: tags }]);
      // It was overwritten in between: the new object gets them.
      if (verdict?.ok === true) return true;
    }
  }

  /** Deletes the bucket, if it is empty; from then on nothing in it counts. The folder is the caller's to remove. */
  async drop(): Promise<"dropped" | "not-empty" | "gone"> {
    try {
      const [verdict] = await this.#journal.append([{ drop: true }]);
      if (verdict?.ok === true) return "dropped";
      return verdict?.why === "not-empty" ? "not-empty" : "gone";
    } catch (error) {
      if (error instanceof JournalGoneError) return "gone";
      throw error;
    }
  }

  /** Whether the bucket has been deleted. */
  async isGone(): Promise<boolean> {
    return await this.look(() => false).catch((error: unknown) => {
      if (error instanceof S3Error && error.code === "NoSuchBucket") return true;
      throw error;
    });
  }

  /** Begins a new generation of the journal now. For tests. */
  async compact(): Promise<void> {
    await this.#journal.compact();
  }
}

function asNoSuchBucket(error: unknown): unknown {
  return error instanceof JournalGoneError
    ? new S3Error("NoSuchBucket", {}, { cause: error })
    : error;
}

/** S3's words for a record that did not count. */
function verdictError(why: Extract<Verdict, { ok: false }>["why"], key: string): S3Error {
  switch (why) {
    case "exists":
      return new S3Error("PreconditionFailed", { Condition: "If-None-Match" });
    case "mismatch":
      return new S3Error("PreconditionFailed", { Condition: "If-Match" });
    case "missing":
      return new S3Error("NoSuchKey", { Key: key });
    case "no-upload":
      return new S3Error("NoSuchUpload");
    case "not-empty":
      return new S3Error("BucketNotEmpty");
    case "gone":
      return new S3Error("NoSuchBucket");
  }
}
