/** What is known of a job at its start, as its run is told of it. */

import type { RunRecord } from "../run-record.ts";
import type { JobDescription } from "../status-poller.ts";
import { mlflowWork, type StartedJob } from "./work.ts";

/** What `fit()` knows of a job that it has started. */
export interface StartedFacts {
  readonly arn: string;
  /** `undefined` when it could not be gathered. */
  readonly record: Promise<RunRecord | undefined>;
  readonly hyperparameters: Readonly<Record<string, string>>;
  /** JSON channels by their names. */
  readonly configuration: Readonly<Record<string, unknown>>;
}

/** A job that somebody else may have started, once it has ended. */
interface FoundJob {
  readonly description: JobDescription;
  readonly record: RunRecord | undefined;
}

/**
 * What `fit()` knows of a job; else what its record and its description tell.
 *
 * @param known - by whoever has started it
 * @param found - by whoever comes back to it
 * @returns `undefined` while there is no record
 */
export async function startedJob(
  known: StartedFacts | undefined,
  found: FoundJob | undefined,
): Promise<StartedJob | undefined> {
  const { parametersOf } = await mlflowWork();
  const record = (await known?.record) ?? found?.record;
  if (record === undefined) {
    return undefined;
  }
  const {
    arn = record.job.arn,
    hyperparameters = found?.description.HyperParameters ?? {},
    configuration = {},
  } = known ?? {};
  return {
    facts: { arn, record, user: known && (await userName()) },
    parameters: parametersOf(hyperparameters, configuration),
  };
}

/** Some accounts have none. */
async function userName(): Promise<string | undefined> {
  const { userInfo } = await import("node:os");
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
