/** Described files as a tar.gz whose bytes depend on names and contents alone: the same on every machine, with every zlib. */

import { createHash } from "node:crypto";
import { type Readable, Transform } from "node:stream";
import { crc32 } from "node:zlib";
import type { Pack } from "tar-stream";
import { addFile, type EntryHeader, packEntries, refused } from "./archive.ts";
import type { SourceFile } from "./source.ts";

/** The most bytes of a stored block (RFC 1951, 3.2.4). */
const BLOCK_BYTES = 65_535;
/** RFC 1952: deflate, no name, no time, no hint of the compressor, an unknown operating system. */
const GZIP_HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);

/** How files are packed. */
interface PackFilesOptions {
  /** Ends the stream with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Packs described files: in the order of their names' bytes, without owners and times, all with the same mode, which lets each be
 * read and run. Contents are checked against their description on the way.
 *
 * It is gzip by form only. What deflate makes of the same bytes differs between versions of zlib, its forks and processors, so the
 * contents are stored: code is small.
 *
 * @param files - as a source has them
 * @param options - see {@link PackFilesOptions}
 * @returns a stream that fails with a {@link TransferError} which names the file, when one changed or cannot be read
 */
export function packFiles(files: readonly SourceFile[], options: PackFilesOptions = {}): Readable {
  const { signal } = options;
  const fill = async (tar: Pack): Promise<void> => {
    for (const file of files) {
      signal?.throwIfAborted();
      await add(tar, file, signal);
    }
  };
  return packEntries(fill, storedGzip(), signal);
}

async function add(tar: Pack, file: SourceFile, signal: AbortSignal | undefined): Promise<void> {
  const { name, bytes, content, sha256 } = file;
  const headers: EntryHeader = {
    ...{ name, size: bytes, type: "file", mode: 0o755 },
    ...{ uid: 0, gid: 0, mtime: new Date(0) },
  };
  if (typeof content !== "string") {
    await new Promise<void>((resolve, reject) => {
      tar.entry(headers, Buffer.from(content), (error) => (error ? reject(error) : resolve()));
    });
    return;
  }
  const hash = createHash("sha256");
  await addFile(tar, content, headers, signal, (part) => void hash.update(part));
  if (hash.digest("hex") !== sha256) {
    throw refused(name, "it changed since it was described");
  }
}

/** A gzip stream of stored blocks, as full as they can be, however the bytes come. */
function storedGzip(): Transform {
  const block = Buffer.alloc(BLOCK_BYTES);
  let filled = 0;
  let size = 0;
  let crc = 0;
  let isBegun = false;
  const begin = (stream: Transform): void => {
    if (!isBegun) {
      stream.push(GZIP_HEADER);
      isBegun = true;
    }
  };
  const pushBlock = (stream: Transform, isLast: boolean): void => {
    const head = Buffer.alloc(5);
    head.writeUInt8(isLast ? 1 : 0, 0);
    head.writeUInt16LE(filled, 1);
    head.writeUInt16LE(~filled & 0xffff, 3);
    stream.push(Buffer.concat([head, block.subarray(0, filled)]));
    filled = 0;
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      begin(this);
      crc = crc32(chunk, crc);
      size += chunk.length;
      for (let from = 0; from < chunk.length; ) {
        // Only when more comes: the last block may be a full one.
        if (filled === BLOCK_BYTES) {
          pushBlock(this, false);
        }
        const copied = chunk.copy(block, filled, from);
        filled += copied;
        from += copied;
      }
      done();
    },
    flush(done) {
      begin(this);
      pushBlock(this, true);
      const tail = Buffer.alloc(8);
      tail.writeUInt32LE(crc, 0);
      // The size modulo 2^32, as the format has it.
      tail.writeUInt32LE(size % 2 ** 32, 4);
      this.push(tail);
      done();
    },
  });
}
