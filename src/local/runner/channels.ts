/** Channels: from objects to files below /opt/ml/input/data, File mode. */

import { constants, createWriteStream, type WriteStream } from "node:fs";
import { chmod, copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { finished } from "node:stream/promises";
import { parseS3Uri } from "../../transfer/s3-uri.ts";
import { channelsOf, type HostFolder } from "../opt-ml.ts";
import { hasCode } from "../services/s3/node-errors.ts";
import type { ObjectInfo } from "../services/s3/object-info.ts";
import type { ObjectStore } from "../services/s3/object-store.ts";
import { JobFailure } from "./failure-reason.ts";
import type { ChannelSource, JobRequest } from "./job-request.ts";
import { localName, UnusableKeyError } from "./local-name.ts";

const PAGE = 1000;
/** Files copied at a time. */
const COPIES = 8;
/** How often a copy is begun anew when its object is overwritten meanwhile. */
const ATTEMPTS = 5;

/** Where objects come from: the object store, or what stands for it. */
export type ObjectSource = Pick<ObjectStore, "list" | "get">;

/**
 * Brings every channel's files to every host that gets it. They are copies, never links: a program may write to its input.
 *
 * @throws JobFailure `ClientError: Data download failed:…` that names the object
 */
export async function downloadChannels(
  store: ObjectSource,
  request: JobRequest,
  hosts: readonly HostFolder[],
  signal: AbortSignal,
): Promise<void> {
  for (const channel of request.channels) {
    const receivers = hosts.filter(({ name }) => channelsOf(request, name).includes(channel));
    if (receivers.length > 0) await downloadChannel(store, channel, receivers, signal);
  }
}

async function downloadChannel(
  store: ObjectSource,
  channel: ChannelSource,
  hosts: readonly HostFolder[],
  signal: AbortSignal,
): Promise<void> {
  const { bucket, key: prefix } = parseS3Uri(channel.s3Uri);
  const manifests = hosts.map(
    ({ ml }) => new Manifest(join(ml, "input/data", `${channel.name}-manifest`), channel.s3Uri),
  );
  let files = 0;
  let found = false;
  try {
    for await (const page of pages(store, bucket, prefix)) {
      found = true;
      const copies: (() => Promise<void>)[] = [];
      for (const object of page) {
        signal.throwIfAborted();
        const name = nameOf(bucket, prefix, object);
        const sharded = channel.distribution === "ShardedByS3Key" && !name.isFolder;
        // Folders are everywhere; of the files of a sharded channel, in the order of keys, each n-th goes to the same host.
        const receivers = sharded ? [files % hosts.length] : hosts.keys();
        if (!name.isFolder) files += 1;
        for (const index of receivers) {
          const folder = join(hosts[index]?.ml ?? "", "input/data", channel.name);
          if (name.isFolder)
            copies.push(() => makeFolder(bucket, object.key, join(folder, name.path)));
          else {
            manifests[index]?.add(object.key.slice(prefix.length));
            copies.push(() => copyObject(store, bucket, object, join(folder, name.path)));
          }
        }
      }
      await inParallel(copies, signal);
    }
  } finally {
    await Promise.all(manifests.map((manifest) => manifest.close()));
  }
  if (!found) {
    throw downloadFailure(
      `No S3 objects found under S3 URL "${channel.s3Uri}" given in input data source (channel "${channel.name}").`,
    );
  }
}

async function* pages(
  store: ObjectSource,
  bucket: string,
  prefix: string,
): AsyncGenerator<readonly ObjectInfo[]> {
  let startAfter: string | undefined;
  for (;;) {
    const { objects, more } = await store
      .list(bucket, { prefix, limit: PAGE, ...(startAfter === undefined ? {} : { startAfter }) })
      .catch((error: unknown) => {
        throw downloadFailure(
          `Unable to list objects of s3://${bucket}/${prefix} (${words(error)})`,
          error,
        );
      });
    if (objects.length > 0) yield objects;
    startAfter = objects.at(-1)?.key;
    if (!more || startAfter === undefined) return;
  }
}

function nameOf(
  bucket: string,
  prefix: string,
  { key, size }: ObjectInfo,
): ReturnType<typeof localName> {
  try {
    const name = localName(prefix, key);
    if (name.isFolder && size > 0)
      throw new UnusableKeyError("it ends in a slash but is not empty");
    return name;
  } catch (error) {
    if (!(error instanceof UnusableKeyError)) throw error;
    throw downloadFailure(
      `The key of s3://${bucket}/${key.replaceAll("\0", "\\0")} cannot be a file of the channel: ${error.message}.`,
      error,
    );
  }
}

async function makeFolder(bucket: string, key: string, path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((error: unknown) => {
    throw fileFailure(bucket, key, error);
  });
}

async function copyObject(
  store: ObjectSource,
  bucket: string,
  listed: ObjectInfo,
  path: string,
): Promise<void> {
  let object: ObjectInfo | undefined = listed;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await copyBody(object.bodyPath, path);
      return;
    } catch (error) {
      // Its body is gone: it was overwritten since it was listed, and the new one is as good.
      object =
        hasCode(error, "ENOENT") && attempt < ATTEMPTS
          ? await store.get(bucket, listed.key)
          : undefined;
      if (object === undefined) throw fileFailure(bucket, listed.key, error);
    }
  }
}

async function copyBody(source: string, path: string): Promise<void> {
  // Exclusive: two keys that would become one file are told, not lost. Where the disk can, the copy shares blocks until written to.
  const flags = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE;
  try {
    await copyFile(source, path, flags);
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
    await mkdir(dirname(path), { recursive: true });
    await copyFile(source, path, flags);
  }
  await chmod(path, 0o644);
}

async function inParallel(
  tasks: readonly (() => Promise<void>)[],
  signal: AbortSignal,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let task = tasks[next++]; task !== undefined; task = tasks[next++]) {
      signal.throwIfAborted();
      await task();
    }
  };
  try {
    await Promise.all(Array.from({ length: COPIES }, worker));
  } finally {
    // The others stop at their next file.
    next = tasks.length;
  }
}

function downloadFailure(text: string, cause?: unknown): JobFailure {
  return new JobFailure(`ClientError: Data download failed:${text}`, { cause });
}

function fileFailure(bucket: string, key: string, error: unknown): JobFailure {
  if (hasCode(error, "ENOSPC", "EDQUOT")) return downloadFailure("Insufficient disk space", error);
  const why = hasCode(error, "EEXIST", "ENOTDIR", "EISDIR")
    ? "another key has made a file or a folder of that name"
    : words(error);
  return downloadFailure(`Unable to download object s3://${bucket}/${key} (${why})`, error);
}

function words(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? `${String(error.code)}: ${error.message}` : error.message;
}

/**
 * The list beside a channel's folder. The service writes one of an unpublished form; this is a manifest as S3 knows it, written as the keys
 * come.
 */
class Manifest {
  readonly #file: WriteStream;

  constructor(path: string, prefix: string) {
    this.#file = createWriteStream(path, { flags: "wx" });
    // A failure is told by close().
    this.#file.on("error", () => undefined);
    this.#file.write(`[${JSON.stringify({ prefix })}`);
  }

  add(suffix: string): void {
    this.#file.write(`,${JSON.stringify(suffix)}`);
  }

  async close(): Promise<void> {
    this.#file.end("]");
    await finished(this.#file).catch((error: unknown) => {
      throw downloadFailure(
        hasCode(error, "ENOSPC", "EDQUOT") ? "Insufficient disk space" : words(error),
        error,
      );
    });
  }
}
