/** Who may ask: anyone with any credentials, but keys that the local cloud issued must be used rightly. */

import { wantsBucketFromHost } from "../services/s3/addressing.ts";
import type { IssuedKey, KeyStore } from "../services/sts/key-store.ts";
import type { WireRequest } from "./message.ts";
import { ServiceError } from "./service-error.ts";
import { isSignedWith, parseSignature, type Signature, signedAt } from "./signature.ts";
import { isSignedWithV2, parseSignatureV2, type SignatureV2 } from "./signature-v2.ts";

/** How a service writes its errors. */
export type Style = "json" | "cbor" | "query" | "s3" | "mlflow";

/** AWS refuses a request that was signed longer ago, or that far ahead. */
const MOST_SKEW_MS = 15 * 60_000;

/** What speaks CBOR has the codes of JSON, and MLflow one code for all. */
type CodeStyle = Exclude<Style, "cbor" | "mlflow">;
type Fault = "unknown" | "expired" | "token" | "signature" | "skew" | "url";

/** Each fault's code and status, by style. */
const CODES: Readonly<Record<Fault, Readonly<Record<CodeStyle, readonly [string, number]>>>> = {
  unknown: {
    json: ["UnrecognizedClientException", 400],
    query: ["InvalidClientTokenId", 403],
    s3: ["InvalidAccessKeyId", 403],
  },
  expired: {
    json: ["ExpiredTokenException", 400],
    query: ["ExpiredToken", 403],
    s3: ["ExpiredToken", 400],
  },
  token: {
    json: ["UnrecognizedClientException", 400],
    query: ["InvalidClientTokenId", 403],
    s3: ["InvalidToken", 400],
  },
  signature: {
    json: ["InvalidSignatureException", 403],
    query: ["SignatureDoesNotMatch", 403],
    s3: ["SignatureDoesNotMatch", 403],
  },
  skew: {
    json: ["InvalidSignatureException", 403],
    query: ["SignatureDoesNotMatch", 403],
    s3: ["RequestTimeTooSkewed", 403],
  },
  url: {
    json: ["InvalidSignatureException", 403],
    query: ["SignatureDoesNotMatch", 403],
    s3: ["AccessDenied", 403],
  },
};

const WORDS: Readonly<Record<Fault, string>> = {
  unknown:
    "The security token included in the request is invalid: the local cloud has not issued this access key.",
  expired: "The security token included in the request is expired",
  token: "The security token included in the request is invalid.",
  signature:
    "The request signature we calculated does not match the signature you provided. " +
    "Check your AWS Secret Access Key and signing method.",
  skew: "The difference between the request time and the current time is too large.",
  url: "Request has expired",
};

/**
 * Refuses a request that bears keys issued by this cloud and is not rightly signed with them, and a presigned URL whose time is over.
 *
 * @param request - its body, unless it is for S3, is a Buffer
 * @throws {@link ServiceError} in the style's own code
 */
export async function authorize(request: WireRequest, keys: KeyStore, style: Style): Promise<void> {
  const fault = await faultOf(request, keys, style);
  if (fault === undefined) return;
  if (style === "mlflow") throw new ServiceError("PERMISSION_DENIED", WORDS[fault], 403);
  const [code, status] = CODES[fault][style === "cbor" ? "json" : style];
  throw new ServiceError(code, WORDS[fault], status);
}

async function faultOf(
  request: WireRequest,
  keys: KeyStore,
  style: Style,
): Promise<Fault | undefined> {
  const signature = parseSignature(request);
  if (signature !== undefined) {
    // S3 looks at the time of its presigned URLs itself, with more words.
    const fault = style === "s3" ? undefined : timeFault(signature);
    return fault ?? (await headerFault(request, signature, keys));
  }
  const old = style === "s3" ? parseSignatureV2(request) : undefined;
  return old === undefined ? undefined : await oldFault(request, old, keys);
}

/** A presigned request says itself when its time is over, whoever signed it. */
function timeFault(signature: Signature): Fault | undefined {
  const { expiresSeconds } = signature;
  if (expiresSeconds === undefined) return undefined;
  const over = signedAt(signature) + expiresSeconds * 1000;
  return over > Date.now() ? undefined : "url";
}

async function headerFault(
  request: WireRequest,
  signature: Signature,
  keys: KeyStore,
): Promise<Fault | undefined> {
  const key = await keyOf(signature, keys);
  if (key === undefined || typeof key === "string") return key;
  const skew = Math.abs(signedAt(signature) - Date.now());
  if (signature.expiresSeconds === undefined && !(skew <= MOST_SKEW_MS)) return "skew";
  return isSignedWith(request, signature, key.secretAccessKey) ? undefined : "signature";
}

async function oldFault(
  request: WireRequest,
  signature: SignatureV2,
  keys: KeyStore,
): Promise<Fault | undefined> {
  if (!(signature.expires * 1000 > Date.now())) return "url";
  const key = await keyOf(signature, keys);
  if (key === undefined || typeof key === "string") return key;
  const bucket = wantsBucketFromHost(request.host);
  return isSignedWithV2(request, signature, key.secretAccessKey, bucket) ? undefined : "signature";
}

/** The keys that were issued; what is wrong with them; or `undefined` when they are not of this cloud. */
async function keyOf(
  { accessKeyId, sessionToken }: Pick<Signature, "accessKeyId" | "sessionToken">,
  keys: KeyStore,
): Promise<IssuedKey | Fault | undefined> {
  const key = await keys.find(accessKeyId);
  // Issued keys have a form of their own, so that one of them which is no longer known is told.
  if (key === undefined) return accessKeyId.startsWith("ASIALOCAL") ? "unknown" : undefined;
  if (sessionToken !== key.sessionToken) return "token";
  return key.expiresAt <= Date.now() ? "expired" : key;
}
