/** A stream of unknown length to S3, by the AWS SDK's own multipart uploader. */

import { Readable } from "node:stream";
import type { S3 } from "./types.ts";

/** What is sent, and where to. */
export interface StreamUpload {
  readonly s3: S3;
  readonly bucket: string;
  readonly key: string;
  /** The bytes, in pieces of any size. */
  readonly body: AsyncIterable<Uint8Array>;
  /** More members of PutObject: encryption, the expected owner. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /** Stops the upload. */
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes S3 has taken, in all. */
  readonly onLoaded?: ((bytes: number) => void) | undefined;
}

/** Parts of 8 MiB hold objects of up to 78 GiB in S3's 10,000 parts; four of them are in memory at a time. */
const PART_BYTES = 8 * 1024 * 1024;
const PARTS_AT_A_TIME = 4;

/**
 * Sends a stream; no part of it stays behind when it fails.
 *
 * @param upload - see {@link StreamUpload}
 * @throws the AWS SDK's error, the stream's, or the signal's reason
 */
export async function uploadStream(upload: StreamUpload): Promise<void> {
  const { s3, bucket, key, body, parameters, signal, onLoaded } = upload;
  const { Upload } = await import("@aws-sdk/lib-storage");
  signal?.throwIfAborted();
  const sending = new Upload({
    client: s3,
    // Its own abort() rejects before the parts are gone. A source that fails makes it tidy up first.
    params: {
      Bucket: bucket,
      Key: key,
      ...parameters,
      Body: Readable.from(endedBy(body, signal), { objectMode: false }),
    },
    partSize: PART_BYTES,
    queueSize: PARTS_AT_A_TIME,
  });
  sending.on("httpUploadProgress", ({ loaded }) => onLoaded?.(loaded ?? 0));
  await sending.done();
}

/** Passes the pieces on until the signal aborts, even while the next one is waited for. */
async function* endedBy(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  if (signal === undefined) {
    yield* body;
    return;
  }
  const iterator = body[Symbol.asyncIterator]();
  let stop: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
  });
  aborted.catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await Promise.race([iterator.next(), aborted]);
      if (next.done === true) {
        return;
      }
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", stop);
    // Not awaited: a source that hangs would hold everything up.
    iterator.return?.().catch(() => {});
  }
}
