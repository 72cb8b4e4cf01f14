/** The objects of the local S3 on disk, shared by several processes without a daemon. */

import { randomUUID } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { noSuchBucket } from "./addressing.ts";
import type { BodySource } from "./body-file.ts";
import { BucketStore, type PutOptions } from "./bucket-store.ts";
import {
  type CatalogEntry,
  CatalogFold,
  type CatalogRecord,
  newBucketAccess,
  type PublicAccessBlock,
} from "./catalog.ts";
import { Journal, JournalGoneError } from "./journal.ts";
import { keyPage } from "./listing.ts";
import { hasCode } from "./node-errors.ts";
import type { ObjectInfo } from "./object-info.ts";

/** A bucket. */
export interface BucketInfo {
  readonly name: string;
  readonly region: string;
  readonly createdAt: Date;
  /** As PutPublicAccessBlock set it. */
  readonly publicAccessBlock: PublicAccessBlock | undefined;
}

/** So many buckets' states are kept in memory; the others are read again when they are needed. */
const KEPT_BUCKETS = 64;

/**
 * Buckets and objects in a folder. Any number of processes may use the same folder; what one has committed, all see.
 * Bodies are plain files under random names, and an append-only journal for each bucket says which object has which:
 * its line is the commit. So a process may be killed at any time, and nothing is ever locked.
 *
 * @example
 * ```ts
 * const store = new ObjectStore(".sagemaker-local/s3");
 * await store.createBucket("models", { region: "eu-west-1" });
 * await store.put("models", "a/b.txt", Buffer.from("hello"));
 * ```
 */
export class ObjectStore {
  readonly #folder: string;
  readonly #catalog = new CatalogFold();
  readonly #journal: Journal<CatalogRecord, boolean>;
  readonly #open = new Map<string, BucketStore>();
  readonly #makeRoot: () => void;

  /**
   * @param folder - made when the first bucket is
   * @param makeRoot - makes what `folder` lies in, before a bucket is made. Default: nothing more than the folders themselves
   */
  constructor(folder: string, makeRoot: () => void = () => {}) {
    this.#folder = folder;
    this.#makeRoot = makeRoot;
    this.#journal = new Journal(this.#catalogFolder, this.#catalog);
  }

  /** Makes a bucket, unless there is one of that name. The name must be one that S3 allows. */
  async createBucket(
    bucket: string,
    options: { readonly region: string },
  ): Promise<"created" | "exists"> {
    for (;;) {
      const taken = await this.#entry(bucket);
      if (taken !== undefined) {
        if (!(await this.#store(bucket, taken.id).isGone())) return "exists";
        // Whoever deleted it did not live to strike it off.
        await this.#remove(bucket, taken.id);
      }
      const id = randomUUID();
      const folder = this.#bucketFolder(bucket, id);
      this.#makeRoot();
      await Journal.create(this.#catalogFolder);
      await BucketStore.create(folder);
      const { region } = options;
      const [created] = await this.#journal.append([
        { create: bucket, id, region, t: Date.now(), access: newBucketAccess },
      ]);
      if (created === true) return "created";
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** The bucket of that name. */
  async bucket(bucket: string): Promise<BucketInfo | undefined> {
    const entry = await this.#entry(bucket);
    return entry && bucketInfo(entry);
  }

  /** All buckets, by name. */
  async buckets(): Promise<BucketInfo[]> {
    const entries = await this.#look((buckets) => [...buckets.values()]);
    return entries.map(bucketInfo).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Deletes a bucket, if it is empty. Multipart uploads under way do not count, and go with it. */
  async deleteBucket(bucket: string): Promise<"deleted" | "not-empty" | "missing"> {
    const entry = await this.#entry(bucket);
    if (entry === undefined) return "missing";
    const outcome = await this.#store(bucket, entry.id).drop();
    if (outcome === "not-empty") return "not-empty";
    await this.#remove(bucket, entry.id);
    return outcome === "dropped" ? "deleted" : "missing";
  }

  /**
   * Sets or removes a bucket's block of public access, which has no effect on this machine.
   *
   * @throws S3Error `NoSuchBucket`
   */
  async setPublicAccessBlock(bucket: string, access: PublicAccessBlock | undefined): Promise<void> {
    const id = (await this.#entry(bucket))?.id;
    const [done] =
      id === undefined
        ? [false]
        : await this.#journal.append([{ protect: bucket, id, ...(access && { access }) }]);
    if (done !== true) throw noSuchBucket(bucket);
  }

  /**
   * One bucket's store.
   *
   * @throws S3Error `NoSuchBucket`
   * @internal
   */
  async in(bucket: string): Promise<BucketStore> {
    const id = (await this.#entry(bucket))?.id;
    if (id === undefined) throw noSuchBucket(bucket);
    return this.#store(bucket, id);
  }

  /**
   * The object under a key.
   *
   * @throws S3Error `NoSuchBucket`
   */
  async get(bucket: string, key: string): Promise<ObjectInfo | undefined> {
    return await (await this.in(bucket)).get(key);
  }

  /**
   * An object with its body, opened: overwriting or deleting the object does not touch them. The caller closes the handle.
   *
   * @throws S3Error `NoSuchBucket`
   */
  async open(
    bucket: string,
    key: string,
  ): Promise<{ info: ObjectInfo; handle: FileHandle } | undefined> {
    return await (await this.in(bucket)).open(key);
  }

  /**
   * Objects in the order of their keys' UTF-8 bytes.
   *
   * @param options - `prefix`: only keys that begin so; `startAfter`: only keys behind it; `limit`: the most objects
   * @throws S3Error `NoSuchBucket`
   */
  async list(
    bucket: string,
    options: {
      readonly prefix?: string;
      readonly startAfter?: string;
      readonly limit?: number;
    } = {},
  ): Promise<{ objects: ObjectInfo[]; more: boolean }> {
    const store = await this.in(bucket);
    return await store.look((fold) => {
      const page = keyPage(fold.keys, options);
      const entries = page.keys.flatMap((key) => fold.get(key) ?? []);
      return { objects: entries.map((entry) => store.info(entry)), more: page.more };
    });
  }

  /**
   * Puts an object. It appears whole, or not at all.
   *
   * @param body - chunks must not be written to after they were given
   * @throws S3Error `NoSuchBucket`, `BadDigest`, `PreconditionFailed` …
   */
  async put(
    bucket: string,
    key: string,
    body: BodySource,
    options?: PutOptions,
  ): Promise<ObjectInfo> {
    return await (await this.in(bucket)).put(key, body, options);
  }

  /**
   * Deletes an object; one that is not there is not missed.
   *
   * @throws S3Error `NoSuchBucket`
   */
  async delete(bucket: string, key: string): Promise<void> {
    await (await this.in(bucket)).delete([{ key }]);
  }

  get #catalogFolder(): string {
    return join(this.#folder, "catalog");
  }

  #bucketFolder(bucket: string, id: string): string {
    return join(this.#folder, "buckets", `${bucket}.${id}`);
  }

  #store(bucket: string, id: string): BucketStore {
    const store = this.#open.get(id) ?? new BucketStore(this.#bucketFolder(bucket, id));
    // The last one used stands last. Two stores on one bucket are as good as two processes, so dropping one is safe.
    this.#open.delete(id);
    this.#open.set(id, store);
    if (this.#open.size > KEPT_BUCKETS) {
      for (const [oldest] of this.#open) {
        this.#open.delete(oldest);
        break;
      }
    }
    return store;
  }

  /** Strikes a deleted bucket off and removes its folder. Whoever finds it half done may do it again. */
  async #remove(bucket: string, id: string): Promise<void> {
    await this.#journal.append([{ remove: bucket, id }]);
    const trash = join(this.#folder, "trash");
    await mkdir(trash, { recursive: true });
    // In one step, so that nobody finds half a bucket.
    await rename(this.#bucketFolder(bucket, id), join(trash, id)).catch((error: unknown) => {
      if (!hasCode(error, "ENOENT")) throw error;
    });
    await rm(join(trash, id), { recursive: true, force: true, maxRetries: 3 });
    this.#open.delete(id);
  }

  #entry(bucket: string): Promise<CatalogEntry | undefined> {
    return this.#look((buckets) => buckets.get(bucket));
  }

  /** Looks at the catalog. Where there is none yet, or none any more, there are no buckets. */
  async #look<T>(look: (buckets: ReadonlyMap<string, CatalogEntry>) => T): Promise<T> {
    try {
      return await this.#journal.read(() => look(this.#catalog.buckets));
    } catch (error) {
      if (error instanceof JournalGoneError) return look(new Map());
      throw error;
    }
  }
}

function bucketInfo(entry: CatalogEntry): BucketInfo {
  return {
    name: entry.create,
    region: entry.region,
    createdAt: new Date(entry.t),
    publicAccessBlock: entry.access,
  };
}
