/** Sees to it that the default bucket is there, and is this caller's. */

import { SageMakerError } from "../errors.ts";
import { awsCall, awsErrorCode, awsErrorStatus, translate } from "./translate.ts";
import type { S3 } from "./types.ts";

/** Which bucket, and where. */
export interface DefaultBucket {
  readonly s3: S3;
  readonly bucket: string;
  /** The account that must own it, where anybody could have guessed its name. */
  readonly owner: string | undefined;
  /** What of the bucket this caller uses: all of it where empty. */
  readonly prefix: string;
  readonly region: () => Promise<string>;
  /** The server is none of AWS's. */
  readonly isForeign: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Looks at the bucket, and makes it where it is missing.
 *
 * @param which - the bucket, and where
 * @throws {@link SageMakerError} when another account owns it, or it can neither be seen nor made
 */
export async function ensureBucket(which: DefaultBucket): Promise<void> {
  const { s3, bucket, owner, signal } = which;
  try {
    await s3.headBucket(
      { Bucket: bucket, ExpectedBucketOwner: owner },
      { ...(signal && { abortSignal: signal }) },
    );
  } catch (error) {
    const status = awsErrorStatus(error);
    if (status === 404) {
      await createBucket(which);
    } else if (status === 403 && owner !== undefined) {
      throw new SageMakerError(
        `The default bucket ${bucket} belongs to another account, or this caller may not read it. ` +
          "Nothing was written there. Name a bucket of your own with new Session({ defaultBucket }).",
        { cause: error },
      );
    } else if (status !== 403 || !(await seesPrefix(which))) {
      throw translate(error, `look at the default bucket ${bucket}`);
    }
  }
}

/** Who may use a prefix only is refused a look at the bucket, but not one at that prefix. */
async function seesPrefix({ s3, bucket, prefix, signal }: DefaultBucket): Promise<boolean> {
  if (prefix === "") {
    return false;
  }
  try {
    await s3.listObjectsV2(
      { Bucket: bucket, Prefix: prefix, MaxKeys: 1 },
      { ...(signal && { abortSignal: signal }) },
    );
    return true;
  } catch {
    // The answer to the first question is the one to tell.
    signal?.throwIfAborted();
    return false;
  }
}

/** With public access blocked. A bucket that another process of this account has just made is as good. */
async function createBucket(which: DefaultBucket): Promise<void> {
  const { s3, bucket, isForeign, signal } = which;
  const region = await which.region();
  const abort = { ...(signal && { abortSignal: signal }) };
  // us-east-1 is named by leaving the constraint out: S3 refuses it as a value.
  const where =
    region === "us-east-1"
      ? {}
      : { CreateBucketConfiguration: { LocationConstraint: region as "eu-west-1" } };
  try {
    await s3.createBucket({ Bucket: bucket, ...where }, abort);
  } catch (error) {
    // Two processes that start together both find no bucket: the second one's is there already.
    if (
      !["BucketAlreadyOwnedByYou", "OperationAborted"].includes(awsErrorCode(error)) ||
      signal?.aborted
    ) {
      throw translate(error, `create the default bucket ${bucket}`);
    }
    return;
  }
  // Other servers have no such block: MinIO takes the request for a second CreateBucket, and refuses it.
  if (isForeign) {
    return;
  }
  await awsCall(`block public access to the default bucket ${bucket}`, () =>
    s3.putPublicAccessBlock(
      {
        Bucket: bucket,
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      },
      abort,
    ),
  );
}
