/** A channel in Pipe mode, as bytes: what one host gets in one epoch. */

import { once } from "node:events";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { ObjectStore } from "../services/s3/object-store.ts";
import { channelObjects, fromManifest, readManifest } from "./channel-objects.ts";
import type { ChannelSource } from "./job-request.ts";
import { type NamedObject, parseAugmentedManifest } from "./manifest.ts";
import { downloadFailure, words } from "./objects-to-files.ts";
import { asRecord, LONGEST_RECORD } from "./record-io.ts";
import { shuffled } from "./shuffle.ts";

/** Where objects are read from. */
export type StreamSource = Pick<ObjectStore, "list" | "get" | "open">;

/** Which of so many hosts it is; counts from 0. */
export interface HostShare {
  readonly index: number;
  readonly count: number;
}

/**
 * The bytes of a channel: its objects one after another, or each value of an augmented manifest's lines; as records if it says so.
 *
 * @param epoch - counts from 0
 * @throws JobFailure `ClientError: Data download failed:…` that names the object
 */
export async function* channelBytes(
  store: StreamSource,
  channel: ChannelSource,
  epoch: number,
  host: HostShare,
): AsyncGenerator<Uint8Array> {
  const share = channel.distribution === "ShardedByS3Key" ? host : { index: 0, count: 1 };
  let seen = 0;
  const isMine = (): boolean => seen++ % share.count === share.index;
  if (channel.s3DataType === "AugmentedManifestFile") {
    const text = await readManifest(store, channel);
    const lines = fromManifest(channel, () => parseAugmentedManifest(text, channel.attributeNames));
    const seed = channel.shuffleSeed;
    for (const line of seed === undefined ? lines : shuffled(lines, seed, epoch)) {
      if (!isMine()) continue;
      for (const value of line) {
        if ("text" in value) yield* framed(channel, Buffer.from(value.text));
        else yield* objectBytes(store, channel, value);
      }
    }
    return;
  }
  for await (const page of channelObjects(store, channel, epoch)) {
    for (const { bucket, object, isFolder } of page) {
      if (!isFolder && isMine()) yield* objectBytes(store, channel, { bucket, key: object.key });
    }
  }
}

async function* framed(channel: ChannelSource, bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (channel.recordWrapperType === "RecordIO") yield* asRecord(chunksOf(bytes), bytes.length);
  else yield bytes;
}

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

async function* objectBytes(
  store: StreamSource,
  channel: ChannelSource,
  { bucket, key }: NamedObject,
): AsyncGenerator<Uint8Array> {
  const fail = (error: unknown): Error =>
    downloadFailure(`Unable to download object s3://${bucket}/${key} (${words(error)})`, error);
  const opened = await store.open(bucket, key).catch((error: unknown) => {
    throw fail(error);
  });
  if (opened === undefined) throw fail("NoSuchKey");
  const { info, handle } = opened;
  const isZipped = channel.compressionType === "Gzip";
  const read = (): Readable => {
    const plain = handle.createReadStream({ start: 0, autoClose: false });
    if (!isZipped) return plain;
    const unzipped = createGunzip();
    plain.on("error", (error) => unzipped.destroy(error));
    return plain.pipe(unzipped);
  };
  try {
    if (channel.recordWrapperType !== "RecordIO") yield* told(read(), fail);
    else {
      // A record begins with its length, which a compressed object does not tell before it is read.
      const length = isZipped ? await lengthOf(read(), fail) : info.size;
      if (length > LONGEST_RECORD) throw fail("it is too long for a RecordIO record");
      yield* asRecord(told(read(), fail), length);
    }
  } finally {
    await handle.close();
  }
}

async function* told(
  stream: Readable,
  fail: (error: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      const next = await chunks.next().catch((error: unknown) => {
        throw fail(error);
      });
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    stream.destroy();
    if (!stream.closed) await once(stream, "close").catch(() => undefined);
  }
}

async function lengthOf(stream: Readable, fail: (error: unknown) => Error): Promise<number> {
  let length = 0;
  for await (const chunk of told(stream, fail)) length += chunk.length;
  return length;
}
