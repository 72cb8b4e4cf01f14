/** The headers that an object keeps, on their way in and out. */

import { checksumHeader } from "./checksums.ts";
import type { ObjectInfo } from "./object-info.ts";
import { S3Error } from "./s3-error.ts";
import type { TextMap } from "./text-map.ts";

/** Headers that S3 keeps with an object and gives back as they were. */
const KEPT = [
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "expires",
  "x-amz-server-side-encryption",
  "x-amz-server-side-encryption-aws-kms-key-id",
  "x-amz-server-side-encryption-bucket-key-enabled",
  "x-amz-storage-class",
  "x-amz-website-redirect-location",
] as const;

const META = "x-amz-meta-";
/** S3's limit for user metadata, names and values together. */
const MOST_METADATA = 2048;
/** What S3 says of an object that came without a type. */
const DEFAULT_TYPE = "binary/octet-stream";

/** The headers of a request that its object keeps. */
export function keptHeaders(headers: TextMap): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of KEPT) {
    const value = headers[name];
    if (value === undefined) continue;
    // aws-chunked is how the body came, not what it is.
    const said = name === "content-encoding" ? withoutAwsChunked(value) : value;
    if (said !== "") kept[name] = said;
  }
  return kept;
}

function withoutAwsChunked(encoding: string): string {
  return encoding
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part.toLowerCase() !== "aws-chunked")
    .join(",");
}

/**
 * The user metadata of a request.
 *
 * @throws S3Error `MetadataTooLarge`
 */
export function userMetadata(headers: TextMap): Record<string, string> {
  const metadata: Record<string, string> = {};
  let size = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || !name.startsWith(META) || name === META) continue;
    const text = asUtf8(value);
    const short = name.slice(META.length);
    metadata[short] = text;
    size += Buffer.byteLength(short) + Buffer.byteLength(text);
  }
  if (size > MOST_METADATA) {
    throw new S3Error("MetadataTooLarge", {
      Size: String(size),
      MaxSizeAllowed: String(MOST_METADATA),
    });
  }
  return metadata;
}

/** Node gives the bytes of a header as Latin-1; S3 reads them as UTF-8. */
function asUtf8(value: string): string {
  if (!/[\x80-\xff]/.test(value) || /[\u0100-\uffff]/.test(value)) return value;
  const text = Buffer.from(value, "latin1").toString("utf8");
  return text.includes("\ufffd") ? value : text;
}

/** What a header cannot carry, S3 writes as RFC 2047 has it; what came so is plain ASCII, and stays. */
function asHeader(value: string): string {
  return /^[\x20-\x7e\t]*$/.test(value)
    ? value
    : `=?UTF-8?B?${Buffer.from(value).toString("base64")}?=`;
}

/** The headers that tell of an object. */
export function infoHeaders(info: ObjectInfo): Record<string, string> {
  const metadata = Object.entries(info.metadata).map(([name, value]) => [
    `${META}${name}`,
    asHeader(value),
  ]);
  const tags = Object.keys(info.tags).length;
  return {
    "accept-ranges": "bytes",
    "content-type": DEFAULT_TYPE,
    ...Object.fromEntries(
      Object.entries(info.headers).map(([name, value]) => [name, asHeader(value)]),
    ),
    ...Object.fromEntries(metadata),
    ...(tags > 0 && { "x-amz-tagging-count": String(tags) }),
    etag: `"${info.etag}"`,
    "last-modified": info.lastModified.toUTCString(),
  };
}

/** The headers with an object's checksums. */
export function checksumHeaders(info: ObjectInfo): Record<string, string> {
  const entries = Object.entries(info.checksums).map(([algorithm, value]) => [
    checksumHeader(algorithm as keyof ObjectInfo["checksums"]),
    value,
  ]);
  return {
    ...Object.fromEntries(entries),
    ...(info.checksumType && { "x-amz-checksum-type": info.checksumType }),
  };
}

/** What a GET may ask to be told instead of what the object keeps. */
const OVERRIDES: Readonly<Record<string, string>> = {
  "response-cache-control": "cache-control",
  "response-content-disposition": "content-disposition",
  "response-content-encoding": "content-encoding",
  "response-content-language": "content-language",
  "response-content-type": "content-type",
  "response-expires": "expires",
};

/** The headers that a GET's query sets. */
export function overriddenHeaders(query: TextMap): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [parameter, header] of Object.entries(OVERRIDES)) {
    const value = query[parameter];
    if (value !== undefined) headers[header] = asHeader(value);
  }
  return headers;
}
