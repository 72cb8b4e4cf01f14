/** Which bucket and key a request is for: by its path, or by its host. */

import { S3Error } from "./s3-error.ts";

const HOSTS: readonly RegExp[] = [
  // bucket.s3.eu-west-1.amazonaws.com, bucket.s3-eu-west-1.amazonaws.com, bucket.s3.dualstack.…, bucket.s3.amazonaws.com
  /^(?:(.+)\.)?s3(?:-fips)?(?:[.-]dualstack)?(?:[.-][a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com(?:\.cn)?$/,
  /^(?:(.+)\.)?s3(?:\.[a-z]{2}(?:-[a-z]+)+-\d)?\.localhost$/,
  /^(?:(.+)\.)?localhost$/,
  /^(?:(.+)\.)?127\.0\.0\.1$/,
];

/**
 * The bucket that a host names, when it is one of S3's or of this machine's.
 *
 * @param host - without the port
 * @returns `undefined` when the bucket is in the path
 */
export function wantsBucketFromHost(host: string): string | undefined {
  for (const pattern of HOSTS) {
    const match = pattern.exec(host.toLowerCase());
    if (match !== null) return match[1];
  }
  return undefined;
}

/** What a request is for. */
export interface Address {
  /** `undefined`: the service itself. */
  readonly bucket: string | undefined;
  /** `undefined`: the bucket itself. */
  readonly key: string | undefined;
}

/** S3's limit for keys, in bytes of UTF-8. */
const LONGEST_KEY = 1024;

/**
 * Bucket and key, decoded.
 *
 * @param host - without the port
 * @param path - percent-encoded
 * @throws S3Error `InvalidURI`, `KeyTooLongError`
 */
export function parseAddress(host: string, path: string): Address {
  const byHost = wantsBucketFromHost(host);
  const rest = path.replace(/^\//, "");
  if (byHost !== undefined) return { bucket: byHost, key: parseKey(rest) };
  const slash = rest.indexOf("/");
  const bucket = decode(slash === -1 ? rest : rest.slice(0, slash));
  if (bucket === "") return { bucket: undefined, key: undefined };
  return { bucket, key: slash === -1 ? undefined : parseKey(rest.slice(slash + 1)) };
}

/** `x-amz-copy-source`: `[/]bucket/key[?versionId=…]`, percent-encoded; S3 reads a `+` in it as a space, and clients rely on that. */
export function parseCopySource(text: string): { bucket: string; key: string } {
  const mark = text.indexOf("?versionId=");
  const encoded = mark === -1 ? text : text.slice(0, mark);
  const decoded = decode(encoded.replaceAll("+", "%20")).replace(/^\//, "");
  const slash = decoded.indexOf("/");
  if (slash < 1 || slash === decoded.length - 1) {
    throw new S3Error(
      "InvalidArgument",
      { ArgumentName: "x-amz-copy-source", ArgumentValue: text },
      { message: "Invalid copy source object key" },
    );
  }
  const version = mark === -1 ? "null" : text.slice(mark + "?versionId=".length);
  checkVersion(version);
  return { bucket: decoded.slice(0, slash), key: checkKey(decoded.slice(slash + 1)) };
}

/** A bucket without versions has the version `null` of each object. */
export function checkVersion(version: string | undefined): void {
  if (version === undefined || version === "null") return;
  throw new S3Error(
    "InvalidArgument",
    { ArgumentName: "versionId", ArgumentValue: version },
    { message: "Invalid version id specified" },
  );
}

function parseKey(path: string): string | undefined {
  return path === "" ? undefined : checkKey(decode(path));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new S3Error("InvalidURI", { URI: text }, { cause });
  }
}

/** S3 takes any key of up to 1,024 bytes that does not lead out of its bucket with `..`. */
function checkKey(key: string): string {
  const bytes = Buffer.byteLength(key);
  if (bytes > LONGEST_KEY) {
    throw new S3Error("KeyTooLongError", {
      Size: String(bytes),
      MaxSizeAllowed: String(LONGEST_KEY),
    });
  }
  let depth = 0;
  for (const segment of key.split("/")) {
    if (segment === "..") depth -= 1;
    else if (segment !== ".") depth += 1;
    if (depth < 0) throw new S3Error("InvalidURI", { URI: key });
  }
  return key;
}

/** What bucket names could ever consist of, capitals and long names of early buckets included. */
const EVER_A_BUCKET = /^[A-Za-z0-9._-]{3,255}$/;

/** The error for a bucket that is not there: that such a name cannot be is said before. */
export function noSuchBucket(name: string): S3Error {
  const code = EVER_A_BUCKET.test(name) ? "NoSuchBucket" : "InvalidBucketName";
  return new S3Error(code, { BucketName: name });
}

const IP_ADDRESS = /^\d+\.\d+\.\d+\.\d+$/;
const BUCKET_NAME = /^[a-z0-9](?:[a-z0-9-]|\.(?!\.)){1,61}[a-z0-9]$/;
const RESERVED = /^(?:xn--|sthree-|amzn-s3-demo-)|(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/;

/**
 * Refuses a bucket name that S3 does not allow.
 *
 * @throws S3Error `InvalidBucketName`
 */
export function checkBucketName(name: string): void {
  if (!BUCKET_NAME.test(name) || IP_ADDRESS.test(name) || RESERVED.test(name)) {
    throw new S3Error("InvalidBucketName", { BucketName: name });
  }
}
