/** Run records in S3: read, made once, changed without losing what somebody else wrote meanwhile. */

import { setTimeout as delay } from "node:timers/promises";
import { awsErrorCode, awsErrorStatus, translate } from "../../aws/translate.ts";
import { SageMakerError } from "../../errors.ts";
import type { Session } from "../../session.ts";
import { parseS3Uri } from "../../transfer/s3-uri.ts";
import { formatRunRecord, parseRunRecord, type RunRecord, WRITE_ATTEMPTS } from "../run-record.ts";

/** How a record is written. */
export interface RecordWriting {
  /** The key that encrypts the job's output, and so the record. */
  readonly kmsKeyId?: string | undefined;
  /** The account that must own the bucket. */
  readonly expectedBucketOwner?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** No record has so much: whatever is larger is something else. */
const MOST_BYTES = 8 * 1024 * 1024;

/**
 * The record at a place.
 *
 * @returns `undefined` when there is none
 * @throws {@link SageMakerError} when it may not be read, or is no record
 */
export async function readRecord(
  session: Session,
  uri: string,
  signal?: AbortSignal,
): Promise<{ readonly record: RunRecord; readonly etag: string | undefined } | undefined> {
  const { bucket, key } = parseS3Uri(uri);
  const s3 = await session.clients.s3();
  try {
    const {
      Body,
      ETag,
      ContentLength = 0,
    } = await s3.getObject(
      { Bucket: bucket, Key: key },
      { ...(signal && { abortSignal: signal }) },
    );
    if (ContentLength > MOST_BYTES) {
      throw new SageMakerError(`${uri} is no run record: it is too large.`);
    }
    const text = (await Body?.transformToString()) ?? "";
    return { record: parseRunRecord(text, uri), etag: ETag };
  } catch (error) {
    if (awsErrorCode(error) === "NoSuchKey" || awsErrorCode(error) === "NoSuchBucket") {
      return undefined;
    }
    throw translate(error, `read the run record ${uri}`);
  }
}

/**
 * Writes a record where none is yet. One of the same job stays as it is: an answer was lost, and it is our own.
 *
 * @throws {@link SageMakerError} when it may not be written, or another job's record lies there
 */
export async function createRecord(
  session: Session,
  uri: string,
  record: RunRecord,
  writing: RecordWriting,
): Promise<void> {
  try {
    await put(session, uri, formatRunRecord(record), writing, { IfNoneMatch: "*" });
  } catch (error) {
    if (!isConflict(error)) {
      throw translate(error, `write the run record ${uri}`);
    }
    const there = await readRecord(session, uri, writing.signal);
    if (there?.record.job.arn !== record.job.arn) {
      throw new SageMakerError(
        `The run record was not written: at ${uri} lies that of another job, ${there?.record.job.arn ?? "deleted meanwhile"}.`,
      );
    }
  }
}

/**
 * Changes a record, again and again until nobody came in between.
 *
 * @param change - the record as it shall be; the same object when there is nothing to change. Called again on a newer record
 * @returns the record as it is now; `undefined` when there is none
 * @throws {@link SageMakerError} when it may not be read or written
 */
export async function changeRecord(
  session: Session,
  uri: string,
  change: (record: RunRecord) => Promise<RunRecord> | RunRecord,
  writing: RecordWriting,
): Promise<RunRecord | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const there = await readRecord(session, uri, writing.signal);
    if (there === undefined) {
      return undefined;
    }
    const changed = await change(there.record);
    if (changed === there.record) {
      return there.record;
    }
    try {
      await put(session, uri, formatRunRecord(changed), writing, { IfMatch: there.etag });
      return changed;
    } catch (error) {
      if (!isConflict(error) || attempt >= WRITE_ATTEMPTS) {
        throw translate(error, `write the run record ${uri}`);
      }
      // Several writers that began together shall not meet again.
      await delay(Math.random() * 50 * attempt, undefined, {
        ...(writing.signal && { signal: writing.signal }),
      });
    }
  }
}

/**
 * Puts JSON.
 *
 * @throws the AWS SDK's error
 */
export async function put(
  session: Session,
  uri: string,
  body: string,
  { kmsKeyId, expectedBucketOwner, signal }: RecordWriting,
  condition: { readonly IfMatch?: string | undefined; readonly IfNoneMatch?: "*" } = {},
): Promise<void> {
  const { bucket, key } = parseS3Uri(uri);
  const s3 = await session.clients.s3();
  await s3.putObject(
    {
      Bucket: bucket,
      Key: key,
      Body: body,
      ContentType: "application/json",
      ...(kmsKeyId && { ServerSideEncryption: "aws:kms" as const, SSEKMSKeyId: kmsKeyId }),
      ...(expectedBucketOwner !== undefined && { ExpectedBucketOwner: expectedBucketOwner }),
      ...condition,
    },
    { ...(signal && { abortSignal: signal }) },
  );
}

/** Somebody else's write came first, or comes at the same moment. */
function isConflict(error: unknown): boolean {
  return (
    awsErrorCode(error) === "PreconditionFailed" ||
    awsErrorCode(error) === "ConditionalRequestConflict" ||
    awsErrorStatus(error) === 412
  );
}
