/** What a job's handle does about its run in MLflow. */

import type { Session } from "../../session.ts";
import { anySignal } from "../../transfer/pool.ts";
import type { Clock } from "../clock.ts";
import type { MetricEvent, WarningEvent } from "../events.ts";
import { feedOf } from "../feed.ts";
import { describeJob } from "../job-calls.ts";
import {
  type JobMlflowRun,
  type NamedRun,
  type PendingRun,
  runOrPendingOf,
} from "../mlflow-options.ts";
import { recordEnd } from "../record/finish-record.ts";
import type { RunRecord } from "../run-record.ts";
import { isTerminal } from "../status-lines.ts";
import type { JobDescription } from "../status-poller.ts";
import { type EndedJob, endOf } from "./end-run.ts";
import { RunLink } from "./run-link.ts";
import { RunTracking } from "./run-tracking.ts";
import { troubleInWords, within } from "./troubles.ts";
import { mlflowWork } from "./work.ts";

/** A job's handle. */
interface JobHandle {
  readonly name: string;
  readonly session: Session;
  readonly clock: Clock;
}

/** Coming back to a job does not wait longer for its run to be ended, in milliseconds. */
const CLOSE_PATIENCE_MS = 5000;
/** Nor its run for its record. */
const RECORD_PATIENCE_MS = 30_000;

/**
 * Tracks the run of a job that somebody else has started.
 *
 * @param job - the job
 * @param run - as its environment names it, or says what it is to be
 * @returns `undefined` when nothing is known of such a place: the run is none of ours
 */
export async function trackJob(
  { name, session }: JobHandle,
  run: NamedRun | PendingRun,
): Promise<RunTracking | undefined> {
  const { readTrackingUri } = await mlflowWork();
  try {
    readTrackingUri(run.trackingUri);
  } catch (error) {
    session.logger.debug(troubleInWords(error));
    return undefined;
  }
  const warn = (message: string): void => session.logger.warn(message);
  return new RunTracking(session, run, { jobName: name, strict: false, warn });
}

/**
 * Ends the run of a job that has ended while nobody looked, as far as the job's description tells how. Never rejects but for an abort.
 *
 * @param job - the job
 * @param description - what the service says of it now
 * @param signal - the caller's
 * @returns the run, if there is one now
 */
export async function closeRun(
  job: JobHandle,
  description: JobDescription,
  signal: AbortSignal | undefined,
): Promise<JobMlflowRun | undefined> {
  const run = runOrPendingOf(description.Environment);
  const end = endOf(description);
  if (run === undefined || end === undefined) {
    return undefined;
  }
  const debug = (error: unknown): void => job.session.logger.debug(troubleInWords(error));
  const link = new RunLink(job.session, run, job.name, debug);
  try {
    const patience = { ms: CLOSE_PATIENCE_MS, place: link.place, signal };
    await within(patience, async (own) => {
      const startTime = description.CreationTime?.getTime();
      if (link.run === undefined) await link.start(job.name, own, startTime);
      await (await link.jobRun()).closed(end, { signal: own });
    });
  } catch (error) {
    signal?.throwIfAborted();
    debug(error);
  }
  return link.run;
}

/**
 * Ends the run of a job that has ended.
 *
 * @param job - the job
 * @param tracking - its run
 * @param description - the last one
 * @param signal - ends the work
 * @returns what could not be logged
 * @throws the signal's reason
 */
export async function endRun(
  job: JobHandle,
  tracking: RunTracking,
  description: JobDescription,
  signal: AbortSignal | undefined,
): Promise<WarningEvent | undefined> {
  return await tracking.ended(await endedJob(job, description, signal), signal);
}

/**
 * Sends all that is missing in a run.
 *
 * @param job - the job
 * @param tracking - its run
 * @param signal - ends the work
 * @throws MlflowError with what could not be sent
 */
export async function flushRun(
  job: JobHandle,
  tracking: RunTracking,
  signal: AbortSignal | undefined,
): Promise<void> {
  const description = await describeJob(job, signal);
  if (isTerminal(description.TrainingJobStatus)) {
    await tracking.end(await endedJob(job, description, signal), signal);
  } else {
    await tracking.begin(signal);
    await tracking.flush(signal);
  }
}

async function endedJob(
  job: JobHandle,
  description: JobDescription,
  signal: AbortSignal | undefined,
): Promise<EndedJob> {
  return {
    description,
    record: await recordOf(job, description, signal),
    values: (own) => valuesOf(job, own),
  };
}

async function* valuesOf(
  job: JobHandle,
  signal: AbortSignal | undefined,
): AsyncGenerator<MetricEvent, void, undefined> {
  for await (const event of feedOf(job, { logs: "try", signal })) {
    if (event.type === "metric") yield event;
  }
}

/** With its outcome. A job may have none, or it may not be read: the run goes without. */
async function recordOf(
  { session }: JobHandle,
  description: JobDescription,
  signal: AbortSignal | undefined,
): Promise<RunRecord | undefined> {
  try {
    const patience = AbortSignal.timeout(RECORD_PATIENCE_MS);
    return await recordEnd(session, description, { signal: anySignal(signal, patience) });
  } catch (error) {
    signal?.throwIfAborted();
    session.logger.debug(troubleInWords(error));
    return undefined;
  }
}
