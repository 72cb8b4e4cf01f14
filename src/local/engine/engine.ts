/** What runs a container without Docker: the interface that each engine fills. */

import type { Readable } from "node:stream";

/** Where the container contract has its files, as a program inside a sandbox sees them. */
export const OPT_ML = "/opt/ml";

/** A folder of the job's that a container sees at a place of its own. */
export interface ContainerMount {
  /** Where it lies on this machine (absolute, there). */
  readonly source: string;
  /** Where it is inside (absolute). */
  readonly target: string;
  readonly access: "read-only" | "writable";
}

/** One container: a host of a job. */
export interface ContainerSpec {
  /** The host's own folder (absolute): `ml` is its /opt/ml, `tmp` its /tmp, `home` its HOME, `hosts` its /etc/hosts, `scratch` the engine's. */
  readonly folder: string;
  /** `algo-1`, `algo-2` … */
  readonly hostname: string;
  /** The program folder (absolute); the working folder too, as an image's WORKDIR. */
  readonly program: string;
  /** The program and its arguments, as they are named inside. */
  readonly command: readonly string[];
  /** The whole environment; nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** No network but the host's own loopback. */
  readonly networkIsolation: boolean;
  /** What it sees beside `ml`, `tmp` and `home`; none with an engine that mounts nothing. Default: none. */
  readonly mounts?: readonly ContainerMount[];
}

/** A container that has started. */
export interface Container {
  /** What it writes to stdout and stderr, in the order of writing. It ends after the container has. */
  readonly output: Readable;
  /** When no process of it runs any more: the exit code, or 128 and the signal's number as a shell says it. Never rejects. */
  readonly ended: Promise<number>;
  /** Sends SIGTERM to the program. */
  terminate(): void;
  /** Ends the program and all its processes at once. */
  kill(): void;
}

/** What a job asks of an engine. */
interface EngineNeeds {
  readonly hosts: number;
  readonly networkIsolation: boolean;
  /** Folders that it must have at places of its own outside /opt/ml, by what asks for them: `CheckpointConfig.LocalPath "/ckpt"`. */
  readonly places?: readonly string[];
}

/** A way to run containers. */
export interface Engine {
  /** `bubblewrap`, `unshare`, `proot` or `process`. */
  readonly name: string;
  /** Whether a container has an /opt/ml and a /tmp of its own; else it finds its files by `SM_*` and `SAGEMAKER_BASE_DIR`. */
  readonly mounts: boolean;
  /** Why it cannot do what a job needs, by name; undefined when it can. */
  refusal(needs: EngineNeeds): string | undefined;
  /**
   * Starts a container.
   *
   * @throws Error when it could not be made; its program has not run then, and nothing is left
   */
  start(spec: ContainerSpec): Promise<Container>;
}

/** The name of an engine for people, e.g. `sandbox (bubblewrap)`. */
export function describeEngine(engine: Engine): string {
  return engine.mounts ? `sandbox (${engine.name})` : engine.name;
}
