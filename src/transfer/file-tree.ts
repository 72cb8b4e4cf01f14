/** Walks a file or a folder: what would be staged, in the order of the names' bytes, and everything that is in the way. */

import type { BigIntStats } from "node:fs";
import { readdir, readlink, realpath, stat } from "node:fs/promises";
import { basename, isAbsolute, join, relative, resolve, sep } from "node:path";
import { compareNames, decodeName } from "./file-name.ts";

/** A file to be staged. */
export interface TreeFile {
  /** Its name below the folder, parts joined by `/`; the file's own name when a file was walked. */
  readonly name: string;
  /** Where it lies. */
  readonly path: string;
  /** Its size in bytes. */
  readonly bytes: number;
}

/** Something that cannot be staged. */
export interface TreeProblem {
  /** The path. */
  readonly path: string;
  /** Why, as the end of a sentence that begins with the path. */
  readonly reason: string;
  /** The error underneath, if any. */
  readonly cause?: unknown;
}

/** What was found. */
export interface Tree {
  /** The files, in the order of the UTF-8 bytes of their names. */
  readonly files: readonly TreeFile[];
  /** Everything that is in the way. */
  readonly problems: readonly TreeProblem[];
  /** Whether a folder was walked, rather than one file. */
  readonly isFolder: boolean;
}

/** How a tree is walked. */
export interface WalkOptions {
  /** Stops the walk; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** The most files. Default: 1,000,000. */
  readonly maxFiles?: number;
  /**
   * What does not belong to it: told names below the root, parts joined by `/`, those of folders with a `/` at their end. A
   * folder that is left out is not walked. Default: everything belongs to it.
   */
  readonly ignores?: ((name: string) => boolean) | undefined;
  /** A folder (without links) that nothing may lead out of: for trees of which others say what lies there. Default: no bounds. */
  readonly within?: string | undefined;
}

/** Problems are listed up to here; whoever has more has one in common. */
const MOST_PROBLEMS = 100;

/**
 * Walks a file or a folder. S3 has no links, so symbolic links are followed, to files and folders, inside and outside; a
 * link to a folder that it lies in is a problem, and so is one that leads nowhere. Hidden files belong to it, empty folders
 * do not show. Sockets, FIFOs and devices, folders that cannot be read and names that are not valid UTF-8 are problems.
 *
 * @param root - the file or folder
 * @param options - see {@link WalkOptions}
 * @returns never rejects for what it finds: problems are listed, all of them
 */
export async function walkTree(root: string, options: WalkOptions = {}): Promise<Tree> {
  const path = resolve(root);
  const walk = new Walk(options);
  const stats = await walk.look(path);
  if (stats === undefined) {
    return { files: [], problems: walk.problems, isFolder: false };
  }
  if (stats.isDirectory()) {
    await walk.folder(path, "", [identity(stats)]);
    if (walk.files.length === 0 && walk.problems.length === 0) {
      walk.problems.push({ path: root, reason: "holds no files" });
    }
  } else {
    walk.file(path, basename(path), stats);
  }
  walk.files.sort((left, right) => compareNames(left.name, right.name));
  return { files: walk.files, problems: walk.problems, isFolder: stats.isDirectory() };
}

class Walk {
  readonly files: TreeFile[] = [];
  readonly problems: TreeProblem[] = [];
  readonly #options: WalkOptions;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  async folder(path: string, prefix: string, above: readonly string[]): Promise<void> {
    let names: Buffer[];
    try {
      names = await readdir(path, { encoding: "buffer" });
    } catch (error) {
      this.#refuse(path, describeFsError(error), error);
      return;
    }
    for (const bytes of names.sort(Buffer.compare)) {
      this.#options.signal?.throwIfAborted();
      if (this.problems.length >= MOST_PROBLEMS) {
        return;
      }
      const name = decodeName(bytes);
      if (name === undefined) {
        const shown = join(path, bytes.toString("latin1"));
        this.#refuse(shown, "has a name that is not valid UTF-8, so that it cannot be a key in S3");
        continue;
      }
      const child = join(path, name);
      const { ignores, within } = this.#options;
      // Before it is looked at: a link that leads nowhere is no matter when it is left out.
      if (ignores?.(`${prefix}${name}`)) {
        continue;
      }
      const stats = await this.look(child);
      if (stats?.isDirectory() && ignores?.(`${prefix}${name}/`)) {
        continue;
      }
      if (stats !== undefined && within !== undefined && !isWithin(within, await realpath(child))) {
        this.#refuse(child, "is a link that leads out of its repository");
        continue;
      }
      if (stats?.isDirectory()) {
        const id = identity(stats);
        if (above.includes(id)) {
          this.#refuse(child, "is a link to a folder that it lies in: it would never end");
        } else {
          await this.folder(child, `${prefix}${name}/`, [...above, id]);
        }
      } else if (stats !== undefined) {
        this.file(child, `${prefix}${name}`, stats);
      }
    }
  }

  file(path: string, name: string, stats: BigIntStats): void {
    const { maxFiles = 1_000_000 } = this.#options;
    if (!stats.isFile()) {
      this.#refuse(path, `is a ${kind(stats)}, not a file`);
    } else if (this.files.length === maxFiles) {
      this.#refuse(
        path,
        `is one file too many: at most ${maxFiles} are staged. Put them into S3 by other means, or pack them`,
      );
    } else {
      this.files.push({ name, path, bytes: Number(stats.size) });
    }
  }

  async look(path: string): Promise<BigIntStats | undefined> {
    try {
      return await stat(path, { bigint: true });
    } catch (error) {
      // The target of a link that leads nowhere is what its owner wants to hear.
      const target = await readlink(path).catch(() => undefined);
      const why = describeFsError(error);
      this.#refuse(
        path,
        target === undefined ? why : `is a link to ${target}, which ${why}`,
        error,
      );
      return undefined;
    }
  }

  #refuse(path: string, reason: string, cause?: unknown): void {
    this.problems.push({ path, reason, ...(cause !== undefined && { cause }) });
  }
}

/**
 * A file system's error as the end of a sentence that begins with the path.
 *
 * @param error - what was thrown
 */
export function describeFsError(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return "does not exist";
    case "EACCES":
    case "EPERM":
      return "may not be read by this user";
    case "ELOOP":
      return "is a link that runs in a circle";
    case "EMFILE":
    case "ENFILE":
      return "could not be opened: too many files are open";
    default:
      return `could not be read (${code ?? message})`;
  }
}

/**
 * Whether a path lies in a folder, or is it. Both are without links.
 *
 * @param folder - the folder
 * @param path - the path
 */
export function isWithin(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}

function identity(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}`;
}

function kind(stats: BigIntStats): string {
  if (stats.isSocket()) {
    return "socket";
  }
  return stats.isFIFO() ? "FIFO" : "device";
}
