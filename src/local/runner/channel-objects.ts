/** Which objects a channel is made of, in which order, and which of them a host gets. */

import { readFile } from "node:fs/promises";
import { parseS3Uri } from "../../transfer/s3-uri.ts";
import type { ObjectInfo } from "../services/s3/object-info.ts";
import type { ChannelSource } from "./job-request.ts";
import { ManifestError, type NamedObject, parseManifest } from "./manifest.ts";
import {
  downloadFailure,
  type ObjectSource,
  objectPages,
  usableName,
  words,
} from "./objects-to-files.ts";
import { shuffled } from "./shuffle.ts";

/** Objects of a manifest that are looked up together. */
const PAGE = 100;
/** A manifest is read as a whole; a longer one is none. In bytes. */
const LONGEST_MANIFEST = 256 * 2 ** 20;

/** One object of a channel. */
export interface ChannelObject {
  readonly bucket: string;
  readonly object: ObjectInfo;
  /** Relative to the channel's folder, `/` between folders. */
  readonly path: string;
  /** A key that ends in a slash stands for a folder. */
  readonly isFolder: boolean;
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
  const pages =
    channel.s3DataType === "ManifestFile" ? named(store, channel) : listed(store, channel);
  if (channel.shuffleSeed === undefined) {
    yield* pages;
    return;
  }
  const all: ChannelObject[] = [];
  for await (const page of pages) all.push(...page);
  if (all.length > 0) yield shuffled(all, channel.shuffleSeed, epoch);
}

/** The text of an object that says what the channel is made of. */
export async function readManifest(store: ObjectSource, { s3Uri }: ChannelSource): Promise<string> {
  const place = parseS3Uri(s3Uri);
  const object = await find(store, place);
  if (object.size > LONGEST_MANIFEST) throw downloadFailure(`The manifest ${s3Uri} is too long.`);
  return await readFile(object.bodyPath, "utf8").catch((error: unknown) => {
    throw downloadFailure(`Unable to download object ${s3Uri} (${words(error)})`, error);
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
async function find(store: ObjectSource, place: NamedObject): Promise<ObjectInfo> {
  const { bucket, key } = place;
  const object = await store.get(bucket, key).catch((error: unknown) => {
    throw downloadFailure(
      `Unable to download object s3://${bucket}/${key} (${words(error)})`,
      error,
    );
  });
  if (object !== undefined) return object;
  throw downloadFailure(`Unable to download object s3://${bucket}/${key} (NoSuchKey)`);
}

async function* listed(
  store: ObjectSource,
  channel: ChannelSource,
): AsyncGenerator<readonly ChannelObject[]> {
  const { bucket, key: prefix } = parseS3Uri(channel.s3Uri);
  let isEmpty = true;
  for await (const page of objectPages(store, bucket, prefix)) {
    isEmpty = false;
    yield page.map((object) => ({ bucket, object, ...usableName(bucket, prefix, object) }));
  }
  if (isEmpty) {
    throw downloadFailure(
      `No S3 objects found under S3 URL "${channel.s3Uri}" given in input data source (channel "${channel.name}").`,
    );
  }
}

/** A manifest's objects lie under their whole keys. */
async function* named(
  store: ObjectSource,
  channel: ChannelSource,
): AsyncGenerator<readonly ChannelObject[]> {
  const text = await readManifest(store, channel);
  const places = fromManifest(channel, () => parseManifest(text));
  for (let from = 0; from < places.length; from += PAGE) {
    yield await Promise.all(
      places.slice(from, from + PAGE).map(async (place) => {
        const object = await find(store, place);
        return { bucket: place.bucket, object, ...usableName(place.bucket, "", object) };
      }),
    );
  }
}
