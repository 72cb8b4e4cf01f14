/** Everything that the containers of a job start with: their commands and environments, checked before the first of them runs. */

import { join } from "node:path";
import { type ContainerMount, type Engine, OPT_ML } from "../engine/engine.ts";
import { channelsOf, type HostFolder, syncedFolders } from "../opt-ml.ts";
import type { JobRecord } from "../services/sagemaker/job.ts";
import { commandWords, findCommand } from "./command.ts";
import { type CloudAccess, containerEnvironment } from "./container-environment.ts";
import { JobFailure } from "./failure-reason.ts";
import type { ReadyHost } from "./hosts.ts";
import type { JobRequest } from "./job-request.ts";
import type { JournalWriter } from "./journal-writer.ts";
import type { HostLog } from "./log-lines.ts";
import { commonJsWarning, optMlWarning } from "./program-warnings.ts";

/** What the hosts are made of. */
export interface HostParts {
  readonly job: JobRecord;
  readonly request: JobRequest;
  readonly journal: JournalWriter;
  readonly engine: Engine;
  /** Each with its log. */
  readonly hosts: readonly { readonly folder: HostFolder; readonly log: HostLog }[];
  readonly cloud: CloudAccess | undefined;
  readonly launcher: { readonly path: string; readonly lang: string | undefined };
}

/**
 * Makes the hosts ready to start.
 *
 * @throws JobFailure when the command cannot be run; the host's log says so too
 */
export async function prepareHosts(parts: HostParts): Promise<ReadyHost[]> {
  const { job, request, engine, cloud, launcher } = parts;
  const words = commandWords(request);
  const ready: ReadyHost[] = [];
  for (const { folder, log } of parts.hosts) {
    const environment = containerEnvironment({
      ...{ job, request, cloud, launcher },
      ...{ host: folder, mounts: engine.mounts },
    });
    try {
      const command = await findCommand(
        words,
        environment.PATH,
        job.program,
        folder,
        engine.mounts,
      );
      if (ready.length === 0) await warn(parts, command.file, log);
      ready.push({
        ...{ folder, environment, log, command: command.words, program: job.program },
        networkIsolation: request.networkIsolation,
        mounts: mountsOf(folder, request),
      });
    } catch (error) {
      if (error instanceof JobFailure && error.logLine !== undefined) log.write(error.logLine);
      throw error;
    }
  }
  return ready;
}

/** What lies elsewhere than in the host's /opt/ml and /tmp, and what of it may only be read. */
function mountsOf(host: HostFolder, request: JobRequest): ContainerMount[] {
  const synced = syncedFolders(host, request).filter(({ isMounted }) => isMounted);
  const views = channelsOf(request, host.name).filter(({ inputMode }) => inputMode === "FastFile");
  return [
    ...synced.map(({ path, folder }) => ({
      ...{ source: folder, target: path.localPath, access: "writable" as const },
    })),
    ...views.map(({ name }) => ({
      source: join(host.ml, "input/data", name),
      ...{ target: `${OPT_ML}/input/data/${name}`, access: "read-only" as const },
    })),
  ];
}

async function warn(
  { job, journal, engine }: HostParts,
  file: string | undefined,
  log: HostLog,
): Promise<void> {
  const warnings = await Promise.all([
    file === undefined ? undefined : commonJsWarning(file),
    engine.mounts ? undefined : optMlWarning(job.program),
  ]);
  for (const warning of warnings) {
    if (warning === undefined) continue;
    journal.warn(warning.code, warning.message);
    // The logs are where the owner looks when a job does nothing.
    log.write(`sagemaker-estimator: warning: ${warning.message}`);
  }
}
