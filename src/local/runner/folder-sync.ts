/** A job's folder that S3 has too: brought in at the start, and what the program changes sent there while it runs. */

import { createReadStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseS3Uri } from "../../transfer/s3-uri.ts";
import type { ObjectStore } from "../services/s3/object-store.ts";
import { uploadFailure, uploadFileFailure } from "./artifacts.ts";
import { inParallel } from "./in-parallel.ts";
import {
  copyObject,
  makeFolder,
  type ObjectSource,
  objectPages,
  usableName,
  words,
} from "./objects-to-files.ts";
import { identityOf, openForWriting } from "./open-writers.ts";
import { isOwnFolder, plainFiles, statOf } from "./plain-files.ts";

/** How far apart the folders are looked at, in milliseconds; a large folder is looked at more seldom. */
const LOOK_INTERVAL = 500;
const SHARE_OF_LOOKING = 10;
/** A file that is open for writing is sent all the same when it has not changed for so many looks: a log stays open for hours. */
const QUIET_LOOKS = 10;
/** What SageMaker's own agent leaves beside checkpoints: code that was written for it may move it about. */
const MARKER = /\.sagemaker-upload(?:ing|ed)$/;

/** Where objects are kept. */
export type SyncStore = ObjectSource & Pick<ObjectStore, "put" | "delete">;

/** One folder of one host, and where it lies in S3. */
export interface SyncedFolder {
  /** On this machine (absolute). */
  readonly folder: string;
  readonly s3Uri: string;
  /** Whether S3 keeps what the program deletes. */
  readonly keepsDeleted: boolean;
}

/** What is known of a file. */
interface Seen {
  /** Changes with the content. */
  readonly signature: string;
  /** For how many looks it has been like this. */
  readonly looks: number;
  readonly isSent: boolean;
}

/** A sync under way. */
export interface FolderSync {
  /** Looks no more; what was under way is done when this resolves. */
  stop(): Promise<void>;
  /** Sends what is left, once the programs have ended. @throws JobFailure `ClientError: Artifact upload failed:…` */
  finish(): Promise<void>;
}

/**
 * Brings all objects under the URI into the folder. Names are kept; a key that cannot be a file of the folder ends the job.
 *
 * @throws JobFailure `ClientError: Data download failed:…` that names the object
 */
export async function restoreFolder(
  store: ObjectSource,
  { folder, s3Uri }: Pick<SyncedFolder, "folder" | "s3Uri">,
  signal: AbortSignal,
): Promise<void> {
  const { bucket, prefix } = placeInS3(s3Uri);
  await mkdir(folder, { recursive: true });
  for await (const page of objectPages(store, bucket, prefix)) {
    const copies = page.map((object) => async (): Promise<void> => {
      const { path, isFolder } = usableName(bucket, prefix, object);
      if (isFolder) await makeFolder(bucket, object.key, join(folder, path));
      else await copyObject(store, bucket, object, join(folder, path));
    });
    await inParallel(copies, signal);
  }
}

/**
 * Sends new and changed files to S3, and deletes there what the program has deleted (unless S3 is to keep it), until it is told to finish. A file
 * goes whole: one that changes, or that a program is still writing, waits. What others put into S3 meanwhile is not brought in.
 *
 * @param folders - as they lie now: what is in them counts as being in S3 already
 */
export async function startSync(
  store: SyncStore,
  folders: readonly SyncedFolder[],
): Promise<FolderSync> {
  const mirrors: Mirror[] = [];
  for (const folder of folders) {
    const mirror = new Mirror(store, folder);
    await mirror.begin();
    mirrors.push(mirror);
  }
  const stopping = new AbortController();
  const loop = (async (): Promise<void> => {
    let pause = LOOK_INTERVAL;
    while (mirrors.length > 0 && !stopping.signal.aborted) {
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      const began = Date.now();
      // What fails now may do better at the next look; at the last one it is told.
      for (const mirror of mirrors)
        await mirror.look(false, stopping.signal).catch(() => undefined);
      pause = Math.max(LOOK_INTERVAL, (Date.now() - began) * SHARE_OF_LOOKING);
    }
  })();
  const stop = async (): Promise<void> => {
    stopping.abort();
    await loop;
  };
  return {
    stop,
    finish: async () => {
      await stop();
      for (const mirror of mirrors) await mirror.look(true);
    },
  };
}

/** One folder, and what of it is in S3. */
class Mirror {
  readonly #store: SyncStore;
  readonly #folder: string;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #keepsDeleted: boolean;
  #seen: ReadonlyMap<string, Seen> = new Map();

  constructor(store: SyncStore, { folder, s3Uri, keepsDeleted }: SyncedFolder) {
    this.#store = store;
    this.#folder = folder;
    this.#keepsDeleted = keepsDeleted;
    ({ bucket: this.#bucket, prefix: this.#prefix } = placeInS3(s3Uri));
  }

  /** What is there now is in S3. */
  async begin(): Promise<void> {
    const seen = await this.#scan();
    this.#seen = new Map(
      [...seen].map(([name, file]) => [name, { ...file, looks: 0, isSent: true }]),
    );
  }

  /** @param isLast - nobody writes any more: everything goes */
  async look(isLast: boolean, signal?: AbortSignal): Promise<void> {
    const before = this.#seen;
    const now = new Map<string, Seen>();
    const due: { readonly name: string; readonly identity: string }[] = [];
    for (const [name, { signature, identity }] of await this.#scan()) {
      const known = before.get(name);
      const isSame = known?.signature === signature;
      const looks = isSame ? known.looks + 1 : 0;
      const isSent = isSame && known.isSent;
      now.set(name, { signature, looks, isSent });
      if (!isSent && (isLast || looks > 0)) due.push({ name, identity });
    }
    // Kept before the first call: what fails is tried again.
    this.#seen = new Map([
      ...[...before].filter(([name, { isSent }]) => isSent && !now.has(name)),
      ...now,
    ]);
    const busy = isLast
      ? new Set()
      : await openForWriting(new Set(due.map(({ identity }) => identity)));
    for (const { name, identity } of due) {
      if (signal?.aborted === true) return;
      const file = now.get(name);
      if (file === undefined || (busy.has(identity) && file.looks < QUIET_LOOKS)) continue;
      const isSent = await this.#send(name, file.signature);
      this.#seen = new Map(this.#seen).set(name, { ...file, isSent });
    }
    for (const [name, { isSent }] of before) {
      if (now.has(name) || !isSent) continue;
      if (!this.#keepsDeleted) await this.#delete(name);
      const rest = new Map(this.#seen);
      rest.delete(name);
      this.#seen = rest;
    }
  }

  async #scan(): Promise<Map<string, { readonly signature: string; readonly identity: string }>> {
    const found = new Map<string, { signature: string; identity: string }>();
    const isThere = await isOwnFolder(this.#folder).catch((error: unknown) => {
      throw uploadFailure(words(error), error);
    });
    // A program may remove the folder itself, and make it again.
    if (!isThere) return found;
    for await (const { path, name } of plainFiles(this.#folder)) {
      const stats = MARKER.test(name) ? undefined : await statOf(path);
      if (stats === undefined) continue;
      const identity = identityOf(stats);
      // Unlike the time of its last change, a program cannot set a file's `ctime`.
      found.set(name, { identity, signature: `${identity}:${stats.size}:${stats.ctimeNs}` });
    }
    return found;
  }

  /** @returns whether it was sent as a whole; a file that changed meanwhile, or is gone, was not */
  async #send(name: string, signature: string): Promise<boolean> {
    const path = join(this.#folder, name);
    try {
      await this.#store.put(this.#bucket, `${this.#prefix}${name}`, wholeFile(path, signature));
      return true;
    } catch (error) {
      if (error instanceof ChangedError) return false;
      throw uploadFileFailure(`s3://${this.#bucket}/${this.#prefix}${name}`, error);
    }
  }

  async #delete(name: string): Promise<void> {
    await this.#store.delete(this.#bucket, `${this.#prefix}${name}`).catch((error: unknown) => {
      throw uploadFailure(`Unable to delete s3://${this.#bucket}/${this.#prefix}${name}`, error);
    });
  }
}

/** A file was written to, or removed, while it was read. */
class ChangedError extends Error {
  override readonly name: string = "ChangedError";
}

/** A file's content; an error at its end when it is not what it was, so that no object comes of it. */
async function* wholeFile(path: string, signature: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path) as AsyncIterable<Buffer>;
  } catch (error) {
    if ((await statOf(path)) === undefined) throw new ChangedError(path, { cause: error });
    throw error;
  }
  const stats = await statOf(path);
  if (stats === undefined || `${identityOf(stats)}:${stats.size}:${stats.ctimeNs}` !== signature) {
    throw new ChangedError(path);
  }
}

/** The folder in S3: whatever the URI ends with, names go below it. */
function placeInS3(s3Uri: string): { readonly bucket: string; readonly prefix: string } {
  const { bucket, key } = parseS3Uri(s3Uri);
  return { bucket, prefix: key === "" || key.endsWith("/") ? key : `${key}/` };
}
