/** Folders that are there with all that belongs into them, or not at all. */

import { mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ignoreMissing } from "./run-folder.ts";

/**
 * Makes a folder where nobody looks, and moves it to its place.
 *
 * @param place - where it is to be
 * @param trash - a folder of the same disk, for what is unfinished
 * @param build - writes into it
 * @returns whether it is there now: `false` when the place was taken
 */
export async function placeFolder(
  place: string,
  trash: string,
  build: (folder: string) => Promise<void>,
): Promise<boolean> {
  return await apart(trash, async (folder) => {
    await mkdir(folder);
    await build(folder);
    await mkdir(dirname(place), { recursive: true });
    return await moveFolder(folder, place);
  });
}

/**
 * Moves a folder.
 *
 * @returns `false` when the place was taken
 */
export async function moveFolder(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    // Windows has EPERM for a place that is taken, and for much else.
    const isTaken = ["ENOTEMPTY", "EEXIST", "EPERM"].includes(code);
    if (!isTaken || (await stat(to).catch(ignoreMissing)) === undefined) throw error;
    return false;
  }
}

/**
 * Takes a folder away: first out of sight as a whole, then what is in it.
 *
 * @param trash - a folder of the same disk
 */
export async function removeFolder(place: string, trash: string): Promise<void> {
  await apart(trash, (folder) => rename(place, folder));
}

/** A name in a folder of its own, which is nothing to whoever lists the trash. */
async function apart<T>(trash: string, work: (folder: string) => Promise<T>): Promise<T> {
  const around = await mkdtemp(join(trash, ".unfinished-"));
  try {
    return await work(join(around, "folder"));
  } finally {
    await rm(around, { recursive: true, force: true });
  }
}
