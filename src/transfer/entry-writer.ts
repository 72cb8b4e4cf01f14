/** Entries of an archive to files in a folder. Nothing is ever written outside it: names are judged first, links are made last. */

import { link, lstat, mkdir, open, statfs, symlink } from "node:fs/promises";
import { join, sep } from "node:path";
import { refusal } from "./archive-errors.ts";
import { checkLink, entryPath, LinkMap, RefusedEntry } from "./entry-name.ts";
import type { TarEntry } from "./tar-entries.ts";
import { writeFully } from "./write-fully.ts";

/** What entries are held against, and who is told of them. */
export interface EntryWriterOptions {
  /** Stops the unpacking; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told of each entry before it is written: its path in the folder, parts joined by `/`. What it throws ends the unpacking. */
  readonly onEntry?: (name: string, isFolder: boolean) => void | Promise<void>;
  /** The most entries an archive may have. Default: 1,000,000. */
  readonly maxEntries?: number;
  /** The most bytes its files may have together, unpacked. Default: what the disk holds. */
  readonly maxBytes?: number;
}

/** Entries from this size on are held against the free space before they are written. */
const LARGE_BYTES = 16 * 1024 * 1024;

/** One archive on its way into one folder. */
export class EntryWriter {
  /** Files and links so far, without folders. */
  files = 0;
  /** Their bytes. */
  bytes = 0;
  readonly #folder: string;
  readonly #options: EntryWriterOptions;
  /** Symbolic links are made when all else is written, so that nothing can be written through one. */
  readonly #links = new LinkMap();
  #entries = 0;
  /** The folder made last: entries of one folder follow each other. */
  #parent: string | undefined;

  /**
   * @param folder - where to; it is there
   * @param options - see {@link EntryWriterOptions}
   */
  constructor(folder: string, options: EntryWriterOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /**
   * Writes an entry, or keeps it for the end.
   *
   * @throws {@link TransferError} when it is refused, or cannot be written
   */
  async add(entry: TarEntry): Promise<void> {
    const { kind } = entry;
    try {
      const parts = this.#judge(entry);
      const name = parts.join("/");
      await this.#options.onEntry?.(name, kind === "folder");
      if (kind === "folder") {
        await this.#makeFolder(parts, entry.mode);
        return;
      }
      await this.#makeFolder(parts.slice(0, -1));
      if (kind === "hard link") await this.#hardLink(name, entry.target);
      else if (kind === "file") await this.#writeFile(name, entry);
      this.files += 1;
    } catch (error) {
      throw refusal(entry.name, error, entry.size);
    }
  }

  /**
   * Makes the links: the archive has been read to its end.
   *
   * @throws {@link TransferError} when one of them leads out, or cannot be made
   */
  async finish(): Promise<void> {
    for (const { name } of this.#links.all()) {
      try {
        checkLink(name, this.#links);
      } catch (error) {
        throw refusal(name, error);
      }
    }
    for (const { name, target } of this.#links.all()) {
      this.#options.signal?.throwIfAborted();
      try {
        await symlink(target, this.#path(name));
      } catch (error) {
        throw refusal(name, error);
      }
    }
  }

  /** Everything that can be told from the header alone. */
  #judge({ kind, name, target, size }: TarEntry): string[] {
    const { maxEntries = 1_000_000, maxBytes = Number.POSITIVE_INFINITY } = this.#options;
    this.#entries += 1;
    if (this.#entries > maxEntries) {
      throw new RefusedEntry(`the archive has more than ${maxEntries} entries`);
    }
    if (kind === "other") throw new RefusedEntry("it is neither a file, a folder nor a link");
    const isLink = kind === "symbolic link" || kind === "hard link";
    if (kind !== "file" && kind !== "folder" && !isLink) {
      throw new RefusedEntry(`it is a ${kind}, which is not unpacked`);
    }
    // Some readers take them for the beginning of the next entry.
    if (isLink && size !== 0) throw new RefusedEntry(`it is a ${kind} with contents`);
    if (kind === "file" && (!Number.isSafeInteger(size) || this.bytes + size > maxBytes)) {
      throw new RefusedEntry(
        `it has ${size} bytes, more than the ${Math.min(maxBytes, Number.MAX_SAFE_INTEGER) - this.bytes} that are left`,
      );
    }
    const parts = entryPath(name);
    if (parts.length === 0 && kind !== "folder") {
      throw new RefusedEntry("its name is that of the folder itself");
    }
    const link = this.#links.onTheWay(parts);
    if (link !== undefined) {
      throw new RefusedEntry(`it lies behind the link ${JSON.stringify(link)} of the same archive`);
    }
    if (kind === "symbolic link") {
      const path = parts.join("/");
      this.#links.set(path, target);
      checkLink(path, this.#links);
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

  async #writeFile(name: string, { size, mode, contents }: TarEntry): Promise<void> {
    if (size >= LARGE_BYTES) {
      await checkSpace(this.#folder, size);
    }
    // "x" makes the file or fails: an existing name, even a dangling link, is never written to.
    const file = await open(this.#path(name), "wx", (mode & 0o777) | 0o600);
    try {
      let position = 0;
      for await (const chunk of contents) {
        await writeFully(file, chunk, position);
        position += chunk.length;
      }
      this.bytes += size;
    } finally {
      await file.close();
    }
  }

  async #hardLink(name: string, target: string): Promise<void> {
    const shown = JSON.stringify(target.slice(0, 200));
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
