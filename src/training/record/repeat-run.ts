/** A run repeated: its record found, its options restored, what went into it looked at. What `Estimator.fromRun` does, behind one lazy import. */

import { type Finding, ValidationError } from "../../errors.ts";
import type { AbortOptions, Session } from "../../session.ts";
import type { RestoredJob } from "../describe-options.ts";
import type { EstimatorOptions } from "../options.ts";
import type { RunRecord } from "../run-record.ts";
import { checkRun } from "./check-run.ts";
import { jobFromRun, missingSecrets } from "./from-run.ts";

export { loadRunRecord } from "./check-run.ts";

/** How a run is repeated. */
export interface FromRunOptions extends AbortOptions {
  /** Where it shall run. Default: the job's own session; else as for an Estimator without one. */
  readonly session?: Session | undefined;
  /**
   * Options to put in the place of the run's own. Hyperparameters and environment are changed name by name. Values that were
   * secret are not in the record, and must be given here.
   */
  readonly changes?: Partial<EstimatorOptions> | undefined;
  /** Goes on although the run's data or image are gone or no longer what they were. Default: `false`, which says so and throws. */
  readonly allowChanged?: boolean | undefined;
}

/**
 * What repeats a run.
 *
 * @param record - the run
 * @param session - where it shall run
 * @param options - what is different, and what may be
 * @throws {@link ValidationError} with everything that is missing, gone or changed
 */
export async function repeatRun(
  record: RunRecord,
  session: Session,
  { changes = {}, allowChanged = false, signal }: FromRunOptions,
): Promise<RestoredJob> {
  const job = jobFromRun(record, changes);
  const seen = await checkRun(record, changes, session, signal);
  const differs = seen.filter(({ severity }) => severity !== "note");
  const problems: Finding[] = [...missingSecrets(job.options), ...(allowChanged ? [] : differs)];
  if (problems.length > 0) {
    throw new ValidationError(
      `The run of training job ${record.job.name} cannot be repeated`,
      problems,
    );
  }
  for (const { path, message } of seen) {
    session.logger.warn(`${path}: ${message}`);
  }
  return job;
}
