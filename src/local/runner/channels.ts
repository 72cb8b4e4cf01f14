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
  const manifests = hosts.map(({ ml }) =>
    !isView
      ? new Manifest(
          join(ml, "input/data", `${channel.name}-manifest`),
          // The objects of a manifest have no more in common than that they lie in S3.
          isPrefix ? channel.s3Uri : "s3://",
        )
      : undefined,
  );
  const prefix = parseS3Uri(channel.s3Uri).key;
  let files = 0;
  try {
    for await (const page of channelObjects(store, channel, 0)) {
      const copies: (() => Promise<void>)[] = [];
      for (const { bucket, object, path, isFolder } of page) {
        signal.throwIfAborted();
        const sharded = channel.distribution === "ShardedByS3Key" && !isFolder;
        // Folders are everywhere; of the files of a sharded channel, in their order, each n-th goes to the same host.
        const receivers = sharded ? [files % hosts.length] : hosts.keys();
        if (!isFolder) files += 1;
        for (const index of receivers) {
          const place = join(hosts[index]?.ml ?? "", "input/data", channel.name, path);
          if (isFolder) copies.push(() => makeFolder(bucket, object.key, place));
          else {
            manifests[index]?.add(
              isPrefix ? object.key.slice(prefix.length) : `${bucket}/${object.key}`,
            );
            copies.push(() => copyObject(store, bucket, object, place, isView ? 0o444 : 0o644));
          }
        }
      }
      await inParallel(copies, signal);
    }
  } finally {
    await Promise.all(manifests.map((manifest) => manifest?.close()));
  }
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
