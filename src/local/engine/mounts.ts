/** What a sandbox's file system is made of: a plan that each kind of sandbox carries out in its own way. */

import { readdir, readlink, realpath, stat } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { type ContainerSpec, OPT_ML } from "./engine.ts";

/** One step, in order. Targets are paths inside. */
export type Mount =
  | { readonly kind: "read-only" | "writable"; readonly source: string; readonly target: string }
  | { readonly kind: "symlink"; readonly text: string; readonly target: string }
  | { readonly kind: "folder" | "memory"; readonly target: string }
  | { readonly kind: "devices"; readonly extra: readonly string[] }
  | { readonly kind: "processes" };

/** What the plan has to know of this machine. */
export interface MachineView {
  /** The entries of `/` and of `/opt`, by path. */
  readonly entries: readonly {
    readonly path: string;
    readonly kind: "folder" | "file" | "symlink";
    readonly text?: string;
  }[];
  /** Devices for computing, e.g. `/dev/nvidia0`. */
  readonly devices: readonly string[];
  /** Where `/etc/hosts` really lies; undefined when there is none. */
  readonly hostsFile: string | undefined;
  /** Folders that a program needs beside its own: Node's, and those on the launcher's PATH. */
  readonly tools: readonly string[];
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
export function planMounts(machine: MachineView, spec: ContainerSpec): Mount[] {
  const mounts: Mount[] = [{ kind: "folder", target: "/opt" }];
  for (const { path, kind, text } of machine.entries) {
    if (MADE_ANEW.has(path)) continue;
    mounts.push(
      kind === "symlink"
        ? { kind, text: text ?? "", target: path }
        : { kind: "read-only", source: path, target: path },
    );
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
  const [top, opt, devices, hostsFile] = await Promise.all([
    entriesOf("/"),
    entriesOf("/opt"),
    readdir("/dev").catch(() => []),
    realpath("/etc/hosts").catch(() => undefined),
  ]);
  const tools = [process.execPath, ...path.split(":").filter((folder) => folder.startsWith("/"))];
  const present = await Promise.all(tools.map(async (tool) => ((await exists(tool)) ? tool : "")));
  return {
    entries: [...top, ...opt],
    devices: devices.filter((name) => COMPUTE_DEVICE.test(name)).map((name) => `/dev/${name}`),
    hostsFile,
    tools: present.filter((tool) => tool !== ""),
  };
}

async function entriesOf(folder: string): Promise<MachineView["entries"]> {
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

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
