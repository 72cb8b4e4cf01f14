/** AWS Signature Version 4, read and checked: in headers and in presigned URLs. */

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { header } from "./header.ts";
import type { WireRequest } from "./message.ts";

/** What a request says of its signature. */
export interface Signature {
  readonly accessKeyId: string;
  /** `20260101/eu-west-1/s3/aws4_request` */
  readonly scope: string;
  /** The service it was signed for: `s3`, `sagemaker`, `sts` … */
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `20260101T000000Z` */
  readonly time: string;
  readonly sessionToken: string | undefined;
  /** Set for a presigned URL: seconds that it is good for. */
  readonly expiresSeconds: number | undefined;
}

const ALGORITHM = "AWS4-HMAC-SHA256";

/** The signature of a request, `undefined` when it has none in this form. */
export function parseSignature(request: WireRequest): Signature | undefined {
  const authorization = header(request, "authorization");
  const fields =
    authorization === undefined ? fromQuery(request) : fromHeader(request, authorization);
  const match = /^([^/]+)\/(\d{8}\/[^/]*\/([^/]+)\/aws4_request)$/.exec(fields?.credential ?? "");
  if (fields === undefined || match === null) return undefined;
  const [, accessKeyId = "", scope = "", service = ""] = match;
  return {
    accessKeyId,
    scope,
    service,
    signedHeaders: fields.signedHeaders.split(";").filter((name) => name !== ""),
    signature: fields.signature,
    time: fields.time,
    sessionToken: fields.sessionToken,
    expiresSeconds: fields.expires,
  };
}

interface Fields {
  readonly credential: string;
  readonly signedHeaders: string;
  readonly signature: string;
  readonly time: string;
  readonly sessionToken: string | undefined;
  readonly expires: number | undefined;
}

function fromHeader(request: WireRequest, authorization: string): Fields | undefined {
  if (!authorization.startsWith(`${ALGORITHM} `)) return undefined;
  const part = (name: string): string =>
    new RegExp(`[ ,]${name}=([^, ]+)`).exec(authorization)?.[1] ?? "";
  return {
    credential: part("Credential"),
    signedHeaders: part("SignedHeaders"),
    signature: part("Signature"),
    time: header(request, "x-amz-date") ?? "",
    sessionToken: header(request, "x-amz-security-token"),
    expires: undefined,
  };
}

function fromQuery({ query }: WireRequest): Fields | undefined {
  const fields: Readonly<Partial<Record<string, string>>> = query;
  if (fields["X-Amz-Algorithm"] !== ALGORITHM) return undefined;
  return {
    credential: fields["X-Amz-Credential"] ?? "",
    signedHeaders: fields["X-Amz-SignedHeaders"] ?? "",
    signature: fields["X-Amz-Signature"] ?? "",
    time: fields["X-Amz-Date"] ?? "",
    sessionToken: fields["X-Amz-Security-Token"],
    expires: Number(fields["X-Amz-Expires"] ?? Number.NaN),
  };
}

/** When a request was signed, milliseconds since 1970; `NaN` when it does not say. */
export function signedAt({ time }: Signature): number {
  const iso = time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z");
  return Date.parse(iso);
}

/**
 * Whether the signature is the one that the secret key gives.
 *
 * @param request - its body, unless it is for S3, is a Buffer
 */
export function isSignedWith(
  request: WireRequest,
  signature: Signature,
  secretAccessKey: string,
): boolean {
  const [date = "", region = "", service = ""] = signature.scope.split("/");
  const text = [
    ALGORITHM,
    signature.time,
    signature.scope,
    sha256(canonicalRequest(request, signature)),
  ].join("\n");
  const key = [date, region, service, "aws4_request"].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${secretAccessKey}`,
  );
  const expected = hmac(key, text);
  const given = Buffer.from(signature.signature, "hex");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function canonicalRequest(request: WireRequest, signature: Signature): string {
  const repeated: Readonly<Partial<Record<string, readonly string[]>>> = request.repeated ?? {};
  const query = Object.entries(request.query)
    .filter(([name]) => name !== "X-Amz-Signature")
    .flatMap(([name, value]) =>
      (repeated[name] ?? [value]).map((each) => [encode(name), encode(each)] as const),
    )
    .sort(([a, one], [b, other]) => (a < b || (a === b && one < other) ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
  const headers = signature.signedHeaders.map(
    (name) => `${name}:${(header(request, name) ?? "").trim().replace(/\s+/g, " ")}\n`,
  );
  return [
    request.method,
    canonicalPath(request.path, signature.service),
    query.join("&"),
    headers.join(""),
    signature.signedHeaders.join(";"),
    payloadHash(request, signature),
  ].join("\n");
}

/** S3 signs the path as it is sent; all other services sign it normalised and encoded once more. */
function canonicalPath(path: string, service: string): string {
  if (service === "s3") return path;
  const steps: string[] = [];
  for (const step of path.split("/")) {
    if (step === "..") steps.pop();
    else if (step !== "" && step !== ".") steps.push(encode(step));
  }
  const end = steps.length > 0 && path.endsWith("/") ? "/" : "";
  return `/${steps.join("/")}${end}`;
}

function payloadHash(request: WireRequest, signature: Signature): string {
  const { body, query } = request;
  if (signature.service !== "s3") return sha256(Buffer.isBuffer(body) ? body : "");
  // Whether the payload has this hash is for S3 to say, when the payload has come.
  const told: Readonly<Partial<Record<string, string>>> = query;
  return (
    header(request, "x-amz-content-sha256") ?? told["X-Amz-Content-Sha256"] ?? "UNSIGNED-PAYLOAD"
  );
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(data: string | Buffer): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}
