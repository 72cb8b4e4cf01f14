/** The containers of a job: started together, followed, and ended together when one of them fails or the job is stopped. */

import type { Container, ContainerMount, Engine } from "../engine/engine.ts";
import type { HostFolder } from "../opt-ml.ts";
import type { HostLog } from "./log-lines.ts";

/** One host that is ready to start. */
export interface ReadyHost {
  readonly folder: HostFolder;
  readonly program: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly networkIsolation: boolean;
  readonly mounts: readonly ContainerMount[];
  readonly log: HostLog;
}

/** How the containers ended. */
export interface HostsOutcome {
  /** The first that failed by itself; undefined when none did. */
  readonly failed: { readonly host: HostFolder; readonly exitCode: number } | undefined;
}

/**
 * Runs all hosts' containers to their end. A stop sends SIGTERM to each program and, when the grace is over, SIGKILL; so does the failure
 * of one host to the others. Every line is in the logs when this resolves.
 *
 * @param signal - aborts when the job is stopped
 * @throws Error when a container cannot be made; the others have been ended then
 */
export async function runHosts(
  engine: Engine,
  hosts: readonly ReadyHost[],
  graceSeconds: number,
  signal: AbortSignal,
): Promise<HostsOutcome> {
  const running = new Set<Container>();
  let ending = false;
  let graceOver = false;
  let grace: NodeJS.Timeout | undefined;
  const endAll = (): void => {
    if (ending) return;
    ending = true;
    for (const container of running) container.terminate();
    grace = setTimeout(() => {
      graceOver = true;
      for (const container of running) container.kill();
    }, graceSeconds * 1000);
  };
  let failed: HostsOutcome["failed"];
  const run = async (host: ReadyHost): Promise<void> => {
    // Decided before the first await of each: a host that was not started needs no end.
    if (ending) return;
    const container = await engine.start({
      folder: host.folder.path,
      hostname: host.folder.name,
      program: host.program,
      command: host.command,
      environment: host.environment,
      networkIsolation: host.networkIsolation,
      mounts: host.mounts,
    });
    running.add(container);
    // The job may have been stopped, or another host have failed, while it was being made.
    if (graceOver) container.kill();
    else if (ending) container.terminate();
    const logged = host.log.follow(container.output);
    const exitCode = await container.ended;
    running.delete(container);
    if (exitCode !== 0 && !ending) {
      failed = { host: host.folder, exitCode };
      endAll();
    }
    await logged;
  };
  const onStop = (): void => endAll();
  signal.addEventListener("abort", onStop, { once: true });
  try {
    if (signal.aborted) return { failed: undefined };
    const results = await Promise.allSettled(
      hosts.map((host) =>
        run(host).catch((error: unknown) => {
          endAll();
          throw error;
        }),
      ),
    );
    const broken = results.find((result) => result.status === "rejected");
    if (broken !== undefined && failed === undefined) throw broken.reason;
    return { failed };
  } finally {
    clearTimeout(grace);
    signal.removeEventListener("abort", onStop);
  }
}
