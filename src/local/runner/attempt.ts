/** One attempt at a training job: input in, containers run, what they leave out. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { RUN_VARIABLES } from "../../training/mlflow-options.ts";
import { describeEngine, type Engine } from "../engine/engine.ts";
import { type HostFolder, hostFolder, syncedFolders, writeHostFolder } from "../opt-ml.ts";
import { LogStore } from "../services/logs/log-store.ts";
import { ObjectStore } from "../services/s3/object-store.ts";
import type { JobRecord } from "../services/sagemaker/job.ts";
import { uploadArtifacts } from "./artifacts.ts";
import { downloadChannels } from "./channels.ts";
import type { CloudEndpoint } from "./cloud-endpoint.ts";
import { algorithmError, JobFailure, OUT_OF_MEMORY, readFailureFile } from "./failure-reason.ts";
import { restoreFolder, type SyncedFolder, startSync } from "./folder-sync.ts";
import { type ReadyHost, runHosts } from "./hosts.ts";
import type { JobRequest } from "./job-request.ts";
import type { JournalWriter } from "./journal-writer.ts";
import { HostLog } from "./log-lines.ts";
import { countMemoryKills } from "./memory-kills.ts";
import type { MetricScanner } from "./metric-scanner.ts";
import { startPipes } from "./pipes.ts";
import { prepareEngine } from "./prepare-engine.ts";
import { prepareHosts } from "./prepare-hosts.ts";
import type { SpotInterrupter } from "./spot.ts";
import type { StopControl } from "./stop-control.ts";

/** Where the service logs training jobs. */
const LOG_GROUP = "/aws/sagemaker/TrainingJobs";
/** As a shell says that SIGKILL ended a program. */
const KILLED = 137;

/** What a job is run with. */
export interface TrainingContext {
  /** The local cloud's root (absolute, links resolved). */
  readonly root: string;
  readonly job: JobRecord;
  readonly jobFolder: string;
  readonly journal: JournalWriter;
  readonly stop: StopControl;
  /** Told of each line that a host prints. */
  readonly onLine?: ((host: string, text: string, at: number) => void) | undefined;
  /** Of the launcher's environment, only these. */
  readonly launcher: { readonly path: string; readonly lang: string | undefined };
}

/** What the attempts at a job have begun and must be ended. */
export interface Progress {
  logs: readonly HostLog[];
  endpoint: CloudEndpoint | undefined;
  /** When the first attempt's input began to be brought in, in milliseconds since 1970. */
  startedAt: number | undefined;
  /** The second that the last attempt's log streams are named by. */
  epoch: number;
}

/** Who reads a job's log lines, through all its attempts. */
export interface LineReaders {
  readonly metrics: MetricScanner;
  readonly spot: SpotInterrupter;
}

/**
 * Makes one attempt, until the program has ended and what it left is in S3, or the job was stopped (as `stop` tells), or the instances were
 * reclaimed: then only what is synced is in S3.
 *
 * @throws JobFailure when it failed
 */
export async function runAttempt(
  context: TrainingContext,
  request: JobRequest,
  progress: Progress,
  readers: LineReaders,
): Promise<"ended" | "interrupted"> {
  const { job, jobFolder, journal, stop, root } = context;
  journal.status("InProgress", "Downloading", "Downloading input data");
  const objects = new ObjectStore(join(root, "s3"));
  const folders = request.hosts.map((name) => hostFolder(jobFolder, name));
  for (const folder of folders) await writeHostFolder(folder, request);
  const synced = syncedOf(folders, request);
  // The engine is tried, and the endpoint opened, while the data comes.
  const [engine, endpoint] = await settleAll([
    prepareEngine(context, request),
    openEndpoint(context, request, progress),
    downloadChannels(objects, request, folders, stop.signal),
    restoreFolders(objects, synced, stop.signal),
  ]);
  if (stop.signal.aborted) return "ended";

  journal.status("InProgress", "Downloading", "Downloading the training image");
  const made = openLogs(context, folders, progress, readers);
  const hosts = await prepareHosts({
    ...{ job, request, journal, engine, launcher: context.launcher },
    ...{ hosts: made, cloud: endpoint?.access },
  });
  if (stop.signal.aborted) return "ended";

  journal.status(
    "InProgress",
    "Training",
    "Training image download completed. Training in progress.",
  );
  // What a program prints comes after the status in which it runs, for whoever reads both.
  await journal.settled();
  const pipes = await startPipes(objects, request, folders);
  const sync = await startSync(objects, synced);
  let outcome: ProgramsOutcome;
  try {
    outcome = await runPrograms(context, engine, hosts, { ...readers, input: pipes.failed });
  } finally {
    await pipes.stop();
    await sync.stop();
  }
  const { failure, isInterrupted } = outcome;
  closeLogs(progress);
  const hasEnded = !isInterrupted || failure !== undefined || stop.cause !== undefined;
  if (hasEnded && stop.cause === undefined) {
    journal.status("InProgress", "Uploading", "Uploading generated training model");
  }
  try {
    await sync.finish();
    if (!hasEnded) return "interrupted";
    await uploadArtifacts(objects, {
      jobName: job.name,
      outputPath: request.outputPath,
      compress: request.compressOutput,
      hosts: folders,
    });
  } catch (error) {
    // The program's own failure says more than what followed from it.
    throw failure ?? error;
  }
  if (failure !== undefined) throw failure;
  return "ended";
}

/** How the programs ended. */
interface ProgramsOutcome {
  readonly failure: JobFailure | undefined;
  readonly isInterrupted: boolean;
}

/** Runs the containers to their end. */
async function runPrograms(
  { job, journal, stop }: TrainingContext,
  engine: Engine,
  hosts: readonly ReadyHost[],
  { metrics, spot, input }: LineReaders & { readonly input: AbortSignal },
): Promise<ProgramsOutcome> {
  const killsBefore = await countMemoryKills();
  const signal = AbortSignal.any([stop.signal, spot.begin(), input]);
  const { failed } = await runHosts(engine, hosts, job.stopGraceSeconds, signal)
    .catch((error: unknown) => {
      throw engineFailure(engine, error);
    })
    .finally(() => spot.end());
  const isInterrupted = spot.end();
  stop.clearLimit("MaxRuntimeExceeded");
  journal.write(...metrics.rest());
  if (failed === undefined && input.reason instanceof JobFailure) {
    return { failure: input.reason, isInterrupted };
  }
  const failure =
    failed === undefined ? undefined : await failureOf(failed.host, failed.exitCode, killsBefore);
  return { failure, isInterrupted };
}

function syncedOf(
  folders: readonly HostFolder[],
  request: JobRequest,
): readonly (SyncedFolder & { readonly isRestored: boolean })[] {
  return folders.flatMap((host) =>
    syncedFolders(host, request).map(({ path, folder }) => ({
      ...{ folder, s3Uri: path.s3Uri },
      ...{ isRestored: path.isRestored, keepsDeleted: path.keepsDeleted },
    })),
  );
}

async function restoreFolders(
  objects: ObjectStore,
  synced: ReturnType<typeof syncedOf>,
  signal: AbortSignal,
): Promise<void> {
  for (const folder of synced) {
    if (folder.isRestored) await restoreFolder(objects, folder, signal);
  }
}

/** A stream for each host; those of the attempts before have other names. */
function openLogs(
  { root, job, journal, onLine }: TrainingContext,
  folders: readonly HostFolder[],
  progress: Progress,
  { metrics, spot }: LineReaders,
): readonly { readonly folder: HostFolder; readonly log: HostLog }[] {
  progress.epoch = Math.max(progress.epoch + 1, Math.floor(Date.now() / 1000));
  const store = new LogStore(join(root, "logs"));
  const made = folders.map((folder) => {
    const stream = `${job.name}/${folder.name}-${progress.epoch}`;
    const log = new HostLog({ store, group: LOG_GROUP, stream }, (line, at) => {
      journal.write(...metrics.scan(line, at));
      onLine?.(folder.name, line, at);
      spot.saw(line);
    });
    return { folder, log };
  });
  progress.logs = made.map(({ log }) => log);
  return made;
}

/** With network isolation there is no way to the local cloud, and nothing to sign with. */
async function openEndpoint(
  { root, job }: TrainingContext,
  request: JobRequest,
  progress: Progress,
): Promise<CloudEndpoint | undefined> {
  if (request.networkIsolation) return undefined;
  if (progress.endpoint === undefined) {
    const { openCloudEndpoint } = await import("./cloud-endpoint.ts");
    progress.endpoint = await openCloudEndpoint(root, job, runsFolder(request));
  }
  return progress.endpoint;
}

/** Where runs are kept that the job's programs log to its endpoint: beside all else, unless the job's own run is in another folder. */
function runsFolder({ environment }: JobRequest): string | undefined {
  const uri: string | undefined = environment[RUN_VARIABLES.launcherUri];
  return uri?.startsWith("file:") ? fileURLToPath(uri) : undefined;
}

async function failureOf(
  host: HostFolder,
  exitCode: number,
  killsBefore: number,
): Promise<JobFailure> {
  const words = await readFailureFile(host.ml);
  if (exitCode === KILLED && words === "" && (await countMemoryKills()) > killsBefore) {
    return new JobFailure(OUT_OF_MEMORY);
  }
  return new JobFailure(algorithmError(words, exitCode));
}

/** The sandbox is the local cloud's affair, not the program's. */
function engineFailure(engine: Engine, error: unknown): Error {
  return error instanceof JobFailure
    ? error
    : new JobFailure(
        `InternalServerError: The container could not be made in the ${describeEngine(engine)}: ${messageOf(error)}`,
        { cause: error },
      );
}

/** Ends the logs of an attempt: nothing more will come. */
export function closeLogs(progress: Pick<Progress, "logs">): void {
  const { logs } = progress;
  progress.logs = [];
  for (const log of logs) log.close();
}

/** Waits for all, so that nothing is under way when the first failure is told. */
async function settleAll<T extends readonly unknown[]>(
  promises: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  const results = await Promise.allSettled(promises);
  for (const result of results) if (result.status === "rejected") throw result.reason;
  return results.map((result) => (result as PromiseFulfilledResult<unknown>).value) as unknown as T;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
