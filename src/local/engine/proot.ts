/** The sandbox by proot, which needs no namespaces: it rewrites system calls, so what calls much is slow. The last resort before none. */

import { chmod, mkdir, mkdtemp, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { startContainer } from "./container-process.ts";
import type { Container, ContainerSpec, Engine } from "./engine.ts";
import { type MachineView, type Mount, planMounts } from "./mounts.ts";

/**
 * proot ends with its last process, with that one's exit code, so a shell inside waits for the program and tells its code. What the shell
 * itself has to say ("Killed") is not the program's, and neither is the variable that is for proot.
 */
const WAIT =
  'exec 2>/dev/null; unset PROOT_TMP_DIR; "$@" 2>&1 3>&- 4>&- 5>&- & p=$!; echo "$p" >&3; wait "$p"; echo "$?" >&3';

/** What stands for /dev/shm, in the host's folder. */
const SHARED_MEMORY = "scratch/shm";

/** How it is set up on this machine. */
export interface ProotOptions {
  /** Where `proot` lies. */
  readonly path: string;
  readonly machine: MachineView;
}

/** @param options - how it is set up on this machine */
export function prootEngine({ path, machine }: ProotOptions): Engine {
  return {
    name: "proot",
    mounts: true,
    refusal: ({ networkIsolation }) =>
      networkIsolation
        ? "EnableNetworkIsolation: proot cannot take the network away. Install bubblewrap."
        : undefined,
    start: async (spec: ContainerSpec): Promise<Container> => {
      const root = await mkdtemp(join(spec.folder, "scratch", "root-"));
      const binds: string[] = [];
      for (const mount of await planMounts(machine, spec)) {
        binds.push(...(await bindArguments(mount, root, spec)));
      }
      return await startContainer({
        argv: [
          path,
          ...["-v", "-1", "-r", root, ...binds, "-w", spec.program],
          ...["/bin/sh", "-c", WAIT, "container", ...spec.command],
        ],
        // A proot that is killed leaves temporary files: they belong among the job's, but before 5.2 it knows /tmp alone.
        environment: { ...spec.environment, PROOT_TMP_DIR: join(spec.folder, "scratch") },
        litter: "/tmp/prooted-$$-*",
        folder: "/",
        traces: true,
      });
    },
  };
}

/**
 * Makes the place for a bind, since proot would make it on the machine itself (as root it does), and names it.
 * What lies in a folder that is bound as a whole is there already.
 */
async function bindArguments(
  mount: Mount,
  root: string,
  { folder }: ContainerSpec,
): Promise<string[]> {
  switch (mount.kind) {
    case "symlink":
      await mkdir(dirname(join(root, mount.target)), { recursive: true });
      await symlink(mount.text, join(root, mount.target));
      return [];
    case "folder":
      await mkdir(join(root, mount.target), { recursive: true });
      return [];
    case "devices":
    case "processes": {
      const target = mount.kind === "devices" ? "/dev" : "/proc";
      await mkdir(join(root, target), { recursive: true });
      return ["-b", target];
    }
    case "memory":
      // It mounts no memory: a folder of the job's stands for it.
      await mkdir(join(folder, SHARED_MEMORY));
      await chmod(join(folder, SHARED_MEMORY), 0o1777);
      return ["-b", `${join(folder, SHARED_MEMORY)}:${mount.target}`];
    case "read-only":
    case "writable": {
      const { source, target } = mount;
      const hidden = placeInOwnFolder(target, folder);
      if (hidden !== undefined || mount.isNew === true || ["/", "/opt"].includes(dirname(target))) {
        await makePlace(source, hidden ?? join(root, target));
      }
      return ["-b", `${source}:${target}`];
    }
  }
}

/** Where a path below /tmp or /dev/shm lies on this machine: the container has its own of these. */
function placeInOwnFolder(target: string, folder: string): string | undefined {
  if (target.startsWith("/tmp/")) return join(folder, target);
  return target.startsWith("/dev/shm/")
    ? join(folder, SHARED_MEMORY, target.slice("/dev/shm/".length))
    : undefined;
}

async function makePlace(source: string, place: string): Promise<void> {
  const isFolder = (await stat(source).catch(() => undefined))?.isDirectory() ?? false;
  await mkdir(isFolder ? place : dirname(place), { recursive: true });
  if (!isFolder) await writeFile(place, "");
}
