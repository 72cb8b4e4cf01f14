/** A disk that is soon full, where this user may mount one. */

import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { ownFolder } from "./transfer-folders.ts";

const run = promisify(execFile);

/**
 * Mounts one; it is gone when the test is finished.
 *
 * @param bytes - its size
 * @returns its folder, or `undefined` where nothing can be mounted
 */
export async function smallDisk(bytes: number): Promise<string | undefined> {
  const folder = join(await ownFolder(), "disk");
  await mkdir(folder);
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder]);
  } catch {
    return undefined;
  }
  // Hooks run in reverse: it is unmounted before its folder is removed.
  onTestFinished(async () => {
    await run("umount", [folder]);
  });
  return folder;
}
