/** What a sandbox's file system is made of: a plan that each kind of sandbox carries out in its own way. */

import { readdir, realpath, stat } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { type ContainerSpec, OPT_ML } from "./engine.ts";
import { findOnPath, SYSTEM_PATH } from "./executables.ts";
import { entriesOf, type FolderEntry, openFolders } from "./open-folders.ts";

/** One step, in order. Targets are paths inside. */
export type Mount =
  | {
      readonly kind: "read-only" | "writable";
      readonly source: string;
      readonly target: string;
      /** Whether nothing that is mounted before it has a folder for it. */
      readonly isNew?: boolean;
    }
  | { readonly kind: "symlink"; readonly text: string; readonly target: string }
  | { readonly kind: "folder" | "memory"; readonly target: string }
  | { readonly kind: "devices"; readonly extra: readonly string[] }
  | { readonly kind: "processes" };

/** What the plan has to know of this machine. */
export interface MachineView {
  /** The entries of `/` and of `/opt`, by path. */
  readonly entries: readonly FolderEntry[];
  /** Devices for computing, e.g. `/dev/nvidia0`. */
  readonly devices: readonly string[];
  /** Where `/etc/hosts` really lies; undefined when there is none. */
  readonly hostsFile: string | undefined;
  /** Folders that a program needs beside its own: Node's, and those on the launcher's PATH. */
  readonly tools: readonly string[];
  /** Where the program `ip` lies; undefined when it is not installed. */
  readonly ip: string | undefined;
}

/** Each is made anew inside, or holds what is private to the job. */
const MADE_ANEW: ReadonlySet<string> = new Set(["/dev", "/proc", "/opt", "/tmp", OPT_ML]);
/** What lies below these on the machine is not seen inside unless it is bound back. */
const HIDING = ["/tmp", "/dev/shm"] as const;
const COMPUTE_DEVICE = /^(?:nvidia|kfd$|dri$|dxg$)/;

/**
 * The plan for one container: the machine's files read-only, its own /opt/ml, /tmp and HOME to write to. The program folder runs where it lies.
 *
 * @throws Error when the program folder lies where the container has a folder of its own
 */
export async function planMounts(machine: MachineView, spec: ContainerSpec): Promise<Mount[]> {
  const mounts: Mount[] = [{ kind: "folder", target: "/opt" }];
  const own = spec.mounts ?? [];
  const opened = await openFolders(own.map(({ target }) => target));
  const targets = new Set(own.map(({ target }) => target));
  for (const target of targets) {
    for (const needed of [spec.program, spec.folder, process.execPath]) {
      if (isWithin(needed, target)) {
        throw new Error(`${target} cannot be a folder of the job's: ${needed} lies in it`);
      }
    }
  }
  for (const { path, kind, text } of [...machine.entries, ...opened.entries]) {
    if (MADE_ANEW.has(path) || targets.has(path)) continue;
    const isNew = opened.folders.has(dirname(path));
    if (opened.folders.has(path)) mounts.push({ kind: "folder", target: path });
    else if (kind === "symlink") mounts.push({ kind, text: text ?? "", target: path });
    else mounts.push({ kind: "read-only", source: path, target: path, isNew });
  }
  mounts.push(
    { kind: "devices", extra: machine.devices },
    { kind: "memory", target: "/dev/shm" },
    { kind: "processes" },
    { kind: "writable", source: join(spec.folder, "tmp"), target: "/tmp" },
  );
  for (const path of boundBack([spec.program, ...machine.tools], spec.program)) {
    mounts.push({ kind: "read-only", source: path, target: path });
  }
  const home = join(spec.folder, "home");
  mounts.push(
    { kind: "writable", source: home, target: home },
    { kind: "writable", source: join(spec.folder, "ml"), target: OPT_ML },
  );
  for (const { source, target, access } of own) {
    mounts.push({ kind: access, source, target, isNew: !isWithin(target, OPT_ML) });
  }
  if (isWithin(spec.program, OPT_ML)) {
    mounts.push({ kind: "read-only", source: spec.program, target: spec.program });
  }
  if (machine.hostsFile !== undefined) {
    mounts.push({
      kind: "read-only",
      source: join(spec.folder, "hosts"),
      target: machine.hostsFile,
    });
  }
  return mounts;
}

/**
 * What to bind back below the hiding folders: not the paths alone but the topmost folder that holds each, since a program's dependencies
 * may lie beside it (a workspace's `node_modules`).
 */
function boundBack(paths: readonly string[], program: string): string[] {
  const back = new Set<string>();
  for (const hiding of HIDING) {
    for (const path of paths) {
      if (!isWithin(path, hiding)) continue;
      const top = path.slice(hiding.length + 1).split(sep)[0] ?? "";
      if (top !== "") back.add(join(hiding, top));
      else if (path === program) {
        throw new Error(
          `The program folder ${program} cannot be ${hiding} itself, which each container has to itself. Move it into a folder below.`,
        );
      }
    }
  }
  if (resolve(program) === OPT_ML) {
    throw new Error(
      `The program folder cannot be ${OPT_ML} itself, which each container has to itself. Move it elsewhere.`,
    );
  }
  return [...back];
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}${sep}`);
}

/**
 * Looks at this machine.
 *
 * @param path - the launcher's PATH, whose folders stay reachable inside
 */
export async function viewMachine(path: string): Promise<MachineView> {
  const [top, opt, devices, hostsFile, ip] = await Promise.all([
    entriesOf("/"),
    entriesOf("/opt"),
    readdir("/dev").catch(() => []),
    realpath("/etc/hosts").catch(() => undefined),
    findOnPath("ip", `${path}:${SYSTEM_PATH}`),
  ]);
  const tools = [process.execPath, ...path.split(":").filter((folder) => folder.startsWith("/"))];
  const present = await Promise.all(tools.map(async (tool) => ((await exists(tool)) ? tool : "")));
  return {
    entries: [...top, ...opt],
    devices: devices.filter((name) => COMPUTE_DEVICE.test(name)).map((name) => `/dev/${name}`),
    hostsFile,
    ip,
    tools: present.filter((tool) => tool !== ""),
  };
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
