/** Which objects a channel is made of, in which order, and which of them a host gets. */

import { readFile } from "node:fs/promises";
import { parseS3Uri } from "../../transfer/s3-uri.ts";
import type { ObjectInfo } from "../services/s3/object-info.ts";
import type { ChannelSource } from "./job-request.ts";
import { ManifestError, type NamedObject, parseManifest } from "./manifest.ts";
import {
  downloadFailure,
  type ObjectSource,
  objectFailure,
  objectPages,
  words,
} from "./objects-to-files.ts";
import { shuffled } from "./shuffle.ts";

/** Objects that are looked up together, by their names. */
const PAGE = 100;
/** A manifest is read as a whole; a longer one is none. In bytes. */
const LONGEST_MANIFEST = 256 * 2 ** 20;

/** One object of a channel. */
export interface ChannelObject {
  readonly bucket: string;
  readonly object: ObjectInfo;
}

/**
 * A channel's objects, some at a time: in the order of their keys, or of the manifest, or of the seed.
 *
 * @param epoch - counts from 0: each has an order of its own, where there is a seed
 * @throws JobFailure `ClientError: Data download failed:…`
 */
export async function* channelObjects(
  store: ObjectSource,
  channel: ChannelSource,
  epoch: number,
): AsyncGenerator<readonly ChannelObject[]> {
  const isManifest = channel.s3DataType === "ManifestFile";
  const seed = channel.shuffleSeed;
  if (!isManifest && seed === undefined) {
    yield* listed(store, channel);
    return;
  }
  const names = isManifest ? await manifestNames(store, channel) : await allNames(store, channel);
  const order = seed === undefined ? names : shuffled(names, seed, epoch);
  for (let from = 0; from < order.length; from += PAGE) {
    yield await Promise.all(order.slice(from, from + PAGE).map((place) => find(store, place)));
  }
}

/** The text of an object that says what the channel is made of. */
export async function readManifest(store: ObjectSource, { s3Uri }: ChannelSource): Promise<string> {
  const place = parseS3Uri(s3Uri);
  const { object } = await find(store, place);
  if (object.size > LONGEST_MANIFEST) throw downloadFailure(`The manifest ${s3Uri} is too long.`);
  return await readFile(object.bodyPath, "utf8").catch((error: unknown) => {
    throw objectFailure(place.bucket, place.key, words(error), error);
  });
}

/** What a manifest says, read by `parse`; a failure of the job when it is none. */
export function fromManifest<T>({ s3Uri }: ChannelSource, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    throw downloadFailure(`The manifest ${s3Uri} cannot be read: ${error.message}.`, error);
  }
}

/** The object of that name. @throws JobFailure when there is none */
async function find(store: ObjectSource, { bucket, key }: NamedObject): Promise<ChannelObject> {
  const object = await store.get(bucket, key).catch((error: unknown) => {
    throw objectFailure(bucket, key, words(error), error);
  });
  if (object === undefined) throw objectFailure(bucket, key, "NoSuchKey");
  return { bucket, object };
}

async function* listed(
  store: ObjectSource,
  channel: ChannelSource,
): AsyncGenerator<readonly ChannelObject[]> {
  const { bucket, key: prefix } = parseS3Uri(channel.s3Uri);
  let isEmpty = true;
  for await (const page of objectPages(store, bucket, prefix)) {
    isEmpty = false;
    yield page.map((object) => ({ bucket, object }));
  }
  if (isEmpty) {
    throw downloadFailure(
      `No S3 objects found under S3 URL "${channel.s3Uri}" given in input data source (channel "${channel.name}").`,
    );
  }
}

/** To put them in an order takes all of them; their names alone are little. */
async function allNames(store: ObjectSource, channel: ChannelSource): Promise<NamedObject[]> {
  const names: NamedObject[] = [];
  for await (const page of listed(store, channel)) {
    for (const { bucket, object } of page) names.push({ bucket, key: object.key });
  }
  return names;
}

async function manifestNames(store: ObjectSource, channel: ChannelSource): Promise<NamedObject[]> {
  const text = await readManifest(store, channel);
  return fromManifest(channel, () => parseManifest(text));
}
