/** Channels in File and FastFile mode: from objects to files below /opt/ml/input/data. */

import { createWriteStream, type WriteStream } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { parseS3Uri } from "../../transfer/s3-uri.ts";
import { channelsOf, type HostFolder } from "../opt-ml.ts";
import { hasCode } from "../services/s3/node-errors.ts";
import { channelObjects } from "./channel-objects.ts";
import { inParallel } from "./in-parallel.ts";
import type { ChannelSource, JobRequest } from "./job-request.ts";
import {
  copyObject,
  downloadFailure,
  makeFolder,
  type ObjectSource,
  usableName,
  words,
} from "./objects-to-files.ts";

/**
 * Brings every channel's files to every host that gets it. They are copies, never links: in File mode a program may write to its input.
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
    // What is streamed is brought in when it is read.
    if (channel.inputMode === "Pipe") continue;
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
  // FastFile mode shows S3 itself, which a program cannot write to in this way.
  const isView = channel.inputMode === "FastFile";
  const isPrefix = channel.s3DataType === "S3Prefix";
  const { bucket: root, key: prefix } = parseS3Uri(channel.s3Uri);
  // A manifest's objects lie under their whole keys.
  const start = isPrefix ? prefix : "";
  const lists = hosts.map(({ ml }) =>
    isView ? undefined : new ObjectList(join(ml, "input/data", `${channel.name}-manifest`), start),
  );
  const isSharded = channel.distribution === "ShardedByS3Key";
  // A manifest may name an object twice, which is one file; a prefix has none twice.
  const seen = isPrefix ? undefined : new Set<string>();
  let files = 0;
  try {
    for await (const page of channelObjects(store, channel, 0)) {
      const copies: (() => Promise<void>)[] = [];
      for (const { bucket, object } of page) {
        if (seen?.has(object.key) === true) continue;
        seen?.add(object.key);
        const { path, isFolder } = usableName(bucket, start, object);
        // Folders are everywhere; of the files of a sharded channel, in their order, each n-th goes to the same host.
        const receivers = isSharded && !isFolder ? [files % hosts.length] : hosts.keys();
        if (!isFolder) files += 1;
        for (const index of receivers) {
          const place = join(hosts[index]?.ml ?? "", "input/data", channel.name, path);
          if (isFolder) copies.push(() => makeFolder(bucket, object.key, place));
          else {
            lists[index]?.add(bucket, object.key);
            copies.push(() => copyObject(store, bucket, object, place, isView ? 0o444 : 0o644));
          }
        }
      }
      await inParallel(copies, signal);
    }
  } finally {
    await Promise.all(lists.map((list) => list?.close(root)));
  }
}

/**
 * The list beside a channel's folder. The service writes one of an unpublished form; this is a manifest as S3 knows it, written as the keys
 * come.
 */
class ObjectList {
  readonly #file: WriteStream;
  /** What all keys begin with, up to a slash: what follows it is never empty. */
  readonly #folder: string;
  #isBegun: boolean = false;

  constructor(path: string, prefix: string) {
    this.#file = createWriteStream(path, { flags: "wx" });
    // A failure is told by close().
    this.#file.on("error", () => undefined);
    this.#folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  }

  add(bucket: string, key: string): void {
    this.#begin(bucket);
    this.#file.write(`,${JSON.stringify(key.slice(this.#folder.length))}`);
  }

  /** @param bucket - for a list without objects */
  async close(bucket: string): Promise<void> {
    this.#begin(bucket);
    this.#file.end("]");
    await finished(this.#file).catch((error: unknown) => {
      throw downloadFailure(
        hasCode(error, "ENOSPC", "EDQUOT") ? "Insufficient disk space" : words(error),
        error,
      );
    });
  }

  #begin(bucket: string): void {
    if (this.#isBegun) return;
    this.#isBegun = true;
    this.#file.write(`[${JSON.stringify({ prefix: `s3://${bucket}/${this.#folder}` })}`);
  }
}
