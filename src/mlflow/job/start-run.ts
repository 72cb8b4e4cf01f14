/** The run of a job, made before the job is: in which experiment, whose child, with which first tags. */

import type { PendingRun } from "../../training/mlflow-options.ts";
import { tagList } from "../core/entry-value.ts";
import { MlflowError } from "../core/mlflow-error.ts";
import type { CallOptions } from "../core/tracking-store.ts";
import type { RunClient } from "./run-client.ts";
import { JOB_NAME_TAG } from "./run-facts.ts";

/** MLflow's experiment for runs that name none. */
const DEFAULT_EXPERIMENT = "0";
/** How MLflow's UI knows a child. */
const PARENT_TAG = "mlflow.parentRunId";

/** A run that was made, or found. */
export interface StartedRun {
  readonly runId: string;
  readonly runName: string;
  readonly experimentId: string;
}

/**
 * Makes the run, or finds the one that is to be gone on with.
 *
 * @param client - where
 * @param target - what was planned; with `runId` to go on with that run
 * @param job - `name`: of the job; `startTime`: when it was asked for, in milliseconds since 1970; `isAgain`: it was tried before, and may
 *   have been made without an answer
 * @throws MlflowError when the parent or the run is not there, or the server cannot be reached
 */
export async function startRun(
  client: RunClient,
  target: PendingRun & { readonly runId?: string },
  job: { readonly name: string; readonly startTime: number; readonly isAgain: boolean },
  options: CallOptions = {},
): Promise<StartedRun> {
  const { runId, runName = job.name, parentRunId } = target;
  if (runId !== undefined) {
    const { info } = await client.getRunRecord(runId, options);
    await setTags(client, runId, { ...target.tags, [JOB_NAME_TAG]: job.name }, options);
    // As Python's start_run() has it: a run that had ended goes on.
    if (info.status !== "RUNNING") await client.updateRun(runId, { status: "RUNNING" }, options);
    return info;
  }
  const parent =
    parentRunId === undefined ? undefined : await parentRun(client, parentRunId, options);
  const experimentId =
    target.experimentName === undefined
      ? (target.experimentId ?? parent?.experimentId ?? DEFAULT_EXPERIMENT)
      : await client.setExperiment(target.experimentName, options);
  const found = job.isAgain ? await runOfJob(client, experimentId, job.name, options) : undefined;
  const first = {
    "mlflow.source.type": "JOB",
    ...target.tags,
    [JOB_NAME_TAG]: job.name,
    ...(parentRunId !== undefined && { [PARENT_TAG]: parentRunId }),
  };
  if (found !== undefined) {
    // A program of the job may have made it, who knew of no tags.
    await setTags(client, found.runId, first, options);
    return found;
  }
  const { startTime } = job;
  const run = { ...options, runName, startTime, tags: first };
  return (await client.createRun(experimentId, run)).info;
}

async function setTags(
  client: RunClient,
  runId: string,
  values: Readonly<Record<string, string>>,
  options: CallOptions,
): Promise<void> {
  await client.logBatch(runId, { tags: tagList(values) });
  await client.flush(options);
}

async function runOfJob(
  client: RunClient,
  experimentId: string,
  jobName: string,
  options: CallOptions,
): Promise<StartedRun | undefined> {
  const filter = `tags."${JOB_NAME_TAG}" = '${jobName}'`;
  const { items } = await client.searchRuns([experimentId], { filter, maxResults: 1 }, options);
  return items[0]?.info;
}

async function parentRun(
  client: RunClient,
  runId: string,
  options: CallOptions,
): Promise<{ readonly experimentId: string }> {
  try {
    return (await client.getRunRecord(runId, options)).info;
  } catch (error) {
    if (MlflowError.isInstance(error) && error.errorCode === "RESOURCE_DOES_NOT_EXIST") {
      throw new MlflowError(
        error.errorCode,
        `There is no run ${runId} to be the parent of this job's: ${error.message}`,
        { cause: error },
      );
    }
    throw error;
  }
}
