/** The processes of this machine. */

import { readdir, readFile } from "node:fs/promises";

/** Ids of the processes but this one whose command line, words parted by `\0`, holds `text`. */
export async function processesWith(text: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry))) {
    const line = await readFile(`/proc/${name}/cmdline`, "latin1").catch(() => "");
    if (line.includes(text) && name !== `${process.pid}`) found.push(Number(name));
  }
  return found;
}
