/** Whether and where `fit()` logs to MLflow, asked while a plan is made. */

import { readEnvironment } from "../../environment.ts";
import type { Finding } from "../../errors.ts";
import type { Session } from "../../session.ts";
import type { FitOptions } from "../fit-options.ts";
import { RUN_VARIABLES } from "../mlflow-options.ts";
import type { EstimatorOptions } from "../options.ts";
import { mlflowWork, type RunTarget } from "./work.ts";

/** What a plan knows of the run to be. */
export interface PlannedRun {
  readonly target: RunTarget | undefined;
  /** The job's, with what leads to the run. */
  readonly environment: NonNullable<EstimatorOptions["environment"]>;
  readonly findings: readonly Finding[];
}

/**
 * Plans the run of a job. Nothing is asked of MLflow.
 *
 * @param options - the estimator's
 * @param fit - as given to `fit()`
 * @param session - where the job would run
 */
export async function plannedRun(
  { environment = {}, enableNetworkIsolation, overrides }: EstimatorOptions,
  { mlflow }: Pick<FitOptions, "mlflow">,
  session: Session,
): Promise<PlannedRun> {
  const { mlflow: variables } = readEnvironment();
  const inside: string | undefined = environment[RUN_VARIABLES.trackingUri];
  const isAsked = mlflow ?? inside ?? variables.trackingUri;
  if (isAsked === undefined || mlflow === false) {
    return { target: undefined, environment, findings: [] };
  }
  const { planRun } = await mlflowWork();
  const plan = planRun({
    mlflow,
    environment: textsOf(environment),
    variables,
    local: session.local,
    isolated: enableNetworkIsolation === true || overrides?.["EnableNetworkIsolation"] === true,
  });
  return { ...plan, environment: { ...environment, ...plan.environment } };
}

/** Of callers without types anything may come, which is told elsewhere. */
function textsOf(environment: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts = Object.entries(environment).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return Object.fromEntries(texts);
}
