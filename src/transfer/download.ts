/** The engine that brings objects from S3: whole or absent, large ones by ranges side by side, each checked. */

import type { FileHandle } from "node:fs/promises";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { awsCall, isAbort } from "../aws/translate.ts";
import type { S3 } from "../aws/types.ts";
import { SageMakerError, TransferError } from "../errors.ts";
import { combineCrc32 } from "./crc32.ts";
import { writeError } from "./disk.ts";
import { damaged, decodeCrc32, type ObjectRequest, openObject } from "./object-stream.ts";
import { anySignal, Budget } from "./pool.ts";
import { formatS3Uri } from "./s3-uri.ts";
import { writeFully } from "./write-fully.ts";

/** One object to be brought. */
export interface DownloadRequest {
  /** The bucket. */
  readonly bucket: string;
  /** The key. */
  readonly key: string;
  /** Its size in bytes. */
  readonly bytes: number;
  /** The file that it becomes; the folders on the way are made. */
  readonly path: string;
  /** The file's name until it is whole. Default: `<path>.incomplete`. */
  readonly incompletePath?: string;
  /** The account that must own the bucket. */
  readonly expectedBucketOwner?: string | undefined;
}

/** How downloads are made. */
export interface DownloaderOptions {
  /** Stops what is under way. */
  readonly signal?: AbortSignal | undefined;
  /** Told of bytes that were written. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** Objects of more than two parts are read by ranges of this size. Default: 8 MiB. */
  readonly partBytes?: number;
  /** The most connections. Default: 8. */
  readonly connections?: number;
  /** How long a connection may be silent, in milliseconds. Default: 60,000. */
  readonly stallMs?: number;
  /** The wait before a dropped connection is taken up again, in milliseconds; it doubles with each try. Default: 200. */
  readonly retryMs?: number;
}

/** A piece of an object that was written. */
interface Piece {
  readonly bytes: number;
  readonly crc: number;
}

/** Brings objects; one instance shares its connections among all of them. */
export class Downloader {
  readonly #s3: S3;
  readonly #options: DownloaderOptions;
  readonly #partBytes: number;
  readonly #connections: Budget;
  readonly #signal: AbortSignal;

  constructor(s3: S3, options: DownloaderOptions = {}) {
    this.#s3 = s3;
    this.#options = options;
    this.#signal = anySignal(options.signal);
    this.#partBytes = options.partBytes ?? 8 * 1024 * 1024;
    this.#connections = new Budget(options.connections ?? 8);
  }

  /**
   * Brings one object. The file is there whole, or not at all; a file of that name is replaced.
   *
   * @param request - what and where to
   * @throws {@link TransferError} when it cannot be brought or written
   */
  async download(request: DownloadRequest): Promise<void> {
    const { path, incompletePath = `${path}.incomplete`, bytes } = request;
    this.#signal.throwIfAborted();
    try {
      await mkdir(dirname(path), { recursive: true });
      // What a run that was killed left there; "wx" then writes through no link.
      await rm(incompletePath, { force: true });
      const file = await open(incompletePath, "wx");
      try {
        try {
          await this.#bring(request, file);
        } finally {
          await file.close();
        }
        await rename(incompletePath, path);
      } catch (error) {
        await rm(incompletePath, { force: true });
        throw error;
      }
    } catch (error) {
      this.#signal.throwIfAborted();
      throw writeError(error, path, bytes);
    }
  }

  async #bring(request: DownloadRequest, file: FileHandle): Promise<void> {
    if (request.bytes <= 2 * this.#partBytes) {
      await this.#piece(request, file, {});
      return;
    }
    const { bucket, key, expectedBucketOwner } = request;
    const head = await call(request, () =>
      this.#s3.headObject(
        {
          Bucket: bucket,
          Key: key,
          ChecksumMode: "ENABLED",
          ...(expectedBucketOwner !== undefined && { ExpectedBucketOwner: expectedBucketOwner }),
        },
        { abortSignal: this.#signal },
      ),
    );
    const crc = await this.#ranges(request, file, head.ETag, head.ContentLength ?? 0);
    const expected = head.ChecksumCRC32;
    if (head.ChecksumType === "FULL_OBJECT" && expected && decodeCrc32(expected) !== crc) {
      throw damaged(new Error(`CRC32 ${crc}, expected ${decodeCrc32(expected)}`), uri(request));
    }
  }

  /** Reads all ranges; the first failure stops the others. */
  async #ranges(
    request: DownloadRequest,
    file: FileHandle,
    etag: string | undefined,
    bytes: number,
  ): Promise<number> {
    const stop = new AbortController();
    const signal = anySignal(this.#signal, stop.signal);
    const pieces: Promise<Piece>[] = [];
    for (let first = 0; first < bytes; first += this.#partBytes) {
      const range = { first, last: Math.min(first + this.#partBytes, bytes) - 1 };
      const piece = this.#piece(request, file, { range, etag, signal });
      piece.catch((error: unknown) => stop.abort(error));
      pieces.push(piece);
    }
    // The file stays open until nothing writes to it any more.
    await Promise.allSettled(pieces);
    signal.throwIfAborted();
    let crc = 0;
    for (const piece of await Promise.all(pieces)) {
      crc = combineCrc32(crc, piece.crc, piece.bytes);
    }
    return crc;
  }

  async #piece(
    request: DownloadRequest,
    file: FileHandle,
    {
      range,
      etag,
      signal = this.#options.signal,
    }: Pick<ObjectRequest, "range" | "etag" | "signal">,
  ): Promise<Piece> {
    const release = await this.#connections.acquire(1, signal);
    try {
      const { bucket, key, expectedBucketOwner } = request;
      const { stallMs, retryMs, onBytes } = this.#options;
      const object = await call(request, () =>
        openObject({
          s3: this.#s3,
          bucket,
          key,
          range,
          etag,
          expectedBucketOwner,
          signal,
          stallMs,
          retryMs,
        }),
      );
      let position = range?.first ?? 0;
      let crc = 0;
      for await (const chunk of object.chunks) {
        await writeFully(file, chunk, position);
        position += chunk.length;
        crc = crc32(chunk, crc);
        onBytes?.(chunk.length);
      }
      return { bytes: object.bytes, crc };
    } finally {
      release();
    }
  }
}

async function call<T>(request: DownloadRequest, send: () => Promise<T>): Promise<T> {
  try {
    return await awsCall(`download ${uri(request)}`, send);
  } catch (error) {
    if (isAbort(error) || TransferError.isInstance(error) || !SageMakerError.isInstance(error)) {
      throw error;
    }
    throw new TransferError(error.message, [{ source: uri(request), cause: error }], {
      cause: error,
    });
  }
}

function uri({ bucket, key }: DownloadRequest): string {
  return formatS3Uri({ bucket, key });
}
