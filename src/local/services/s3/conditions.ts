/** The conditions of a read and of a copy's source, with S3's precedence. */

import type { WriteCondition } from "./bucket-journal.ts";
import type { ObjectInfo } from "./object-info.ts";
import { S3Error } from "./s3-error.ts";
import type { TextMap } from "./text-map.ts";

/** The four conditional headers, by the names they have on a read. */
export interface ReadConditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
  readonly ifUnmodifiedSince?: string | undefined;
}

/** The conditions in a request's headers; a copy's source has them behind `x-amz-copy-source-`. */
export function readConditions(headers: TextMap, prefix = ""): ReadConditions {
  return {
    ifMatch: headers[`${prefix}if-match`],
    ifNoneMatch: headers[`${prefix}if-none-match`],
    ifModifiedSince: headers[`${prefix}if-modified-since`],
    ifUnmodifiedSince: headers[`${prefix}if-unmodified-since`],
  };
}

/**
 * The first condition that does not hold, and how a read is answered then.
 * `If-Match` outdoes `If-Unmodified-Since`, and `If-None-Match` outdoes `If-Modified-Since`.
 */
export function failedCondition(
  info: Pick<ObjectInfo, "etag" | "lastModified">,
  conditions: ReadConditions,
): { readonly status: 304 | 412; readonly condition: string } | undefined {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  // Dates in headers have whole seconds.
  const modified = Math.floor(info.lastModified.getTime() / 1_000) * 1_000;
  if (ifMatch !== undefined) {
    if (!hasTag(ifMatch, info.etag)) return { status: 412, condition: "If-Match" };
  } else if (ifUnmodifiedSince !== undefined && modified > date(ifUnmodifiedSince)) {
    return { status: 412, condition: "If-Unmodified-Since" };
  }
  if (ifNoneMatch !== undefined) {
    if (hasTag(ifNoneMatch, info.etag)) return { status: 304, condition: "If-None-Match" };
  } else if (ifModifiedSince !== undefined && modified <= date(ifModifiedSince)) {
    return { status: 304, condition: "If-Modified-Since" };
  }
  return undefined;
}

/**
 * The condition of a write: `If-None-Match: *`, or `If-Match` with one ETag.
 *
 * @throws S3Error `NotImplemented` for what S3 does not have either
 */
export function writeCondition(headers: TextMap): WriteCondition | undefined {
  const { "if-none-match": ifNoneMatch, "if-match": ifMatch } = headers;
  if (ifNoneMatch !== undefined && (ifNoneMatch.trim() !== "*" || ifMatch !== undefined)) {
    throw new S3Error("NotImplemented", { Header: "If-None-Match" });
  }
  if (ifNoneMatch !== undefined) return { absent: true };
  return ifMatch === undefined ? undefined : { etag: unquote(ifMatch) };
}

/** An ETag without its quotes. */
export function unquote(etag: string): string {
  return etag
    .trim()
    .replace(/^W\//, "")
    .replace(/^"(.*)"$/, "$1");
}

function hasTag(list: string, etag: string): boolean {
  return list.split(",").some((item) => item.trim() === "*" || unquote(item) === etag);
}

/** A date that cannot be read sets no condition: nothing compares with it. */
function date(text: string): number {
  return Date.parse(text);
}
