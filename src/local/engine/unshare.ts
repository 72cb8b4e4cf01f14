/** The sandbox by util-linux alone (`unshare`, `mount`, `pivot_root`): slower to make than bubblewrap's, the same inside. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startContainer } from "./container-process.ts";
import type { Container, ContainerSpec, Engine } from "./engine.ts";
import { type MachineView, type Mount, planMounts } from "./mounts.ts";

/** How it is set up on this machine. */
export interface UnshareOptions {
  /** Where `unshare` lies. */
  readonly path: string;
  /** A user namespace, for those who are not root: the program sees itself as root, and its files belong to the caller. */
  readonly mapUser: boolean;
  readonly processes: "own" | "host";
  readonly machine: MachineView;
}

/**
 * Starts the first process of the new namespace, and ends with its code. It stands in for `unshare --fork --kill-child`, which
 * ends with 1 where its child was killed by SIGKILL (it asks for that signal's default, which nobody may). The shell's own word
 * on a killed child does not belong in the job's log.
 */
const MONITOR = [
  "exec 9>&2 2>/dev/null",
  '[ -x /usr/bin/setpriv ] && set -- /usr/bin/setpriv --pdeathsig KILL "$@"',
  '(exec "$@" 2>&9 9>&-)',
  "exit $?",
].join("\n");

/** @param options - how it is set up on this machine */
export function unshareEngine(options: UnshareOptions): Engine {
  return {
    name: "unshare",
    mounts: true,
    refusal: ({ networkIsolation }) =>
      networkIsolation && options.machine.ip === undefined
        ? "EnableNetworkIsolation: without the program ip, unshare cannot give a host its own loopback. Install iproute2, or bubblewrap."
        : undefined,
    start: async (spec: ContainerSpec): Promise<Container> => {
      const script = join(spec.folder, "scratch", "enter.sh");
      const mounts = await planMounts(options.machine, spec);
      await writeFile(script, enterScript(mounts, options, spec), { mode: 0o600 });
      return await startContainer({
        argv: [
          options.path,
          ...(options.mapUser ? ["--map-root-user"] : []),
          ...["--mount", "--pid", "--uts"],
          ...(spec.networkIsolation ? ["--net"] : []),
          ...["/bin/sh", "-c", MONITOR, "sh", "/bin/sh", script, ...spec.command],
        ],
        environment: spec.environment,
        folder: "/",
        isInit: true,
      });
    },
  };
}

/**
 * What runs inside before the program: it builds a root folder in memory and moves into it. The process id is told as the machine sees it,
 * which only the machine's own /proc knows.
 */
function enterScript(
  mounts: readonly Mount[],
  { processes, machine }: Pick<UnshareOptions, "processes" | "machine">,
  { folder, hostname, program, networkIsolation }: ContainerSpec,
): string {
  const root = join(folder, "scratch", "root");
  return `${[
    "set -e",
    "sm_path=$PATH",
    "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
    "read -r sm_pid sm_rest </proc/self/stat",
    `mkdir -p ${quote(root)}`,
    `mount -t tmpfs -o mode=755 container ${quote(root)}`,
    ...mounts.flatMap((mount) => mountLines(mount, root, processes)),
    // A name is a comfort: where it cannot be set, /etc/hosts still has it.
    `hostname ${quote(hostname)} 2>/dev/null || :`,
    ...(networkIsolation ? [`${quote(machine.ip ?? "ip")} link set lo up`] : []),
    `cd ${quote(root)}`,
    "pivot_root . .",
    "umount -l .",
    `cd ${quote(program)}`,
    'echo "$sm_pid" >&3',
    "PATH=$sm_path",
    "unset sm_path sm_pid sm_rest OLDPWD",
    'exec "$@" 3>&- 4>&- 5>&-',
  ].join("\n")}\n`;
}

function mountLines(mount: Mount, root: string, processes: "own" | "host"): string[] {
  switch (mount.kind) {
    case "read-only": {
      const [source, target] = [quote(mount.source), quote(join(root, mount.target))];
      return [
        `if [ -d ${source} ]; then mkdir -p ${target}; elif [ ! -e ${target} ]; then : >${target}; fi`,
        // Flags that the machine has locked cannot be kept by this call; read-only is a courtesy to it, no promise.
        `if mount --rbind ${source} ${target}; then mount -o remount,bind,ro ${target} 2>/dev/null || :; fi`,
      ];
    }
    case "writable": {
      const target = quote(join(root, mount.target));
      return [`mkdir -p ${target}`, `mount --bind ${quote(mount.source)} ${target}`];
    }
    case "symlink":
      return [`ln -s ${quote(mount.text)} ${quote(join(root, mount.target))}`];
    case "folder":
      return [`mkdir -p ${quote(join(root, mount.target))}`];
    case "memory": {
      const target = quote(join(root, mount.target));
      return [`mkdir -p ${target}`, `mount -t tmpfs -o mode=1777 container ${target}`];
    }
    case "devices": {
      const target = quote(join(root, "/dev"));
      return [`mkdir -p ${target}`, `mount --rbind /dev ${target}`];
    }
    case "processes": {
      const target = quote(join(root, "/proc"));
      return [
        `mkdir -p ${target}`,
        processes === "own" ? `mount -t proc proc ${target}` : `mount --rbind /proc ${target}`,
      ];
    }
  }
}

/** One word of a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
