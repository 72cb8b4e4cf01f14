/** Channels: from objects to files below /opt/ml/input/data, File mode. */

import { createWriteStream, type WriteStream } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { parseS3Uri } from "../../transfer/s3-uri.ts";
import { channelsOf, type HostFolder } from "../opt-ml.ts";
import { hasCode } from "../services/s3/node-errors.ts";
import { inParallel } from "./in-parallel.ts";
import type { ChannelSource, JobRequest } from "./job-request.ts";
import {
  copyObject,
  downloadFailure,
  makeFolder,
  type ObjectSource,
  objectPages,
  usableName,
  words,
} from "./objects-to-files.ts";

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
    for await (const page of objectPages(store, bucket, prefix)) {
      found = true;
      const copies: (() => Promise<void>)[] = [];
      for (const object of page) {
        signal.throwIfAborted();
        const name = usableName(bucket, prefix, object);
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
