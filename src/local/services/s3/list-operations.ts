/** ListObjects in both versions. */

import { openBucket, ownerOf } from "./bucket-operations.ts";
import type { KeyPage } from "./listing.ts";
import { keyPage } from "./listing.ts";
import { type ObjectInfo, storageClass } from "./object-info.ts";
import { type BucketRequest, type Operation, type S3Request, xmlResponse } from "./request.ts";
import { S3Error } from "./s3-error.ts";
import type { XmlContent } from "./xml.ts";

/** S3's largest page. */
const LARGEST_PAGE = 1_000;

export const listObjects: Operation<BucketRequest> = async (request, context) => {
  const { query } = request;
  const { prefix = "", delimiter = "", marker = "" } = query;
  const limit = pageSize(query, "max-keys");
  const encode = keyEncoder(query);
  const { page, objects } = await readPage(request, context, marker, limit);
  return xmlResponse("ListBucketResult", {
    Name: request.bucket,
    Prefix: encode(prefix),
    Marker: encode(marker),
    // Without a delimiter the last key says the same.
    NextMarker: page.more && delimiter !== "" ? encode(page.last ?? "") : undefined,
    MaxKeys: limit,
    Delimiter: delimiter === "" ? undefined : encode(delimiter),
    EncodingType: query["encoding-type"],
    IsTruncated: page.more,
    Contents: objects.map((info) => ({
      ...listed(info, encode),
      Owner: ownerOf(context.account),
    })),
    CommonPrefixes: page.prefixes.map((Prefix) => ({ Prefix: encode(Prefix) })),
  });
};

export const listObjectsV2: Operation<BucketRequest> = async (request, context) => {
  const { query } = request;
  const { prefix = "", delimiter = "" } = query;
  const { "start-after": startAfter, "continuation-token": token } = query;
  const limit = pageSize(query, "max-keys");
  const encode = keyEncoder(query);
  const after = token === undefined ? (startAfter ?? "") : readToken(token);
  const { page, objects } = await readPage(request, context, after, limit);
  const isOwnerWanted = query["fetch-owner"] === "true";
  return xmlResponse("ListBucketResult", {
    Name: request.bucket,
    Prefix: encode(prefix),
    ContinuationToken: token,
    NextContinuationToken: page.more && page.last !== undefined ? writeToken(page.last) : undefined,
    StartAfter: startAfter === undefined ? undefined : encode(startAfter),
    KeyCount: page.keys.length + page.prefixes.length,
    MaxKeys: limit,
    Delimiter: delimiter === "" ? undefined : encode(delimiter),
    EncodingType: query["encoding-type"],
    IsTruncated: page.more,
    Contents: objects.map((info) => ({
      ...listed(info, encode),
      ...(isOwnerWanted && { Owner: ownerOf(context.account) }),
    })),
    CommonPrefixes: page.prefixes.map((Prefix) => ({ Prefix: encode(Prefix) })),
  });
};

async function readPage(
  request: BucketRequest,
  context: Parameters<Operation<BucketRequest>>[1],
  startAfter: string,
  limit: number,
): Promise<{ page: KeyPage; objects: ObjectInfo[] }> {
  const { prefix, delimiter } = request.query;
  const store = await openBucket(request, context);
  return await store.look((fold) => {
    // S3 answers a page of none as if there were no more.
    if (limit === 0) return { page: emptyPage, objects: [] };
    const page = keyPage(fold.keys, { prefix, delimiter, startAfter, limit });
    const objects = page.keys.flatMap((key) => {
      const entry = fold.get(key);
      return entry === undefined ? [] : [store.info(entry)];
    });
    return { page, objects };
  });
}

const emptyPage: KeyPage = { keys: [], prefixes: [], more: false, last: undefined };

function listed(
  info: ObjectInfo,
  encode: (text: string) => string,
): { readonly [name: string]: XmlContent | readonly XmlContent[] } {
  return {
    Key: encode(info.key),
    LastModified: info.lastModified.toISOString(),
    ETag: `"${info.etag}"`,
    ChecksumAlgorithm: Object.keys(info.checksums),
    ChecksumType: info.checksumType,
    Size: info.size,
    StorageClass: storageClass(info.headers),
  };
}

/**
 * The size of a page that a request asks for.
 *
 * @throws S3Error `InvalidArgument`
 */
export function pageSize(query: S3Request["query"], name: string): number {
  return Math.min(integerOf(query, name) ?? LARGEST_PAGE, LARGEST_PAGE);
}

/**
 * A number of the query; `undefined` when it is not given.
 *
 * @throws S3Error `InvalidArgument`
 */
export function integerOf(query: S3Request["query"], name: string): number | undefined {
  const text = query[name];
  if (text === undefined || text === "") return undefined;
  if (!/^\d{1,10}$/.test(text) || Number(text) > 2_147_483_647) {
    throw new S3Error(
      "InvalidArgument",
      { ArgumentName: name, ArgumentValue: text },
      { message: `Provided ${name} not an integer or within integer range` },
    );
  }
  return Number(text);
}

/**
 * How keys are written: `encoding-type=url` lets through what XML cannot carry.
 *
 * @throws S3Error `InvalidArgument`
 */
export function keyEncoder(query: S3Request["query"]): (text: string) => string {
  const type = query["encoding-type"];
  if (type === undefined) return (text) => text;
  if (type === "url") return (text) => encodeURIComponent(text).replaceAll("%2F", "/");
  throw new S3Error(
    "InvalidArgument",
    { ArgumentName: "encoding-type", ArgumentValue: type },
    { message: "Invalid Encoding Method specified in Request" },
  );
}

/** Tokens are opaque to who reads them: a version, and what the last page ended with. */
function writeToken(last: string): string {
  return Buffer.from(`1${last}`).toString("base64url");
}

function readToken(token: string): string {
  const text = Buffer.from(token, "base64url").toString();
  if (text.startsWith("1") && writeToken(text.slice(1)) === token) return text.slice(1);
  throw new S3Error(
    "InvalidArgument",
    { ArgumentName: "continuation-token" },
    { message: "The continuation token provided is incorrect" },
  );
}
