/** S3 URIs: `s3://bucket/key` taken apart, put together, joined. */

import { SageMakerError } from "../errors.ts";

/** A place in S3. */
export interface S3Location {
  /** The bucket's name. */
  readonly bucket: string;
  /** The object's key or a prefix of keys, exactly as written after the bucket's slash; empty for the bucket itself. */
  readonly key: string;
}

/** A part of a path; what is empty is left out. */
export type S3PathPart = string | null | undefined;

/** How a path is joined. */
export interface S3PathJoinOptions {
  /** Whether the path ends in a slash. Default: `false`. */
  readonly withEndSlash?: boolean;
}

// Names given before 2018 in us-east-1 may be longer, with capitals and underscores, and are still in use.
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$/;
/** `https://bucket.s3.eu-west-1.amazonaws.com/key`, also with dashes, dual stack and China's domain. */
const VIRTUAL_HOST_URL =
  /^https?:\/\/([^/:]+?)\.s3[.-](?:[a-z0-9.-]+\.)?amazonaws\.com(?:\.cn)?(\/[^?#]*)?/i;
/** `https://s3.eu-west-1.amazonaws.com/bucket/key`. */
const PATH_URL =
  /^https?:\/\/s3[.-](?:[a-z0-9.-]+\.)?amazonaws\.com(?:\.cn)?\/([^/?#]+)(\/[^?#]*)?/i;

/**
 * Whether the text is meant as an S3 URI, rather than a local path. Whether it is a good one, {@link parseS3Uri} tells.
 *
 * @param text - a URI or a path
 */
export function isS3Uri(text: string): boolean {
  return /^s3:/i.test(text);
}

/**
 * What is wrong with an S3 URI, as a sentence that says what to write instead; `undefined` when nothing is.
 *
 * @param uri - the URI
 */
export function s3UriProblem(uri: string): string | undefined {
  const shown = JSON.stringify(withoutSecrets(uri));
  const url = VIRTUAL_HOST_URL.exec(uri) ?? PATH_URL.exec(uri);
  if (url !== null) {
    return `${shown} is the web address of an object. Write it as ${JSON.stringify(
      `s3://${url[1]}${decoded(url[2] ?? "/")}`,
    )}.`;
  }
  if (!uri.startsWith("s3://")) {
    return /^s3[an]?:/i.test(uri)
      ? `${shown} is not an S3 URI: it must begin with "s3://", in lower case and with two slashes.`
      : `${shown} is not an S3 URI: it must have the form "s3://bucket/key".`;
  }
  const { bucket } = split(uri);
  if (bucket === "") {
    return `${shown} names no bucket: it must have the form "s3://bucket/key".`;
  }
  if (!BUCKET.test(bucket)) {
    return `${shown} names no bucket: ${JSON.stringify(bucket)} cannot be one. Buckets have 3 to 63 lower-case letters, digits, dots and hyphens.`;
  }
  return undefined;
}

/**
 * Takes an S3 URI apart. The key is kept as it is: `?`, `#`, `%`, spaces and doubled slashes belong to it.
 *
 * @param uri - `s3://bucket/key`
 * @throws {@link SageMakerError} when it is not an S3 URI, or names no bucket
 * @example
 * ```ts
 * parseS3Uri("s3://my-bucket/train/data.csv"); // { bucket: "my-bucket", key: "train/data.csv" }
 * ```
 */
export function parseS3Uri(uri: string): S3Location {
  const problem = s3UriProblem(uri);
  if (problem !== undefined) {
    throw new SageMakerError(problem);
  }
  return split(uri);
}

/**
 * Puts an S3 URI together; {@link parseS3Uri} takes it apart again.
 *
 * @param location - bucket and key
 */
export function formatS3Uri({ bucket, key }: S3Location): string {
  return `s3://${bucket}/${key}`;
}

/**
 * Joins parts of an S3 path with one slash between them, as Python's `s3_path_join` does: empty parts are left out,
 * repeated slashes become one, none stays at the beginning, and none at the end unless `withEndSlash`. A leading `s3://` stays.
 *
 * @param parts - the parts; the last argument may be options
 * @example
 * ```ts
 * s3PathJoin("s3://", "my-bucket", "/train/", "data.csv"); // "s3://my-bucket/train/data.csv"
 * s3PathJoin("train", "2024", { withEndSlash: true }); // "train/2024/"
 * ```
 */
export function s3PathJoin(
  ...parts: readonly [...S3PathPart[]] | readonly [...S3PathPart[], S3PathJoinOptions]
): string {
  const last = parts.at(-1);
  const withEndSlash =
    typeof last === "object" && last !== null ? (last.withEndSlash ?? false) : false;
  const joined = parts
    .filter((part): part is string => typeof part === "string" && part !== "")
    .join("/");
  const scheme = joined.startsWith("s3://") ? "s3://" : "";
  const path = joined
    .slice(scheme.length)
    .replace(/\/+/g, "/")
    .replace(/^\/|\/$/g, "");
  return `${scheme}${path}${withEndSlash && path !== "" ? "/" : ""}`;
}

function split(uri: string): S3Location {
  const rest = uri.slice("s3://".length);
  const slash = rest.indexOf("/");
  return slash === -1
    ? { bucket: rest, key: "" }
    : { bucket: rest.slice(0, slash), key: rest.slice(slash + 1) };
}

/** A presigned URL carries a signature, and any URL may carry a password: neither belongs in a message. */
function withoutSecrets(uri: string): string {
  return uri.replace(/^(https?:\/\/)(?:[^/@]*@)?([^?#]*).*$/is, "$1$2");
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
