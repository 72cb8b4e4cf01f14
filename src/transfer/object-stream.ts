/** An object's bytes as a stream that goes on where it was when the connection drops, and is checked when it ends. */

import { setTimeout as delay } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { awsErrorCode, awsErrorStatus, isTransient, translate } from "../aws/translate.ts";
import type { GetObjectCommandOutput, S3 } from "../aws/types.ts";
import { TransferError } from "../errors.ts";
import { formatS3Uri } from "./s3-uri.ts";

/** What is read. */
export interface ObjectRequest {
  readonly s3: S3;
  /** The bucket. */
  readonly bucket: string;
  /** The key. */
  readonly key: string;
  /** The bytes to read, the last one included. Default: all. */
  readonly range?: { readonly first: number; readonly last: number } | undefined;
  /** The ETag that the object must have. Default: whichever it has; after a dropped connection it must be the same. */
  readonly etag?: string | undefined;
  /** The account that must own the bucket. */
  readonly expectedBucketOwner?: string | undefined;
  /** Stops the reading. */
  readonly signal?: AbortSignal | undefined;
  /** How long a connection may be silent, in milliseconds. Default: 60,000. */
  readonly stallMs?: number | undefined;
  /** The wait before the first new try, in milliseconds; it doubles with each, up to 5 s. Default: 200. */
  readonly retryMs?: number | undefined;
}

/** An object that was opened. */
export interface ObjectStream {
  /** How many bytes will come. */
  readonly bytes: number;
  /** The object's ETag, with the quotes. */
  readonly etag: string | undefined;
  /** The bytes; to be read once, to the end or to a `break`. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** So many times in a row a connection may bring nothing: with the waits, a network may be gone for some 20 s. */
const MOST_DROPS = 8;
const LONGEST_WAIT_MS = 5000;

type Answer = GetObjectCommandOutput;

/**
 * Opens an object.
 *
 * @param request - see {@link ObjectRequest}
 * @throws the AWS SDK's error: `NoSuchKey`, `NoSuchBucket`, `AccessDenied` …
 */
export async function openObject(request: ObjectRequest): Promise<ObjectStream> {
  const { range } = request;
  const answer = await get(request, range && `bytes=${range.first}-${range.last}`, request.etag);
  const bytes = range === undefined ? (answer.ContentLength ?? 0) : range.last - range.first + 1;
  return { bytes, etag: answer.ETag, chunks: resumed(request, answer, bytes) };
}

async function* resumed(
  request: ObjectRequest,
  first: Answer,
  bytes: number,
): AsyncGenerator<Uint8Array> {
  const { signal, range } = request;
  const start = range?.first ?? 0;
  let answer: Answer | undefined = first;
  let received = 0;
  let crc = 0;
  for (let drops = 0; received < bytes || answer !== undefined; ) {
    try {
      answer ??= await again(request, first.ETag, start + received, start + bytes - 1);
      for await (const chunk of watched(answer, request.stallMs ?? 60_000)) {
        if (received + chunk.length > bytes) {
          throw new TransferError(`S3 sent more of ${uri(request)} than was asked for.`);
        }
        received += chunk.length;
        crc = crc32(chunk, crc);
        drops = 0;
        yield chunk;
      }
      if (received < bytes) {
        throw Object.assign(new Error("the connection was closed early"), { code: "ECONNRESET" });
      }
      break;
    } catch (error) {
      signal?.throwIfAborted();
      drops += 1;
      if (TransferError.isInstance(error)) {
        throw error;
      }
      if (drops > MOST_DROPS) {
        const cause = error as Error;
        throw new TransferError(
          `The download of ${uri(request)} broke off ${drops} times in a row after ${received} of ${bytes} bytes: ` +
            `${cause.message}. Check the network and try again.`,
          [{ source: uri(request), cause }],
          { cause },
        );
      }
      answer = undefined;
      const wait = (request.retryMs ?? 200) * 2 ** (drops - 1);
      await delay(Math.min(LONGEST_WAIT_MS, wait), undefined, {
        ...(signal && { signal }),
      });
    }
  }
  checkWhole(request, first, crc);
}

/** The rest of the object, if it still is the same. */
async function again(
  request: ObjectRequest,
  etag: string | undefined,
  from: number,
  last: number,
): Promise<Answer> {
  try {
    return await get(request, `bytes=${from}-${last}`, etag);
  } catch (error) {
    request.signal?.throwIfAborted();
    if (isTransient(error)) {
      throw error;
    }
    const words =
      awsErrorStatus(error) === 412 || awsErrorCode(error) === "NoSuchKey"
        ? new Error("it was replaced or deleted while it was read")
        : (translate(error, `read on in ${uri(request)}`) as Error);
    throw new TransferError(
      `${uri(request)} could not be downloaded whole: ${words.message}.`,
      [{ source: uri(request), cause: error }],
      { cause: error },
    );
  }
}

/** A body whose silence ends it. */
async function* watched(answer: Answer, stallMs: number): AsyncGenerator<Uint8Array> {
  const body = answer.Body as (NodeJS.ReadableStream & { destroy(error: Error): void }) | undefined;
  if (body === undefined) {
    return;
  }
  const stall = (): void => {
    body.destroy(new Error(`nothing came for ${stallMs / 1000} s`));
  };
  let timer = setTimeout(stall, stallMs);
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      // Whoever takes the chunk may take his time.
      clearTimeout(timer);
      yield chunk;
      timer = setTimeout(stall, stallMs);
    }
  } catch (error) {
    // The SDK checks what came in one piece; what is wrong then is not the connection.
    if (/checksum/i.test((error as Error).message)) {
      throw damaged(error);
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** S3 gives the checksum of a whole object with an unranged read; what came in several pieces is checked here. */
function checkWhole(
  request: ObjectRequest,
  { ChecksumCRC32, ChecksumType }: Answer,
  crc: number,
): void {
  if (request.range !== undefined || ChecksumCRC32 === undefined || ChecksumType === "COMPOSITE") {
    return;
  }
  if (!ChecksumCRC32.includes("-") && decodeCrc32(ChecksumCRC32) !== crc) {
    throw damaged(new Error(`CRC32 ${crc}, expected ${decodeCrc32(ChecksumCRC32)}`), uri(request));
  }
}

/**
 * The number that S3's base64 form of a CRC32 stands for.
 *
 * @param checksum - four bytes in base64
 */
export function decodeCrc32(checksum: string): number {
  const bytes = Buffer.from(checksum, "base64");
  return bytes.length === 4 ? bytes.readUInt32BE() : -1;
}

/**
 * The error for bytes that are not those that were stored.
 *
 * @param cause - what was found
 * @param source - the object's URI
 */
export function damaged(cause: unknown, source = "an object"): TransferError {
  return new TransferError(
    `What came of ${source} is not what S3 holds: its checksum is wrong. Try again.`,
    [{ source, cause }],
    { cause },
  );
}

function get(
  { s3, bucket, key, expectedBucketOwner, signal }: ObjectRequest,
  range: string | undefined,
  etag: string | undefined,
): Promise<Answer> {
  return s3.getObject(
    {
      Bucket: bucket,
      Key: key,
      ...(range === undefined ? { ChecksumMode: "ENABLED" } : { Range: range }),
      ...(etag !== undefined && { IfMatch: etag }),
      ...(expectedBucketOwner !== undefined && { ExpectedBucketOwner: expectedBucketOwner }),
    },
    signal === undefined ? {} : { abortSignal: signal },
  );
}

function uri({ bucket, key }: ObjectRequest): string {
  return formatS3Uri({ bucket, key });
}
