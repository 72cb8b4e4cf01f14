/** Sends the parts of one multipart upload side by side. */

import { crc32 } from "node:zlib";
import type { S3 } from "../aws/types.ts";
import { anySignal } from "./pool.ts";
import { base64, call, place, type UploadRequest } from "./upload-request.ts";

/** One multipart upload's parts on their way. */
export class PartSender {
  /** The first failure of a part. */
  failure: unknown;
  /** Aborts when a part has failed, and when the given one does. */
  readonly signal: AbortSignal;
  readonly #upload: PartTarget;
  readonly #stop = new AbortController();
  readonly #onBytes: ((bytes: number) => void) | undefined;
  readonly #parts: { ETag?: string; PartNumber: number; ChecksumCRC32?: string }[] = [];
  readonly #underWay: Promise<void>[] = [];

  constructor(
    upload: PartTarget,
    signal: AbortSignal,
    onBytes: ((bytes: number) => void) | undefined,
  ) {
    this.#upload = upload;
    this.signal = anySignal(signal, this.#stop.signal);
    this.#onBytes = onBytes;
  }

  /** Sends the next part; its buffer is given back when the request has ended, and may be used again if `isFree`. */
  send(body: Buffer, giveBack: (isFree: boolean) => void): void {
    const { s3, request, uploadId, withChecksums } = this.#upload;
    const PartNumber = this.#parts.length + 1;
    const checksum = withChecksums ? { ChecksumCRC32: base64(crc32(body)) } : {};
    const part: { ETag?: string; PartNumber: number } = { PartNumber, ...checksum };
    this.#parts.push(part);
    const sending = call(request, () =>
      s3.uploadPart(
        { ...place(request), UploadId: uploadId, PartNumber, ...checksum, Body: body },
        { abortSignal: this.signal },
      ),
    ).then(
      ({ ETag }) => {
        if (ETag !== undefined) {
          part.ETag = ETag;
        }
        this.#onBytes?.(body.length);
        giveBack(true);
      },
      (error: unknown) => {
        this.failure ??= error;
        this.#stop.abort(error);
        // A request that failed may still be reading its buffer.
        giveBack(false);
      },
    );
    this.#underWay.push(sending);
  }

  /** Waits until nothing is under way; with an error, what is under way is stopped. */
  async settle(error?: unknown): Promise<void> {
    if (error !== undefined) {
      this.#stop.abort(error);
    }
    await Promise.all(this.#underWay);
    if (error === undefined && this.failure !== undefined) {
      throw this.failure;
    }
  }

  /** The parts, as completing the upload wants them. */
  sent(): { ETag?: string; PartNumber: number; ChecksumCRC32?: string }[] {
    return this.#parts;
  }
}

/** Where parts go. */
export interface PartTarget {
  readonly s3: S3;
  readonly request: UploadRequest;
  readonly uploadId: string;
  readonly withChecksums: boolean;
}
