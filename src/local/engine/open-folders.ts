/** Folders of this machine that a container sees entry by entry, so that it can have a place of its own among them. */

import { lstat, readdir, readlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { OPT_ML } from "./engine.ts";

/** One entry of a folder. */
export interface FolderEntry {
  readonly path: string;
  readonly kind: "folder" | "file" | "symlink";
  /** Where a symbolic link leads. */
  readonly text?: string;
}

/** What has to be rebuilt inside. */
interface OpenedFolders {
  readonly folders: ReadonlySet<string>;
  /** Theirs, a folder before what lies in it. */
  readonly entries: readonly FolderEntry[];
}

/** What the container has anew anyway. */
const MADE_ANEW = ["/opt", "/tmp"];
/** What no container can do without. */
const NEEDED = [
  "/bin",
  "/dev",
  "/etc",
  "/lib",
  "/lib64",
  "/opt",
  "/proc",
  "/sbin",
  "/sys",
  "/tmp",
  "/usr",
];

/**
 * The folders of this machine above places that a container is to have to itself.
 *
 * @param targets - absolute paths inside
 * @throws Error that says why there can be no such place
 */
export async function openFolders(targets: readonly string[]): Promise<OpenedFolders> {
  const folders = new Set<string>();
  const entries: FolderEntry[] = [];
  for (const target of targets) {
    if (target.startsWith(`${OPT_ML}/`)) continue;
    if (target === "/" || target === OPT_ML || NEEDED.includes(target)) {
      throw new Error(`${target} cannot be a folder of the job's: the container needs its own`);
    }
    if (/^\/(?:dev|proc|sys)\//.test(target)) {
      throw new Error(`${target} cannot be a folder of the job's: it is the system's`);
    }
    for (const folder of parentsOf(target)) {
      if (folders.has(folder) || MADE_ANEW.includes(folder)) continue;
      if (folder.startsWith("/tmp/")) break;
      const kind = await kindOf(folder);
      if (kind === "none") break;
      if (kind !== "folder") {
        throw new Error(
          `${target} cannot be a folder of the job's: ${folder} is a ${kind} on this machine`,
        );
      }
      folders.add(folder);
      entries.push(...(await entriesOf(folder)));
    }
  }
  return { folders, entries };
}

/** The folders above a path, but for the root; the topmost first. */
function parentsOf(path: string): string[] {
  const parents: string[] = [];
  for (let up = dirname(path); up !== "/"; up = dirname(up)) parents.unshift(up);
  return parents;
}

async function kindOf(path: string): Promise<"none" | "folder" | "link" | "file"> {
  const stats = await lstat(path).catch(() => undefined);
  if (stats === undefined) return "none";
  if (stats.isDirectory()) return "folder";
  return stats.isSymbolicLink() ? "link" : "file";
}

/** A folder's entries; none when it may not be read. */
export async function entriesOf(folder: string): Promise<FolderEntry[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isSymbolicLink()) {
        return { path, kind: "symlink" as const, text: await readlink(path) };
      }
      return { path, kind: entry.isDirectory() ? ("folder" as const) : ("file" as const) };
    }),
  );
}
