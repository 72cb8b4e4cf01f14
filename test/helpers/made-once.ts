/** Folders below `.cache/` that are made once for each state of what they are made from. */

import { createHash } from "node:crypto";
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
} from "node:fs/promises";
import { join, relative } from "node:path";
import { repository } from "./repository.ts";

/** One that nobody has asked for so long is removed: a run of the tests that used it has ended. In milliseconds. */
const KEPT_FOR = 86_400_000;

/**
 * Gives a folder that is named by its sources' content and moved in when it is whole, so that runs side by side share it.
 *
 * @param name - the folder's, below `.cache/`, that it lies in
 * @param sources - files, and folders with all that is in them, relative to the repository
 * @param make - fills it
 */
export async function madeOnce(
  name: string,
  sources: readonly string[],
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const place = join(repository, ".cache", name);
  const folder = join(place, await digestOf(sources));
  const now = new Date();
  const isThere = await utimes(folder, now, now).then(
    () => true,
    () => false,
  );
  if (isThere) return folder;
  await mkdir(place, { recursive: true });
  await removeOld(place);
  const draft = await mkdtemp(join(place, "draft-"));
  try {
    // Some tests run jobs as another user.
    await chmod(draft, 0o755);
    await make(draft);
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another run was faster.
    if (!["EEXIST", "ENOTEMPTY"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
  return folder;
}

async function digestOf(sources: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const path of (await Promise.all(sources.map(filesOf))).flat()) {
    const content = await readFile(join(repository, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}

async function filesOf(source: string): Promise<string[]> {
  const path = join(repository, source);
  if ((await stat(path)).isFile()) return [source];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const names = files.map(({ parentPath, name }) => relative(repository, join(parentPath, name)));
  return names.toSorted((a, b) => (a < b ? -1 : 1));
}

async function removeOld(place: string): Promise<void> {
  for (const name of await readdir(place)) {
    const path = join(place, name);
    const seen = await stat(path).catch(() => undefined);
    if (seen === undefined || Date.now() - seen.mtimeMs < KEPT_FOR) continue;
    await rm(path, { recursive: true, force: true });
  }
}
