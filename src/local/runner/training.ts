/** One training job from its first status to its last, in the service's sequence and words. */

import { join } from "node:path";
import { chooseEngine } from "../engine/choose.ts";
import { describeEngine, type Engine } from "../engine/engine.ts";
import { type HostFolder, hostFolder, writeHostFolder } from "../opt-ml.ts";
import { LogStore } from "../services/logs/log-store.ts";
import { ObjectStore } from "../services/s3/object-store.ts";
import type { JobEntryOf, JobRecord } from "../services/sagemaker/job.ts";
import { uploadArtifacts } from "./artifacts.ts";
import { downloadChannels } from "./channels.ts";
import type { CloudEndpoint } from "./cloud-endpoint.ts";
import { algorithmError, JobFailure, OUT_OF_MEMORY, readFailureFile } from "./failure-reason.ts";
import { runHosts } from "./hosts.ts";
import { type JobRequest, readJobRequest, unsupportedBy } from "./job-request.ts";
import type { JournalWriter } from "./journal-writer.ts";
import { HostLog } from "./log-lines.ts";
import { countMemoryKills } from "./memory-kills.ts";
import { MetricScanner } from "./metric-scanner.ts";
import { prepareHosts } from "./prepare-hosts.ts";
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
  /** Of the launcher's environment, only these. */
  readonly launcher: { readonly path: string; readonly lang: string | undefined };
}

type End = JobEntryOf<"end">;

/**
 * Runs a job to its end, which it returns and does not write: the caller writes it last, when all else is on disk.
 *
 * @throws whatever is not the job's own failure: the caller's InternalServerError
 */
export async function runTraining(context: TrainingContext): Promise<End> {
  const { stop } = context;
  const progress: Progress = { logs: [], endpoint: undefined, startedAt: undefined };
  try {
    await train(context, progress);
    return endOf(stop.cause ?? "Completed", progress);
  } catch (error) {
    if (error instanceof JobFailure) return endOf("Failed", progress, error.message);
    // What was under way when the job was stopped says so by failing with the signal's own reason.
    if (stop.cause !== undefined && error === stop.signal.reason)
      return endOf(stop.cause, progress);
    throw error;
  } finally {
    stop.clearLimit();
    closeLogs(progress);
    await progress.endpoint?.close();
  }
}

/** What has been begun and must be ended. */
interface Progress {
  logs: readonly HostLog[];
  endpoint: CloudEndpoint | undefined;
  startedAt: number | undefined;
}

async function train(context: TrainingContext, progress: Progress): Promise<void> {
  const { job, jobFolder, journal, stop, root } = context;
  journal.status("InProgress", "Starting", "Preparing the instances for training");
  const request = readJobRequest(job.request);
  const unsupported = unsupportedBy(request);
  if (unsupported !== undefined) throw new JobFailure(`ClientError: ${unsupported}`);
  if (stop.signal.aborted) return;

  progress.startedAt = Date.now();
  stop.limit(request.maxRuntimeSeconds);
  stop.signal.addEventListener("abort", () => {
    // Of a request to stop, whoever made it has told.
    if (stop.cause === "MaxRuntimeExceeded") {
      journal.status("Stopping", "Stopping", "Stopping the training job");
    }
  });
  journal.write({ type: "training-started", at: progress.startedAt });
  journal.status("InProgress", "Downloading", "Downloading input data");
  const objects = new ObjectStore(join(root, "s3"));
  const folders = request.hosts.map((name) => hostFolder(jobFolder, name));
  for (const folder of folders) await writeHostFolder(folder, request);
  // The engine is tried, and the endpoint opened, while the data comes.
  const [engine, endpoint] = await settleAll([
    prepareEngine(context, request),
    openEndpoint(context, request, progress),
    downloadChannels(objects, request, folders, stop.signal),
  ]);
  if (stop.signal.aborted) return;

  journal.status("InProgress", "Downloading", "Downloading the training image");
  const metrics = new MetricScanner(request.metricDefinitions);
  for (const { name, problem } of metrics.unreadable) {
    journal.warn(
      "metric-regex",
      `The Regex of metric definition "${name}" cannot be read: ${problem}`,
    );
  }
  const epoch = Math.floor(Date.now() / 1000);
  const logStore = new LogStore(join(root, "logs"));
  const made = folders.map((folder) => {
    const stream = `${job.name}/${folder.name}-${epoch}`;
    const log = new HostLog({ store: logStore, group: LOG_GROUP, stream }, (line, at) =>
      journal.write(...metrics.scan(line, at)),
    );
    return { folder, log };
  });
  progress.logs = made.map(({ log }) => log);
  const hosts = await prepareHosts({
    ...{ job, request, journal, engine, launcher: context.launcher },
    ...{ hosts: made, cloud: endpoint?.access },
  });
  if (stop.signal.aborted) return;

  journal.status(
    "InProgress",
    "Training",
    "Training image download completed. Training in progress.",
  );
  const killsBefore = await countMemoryKills();
  const { failed } = await runHosts(engine, hosts, job.stopGraceSeconds, stop.signal).catch(
    (error: unknown) => {
      throw engineFailure(engine, error);
    },
  );
  stop.clearLimit();
  closeLogs(progress);
  journal.write(...metrics.rest());
  const failure =
    failed === undefined ? undefined : await failureOf(failed.host, failed.exitCode, killsBefore);

  if (stop.cause === undefined) {
    journal.status("InProgress", "Uploading", "Uploading generated training model");
  }
  try {
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
}

/** Takes the engine of the job's choice, and says which it was. */
async function prepareEngine(
  { job, journal, launcher }: TrainingContext,
  request: JobRequest,
): Promise<Engine> {
  const { engine, note } = await chooseEngine(job.engine, launcher.path).catch((error: unknown) => {
    throw new JobFailure(`ClientError: ${messageOf(error)}`, { cause: error });
  });
  journal.write({
    type: "engine",
    at: Date.now(),
    name: describeEngine(engine),
    ...(job.engine === "auto" && note !== undefined && { note }),
  });
  const refusal = engine.refusal({
    hosts: request.hosts.length,
    networkIsolation: request.networkIsolation,
  });
  if (refusal !== undefined) throw new JobFailure(`ClientError: ${refusal}`);
  return engine;
}

/** With network isolation there is no way to the local cloud, and nothing to sign with. */
async function openEndpoint(
  { root, job }: TrainingContext,
  request: JobRequest,
  progress: Progress,
): Promise<CloudEndpoint | undefined> {
  if (request.networkIsolation) return undefined;
  const { openCloudEndpoint } = await import("./cloud-endpoint.ts");
  progress.endpoint = await openCloudEndpoint(root, job);
  return progress.endpoint;
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

function closeLogs(progress: Progress): void {
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

const ENDS = {
  Completed: ["Completed", "Completed", "Training job completed"],
  Failed: ["Failed", "Failed", "Training job failed"],
  Requested: ["Stopped", "Stopped", "Training job stopped"],
  MaxRuntimeExceeded: [
    "Stopped",
    "MaxRuntimeExceeded",
    "Training job runtime exceeded MaxRuntimeInSeconds provided",
  ],
} as const;

function endOf(kind: keyof typeof ENDS, progress: Progress, failureReason?: string): End {
  const [status, secondaryStatus, message] = ENDS[kind];
  const at = Date.now();
  return {
    ...{ type: "end", at, status, secondaryStatus, message },
    ...(failureReason !== undefined && { failureReason }),
    ...(progress.startedAt !== undefined && { trainingEndTime: at }),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
