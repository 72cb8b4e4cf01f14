/** The run of a job that `fit()` is about to create. */

import { type FitInputs, JsonInput, namedInputs } from "../../inputs.ts";
import type { Session } from "../../session.ts";
import type { FitContext } from "../fit.ts";
import { type JobMlflowRun, pendingVariable, withoutUser } from "../mlflow-options.ts";
import type { PreparedJob } from "../prepare.ts";
import type { TrainingJobRequest } from "../request.ts";
import type { TrainingJob } from "../training-job.ts";
import { RunTracking } from "./run-tracking.ts";
import type { RunTarget } from "./work.ts";

/** A run, and the request that leads the job to it. */
interface BegunRun {
  readonly tracking: RunTracking;
  readonly request: TrainingJobRequest;
}

/**
 * Makes the run, if there is to be one.
 *
 * @param prepared - the job
 * @param before - the run that was made already, for a job of another name
 * @param session - where the job runs
 * @param context - the `fit()`
 * @throws MlflowError with `strict`, and when what was named is not there
 */
export async function beginRun(
  { mlflow, plan: { request } }: PreparedJob,
  before: RunTracking | undefined,
  session: Session,
  { signal, emit }: FitContext,
): Promise<BegunRun | undefined> {
  if (mlflow === undefined) {
    return undefined;
  }
  const warn = (message: string): void =>
    emit({ type: "warning", time: new Date(), code: "mlflow", message });
  const tracking = before ?? new RunTracking(session, mlflow, { strict: mlflow.strict, warn });
  const place = await tracking.start(request.TrainingJobName ?? "", signal);
  if (tracking.isRefused) {
    return undefined;
  }
  if (place !== undefined && before === undefined) {
    const who =
      mlflow.outOfReach === undefined ? "" : ` The launcher logs to it: ${mlflow.outOfReach}.`;
    const message = `MLflow run: ${place}${who}`;
    emit({ type: "note", time: new Date(), code: "mlflow", message });
  }
  const environment = { ...request.Environment, ...leadingTo(tracking.run, mlflow) };
  return { tracking, request: { ...request, Environment: environment } };
}

/**
 * Tells where the run of a job is that was found for reuse, and that no other is made.
 *
 * @param job - the job that was found
 * @param prepared - the job that is not started
 * @param context - the `fit()`
 */
export function tellFoundRun(
  { name, mlflowRun: run }: Pick<TrainingJob, "name" | "mlflowRun">,
  { mlflow }: PreparedJob,
  { emit }: FitContext,
): void {
  if (mlflow === undefined) {
    return;
  }
  const where = run === undefined ? "no run" : `its run at ${run.trackingUri}, ${run.runId}`;
  const message = `Training job ${name} was found for reuse: it has ${where}, and no other is made.`;
  const asked = withoutUser(mlflow.trackingUri);
  const isOther = run?.trackingUri !== asked || mlflow.parentRunId !== undefined;
  const time = new Date();
  if (isOther) emit({ type: "warning", time, code: "mlflow", message });
  else emit({ type: "note", time, code: "mlflow", message });
}

/** The variables that lead the job, and whoever comes back to it, to its run. */
function leadingTo(run: JobMlflowRun | undefined, target: RunTarget): Record<string, string> {
  if (run !== undefined) {
    return { [target.runIdVariable]: run.runId };
  }
  return target.runId === undefined ? pendingVariable(target) : {};
}

/**
 * The values of JSON channels: a model's configuration.
 *
 * @param inputs - as given to `fit()`
 */
export function configurationOf(inputs: FitInputs | undefined): Record<string, unknown> {
  return Object.fromEntries(
    namedInputs(inputs).flatMap(([name, input]): [string, unknown][] =>
      input instanceof JsonInput ? [[name, JSON.parse(input.text)]] : [],
    ),
  );
}
