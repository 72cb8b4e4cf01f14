/** How long a presigned URL is good for. */

import type { WireRequest } from "../../wire/message.ts";
import { parseSignature, signedAt } from "../../wire/signature.ts";
import { S3Error } from "./s3-error.ts";

/** S3's limit: a week. */
const LONGEST_SECONDS = 604_800;
/** By how much the clocks of signer and service may differ. */
const SKEW_MS = 15 * 60 * 1_000;

/**
 * Refuses a presigned URL whose time is over or has not come, or that says no time.
 *
 * @param now - in ms
 * @throws S3Error `AccessDenied`, `AuthorizationQueryParametersError`
 */
export function checkPresigned(request: WireRequest, now: number): void {
  if (!Object.hasOwn(request.query, "X-Amz-Algorithm")) return;
  const signature = parseSignature(request);
  const seconds = signature?.expiresSeconds;
  const from = signature === undefined ? Number.NaN : signedAt(signature);
  if (seconds === undefined || Number.isNaN(from) || !(seconds >= 0)) {
    throw new S3Error("AuthorizationQueryParametersError");
  }
  if (seconds > LONGEST_SECONDS) {
    throw new S3Error(
      "AuthorizationQueryParametersError",
      {},
      { message: "X-Amz-Expires must be less than a week (in seconds); that is 604800" },
    );
  }
  if (from > now + SKEW_MS) {
    throw new S3Error("AccessDenied", {}, { message: "Request is not valid yet" });
  }
  const end = from + seconds * 1_000;
  if (end > now) return;
  throw new S3Error(
    "AccessDenied",
    {
      "X-Amz-Expires": String(seconds),
      Expires: new Date(end).toISOString(),
      ServerTime: new Date(now).toISOString(),
    },
    { message: "Request has expired" },
  );
}
