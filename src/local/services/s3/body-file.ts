/** Writing and reading the files that hold bodies. */

import { createHash } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import type { ChecksumAlgorithm, Checksums } from "./bucket-journal.ts";
import { startChecksum } from "./checksums.ts";
import { S3Error } from "./s3-error.ts";

/** What can be read once, in pieces. */
export type BodySource = AsyncIterable<Uint8Array> | Uint8Array;

/** What a body is measured by. */
export interface BodyDigests {
  /** Bytes. */
  readonly size: number;
  /** Empty when it was not asked for. */
  readonly md5: Buffer;
  /** In hex, when it was asked for. */
  readonly sha256?: string;
  readonly checksums: Checksums;
}

/** S3's limit for one PUT, and for one part: 5 GiB. */
export const LARGEST_PUT = 5 * 2 ** 30;
/** Chunks smaller than this are gathered before they are written. */
const WRITE_BYTES = 1 << 18;

/** What to measure besides the size. */
export interface BodyMeasures {
  /** Default: true. */
  readonly md5?: boolean;
  readonly algorithms?: readonly ChecksumAlgorithm[];
  readonly sha256?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** The largest size taken, in bytes. Default: S3's 5 GiB. */
  readonly limit?: number;
}

/**
 * Writes a body to a file and measures it on the way; the file is whole or absent.
 *
 * @throws S3Error `EntityTooLarge`
 */
export async function writeBody(
  path: string,
  source: BodySource,
  measures: BodyMeasures = {},
): Promise<BodyDigests> {
  const { signal, limit = LARGEST_PUT } = measures;
  signal?.throwIfAborted();
  const md5 = measures.md5 === false ? undefined : createHash("md5");
  const sha256 = measures.sha256 ? createHash("sha256") : undefined;
  const algorithms = measures.algorithms ?? [];
  const checksums = await Promise.all(algorithms.map(startChecksum));
  let size = 0;

  const temporary = `${path}.incomplete`;
  const handle = await open(temporary, "wx");
  try {
    const writer = new GatheringWriter(handle);
    for await (const chunk of source instanceof Uint8Array ? [source] : source) {
      signal?.throwIfAborted();
      size += chunk.length;
      if (size > limit) throw new S3Error("EntityTooLarge", { ProposedSize: String(size) });
      const writing = writer.write(chunk);
      md5?.update(chunk);
      sha256?.update(chunk);
      for (const checksum of checksums) checksum.update(chunk);
      await writing;
    }
    await writer.end();
    await handle.close();
    signal?.throwIfAborted();
    const values: Partial<Record<ChecksumAlgorithm, string>> = {};
    for (const [i, algorithm] of algorithms.entries()) {
      const value = await checksums[i]?.digest();
      if (value !== undefined) values[algorithm] = value.toString("base64");
    }
    await rename(temporary, path);
    return {
      size,
      md5: md5?.digest() ?? Buffer.alloc(0),
      ...(sha256 && { sha256: sha256.digest("hex") }),
      checksums: values,
    };
  } catch (error) {
    await handle.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Joins small chunks, so that a body of many is not written in as many calls. */
class GatheringWriter {
  readonly #handle: FileHandle;
  #gathered: Uint8Array[] = [];
  #length = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#gathered.push(chunk);
    this.#length += chunk.length;
    if (this.#length >= WRITE_BYTES) await this.end();
  }

  async end(): Promise<void> {
    const chunks = this.#gathered;
    this.#gathered = [];
    this.#length = 0;
    for (let left = chunks; left.length > 0; ) {
      const { bytesWritten } = await this.#handle.writev(left);
      left = unwritten(left, bytesWritten);
    }
  }
}

/** What `writev` left over: a disk that fills up takes only a part. */
function unwritten(chunks: readonly Uint8Array[], written: number): Uint8Array[] {
  const left: Uint8Array[] = [];
  let skip = written;
  for (const chunk of chunks) {
    if (skip < chunk.length) left.push(skip === 0 ? chunk : chunk.subarray(skip));
    skip = Math.max(0, skip - chunk.length);
  }
  return left;
}

const READ_BYTES = 1 << 20;

/** Reads a stretch of a file, in pieces; the handle stays open. */
export async function* readStretch(
  handle: FileHandle,
  start: number,
  length: number,
): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < length; ) {
    const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, length - done));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start + done);
    if (bytesRead === 0) throw new S3Error("InternalError");
    done += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
