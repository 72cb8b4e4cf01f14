/** Unpacks tar.gz streams. Nothing is ever written outside the folder: names are judged first, links are made last. */

import { link, lstat, mkdir, open, statfs, symlink } from "node:fs/promises";
import { join, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { Extract, ExtractEvents, Header } from "tar-stream";
import { damaged, refusal } from "./archive-errors.ts";
import { checkLink, entryPath, linkOnTheWay, RefusedEntry } from "./entry-name.ts";
import { writeFully } from "./write-fully.ts";

/** How an archive is unpacked. */
export interface UnpackOptions {
  /** Stops the unpacking; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told of each piece of the archive that was read: its length in bytes, as compressed. */
  readonly onBytes?: (bytes: number) => void;
  /** Told of each entry before it is written: its path in the folder, parts joined by `/`. What it throws ends the unpacking. */
  readonly onEntry?: (name: string, isFolder: boolean) => void | Promise<void>;
  /** The most entries an archive may have. Default: 1,000,000. */
  readonly maxEntries?: number;
  /** The most bytes its files may have together, unpacked. Default: what the disk holds. */
  readonly maxBytes?: number;
}

/** What was unpacked. */
export interface UnpackResult {
  /** Files and links, without folders. */
  readonly files: number;
  /** Their bytes, unpacked. */
  readonly bytes: number;
}

type Entry = ExtractEvents["entry"][1];

const BLOCK_BYTES = 512;
const INFLATE_CHUNK_BYTES = 1024 * 1024;
/** Entries from this size on are held against the free space before they are written. */
const LARGE_BYTES = 16 * 1024 * 1024;

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
  const unpacking = new Unpacking(folder, options);
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
        adding = unpacking.add(entry).then(() => next(), reject);
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
    await unpacking.finish();
    return { files: unpacking.files, bytes: unpacking.bytes };
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

/** One archive on its way into one folder. */
class Unpacking {
  files = 0;
  bytes = 0;
  readonly #folder: string;
  readonly #options: UnpackOptions;
  /** Symbolic links are made when all else is written, so that nothing can be written through one. */
  readonly #links = new Map<string, string>();
  #entries = 0;
  /** The folder made last: entries of one folder follow each other. */
  #parent: string | undefined;

  constructor(folder: string, options: UnpackOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  async add(entry: Entry): Promise<void> {
    const { header } = entry;
    try {
      const parts = this.#judge(header);
      const name = parts.join("/");
      await this.#options.onEntry?.(name, header.type === "directory");
      if (header.type === "directory") {
        await this.#makeFolder(parts, header.mode);
        entry.resume();
        return;
      }
      await this.#makeFolder(parts.slice(0, -1));
      if (header.type === "symlink") {
        this.#links.set(name, header.linkname ?? "");
      } else if (header.type === "link") {
        await this.#hardLink(name, header.linkname ?? "");
      } else {
        await this.#writeFile(name, entry);
      }
      if (header.type === "symlink" || header.type === "link") {
        entry.resume();
      }
      this.files += 1;
    } catch (error) {
      throw refusal(header.name, error, header.size);
    }
  }

  async finish(): Promise<void> {
    for (const name of this.#links.keys()) {
      try {
        checkLink(name, this.#links);
      } catch (error) {
        throw refusal(name, error);
      }
    }
    for (const [name, target] of this.#links) {
      this.#options.signal?.throwIfAborted();
      try {
        await symlink(target, this.#path(name));
      } catch (error) {
        throw refusal(name, error);
      }
    }
  }

  /** Everything that can be told from the header alone. */
  #judge(header: Header): string[] {
    const { type, size = 0 } = header;
    const { maxEntries = 1_000_000, maxBytes = Number.POSITIVE_INFINITY } = this.#options;
    this.#entries += 1;
    if (this.#entries > maxEntries) {
      throw new RefusedEntry(`the archive has more than ${maxEntries} entries`);
    }
    const pax = (header as { pax?: Readonly<Record<string, string>> | null }).pax ?? {};
    if (Object.keys(pax).some((name) => name.startsWith("GNU.sparse."))) {
      throw new RefusedEntry("it is a sparse file, which is not supported");
    }
    const isFile = type === "file" || type === "contiguous-file";
    if (!isFile && type !== "directory" && type !== "symlink" && type !== "link") {
      throw new RefusedEntry(
        type ? `it is a ${type.replace("-", " ")}` : "it is neither a file, a folder nor a link",
      );
    }
    if (isFile) {
      if (!Number.isSafeInteger(size) || this.bytes + size > maxBytes) {
        throw new RefusedEntry(
          `it has ${size} bytes, more than the ${Math.min(maxBytes, Number.MAX_SAFE_INTEGER) - this.bytes} that are left`,
        );
      }
    }
    const parts = entryPath(header.name);
    if (parts.length === 0 && type !== "directory") {
      throw new RefusedEntry("its name is that of the folder itself");
    }
    const link = linkOnTheWay(parts, this.#links);
    if (link !== undefined) {
      throw new RefusedEntry(`it lies behind the link ${JSON.stringify(link)} of the same archive`);
    }
    if (type === "symlink") {
      const name = parts.join("/");
      checkLink(name, new Map(this.#links).set(name, header.linkname ?? ""));
    }
    return parts;
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  /** Makes the folders on the way one by one: none of them may be a link. */
  async #makeFolder(parts: readonly string[], mode = 0o755): Promise<void> {
    const name = parts.join(sep);
    if (name === this.#parent) {
      return;
    }
    for (let count = 1; count <= parts.length; count += 1) {
      const path = this.#path(parts.slice(0, count).join(sep));
      try {
        // Its owner can always enter, fill and remove it.
        await mkdir(path, (count === parts.length ? mode & 0o777 : 0o755) | 0o700);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
          throw error;
        }
        if (!(await lstat(path)).isDirectory()) {
          throw new RefusedEntry(`${JSON.stringify(path)} is there already and is no folder`);
        }
      }
    }
    this.#parent = name;
  }

  async #writeFile(name: string, entry: Entry): Promise<void> {
    const { size = 0, mode = 0o644 } = entry.header;
    if (size >= LARGE_BYTES) {
      await checkSpace(this.#folder, size);
    }
    // "x" makes the file or fails: an existing name, even a dangling link, is never written to.
    const file = await open(this.#path(name), "wx", (mode & 0o777) | 0o600);
    try {
      let position = 0;
      for await (const chunk of entry as AsyncIterable<Uint8Array>) {
        await writeFully(file, chunk, position);
        position += chunk.length;
      }
      if (position !== size) {
        throw new Error("Unexpected end of data");
      }
      this.bytes += size;
    } finally {
      await file.close();
    }
  }

  async #hardLink(name: string, target: string): Promise<void> {
    const shown = JSON.stringify(target);
    let parts: string[];
    try {
      parts = entryPath(target);
    } catch {
      throw new RefusedEntry(`it is a hard link out of the folder, to ${shown}`);
    }
    for (let count = 1; count <= parts.length; count += 1) {
      const stats = await lstat(this.#path(parts.slice(0, count).join(sep))).catch(() => undefined);
      const isGood = count === parts.length ? stats?.isFile() : stats?.isDirectory();
      if (!isGood) {
        throw new RefusedEntry(`it is a hard link to ${shown}, which is no file of this archive`);
      }
    }
    await link(this.#path(parts.join(sep)), this.#path(name));
  }
}

async function checkSpace(folder: string, size: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (size > bavail * bsize) {
    throw Object.assign(new Error(`needs ${size} bytes, ${bavail * bsize} are free`), {
      code: "ENOSPC",
    });
  }
}
