/** Who may ask: anyone with any credentials, but keys that the local cloud issued must be used rightly. */

import type { KeyStore } from "../services/sts/key-store.ts";
import type { WireRequest } from "./message.ts";
import { ServiceError } from "./service-error.ts";
import { isSignedWith, parseSignature, type Signature, signedAt } from "./signature.ts";

/** How a service writes its errors. */
export type Style = "json" | "query" | "s3";

/** AWS refuses a request that was signed longer ago, or that far ahead. */
const MOST_SKEW_MS = 15 * 60_000;

type Fault = "unknown" | "expired" | "token" | "signature" | "skew" | "url";

/** Each fault's code and status, by style. */
const CODES: Readonly<Record<Fault, Readonly<Record<Style, readonly [string, number]>>>> = {
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
  const signature = parseSignature(request);
  if (signature === undefined) return;
  const fault = timeFault(signature) ?? (await keyFault(request, signature, keys));
  if (fault === undefined) return;
  const [code, status] = CODES[fault][style];
  throw new ServiceError(code, WORDS[fault], status);
}

/** A presigned URL says itself when its time is over, whoever signed it. */
function timeFault(signature: Signature): Fault | undefined {
  const { expiresSeconds } = signature;
  if (expiresSeconds === undefined) return undefined;
  const over = signedAt(signature) + expiresSeconds * 1000;
  return over > Date.now() ? undefined : "url";
}

async function keyFault(
  request: WireRequest,
  signature: Signature,
  keys: KeyStore,
): Promise<Fault | undefined> {
  const { accessKeyId, sessionToken, expiresSeconds } = signature;
  const key = await keys.find(accessKeyId);
  if (key === undefined) return isForeign(accessKeyId) ? undefined : "unknown";
  if (sessionToken !== key.sessionToken) return "token";
  if (key.expiresAt <= Date.now()) return "expired";
  const skew = Math.abs(signedAt(signature) - Date.now());
  if (expiresSeconds === undefined && !(skew <= MOST_SKEW_MS)) return "skew";
  return isSignedWith(request, signature, key.secretAccessKey) ? undefined : "signature";
}

/** Keys that this cloud has issued have a form of their own, so that one of them which is no longer known is told. */
function isForeign(accessKeyId: string): boolean {
  return !accessKeyId.startsWith("ASIALOCAL");
}
