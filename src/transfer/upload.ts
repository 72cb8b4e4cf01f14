/** The engine that sends files to S3: small ones in one request, large ones in parts, with bounded memory and nothing left behind. */

import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { S3 } from "../aws/types.ts";
import { TransferError } from "../errors.ts";
import { type ContentReader, openContent } from "./content.ts";
import { PartSender } from "./part-sender.ts";
import { anySignal, Budget } from "./pool.ts";
import {
  base64,
  call,
  changed,
  encryption,
  place,
  reading,
  sha256,
  type UploadRequest,
  uri,
} from "./upload-request.ts";

export type { UploadRequest } from "./upload-request.ts";

/** How uploads are sent. */
export interface UploaderOptions {
  /** Stops what is under way. */
  readonly signal?: AbortSignal | undefined;
  /** Told of bytes that S3 has taken. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** Files up to this size are sent in one request, larger ones in parts of it; at least 5 MiB. Default: 8 MiB. */
  readonly partBytes?: number;
  /** The most bytes held in memory. Default: 64 MiB. */
  readonly memoryBytes?: number;
}

const MIB = 1024 * 1024;
/** S3 takes at most so many parts of one object. */
const MOST_PARTS = 10_000;
/** Tidying up goes on after an abort, but not for ever. */
const CLEANUP_TIMEOUT_MS = 30_000;

/** Sends files; one instance shares its memory among all of them. */
export class Uploader {
  readonly #s3: S3;
  readonly #options: UploaderOptions;
  readonly #partBytes: number;
  readonly #budget: Budget;
  readonly #signal: AbortSignal;
  /** Buffers of one part each, used again: no more of them come to be than the budget allows. */
  readonly #buffers: Buffer[] = [];

  constructor(s3: S3, options: UploaderOptions = {}) {
    this.#s3 = s3;
    this.#options = options;
    this.#signal = anySignal(options.signal);
    this.#partBytes = options.partBytes ?? 8 * MIB;
    this.#budget = new Budget(options.memoryBytes ?? 64 * MIB);
  }

  /**
   * Sends one object. S3 checks each request, and the whole, by CRC32.
   *
   * @param request - what and where to
   * @returns the number of bytes
   * @throws {@link TransferError} when the contents cannot be read, or are not what was expected; nothing is left in S3 then
   * @throws {@link SageMakerError} when S3 refuses
   */
  async upload(request: UploadRequest): Promise<number> {
    this.#signal.throwIfAborted();
    const reader = await reading(request, () => openContent(request.content));
    try {
      const { bytes } = reader;
      if (request.expected !== undefined && bytes !== request.expected.bytes) {
        throw changed(request);
      }
      await (bytes <= this.#partBytes
        ? this.#sendWhole(request, reader)
        : this.#sendParts(request, reader));
      return bytes;
    } catch (error) {
      this.#signal.throwIfAborted();
      throw error;
    } finally {
      await reader.close();
    }
  }

  async #sendWhole(request: UploadRequest, reader: ContentReader): Promise<void> {
    const { onBytes } = this.#options;
    const release = await this.#budget.acquire(reader.bytes, this.#signal);
    try {
      const body = Buffer.allocUnsafe(reader.bytes);
      await this.#fill(request, reader, body, 0);
      await this.#checkEnd(request, reader);
      if (request.expected && request.expected.sha256 !== sha256(body)) {
        throw changed(request);
      }
      const checksum = (await this.#sendsChecksums()) && { ChecksumCRC32: base64(crc32(body)) };
      await call(request, () =>
        this.#s3.putObject(
          { ...place(request), ...encryption(request), ...checksum, Body: body },
          { abortSignal: this.#signal },
        ),
      );
      onBytes?.(body.length);
    } finally {
      release();
    }
  }

  async #sendParts(request: UploadRequest, reader: ContentReader): Promise<void> {
    const withChecksums = await this.#sendsChecksums();
    // Not abortable: an upload whose id never arrived could not be tidied up.
    const { UploadId } = await call(request, () =>
      this.#s3.createMultipartUpload({
        ...place(request),
        ...encryption(request),
        ...(withChecksums && { ChecksumAlgorithm: "CRC32", ChecksumType: "FULL_OBJECT" }),
      }),
    );
    try {
      this.#signal.throwIfAborted();
      const parts = new PartSender(
        { s3: this.#s3, request, uploadId: UploadId ?? "", withChecksums },
        this.#signal,
        this.#options.onBytes,
      );
      const crc = await this.#readParts(request, reader, parts);
      await call(request, () =>
        this.#s3.completeMultipartUpload(
          {
            ...place(request),
            UploadId,
            MultipartUpload: { Parts: parts.sent() },
            ...(withChecksums && { ChecksumCRC32: base64(crc), ChecksumType: "FULL_OBJECT" }),
          },
          { abortSignal: this.#signal },
        ),
      );
    } catch (error) {
      await this.#abandon(request, UploadId, error);
      throw error;
    }
  }

  /** Reads the parts in order, so that the whole is checked before it comes into being, and has them sent side by side. */
  async #readParts(
    request: UploadRequest,
    reader: ContentReader,
    parts: PartSender,
  ): Promise<number> {
    const size = this.#partSize(reader.bytes);
    const hash = createHash("sha256");
    let crc = 0;
    try {
      for (let position = 0; position < reader.bytes; position += size) {
        const release = await this.#budget.acquire(size, parts.signal);
        const buffer = this.#takeBuffer(size);
        const giveBack = (isFree: boolean): void => {
          if (isFree && size === this.#partBytes) {
            this.#buffers.push(buffer);
          }
          release();
        };
        try {
          const part = buffer.subarray(0, Math.min(size, reader.bytes - position));
          await this.#fill(request, reader, part, position);
          hash.update(part);
          crc = crc32(part, crc);
          parts.send(part, giveBack);
        } catch (error) {
          giveBack(true);
          throw error;
        }
      }
      await this.#checkEnd(request, reader);
      if (request.expected && request.expected.sha256 !== hash.digest("hex")) {
        throw changed(request);
      }
    } catch (error) {
      const reason = parts.failure ?? error;
      await parts.settle(reason);
      throw reason;
    }
    await parts.settle();
    return crc;
  }

  async #fill(
    request: UploadRequest,
    reader: ContentReader,
    part: Buffer,
    position: number,
  ): Promise<void> {
    if ((await reading(request, () => reader.read(part, position))) !== part.length) {
      throw changed(request);
    }
  }

  async #checkEnd(request: UploadRequest, reader: ContentReader): Promise<void> {
    if ((await reading(request, () => reader.read(Buffer.alloc(1), reader.bytes))) > 0) {
      throw changed(request);
    }
  }

  async #abandon(
    request: UploadRequest,
    uploadId: string | undefined,
    reason: unknown,
  ): Promise<void> {
    try {
      await this.#s3.abortMultipartUpload(
        { ...place(request), UploadId: uploadId },
        { abortSignal: AbortSignal.timeout(CLEANUP_TIMEOUT_MS) },
      );
    } catch (error) {
      if ((error as Error).name === "NoSuchUpload") {
        return;
      }
      throw new TransferError(
        `${request.label} was not uploaded, and parts of it may still lie in ${uri(request)} and cost money: ` +
          `end the multipart upload ${uploadId} (aws s3api abort-multipart-upload).`,
        [{ source: request.label, cause: error }],
        { cause: reason },
      );
    }
  }

  #partSize(bytes: number): number {
    return Math.max(this.#partBytes, Math.ceil(bytes / MOST_PARTS / MIB) * MIB);
  }

  #takeBuffer(size: number): Buffer {
    return (size === this.#partBytes && this.#buffers.pop()) || Buffer.allocUnsafeSlow(size);
  }

  /** Servers that know no checksums are spoken to with `requestChecksumCalculation: "WHEN_REQUIRED"`. */
  async #sendsChecksums(): Promise<boolean> {
    return (await this.#s3.config.requestChecksumCalculation()) === "WHEN_SUPPORTED";
  }
}
