/** Unpacks tar.gz streams: bytes to entries, up to an end that is an archive's. */

import { mkdir } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { Extract } from "tar-stream";
import { damaged } from "./archive-errors.ts";
import { EntryWriter, type EntryWriterOptions } from "./entry-writer.ts";

/** How an archive is unpacked. */
export interface UnpackOptions extends EntryWriterOptions {
  /** Told of each piece of the archive that was read: its length in bytes, as compressed. */
  readonly onBytes?: (bytes: number) => void;
}

/** What was unpacked. */
export interface UnpackResult {
  /** Files and links, without folders. */
  readonly files: number;
  /** Their bytes, unpacked. */
  readonly bytes: number;
}

const BLOCK_BYTES = 512;
const INFLATE_CHUNK_BYTES = 1024 * 1024;

/**
 * Unpacks a tar.gz stream into a folder, which is made if need be. Permissions are kept as far as the process's umask
 * lets them be, without set-user-id, set-group-id and sticky bits; owners and times are not.
 *
 * Refused by name: absolute names, `..`, names that are no file names, links (symbolic or hard) that lead out, entries
 * that lie behind a link, devices, FIFOs and other kinds, names that exist already in the folder or earlier in the
 * archive. When it fails, what was written before stays in the folder: unpack into a folder of its own.
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
  const { extract } = await import("tar-stream");
  await mkdir(folder, { recursive: true });
  signal?.throwIfAborted();
  const gunzip = createGunzip({ chunkSize: INFLATE_CHUNK_BYTES });
  const tar = extract();
  const abort = (): void => {
    gunzip.destroy();
    tar.destroy();
  };
  signal?.addEventListener("abort", abort, { once: true });
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
  // Its failure reaches the reader of gunzip, which speaks of it.
  pipeline(counted, gunzip).catch(() => {});
  const writer = new EntryWriter(folder, options);
  let feedError: unknown;
  const feeding = feed(gunzip, tar).catch((error: unknown) => {
    feedError = error;
    tar.destroy(error as Error);
  });
  let adding: Promise<void> = Promise.resolve();
  try {
    // Its async iterator waits for ever when the archive is destroyed between two entries.
    await new Promise<void>((resolve, reject) => {
      tar.on("entry", (_header, entry, next) => {
        // Whoever reads the entry is told in the reading.
        entry.on("error", () => {});
        adding = writer.add(entry).then(() => next(), reject);
      });
      tar.on("finish", resolve);
      // An entry that fails ends the archive: the entry's reason is the better one.
      tar.on("error", (error) => void adding.finally(() => reject(error)));
      tar.on("close", () => void adding.finally(() => reject(new Error("Unexpected end of data"))));
    });
    await Promise.all([feeding, adding]);
    if (feedError !== undefined) {
      throw feedError;
    }
    signal?.throwIfAborted();
    await writer.finish();
    return { files: writer.files, bytes: writer.bytes };
  } catch (error) {
    signal?.throwIfAborted();
    if (sourceError !== undefined) {
      throw sourceError.error;
    }
    // An entry that is cut short fails too: the reason is the feed's.
    throw damaged(feedError ?? error);
  } finally {
    signal?.removeEventListener("abort", abort);
    gunzip.destroy();
    tar.destroy();
    await Promise.all([feeding, adding]);
  }
}

/** Passes the unpacked bytes on, and checks that they end as an archive does. */
async function feed(from: AsyncIterable<Buffer>, tar: Extract): Promise<void> {
  let tail: Uint8Array = new Uint8Array(0);
  for await (const chunk of from) {
    // A destroyed stream takes nothing, and tells nobody who waits for it.
    if (tar.destroying) {
      return;
    }
    tail = chunk.length >= BLOCK_BYTES ? chunk : Buffer.concat([tail, chunk]);
    tail = tail.subarray(-BLOCK_BYTES);
    if (!tar.write(chunk)) {
      await new Promise<void>((resolve) => {
        const go = (): void => {
          tar.off("drain", go);
          tar.off("close", go);
          resolve();
        };
        tar.on("drain", go);
        tar.on("close", go);
      });
    }
  }
  if (tar.destroying) {
    return;
  }
  // An archive ends in blocks of zeros; without them its end is missing (POSIX, ustar interchange format).
  if (tail.length < BLOCK_BYTES || tail.some((byte) => byte !== 0)) {
    throw new Error("Unexpected end of data");
  }
  tar.end(undefined);
}
