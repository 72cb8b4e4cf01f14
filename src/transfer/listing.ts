/** What lies under a prefix in S3. */

import type { S3 } from "../aws/types.ts";

/** An object, as a listing gives it. */
export interface ListedObject {
  /** Its key. */
  readonly key: string;
  /** Its size in bytes. */
  readonly bytes: number;
  /** Its ETag, with the quotes. */
  readonly etag: string | undefined;
}

/** What is listed. */
export interface ListRequest {
  readonly s3: S3;
  /** The bucket. */
  readonly bucket: string;
  /** What the keys begin with: a plain string, not a folder. */
  readonly prefix: string;
  /** The account that must own the bucket. */
  readonly expectedBucketOwner?: string | undefined;
  /** Stops the listing. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Lists objects page by page, in the order of the UTF-8 bytes of their keys.
 *
 * @param request - see {@link ListRequest}
 * @throws the AWS SDK's error
 */
export async function* listObjects(request: ListRequest): AsyncGenerator<ListedObject> {
  const { s3, bucket, prefix, expectedBucketOwner, signal } = request;
  let token: string | undefined;
  do {
    const page = await s3.listObjectsV2(
      {
        Bucket: bucket,
        Prefix: prefix,
        // XML cannot carry every character that a key may have.
        EncodingType: "url",
        ...(token !== undefined && { ContinuationToken: token }),
        ...(expectedBucketOwner !== undefined && { ExpectedBucketOwner: expectedBucketOwner }),
      },
      signal === undefined ? {} : { abortSignal: signal },
    );
    const isEncoded = page.EncodingType === "url";
    for (const { Key = "", Size = 0, ETag } of page.Contents ?? []) {
      yield { key: isEncoded ? decodeKey(Key) : Key, bytes: Size, etag: ETag };
    }
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

/** S3 writes a space as `+`, as in a form. */
function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll("+", " "));
}
