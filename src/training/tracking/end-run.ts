/** The end of a job, to its run in MLflow: with all values, and what the job left. */

import type { Session } from "../../session.ts";
import type { MetricEvent } from "../events.ts";
import type { JobValues } from "../job-values.ts";
import { outcomeOf } from "../run-outcome.ts";
import type { RunOutcome, RunRecord } from "../run-record.ts";
import type { JobDescription } from "../status-poller.ts";
import { leftFolders } from "./left-folders.ts";
import type { RunLink } from "./run-link.ts";
import type { JobRun, StartedJob } from "./work.ts";

/** A job that has ended, as its run is told of it. */
export interface EndedJob {
  /** The last description. */
  readonly description: JobDescription;
  /** Its run record, if there is one. */
  readonly record: RunRecord | undefined;
  /** Reads all values that its log tells, for the case that not all have come by. */
  readonly values: (signal: AbortSignal | undefined) => AsyncIterable<MetricEvent>;
}

/** The same, with what its run may lack since its start. */
interface WholeJob extends EndedJob {
  readonly session: Session;
  readonly started: StartedJob | undefined;
}

/**
 * How a job has ended, and where its model is; `undefined` while it goes on.
 *
 * @param description - the last one
 */
export function endOf(description: JobDescription) {
  const outcome = outcomeOf(description, undefined, false);
  const modelUri = description.ModelArtifacts?.S3ModelArtifacts;
  return outcome && { outcome, modelUri };
}

/**
 * Ends a run that there is.
 *
 * @param link - leads to it
 * @param held - the values that have come by
 * @param job - how it ended
 * @param signal - ends the work
 * @throws MlflowError with what could not be logged; the signal's reason
 */
export async function endRunOf(
  link: RunLink,
  held: JobValues,
  { description, record, values, started, session }: WholeJob,
  signal: AbortSignal | undefined,
): Promise<void> {
  const end = endOf(description);
  if (end === undefined) {
    return;
  }
  const run = await runWithValues(link, held, values, end.outcome, signal);
  const folders = leftFolders(session, description);
  try {
    await run.ended({ ...end, started, record, folders: folders.bring }, { signal });
  } finally {
    await folders.remove();
  }
}

/** The run, to which all values are on their way: from the log, if not all have come by. */
async function runWithValues(
  link: RunLink,
  held: JobValues,
  values: EndedJob["values"],
  outcome: RunOutcome,
  signal: AbortSignal | undefined,
): Promise<JobRun> {
  const run = await link.jobRun();
  if (held.areAll(run)) {
    held.release(run);
    return run;
  }
  held.forget();
  if (await run.lacksNothing(outcome, { signal })) {
    return run;
  }
  link.renew();
  const anew = await link.jobRun();
  await held.bring(anew, values(signal), signal);
  return anew;
}
