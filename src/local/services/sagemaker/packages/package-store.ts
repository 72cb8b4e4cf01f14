/** The model registry on disk: a file of lines for each group and for each package without one, which any process appends to. */

import { mkdir, open, readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { hasCode } from "../../s3/node-errors.ts";
import { entryLines, parseEntryLines } from "../entry-lines.ts";
import type { PackageEntry, RegistryKind } from "./package-entries.ts";

const FOLDERS = { group: "model-package-groups", package: "model-packages" } as const;
const SUFFIX = ".ndjson";
/** The service's pattern: what keeps a name inside the store. */
const NAME = /^[a-z0-9](?:-*[a-z0-9])*$/;

/**
 * The journals of the model registry. There is no lock: a line that stands in the file counts, in the file's order, and who wrote one
 * reads what became of it. So each version has its number by its place.
 *
 * @example
 * ```ts
 * const packages = new PackageStore(join(root, "sagemaker"));
 * const entries = await packages.append("group", "pricing", { type: "group", id, at: Date.now(), request });
 * ```
 */
export class PackageStore {
  readonly #folder: string;
  readonly #makeRoot: () => void;

  /**
   * @param folder - `<root>/sagemaker`; nothing is read or written yet
   * @param makeRoot - makes what `folder` lies in, before the first line is written. Default: nothing more than the folders themselves
   */
  constructor(folder: string, makeRoot: () => void = () => {}) {
    this.#folder = resolve(folder);
    this.#makeRoot = makeRoot;
  }

  /**
   * What was asked so far, in order; nothing where there never was such a thing.
   *
   * @param kind - a group, or a package without one
   * @param name - in any case: the service tells names apart by more than that
   */
  async entries(kind: RegistryKind, name: string): Promise<readonly PackageEntry[]> {
    const path = this.#path(kind, name);
    if (path === undefined) return [];
    const text = await readFile(path, "utf8").catch((error: unknown) => {
      if (hasCode(error, "ENOENT")) return "";
      throw error;
    });
    return parseEntryLines(text);
  }

  /**
   * Adds an entry, whole, in one write, and tells all there is by then: all before it, and it.
   *
   * @throws RangeError when `name` is none
   */
  async append(
    kind: RegistryKind,
    name: string,
    entry: PackageEntry,
  ): Promise<readonly PackageEntry[]> {
    const path = this.#path(kind, name);
    if (path === undefined) throw new RangeError(`"${name}" is no name of the model registry`);
    this.#makeRoot();
    await mkdir(join(this.#folder, FOLDERS[kind]), { recursive: true });
    const file = await open(path, "a");
    try {
      const bytes = Buffer.from(entryLines([entry]));
      const { bytesWritten } = await file.write(bytes);
      // What is written of it is half a line, which says nothing.
      if (bytesWritten < bytes.length) throw new Error(`The disk of ${path} is full.`);
    } finally {
      await file.close();
    }
    return await this.entries(kind, name);
  }

  /** The names in lower case, of what was deleted too, in no order. */
  async names(kind: RegistryKind): Promise<string[]> {
    const files = await readdir(join(this.#folder, FOLDERS[kind])).catch((error: unknown) => {
      if (hasCode(error, "ENOENT")) return [];
      throw error;
    });
    return files
      .filter((name) => name.endsWith(SUFFIX))
      .map((name) => name.slice(0, -SUFFIX.length));
  }

  #path(kind: RegistryKind, name: string): string | undefined {
    const lower = name.toLowerCase();
    return NAME.test(lower) && lower.length <= 63
      ? join(this.#folder, FOLDERS[kind], `${lower}${SUFFIX}`)
      : undefined;
  }
}
