/** Unpacks tar.gz streams: bytes to entries, up to an end that is an archive's. */

import { mkdir } from "node:fs/promises";
import { createGunzip, type Gunzip } from "node:zlib";
import { damaged } from "./archive-errors.ts";
import { EntryWriter, type EntryWriterOptions } from "./entry-writer.ts";
import { tarEntries } from "./tar-entries.ts";
import { isZero } from "./tar-fields.ts";

/** How an archive is unpacked. */
export interface UnpackOptions extends EntryWriterOptions {
  /** Told of each piece of the archive that was read: its length in bytes, as compressed. */
  readonly onBytes?: (bytes: number) => void;
  /** What errors call the archive. */
  readonly label?: string;
}

/** What was unpacked. */
export interface UnpackResult {
  /** Files and links, without folders. */
  readonly files: number;
  /** Their bytes, unpacked. */
  readonly bytes: number;
}

const INFLATE_CHUNK_BYTES = 1024 * 1024;

/**
 * Unpacks a tar.gz stream into a folder, which is made if need be. Permissions are kept as far as the process's umask
 * lets them be, without set-user-id, set-group-id and sticky bits; owners and times are not. The archive may be compressed
 * in several members (RFC 1952), as parallel compressors do.
 *
 * Refused by name: absolute names, `..`, names that are no file names on this system, links (symbolic or hard) that lead
 * out, entries that lie behind a link, devices, FIFOs, sparse files and other kinds, links with contents, names that exist
 * already in the folder or earlier in the archive. Refused as corrupt: whatever stands behind the archive's end but zeros.
 * When it fails, what was written before stays in the folder: unpack into a folder of its own.
 *
 * How much an archive may grow is not limited by a ratio: zeros shrink a thousandfold, and models may be full of them.
 * What it may become is limited by `maxBytes`, `maxEntries` and the disk.
 *
 * @param source - the archive's bytes
 * @param folder - where to
 * @param options - see {@link UnpackOptions}
 * @throws {@link TransferError} when an entry is refused, the archive is cut off or corrupt, or the disk is full
 * @example
 * ```ts
 * await unpackTarGz(createReadStream("model.tar.gz"), "model/");
 * ```
 */
export async function unpackTarGz(
  source: AsyncIterable<Uint8Array>,
  folder: string,
  options: UnpackOptions = {},
): Promise<UnpackResult> {
  const { signal, onBytes } = options;
  await mkdir(folder, { recursive: true });
  signal?.throwIfAborted();
  const gunzip = createGunzip({ chunkSize: INFLATE_CHUNK_BYTES });
  const abort = (): void => void gunzip.destroy();
  signal?.addEventListener("abort", abort, { once: true });
  // Told where its bytes are read.
  gunzip.on("error", () => {});
  let sourceError: { readonly error: unknown } | undefined;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of source) {
        onBytes?.(chunk.length);
        yield chunk;
      }
    } catch (error) {
      sourceError = { error };
      throw error;
    }
  };
  let feedError: unknown;
  const feeding = feed(counted(), gunzip).catch((error: Error) => {
    feedError = error;
    gunzip.destroy(error);
  });
  const writer = new EntryWriter(folder, options);
  try {
    for await (const entry of tarEntries(gunzip)) await writer.add(entry);
    // Whether anything stands behind the end that the compression has.
    await feeding;
    if (feedError !== undefined) throw feedError;
    signal?.throwIfAborted();
    await writer.finish();
    return { files: writer.files, bytes: writer.bytes };
  } catch (error) {
    signal?.throwIfAborted();
    throw sourceError === undefined ? damaged(error, options.label) : sourceError.error;
  } finally {
    signal?.removeEventListener("abort", abort);
    gunzip.destroy();
  }
}

/**
 * Gives the archive's bytes to be inflated. Node reads one compressed member after the other, but drops in silence what
 * follows zeros behind the last one: there may be zeros only.
 */
async function feed(source: AsyncIterable<Uint8Array>, gunzip: Gunzip): Promise<void> {
  let isOver = false;
  for await (const chunk of source) {
    const taken: number = isOver ? 0 : await take(gunzip, chunk);
    // Who destroyed it knows why.
    if (gunzip.destroyed) return;
    isOver ||= taken < chunk.length;
    if (!isZero(chunk.subarray(taken))) throw new Error("it goes on behind its end");
  }
  gunzip.end();
}

/** Gives a chunk; how many of its bytes were taken. */
async function take(gunzip: Gunzip, chunk: Uint8Array): Promise<number> {
  const before = gunzip.bytesWritten;
  await new Promise<void>((resolve, reject) => {
    // A stream that is destroyed while nobody reads it tells its writer nothing.
    const go = (): void => resolve();
    gunzip.once("close", go);
    gunzip.write(chunk, (error) => {
      gunzip.off("close", go);
      if (error) reject(error);
      else resolve();
    });
  });
  return gunzip.bytesWritten - before;
}
