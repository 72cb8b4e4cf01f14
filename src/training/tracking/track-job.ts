/** What a job's handle does about its run in MLflow. */

import type { Session } from "../../session.ts";
import type { Clock } from "../clock.ts";
import type { WarningEvent } from "../events.ts";
import { feedOf } from "../feed.ts";
import { describeJob } from "../job-calls.ts";
import { type NamedRun, runOfEnvironment } from "../mlflow-options.ts";
import { runRecordOf } from "../record/finish-record.ts";
import type { RunRecord } from "../run-record.ts";
import { isTerminal } from "../status-lines.ts";
import type { JobDescription } from "../status-poller.ts";
import { RunTracking } from "./run-tracking.ts";

/** A job's handle. */
interface JobHandle {
  readonly name: string;
  readonly session: Session;
  readonly clock: Clock;
}

/** Coming back to a job does not wait longer for its run to be ended, in milliseconds. */
const CLOSE_PATIENCE_MS = 5000;

/**
 * Tracks the run of a job that somebody else has started.
 *
 * @param job - the job
 * @param run - as its environment names it
 */
export function trackJob({ name, session }: JobHandle, run: NamedRun): RunTracking {
  const warn = (message: string): void => session.logger.warn(message);
  return new RunTracking(session, run, { jobName: name, strict: false, warn });
}

/**
 * Ends the run of a job that has ended while nobody looked, as far as the job's description tells how. Never rejects but for an abort.
 *
 * @param job - the job
 * @param description - what the service says of it now
 * @param signal - the caller's
 */
export async function closeRun(
  job: JobHandle,
  description: JobDescription,
  signal: AbortSignal | undefined,
): Promise<void> {
  const run = runOfEnvironment(description.Environment);
  if (run === undefined || !isTerminal(description.TrainingJobStatus)) {
    return;
  }
  const patience = AbortSignal.timeout(CLOSE_PATIENCE_MS);
  const both = signal === undefined ? patience : AbortSignal.any([signal, patience]);
  await trackJob(job, run).close(description, both);
  signal?.throwIfAborted();
}

/**
 * Ends the run of a job that was followed to its end.
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
  return await tracking.ended(description, await recordOf(job, description, signal), signal);
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
  if (!isTerminal(description.TrainingJobStatus)) {
    await tracking.flush(signal);
    return;
  }
  if (!tracking.hasFollowed) {
    for await (const event of feedOf(job, { logs: "try", signal })) {
      if (event.type === "metric") tracking.metric(event);
    }
  }
  const warning = await endRun(job, tracking, description, signal);
  tracking.throwFailure();
  if (warning !== undefined) {
    throw tracking.failure;
  }
}

async function recordOf(
  { session }: JobHandle,
  description: JobDescription,
  signal: AbortSignal | undefined,
): Promise<RunRecord | undefined> {
  try {
    return await runRecordOf(session, description, signal);
  } catch {
    signal?.throwIfAborted();
    // There is none, or it may not be read: the run goes without.
    return undefined;
  }
}
