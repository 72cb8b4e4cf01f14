/** Whether the kernel has killed something here for its memory. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";

const V1_MEMORY = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m;
const V2 = /^0::(.*)$/m;

/**
 * How many processes the kernel has killed for memory, as this process's control group and the machine have counted them; a difference
 * between two readings tells of a kill. 0 where nobody counts (not Linux).
 */
export async function countMemoryKills(): Promise<number> {
  const groups = await read("/proc/self/cgroup");
  const v1 = V1_MEMORY.exec(groups)?.[1];
  const v2 = V2.exec(groups)?.[1];
  const sources = await Promise.all([
    v1 === undefined ? "" : read(join("/sys/fs/cgroup/memory", v1, "memory.oom_control")),
    v2 === undefined ? "" : read(join("/sys/fs/cgroup", v2, "memory.events")),
    read("/proc/vmstat"),
  ]);
  return sources.reduce((sum, text) => sum + killsIn(text), 0);
}

/** The count in a file of the kernel's: lines of a name and a number. */
export function killsIn(text: string): number {
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
}

async function read(path: string): Promise<string> {
  return await readFile(path, "utf8").catch(() => "");
}
