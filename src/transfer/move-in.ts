/** Moves a finished tree into a folder: all of it or nothing. */

import { lstat, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { TransferError } from "../errors.ts";

/** How a tree is moved. */
export interface MoveOptions {
  /** Whether files that exist are replaced. */
  readonly overwrite: boolean;
}

/** What each name becomes. */
interface Step {
  readonly name: string;
  /** `move`: there is nothing of that name. `replace`: there is a file, and it makes room. */
  readonly kind: "move" | "replace";
}

/**
 * Moves everything in one folder into another of the same file system. Folders that exist take in what comes, and keep what
 * they have. When something goes wrong, everything is put back.
 *
 * @param from - a folder whose contents are moved
 * @param to - a folder that exists
 * @param options - see {@link MoveOptions}
 * @throws {@link TransferError} that lists the names that exist, unless they may be replaced; a folder is never replaced by a
 *   file, nor a file by a folder
 */
export async function moveIn(from: string, to: string, options: MoveOptions): Promise<void> {
  const steps: Step[] = [];
  const existing: string[] = [];
  await compareFolders(from, to, "", steps, existing, options);
  if (existing.length > 0) {
    throw namesExist(to, existing, options);
  }
  const aside = `${from}.replaced`;
  const undo: (() => Promise<void>)[] = [];
  try {
    for (const [index, { name, kind }] of steps.entries()) {
      const target = join(to, name);
      if (kind === "replace") {
        const kept = join(aside, String(index));
        await mkdir(aside, { recursive: true });
        await rename(target, kept);
        undo.push(() => rename(kept, target));
      }
      await rename(join(from, name), target);
      undo.push(() => rename(target, join(from, name)));
    }
  } catch (error) {
    for (const step of undo.reverse()) {
      await step();
    }
    throw new TransferError(
      `The files could not be moved into ${to}, and everything was put back: ${(error as Error).message}.`,
      [{ source: to, cause: error }],
      { cause: error },
    );
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/**
 * The error for names that exist.
 *
 * @param folder - where
 * @param names - which
 * @param options - whether files might have been replaced
 */
export function namesExist(
  folder: string,
  names: readonly string[],
  { overwrite }: MoveOptions,
): TransferError {
  const shown = names.slice(0, 10).join(", ");
  const more = names.length > 10 ? ` and ${names.length - 10} more` : "";
  const advice = overwrite
    ? "A folder is not replaced by a file, nor a file by a folder: move them away."
    : "Nothing was changed. Choose another folder, or set overwrite: true.";
  return new TransferError(
    `In ${folder} exist already: ${shown}${more}. ${advice}`,
    names.map((name) => ({ source: join(folder, name), cause: new Error("it exists already") })),
  );
}

/**
 * Whether a name is taken, so that something of that kind cannot come there.
 *
 * @param path - the place
 * @param isFolder - whether a folder comes
 */
export async function isTaken(path: string, isFolder: boolean): Promise<boolean> {
  const stats = await lookAt(path);
  return stats !== undefined && !(isFolder && stats.isDirectory());
}

async function compareFolders(
  from: string,
  to: string,
  prefix: string,
  steps: Step[],
  existing: string[],
  options: MoveOptions,
): Promise<void> {
  for (const entry of await readdir(join(from, prefix), { withFileTypes: true })) {
    const name = join(prefix, entry.name);
    const there = await lookAt(join(to, name));
    if (there === undefined) {
      steps.push({ name, kind: "move" });
    } else if (entry.isDirectory() && there.isDirectory()) {
      await compareFolders(from, to, name, steps, existing, options);
    } else if (options.overwrite && !entry.isDirectory() && !there.isDirectory()) {
      steps.push({ name, kind: "replace" });
    } else {
      existing.push(name);
    }
  }
}

async function lookAt(path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") {
      return undefined;
    }
    throw error;
  }
}
