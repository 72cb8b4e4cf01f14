/** Whether each channel has objects, in a bucket that the job can read from. */

import { awsErrorCode } from "../../aws/translate.ts";
import type { S3 } from "../../aws/types.ts";
import type { Finding } from "../../errors.ts";
import type { Session } from "../../session.ts";
import { parseS3Uri } from "../../transfer/s3-uri.ts";
import type { BucketSight, Buckets } from "./buckets.ts";
import type { ChannelData, PrefixListing } from "./channel-data.ts";
import { type Check, isDenied } from "./check.ts";

/** What the checks need. */
export interface ChannelContext {
  readonly session: Session;
  readonly buckets: Buckets;
  /** The job's region; `undefined` where regions mean nothing: a local cloud, or another server that answers for S3. */
  readonly region: string | undefined;
  /** Told what was listed, for what concerns all channels together. */
  readonly onListed: (channel: ChannelData, listing: PrefixListing) => void;
}

/** Keys of one page; S3 gives no more. */
const PAGE_SIZE = 1_000;
/** Sizes are added up over so many pages; beyond them nothing is said of sizes. */
const MAX_PAGES = 3;

/**
 * One check a channel.
 *
 * @param channels - those whose data lie in S3 already
 * @param context - the session, and where the job runs
 */
export function channelChecks(channels: readonly ChannelData[], context: ChannelContext): Check[] {
  return channels.map(
    (channel): Check => ({
      path: channel.path,
      what: `whether there are objects under ${channel.uri}`,
      run: async (signal) => await lookAtChannel(channel, context, signal),
    }),
  );
}

async function lookAtChannel(
  channel: ChannelData,
  { session, buckets, region, onListed }: ChannelContext,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { bucket } = parseS3Uri(channel.uri);
  const s3 = await session.clients.s3();
  // The list alone would do where all is well, but would not say why it is not: both at once.
  const [listing, sight] = await Promise.all([
    list(s3, channel, signal).catch((error: unknown) => {
      if (isDenied(error)) return "denied" as const;
      if (awsErrorCode(error) === "NoSuchBucket") return "missing" as const;
      throw error;
    }),
    // Where regions mean nothing, there is nothing to learn of a bucket that its list does not tell.
    region === undefined ? undefined : buckets.look(bucket, signal),
  ]);
  // With another S3 behind it, what the local one lacks is read from there.
  const hasMore = session.local?.readsUpstream === true;
  if (listing === "missing" || sight?.state === "missing") {
    return hasMore ? [] : [empty(channel, `there is no bucket ${bucket}.`, session)];
  }
  const found = sight === undefined ? [] : bucketFindings(channel, bucket, sight, region);
  if (found.some(({ severity }) => severity === "error")) {
    return found;
  }
  if (listing === "denied") {
    return [
      {
        severity: "note",
        path: channel.path,
        message: `It was not checked whether there are objects under ${channel.uri}: the caller may not list ${bucket}. The role's permissions decide.`,
      },
    ];
  }
  if (listing.objects === 0) {
    return hasMore ? found : [...found, empty(channel, "the bucket has none there.", session)];
  }
  onListed(channel, listing);
  return [...found, ...listingFindings(channel, listing)];
}

function empty(channel: ChannelData, why: string, session: Session): Finding {
  return {
    severity: "error",
    path: channel.path,
    // As the service refuses it at creation.
    message: `No S3 objects found under S3 URL "${channel.uri}": ${why}`,
    hint:
      session.local === undefined
        ? "Correct the URI, or give a local path to have the data staged."
        : "The local S3 holds only what was put there: give a local path to have the data staged, or new LocalCloud({ upstream: new Session() }).",
  };
}

function bucketFindings(
  { path, uri }: ChannelData,
  bucket: string,
  sight: Exclude<BucketSight, { state: "missing" }>,
  region: string | undefined,
): Finding[] {
  if (sight.region !== undefined && sight.region !== region) {
    return [
      {
        severity: "error",
        path,
        message: `No S3 objects found under S3 URL "${uri}" from ${region}: the bucket ${bucket} is in ${sight.region}, and a job reads from its own region.`,
        hint: `Copy the data to a bucket in ${region}, or use a session with region: "${sight.region}".`,
      },
    ];
  }
  return sight.state === "there" && sight.isForeign
    ? [
        {
          severity: "note",
          path,
          message: `The bucket ${bucket} belongs to another account than the role: its policy must let the role read there.`,
        },
      ]
    : [];
}

function listingFindings(channel: ChannelData, listing: PrefixListing): Finding[] {
  const { key } = parseS3Uri(channel.uri);
  if (channel.isManifest && listing.firstKey !== key) {
    return [
      {
        severity: "warning",
        path: channel.path,
        message: `There is no object ${channel.uri}, though others begin with that name.`,
        hint: "Name the manifest's own object.",
      },
    ];
  }
  return listing.isComplete && listing.objects === listing.markers
    ? [
        {
          severity: "warning",
          path: channel.path,
          message: `Under ${channel.uri} there are only empty objects whose names end in a slash: the channel would have no files.`,
        },
      ]
    : [];
}

async function list(
  s3: S3,
  channel: ChannelData,
  abortSignal: AbortSignal,
): Promise<PrefixListing> {
  const { bucket, key } = parseS3Uri(channel.uri);
  const listing = { objects: 0, markers: 0, bytes: 0, isComplete: true };
  let firstKey: string | undefined;
  let token: string | undefined;
  const pages = channel.isCounted ? MAX_PAGES : 1;
  for (let page = 0; page < pages; page += 1) {
    const { Contents = [], NextContinuationToken } = await s3.listObjectsV2(
      {
        Bucket: bucket,
        Prefix: key,
        MaxKeys: channel.isCounted ? PAGE_SIZE : 1,
        ...(token !== undefined && { ContinuationToken: token }),
      },
      { abortSignal },
    );
    firstKey ??= Contents[0]?.Key;
    for (const { Key = "", Size = 0 } of Contents) {
      listing.objects += 1;
      listing.bytes += Size;
      if (Size === 0 && Key.endsWith("/")) listing.markers += 1;
    }
    token = NextContinuationToken;
    if (token === undefined) break;
  }
  return { ...listing, firstKey, isComplete: token === undefined };
}
