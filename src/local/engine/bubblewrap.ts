/** The sandbox by bubblewrap: namespaces of its own for mounts, processes and the host name; nothing stays on the machine. */

import { ENTER, startContainer } from "./container-process.ts";
import type { Container, ContainerSpec, Engine } from "./engine.ts";
import { type MachineView, type Mount, planMounts } from "./mounts.ts";

/** How it is set up on this machine. */
export interface BubblewrapOptions {
  /** Where `bwrap` lies. */
  readonly path: string;
  /** `host` where a container of its own may not mount a process table: the program sees the machine's. */
  readonly processes: "own" | "host";
  readonly machine: MachineView;
}

/** @param options - how it is set up on this machine */
export function bubblewrapEngine({ path, processes, machine }: BubblewrapOptions): Engine {
  return {
    name: "bubblewrap",
    mounts: true,
    refusal: () => undefined,
    start: async (spec: ContainerSpec): Promise<Container> => {
      const mounts = await planMounts(machine, spec);
      return await startContainer({
        // The arguments go through a descriptor: whoever lists processes sees no secret.
        argv: [path, "--args", "5", "/bin/sh", "-c", ENTER, "container", ...spec.command],
        environment: {},
        folder: "/",
        endsLast: true,
        isInit: true,
        input: bubblewrapArguments(mounts, processes, spec)
          .map((argument) => `${argument}\0`)
          .join(""),
        findPid: (status) => Number(/"child-pid": *(\d+)/.exec(status)?.[1]),
      });
    },
  };
}

/**
 * The program is process 1, as in Docker: signals reach it directly and are ignored unless it handles them, and all its processes end with it.
 */
function bubblewrapArguments(
  mounts: readonly Mount[],
  processes: "own" | "host",
  { hostname, environment, program, networkIsolation }: ContainerSpec,
): string[] {
  return [
    ...mounts.flatMap((mount) => mountArguments(mount, processes)),
    ...["--unshare-pid", "--as-pid-1", "--unshare-uts", "--hostname", hostname],
    ...["--die-with-parent", "--json-status-fd", "4"],
    ...(networkIsolation ? ["--unshare-net"] : []),
    "--clearenv",
    ...Object.entries(environment).flatMap(([name, value]) => ["--setenv", name, value]),
    ...["--chdir", program],
  ];
}

function mountArguments(mount: Mount, processes: "own" | "host"): string[] {
  switch (mount.kind) {
    case "read-only":
      // What cannot be bound (a network folder that root may not enter) is left out, as it could not be read either.
      return ["--ro-bind-try", mount.source, mount.target];
    case "writable":
      return ["--bind", mount.source, mount.target];
    case "symlink":
      return ["--symlink", mount.text, mount.target];
    case "folder":
      return ["--dir", mount.target];
    case "memory":
      return ["--tmpfs", mount.target];
    case "devices":
      return [
        "--dev",
        "/dev",
        ...mount.extra.flatMap((device) => ["--dev-bind-try", device, device]),
      ];
    case "processes":
      return processes === "own" ? ["--proc", "/proc"] : ["--bind", "/proc", "/proc"];
  }
}
