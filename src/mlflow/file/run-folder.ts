/** One run's folder, as MLflow lays it out: `meta.yaml`, `metrics/`, `params/`, `tags/`, `inputs/`, `artifacts/`. */

import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import type { Tag } from "../core/entities.ts";

/** Entries side by side: a folder of many small files is read faster so, and few files are open at once. */
const AT_ONCE = 32;

/**
 * The entries of a folder of small files: each file's path below it is a key, its text the value.
 *
 * @param folder - `params` or `tags`; it may be missing
 */
export async function readEntries(folder: string): Promise<Tag[]> {
  return await eachFile(folder, async (path, key) => ({
    key,
    value: await readFile(path, "utf8"),
  }));
}

/**
 * Writes an entry whole.
 *
 * @param runFolder - the run's, or of what else has entries; it takes the unfinished file, where nobody looks for entries
 */
export async function writeEntry(
  runFolder: string,
  kind: "params" | "tags" | "aliases",
  { key, value }: Tag,
): Promise<void> {
  const path = join(runFolder, kind, key);
  await mkdir(dirname(path), { recursive: true });
  await writeWhole(path, value, runFolder);
}

/**
 * Writes a file beside its readers: they see the old one or the new one.
 *
 * @param folder - takes the unfinished file
 */
export async function writeWhole(
  path: string,
  text: string,
  folder = dirname(path),
): Promise<void> {
  const unfinished = join(folder, `.${randomBytes(6).toString("hex")}.incomplete`);
  try {
    await writeFile(unfinished, text);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** Does something for each file below a folder, in the order of their keys; there may be no folder. */
export async function eachFile<T>(
  folder: string,
  read: (path: string, key: string) => Promise<T | undefined>,
): Promise<T[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    ignoreMissing,
  );
  const files = (found ?? [])
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name))
    .sort();
  const results: (T | undefined)[] = [];
  for (let first = 0; first < files.length; first += AT_ONCE) {
    const some = files.slice(first, first + AT_ONCE);
    const keyOf = (path: string): string => relative(folder, path).split(sep).join("/");
    results.push(
      ...(await Promise.all(some.map((path) => read(path, keyOf(path)).catch(ignoreMissing)))),
    );
  }
  return results.filter((each) => each !== undefined);
}

/** Longer values are cut, as MLflow's servers do. */
export function cut({ key, value }: Tag, most: number): Tag {
  const characters = value.length > most ? [...value] : [];
  return { key, value: characters.length > most ? characters.slice(0, most).join("") : value };
}

/** What another process has taken away meanwhile is not there. */
export function ignoreMissing(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
  return undefined;
}
