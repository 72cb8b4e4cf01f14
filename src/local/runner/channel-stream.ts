/** A channel in Pipe mode, as bytes: what one host gets in one epoch. */

import { once } from "node:events";
import type { FileHandle } from "node:fs/promises";
import { createGunzip } from "node:zlib";
import type { ObjectStore } from "../services/s3/object-store.ts";
import { channelObjects, fromManifest, readManifest } from "./channel-objects.ts";
import type { ChannelSource } from "./job-request.ts";
import {
  augmentedLines,
  type ManifestLine,
  type NamedObject,
  parseAugmentedLine,
} from "./manifest.ts";
import { objectFailure, words } from "./objects-to-files.ts";
import { asRecord, LONGEST_RECORD } from "./record-io.ts";
import { shuffled } from "./shuffle.ts";

/** Read at a time, in bytes. */
const CHUNK = 64 * 1024;

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
    const lines = await checkedLines(store, channel);
    const seed = channel.shuffleSeed;
    for (const line of seed === undefined ? lines : shuffled(lines, seed, epoch)) {
      if (!isMine()) continue;
      for (const value of parseAugmentedLine(line, channel.attributeNames)) {
        if ("text" in value) yield* framed(channel, Buffer.from(value.text));
        else yield* objectBytes(store, channel, value);
      }
    }
    return;
  }
  for await (const page of channelObjects(store, channel, epoch)) {
    for (const { bucket, object } of page) {
      // What stands for a folder has nothing to stream, and is no record.
      if (object.size === 0 && object.key.endsWith("/")) continue;
      if (isMine()) yield* objectBytes(store, channel, { bucket, key: object.key });
    }
  }
}

/** The lines of an augmented manifest, each of which can be read: what is wrong with one is told before the first byte. */
async function checkedLines(
  store: StreamSource,
  channel: ChannelSource,
): Promise<readonly ManifestLine[]> {
  const text = await readManifest(store, channel);
  return fromManifest(channel, () => {
    const lines = augmentedLines(text);
    // Read anew when its turn comes: a hundred thousand records would be many times the text.
    for (const line of lines) parseAugmentedLine(line, channel.attributeNames);
    return lines;
  });
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
  const fail = (error: unknown): Error => objectFailure(bucket, key, words(error), error);
  const opened = await store.open(bucket, key).catch((error: unknown) => {
    throw fail(error);
  });
  if (opened === undefined) throw fail("NoSuchKey");
  const { info, handle } = opened;
  const isZipped = channel.compressionType === "Gzip";
  const read = (): AsyncGenerator<Uint8Array> =>
    isZipped ? unzipped(handle, fail) : plain(handle, info.size, fail);
  try {
    if (channel.recordWrapperType !== "RecordIO") yield* read();
    else {
      // A record begins with its length, which a compressed object does not tell before it is read.
      const length = isZipped ? await lengthOf(read()) : info.size;
      if (length > LONGEST_RECORD) throw fail("it is too long for a RecordIO record");
      yield* asRecord(read(), length);
    }
  } finally {
    await handle.close();
  }
}

/** Without a stream around it, which costs more than a small object does. */
async function* plain(
  handle: FileHandle,
  size: number,
  fail: (error: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  for (let position = 0; position < size; ) {
    const length = Math.min(CHUNK, size - position);
    const { bytesRead, buffer } = await handle
      .read(Buffer.allocUnsafe(length), 0, length, position)
      .catch((error: unknown) => {
        throw fail(error);
      });
    if (bytesRead === 0) throw fail("its file is shorter than it should be");
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* unzipped(
  handle: FileHandle,
  fail: (error: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  const stream = createGunzip();
  const source = handle.createReadStream({ start: 0, autoClose: false });
  source.on("error", (error) => stream.destroy(error));
  source.pipe(stream);
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

async function lengthOf(chunks: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const chunk of chunks) length += chunk.length;
  return length;
}
