/** tar.gz archives, in (`unpack.ts`) and out: streamed, with bounded memory and headers that do not vary. */

import type { BigIntStats } from "node:fs";
import { lstat, open, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Header, Pack } from "tar-stream";
import { TransferError } from "../errors.ts";
import { decodeName } from "./file-name.ts";

export { unpackTarGz } from "./unpack.ts";

/** How a folder is packed. */
export interface PackOptions {
  /** Ends the stream with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Large enough that the cost of a call does not show, small enough to be kept many times over. */
const CHUNK_BYTES = 256 * 1024;
const EXECUTABLE = 0o111;

/**
 * Packs the contents of a folder as a tar.gz stream: no leading folder, names in the order of their UTF-8 bytes within each
 * folder, empty folders and hidden files included. Symbolic links stay links, whatever they point at. Owners, times and
 * permissions other than "executable" are not carried, so that equal contents give equal headers.
 *
 * The stream fails with a {@link TransferError} that names the file, when one cannot be read, changes its size while it is
 * packed, is neither file, folder nor link, or has a name that is not valid UTF-8.
 *
 * @param folder - the folder
 * @param options - see {@link PackOptions}
 * @example
 * ```ts
 * await pipeline(packTarGz("model/"), createWriteStream("model.tar.gz"));
 * ```
 */
export function packTarGz(folder: string, options: PackOptions = {}): Readable {
  const { signal } = options;
  const gzip = createGzip({ chunkSize: CHUNK_BYTES });
  return packEntries((tar) => addFolder(tar, folder, "", signal), gzip, signal);
}

/**
 * A stream of entries, compressed.
 *
 * @param fill - puts the entries in, in order
 * @param gzip - compresses
 * @param signal - ends the stream with its reason
 */
export function packEntries(
  fill: (tar: Pack) => Promise<void>,
  gzip: Transform,
  signal: AbortSignal | undefined,
): Readable {
  return Readable.from(compressed(fill, gzip, signal), { objectMode: false });
}

async function* compressed(
  fill: (tar: Pack) => Promise<void>,
  gzip: Transform,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const { pack } = await import("tar-stream");
  signal?.throwIfAborted();
  const tar = pack();
  let failure: unknown;
  const piping = pipeline(tar, gzip).catch((error: unknown) => {
    failure ??= error;
  });
  const filling = fill(tar).then(
    () => tar.finalize(),
    (error: unknown) => {
      failure ??= error;
      gzip.destroy();
      tar.destroy();
    },
  );
  const stop = (): void => {
    failure ??= signal?.reason;
    gzip.destroy();
    tar.destroy();
  };
  signal?.addEventListener("abort", stop, { once: true });
  try {
    yield* gzip as AsyncIterable<Uint8Array>;
    await Promise.all([filling, piping]);
  } catch (error) {
    failure ??= error;
  } finally {
    signal?.removeEventListener("abort", stop);
    gzip.destroy();
    tar.destroy();
    await Promise.all([filling, piping]);
  }
  if (failure !== undefined) {
    throw failure;
  }
}

async function addFolder(
  tar: Pack,
  folder: string,
  prefix: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const names = await readable(prefix === "" ? folder : prefix, () =>
    readdir(join(folder, prefix), { encoding: "buffer" }),
  );
  for (const bytes of names.sort(Buffer.compare)) {
    signal?.throwIfAborted();
    const name = decodeName(bytes);
    if (name === undefined) {
      throw refused(`${prefix}${bytes.toString("latin1")}`, "its name is not valid UTF-8");
    }
    await addEntry(tar, folder, `${prefix}${name}`, signal);
  }
}

async function addEntry(
  tar: Pack,
  folder: string,
  name: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const path = join(folder, name);
  const stats = await readable(name, () => lstat(path, { bigint: true }));
  if (stats.isDirectory()) {
    await addHeader(tar, { ...common(name, stats), type: "directory" });
    await addFolder(tar, folder, `${name}/`, signal);
  } else if (stats.isSymbolicLink()) {
    const linkname = await readable(name, () => readlink(path));
    await addHeader(tar, { ...common(name, stats), type: "symlink", linkname });
  } else if (stats.isFile()) {
    await addFile(tar, path, { ...common(name, stats), type: "file" }, signal);
  } else {
    throw refused(name, "it is neither a file, a folder nor a link");
  }
}

/** What an entry is announced with. */
export type EntryHeader = Partial<Header> & Pick<Header, "name" | "size">;

/** What equal contents have in common: no owner, no time, and of the permissions only whether it can be run. */
function common(name: string, stats: BigIntStats): EntryHeader {
  const isOpen = stats.isDirectory() || stats.isSymbolicLink();
  const mode = isOpen || (Number(stats.mode) & EXECUTABLE) !== 0 ? 0o755 : 0o644;
  return { name, mode, uid: 0, gid: 0, mtime: new Date(0), size: Number(isOpen ? 0n : stats.size) };
}

function addHeader(tar: Pack, headers: EntryHeader): Promise<void> {
  return new Promise((resolve, reject) => {
    tar.entry(headers, (error) => (error ? reject(error) : resolve()));
  });
}

/**
 * Puts a file in.
 *
 * @param tar - the archive
 * @param path - where the file lies
 * @param headers - what it is announced with; its size is held to
 * @param signal - ends the reading
 * @param onChunk - told of each part, in order
 * @throws {@link TransferError} that names the file, when it cannot be read or changes its size meanwhile
 */
export async function addFile(
  tar: Pack,
  path: string,
  headers: EntryHeader,
  signal: AbortSignal | undefined,
  onChunk: (part: Uint8Array) => void = () => {},
): Promise<void> {
  const file = await readable(headers.name, () => open(path, "r"));
  try {
    let finish: (error?: Error | null) => void = () => {};
    const finished = new Promise<void>((resolve, reject) => {
      finish = (error) => (error ? reject(error) : resolve());
    });
    // Not unhandled: it is awaited at the end, unless reading fails first.
    finished.catch(() => {});
    const sink = tar.entry(headers, finish);
    let left = headers.size;
    while (left > 0) {
      signal?.throwIfAborted();
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, left));
      const { bytesRead } = await readable(headers.name, () => file.read(chunk, 0, chunk.length));
      if (bytesRead === 0) {
        throw refused(headers.name, "it became shorter while it was packed");
      }
      left -= bytesRead;
      onChunk(chunk.subarray(0, bytesRead));
      if (!sink.write(chunk.subarray(0, bytesRead))) {
        await Promise.race([
          new Promise<void>((resolve) => sink.once("drain", () => resolve())),
          finished,
        ]);
      }
    }
    if ((await file.read(Buffer.alloc(1), 0, 1)).bytesRead > 0) {
      throw refused(headers.name, "it became longer while it was packed");
    }
    sink.end(undefined);
    await finished;
  } finally {
    await file.close();
  }
}

async function readable<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw refused(name, (error as Error).message, error);
  }
}

/** The error for an entry that cannot be packed. */
export function refused(name: string, reason: string, cause?: unknown): TransferError {
  return new TransferError(
    `${JSON.stringify(name)} cannot be packed: ${reason}.`,
    [{ source: name, cause: cause ?? new Error(reason) }],
    cause === undefined ? undefined : { cause },
  );
}
