/** Buckets as the caller sees them: each asked once, however many channels lie in it. */

import { awsErrorStatus } from "../../aws/translate.ts";
import type { S3 } from "../../aws/types.ts";
import type { Session } from "../../session.ts";

/** A bucket as the caller sees it. */
export type BucketSight =
  /** It is there and may be looked at; `isForeign` where another account owns it. */
  | {
      readonly state: "there";
      readonly region: string | undefined;
      readonly isForeign: boolean;
    }
  | { readonly state: "missing" }
  /** Somebody has a bucket of this name, and the caller may not look at it. */
  | { readonly state: "hidden"; readonly region: string | undefined };

/** Looks at buckets by HeadBucket. */
export class Buckets {
  readonly #session: Session;
  readonly #owner: string | undefined;
  readonly #seen = new Map<string, Promise<BucketSight>>();

  /**
   * @param session - whose caller asks
   * @param owner - the account that the job runs in
   */
  constructor(session: Session, owner: string | undefined) {
    this.#session = session;
    this.#owner = owner;
  }

  /**
   * Looks at a bucket, once.
   *
   * @param bucket - its name
   * @param signal - ends the asking
   */
  look(bucket: string, signal: AbortSignal): Promise<BucketSight> {
    let sight = this.#seen.get(bucket);
    if (sight === undefined) {
      sight = this.#look(bucket, signal);
      this.#seen.set(bucket, sight);
    }
    return sight;
  }

  async #look(bucket: string, signal: AbortSignal): Promise<BucketSight> {
    const s3 = await this.#session.clients.s3();
    const own = await head(s3, bucket, this.#owner, signal);
    // Refused for its owner's sake, or for lack of permission: only asking again tells the two apart.
    return own.state === "hidden" && this.#owner !== undefined
      ? await head(s3, bucket, undefined, signal, true)
      : own;
  }
}

async function head(
  s3: S3,
  bucket: string,
  owner: string | undefined,
  signal: AbortSignal,
  isForeign = false,
): Promise<BucketSight> {
  try {
    const { BucketRegion: region } = await s3.headBucket(
      { Bucket: bucket, ...(owner !== undefined && { ExpectedBucketOwner: owner }) },
      { abortSignal: signal },
    );
    return { state: "there", region, isForeign };
  } catch (error) {
    switch (awsErrorStatus(error)) {
      case 404:
        return { state: "missing" };
      case 403:
        return { state: "hidden", region: regionOf(error) };
      default:
        throw error;
    }
  }
}

/** S3 names a bucket's region even to those whom it shows nothing else. */
function regionOf(error: unknown): string | undefined {
  const { $response } = error as { $response?: { headers?: Record<string, string> } };
  return $response?.headers?.["x-amz-bucket-region"];
}
