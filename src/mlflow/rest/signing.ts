/** Requests that are let in by a signature of AWS's. */

import type { Authorize } from "./rest-caller.ts";
import { type Keys, type SignedFor, sha256, signedHeaders } from "./signature.ts";

/**
 * Signs each request anew.
 *
 * @param credentials - asked for each request, so that they may be renewed
 * @param signedFor - what the signatures are for
 * @param more - headers that are added, and signed too
 */
export function signing(
  credentials: () => Promise<Keys>,
  signedFor: SignedFor,
  more: Readonly<Record<string, string>> = {},
): Authorize {
  return async (request) => {
    const { method, url, headers, body = "", digest } = request;
    const bodyDigest = await (digest?.() ?? sha256(body as string | Buffer));
    const all = { method, url, headers: { ...headers, ...more }, bodyDigest };
    return { ...request, headers: signedHeaders(all, await credentials(), signedFor, new Date()) };
  };
}
