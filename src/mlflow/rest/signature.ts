/** Requests signed with AWS credentials (Signature Version 4), by Node's own hashes, as programs inside a job have no client of the AWS SDK (pure). */

import { createHash, createHmac } from "node:crypto";

/** Whose requests they are. */
export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A request to be signed, with every header that is signed too. */
export interface Unsigned {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body, in hex. */
  readonly bodyDigest: string;
}

/** What a signature is for. */
export interface SignedFor {
  readonly service: string;
  readonly region: string;
}

/**
 * The request's headers, with those of its signature.
 *
 * @param now - when it is signed
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signedHeaders(
  { method, url, headers, bodyDigest }: Unsigned,
  { accessKeyId, secretAccessKey, sessionToken }: Keys,
  { service, region }: SignedFor,
  now: Date,
): Record<string, string> {
  const time = now.toISOString().replace(/[-:]|\.\d{3}/g, "");
  const date = time.slice(0, 8);
  const all: Record<string, string> = {
    ...Object.fromEntries(
      Object.entries(headers).map(([key, value]) => [key.toLowerCase(), value]),
    ),
    host: url.host,
    "x-amz-content-sha256": bodyDigest,
    "x-amz-date": time,
    ...(sessionToken !== undefined && { "x-amz-security-token": sessionToken }),
  };
  const names = Object.keys(all).sort(compare);
  const canonical = [
    method,
    // Encoded a second time, as all services but S3 have it.
    url.pathname.split("/").map(encode).join("/"),
    canonicalQuery(url),
    ...names.map((name) => `${name}:${(all[name] ?? "").trim().replace(/\s+/g, " ")}`),
    "",
    names.join(";"),
    bodyDigest,
  ].join("\n");
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical)].join("\n");
  const key = [date, region, service, "aws4_request"].reduce<string | Buffer>(
    (secret, part) => createHmac("sha256", secret).update(part).digest(),
    `AWS4${secretAccessKey}`,
  );
  const signature = createHmac("sha256", key).update(toSign).digest("hex");
  return {
    ...all,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
  };
}

/** SHA-256 in hex. */
export function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function canonicalQuery(url: URL): string {
  return [...url.searchParams]
    .map(([key, value]) => [encode(key), encode(value)] as const)
    .sort(([keyA, a], [keyB, b]) => compare(keyA, keyB) || compare(a, b))
    .map(([key, value]) => `${key}=${value}`)
    .join("&");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** RFC 3986, which leaves fewer characters as they are than JavaScript does. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
