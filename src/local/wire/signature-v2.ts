/** S3's old signature in presigned URLs: boto3 and the AWS CLI still write it for endpoints of their user's. */

import { createHmac, timingSafeEqual } from "node:crypto";
import { header } from "./header.ts";
import type { WireRequest } from "./message.ts";

/** What such a URL says. */
export interface SignatureV2 {
  readonly accessKeyId: string;
  readonly signature: string;
  /** Until when it is good: seconds since 1970. */
  readonly expires: number;
  readonly sessionToken: string | undefined;
}

/** Query fields that are signed, being of the resource or of its answer. */
const SIGNED_FIELDS: readonly string[] = [
  "acl",
  "cors",
  "delete",
  "lifecycle",
  "location",
  "logging",
  "notification",
  "partNumber",
  "policy",
  "requestPayment",
  "response-cache-control",
  "response-content-disposition",
  "response-content-encoding",
  "response-content-language",
  "response-content-type",
  "response-expires",
  "restore",
  "tagging",
  "torrent",
  "uploadId",
  "uploads",
  "versionId",
  "versioning",
  "versions",
  "website",
];

/** The signature of a presigned URL of this kind. */
export function parseSignatureV2({ query }: WireRequest): SignatureV2 | undefined {
  const fields: Readonly<Partial<Record<string, string>>> = query;
  const { AWSAccessKeyId: accessKeyId, Signature: signature, Expires: expires } = fields;
  if (accessKeyId === undefined || signature === undefined) return undefined;
  return {
    accessKeyId,
    signature,
    expires: Number(expires),
    sessionToken: fields["x-amz-security-token"],
  };
}

/**
 * Whether the signature is the one that the secret key gives.
 *
 * @param bucket - the one that the host names, if it does
 */
export function isSignedWithV2(
  request: WireRequest,
  { signature, expires }: SignatureV2,
  secretAccessKey: string,
  bucket: string | undefined,
): boolean {
  const text = [
    request.method,
    header(request, "content-md5") ?? "",
    header(request, "content-type") ?? "",
    String(expires),
    `${amzHeaders(request)}${bucket === undefined ? "" : `/${bucket}`}${request.path}${fields(request)}`,
  ].join("\n");
  const expected = createHmac("sha1", secretAccessKey).update(text).digest();
  const given = Buffer.from(signature, "base64");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Those in the query count as headers. */
function amzHeaders({ headers, query }: WireRequest): string {
  return Object.entries({ ...query, ...headers })
    .filter(([name]) => name.startsWith("x-amz-"))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => `${name}:${value.trim()}\n`)
    .join("");
}

function fields({ query }: WireRequest): string {
  const signed = Object.entries(query)
    .filter(([name]) => SIGNED_FIELDS.includes(name))
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, value]) => (value === "" ? name : `${name}=${value}`));
  return signed.length === 0 ? "" : `?${signed.join("&")}`;
}
