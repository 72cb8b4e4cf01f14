/** Which files programs still write to, where the system tells: Linux does, in /proc. */

import { readdir, readFile, stat } from "node:fs/promises";

/** The lowest bits of a descriptor's flags: 1 writes, 2 reads and writes. */
const ACCESS = 3;

/** A file by its device and number, whatever it is called. */
export function identityOf({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${dev}:${ino}`;
}

/**
 * Those of some files that a process has open for writing. A process that this user may not look at counts for nothing.
 *
 * @param files - see {@link identityOf}
 */
export async function openForWriting(files: ReadonlySet<string>): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  if (files.size === 0) return found;
  for (const pid of await readdir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    for (const fd of await readdir(`/proc/${pid}/fd`).catch(() => [])) {
      const stats = await stat(`/proc/${pid}/fd/${fd}`, { bigint: true }).catch(() => undefined);
      if (stats === undefined || !stats.isFile()) continue;
      const identity = identityOf(stats);
      if (!files.has(identity) || found.has(identity)) continue;
      const info = await readFile(`/proc/${pid}/fdinfo/${fd}`, "latin1").catch(() => "");
      const flags = Number.parseInt(/^flags:\s*(\d+)/m.exec(info)?.[1] ?? "0", 8);
      if ((flags & ACCESS) !== 0) found.add(identity);
    }
  }
  return found;
}
