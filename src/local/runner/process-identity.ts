/** Who a process is, beyond its id, which the system gives to others in time. */

import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

/**
 * When a process started, in words that no other process with the same id shares: ticks since which boot on Linux, the time of day elsewhere.
 *
 * @returns undefined when there is no such process, or it is dead and only waits for its parent to notice
 */
export async function processStartTime(pid: number): Promise<string | undefined> {
  return process.platform === "linux" ? await linuxStartTime(pid) : await posixStartTime(pid);
}

async function linuxStartTime(pid: number): Promise<string | undefined> {
  const [stat, boot] = await Promise.all([
    readFile(`/proc/${pid}/stat`, "latin1").catch(() => undefined),
    readFile("/proc/sys/kernel/random/boot_id", "latin1").catch(() => ""),
  ]);
  if (stat === undefined) return undefined;
  // The second field is the program's name in parentheses, which may hold anything: count from behind it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, startTime] = [fields[0], fields[19]];
  return state === "Z" || state === "X" ? undefined : `${boot.trim()}:${startTime}`;
}

async function posixStartTime(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-o", "stat=,lstart=", "-p", `${pid}`], {
      env: { LC_ALL: "C", PATH: "/usr/bin:/bin" },
    });
    const [state = "", ...time] = stdout.trim().split(/\s+/);
    return state.startsWith("Z") ? undefined : time.join(" ");
  } catch {
    return undefined;
  }
}
