/** One process at a time. */

import { open, rm, stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { ignoreMissing } from "./run-folder.ts";

/** Whoever has held the lock for so long is gone. */
const STALE_MS = 10_000;

/**
 * Does a short piece of work while nobody else does theirs under the same lock, in this process or another.
 *
 * @param path - of the lock's file, in a folder that is there
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const lock = await open(path, "wx").catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
      return undefined;
    });
    if (lock !== undefined) {
      await lock.close();
      break;
    }
    const { mtimeMs } = (await stat(path).catch(ignoreMissing)) ?? { mtimeMs: Date.now() };
    if (Date.now() - mtimeMs > STALE_MS) await rm(path, { force: true });
    else await delay(20);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}
