/** The way to a job's run: the server that the environment names, and the run at it. */

import { userInfo } from "node:os";
import { type MlflowVariables, readEnvironment } from "../environment.ts";
import { MANAGED } from "../mlflow/core/managed.ts";
import { MlflowError } from "../mlflow/core/mlflow-error.ts";
import { randomRunName } from "../mlflow/core/run-name.ts";
import { setExperiment } from "../mlflow/core/set-experiment.ts";
import type { CallOptions, TrackingStore } from "../mlflow/core/tracking-store.ts";
import { readTrackingUri } from "../mlflow/core/tracking-uri.ts";
import { RestCaller, type ServerOptions } from "../mlflow/rest/rest-caller.ts";
import { RestStore } from "../mlflow/rest/rest-store.ts";
import type { RetryOptions } from "../mlflow/rest/retry.ts";
import { openSender, passwordOrToken, withoutUser } from "../mlflow/rest/server-access.ts";
import { signing } from "../mlflow/rest/signing.ts";
import { jobCredentials } from "./credentials.ts";
import type { EnvironmentVariables } from "./paths.ts";
import { trainingEnvironment } from "./training-environment.ts";

/** A run at its server. */
export interface Connection {
  readonly store: TrackingStore;
  readonly caller: RestCaller;
  readonly runId: string;
  /** Made here, and so ended here. */
  readonly isOwn: boolean;
}

/** A connection on which nothing moves is given up sooner than by other clients: the training may wait for it. In milliseconds. */
const TIMEOUT_MS = 60_000;
/** The experiment of runs that name none. */
const DEFAULT_EXPERIMENT = "0";

/**
 * Opens the run that the environment names, or makes one.
 *
 * @param env - with the variables of MLflow's Python client
 * @throws MlflowError when there is no way to it
 */
export async function connect(
  env: EnvironmentVariables,
  retry: RetryOptions,
  options: CallOptions,
): Promise<Connection> {
  const { mlflow } = readEnvironment(env);
  const caller = new RestCaller({ ...(await serverOf(env, mlflow)), retry });
  const store = new RestStore(caller);
  if (mlflow.runId !== undefined) {
    return { store, caller, runId: mlflow.runId, isOwn: false };
  }
  const experimentId = await experimentOf(mlflow, store, options);
  const { info } = await store.createRun(
    { experimentId, startTime: Date.now(), ...(await ownRun(env)) },
    options,
  );
  return { store, caller, runId: info.runId, isOwn: true };
}

async function serverOf(
  env: EnvironmentVariables,
  mlflow: MlflowVariables,
): Promise<ServerOptions> {
  const { trackingUri = "", assumeRoleArn, awsSigv4, customEndpoint } = mlflow;
  const place = readTrackingUri(trackingUri);
  if (place.kind === "managed") {
    if (assumeRoleArn !== undefined) {
      throw new MlflowError(
        "NOT_IMPLEMENTED",
        "SAGEMAKER_MLFLOW_ASSUME_ROLE_ARN is set, and programs inside a job ask as the job's role: let that role in, and leave the variable out.",
      );
    }
    const { arn, region, resource } = place;
    const { service, header, action, host } = MANAGED[resource];
    return {
      url: customEndpoint ?? `https://${host(region)}`,
      name: arn,
      denied: `The job's role needs ${action} on it.`,
      send: await openSender({ timeoutMs: TIMEOUT_MS, ...mlflow }),
      authorize: signing(jobCredentials(env), { service, region }, { [header]: arn }),
    };
  }
  const send = await openSender({ timeoutMs: TIMEOUT_MS, ...mlflow });
  const server = { url: withoutUser(trackingUri), send };
  if (awsSigv4 !== true) {
    return { ...server, authorize: await passwordOrToken(mlflow, trackingUri) };
  }
  const region = env["AWS_REGION"] || env["AWS_DEFAULT_REGION"] || "";
  return {
    ...server,
    denied: "The job's role needs execute-api:Invoke on the API.",
    authorize: signing(jobCredentials(env), { service: "execute-api", region }),
  };
}

/** As Python's `start_run()` has it. */
async function experimentOf(
  { experimentName, experimentId }: MlflowVariables,
  store: TrackingStore,
  options: CallOptions,
): Promise<string> {
  if (experimentName === undefined) {
    return experimentId ?? DEFAULT_EXPERIMENT;
  }
  const named = await setExperiment(store, experimentName, options);
  if (experimentId !== undefined && experimentId !== named) {
    throw new MlflowError(
      "INVALID_PARAMETER_VALUE",
      `MLFLOW_EXPERIMENT_ID is ${experimentId}, and the experiment of MLFLOW_EXPERIMENT_NAME, ${experimentName}, has the id ${named}: set only one of them.`,
    );
  }
  return named;
}

/** What tells a run that was made here from others: the job, or the program where there is none. */
async function ownRun(env: EnvironmentVariables) {
  const { jobName, jobArn, currentHost, hosts } = await trainingEnvironment({ env });
  const host = hosts.length > 1 ? `-${currentHost}` : "";
  const tags = {
    "mlflow.source.name": process.argv[1],
    "mlflow.source.type": jobName === undefined ? "LOCAL" : "JOB",
    "mlflow.user": userName(),
    "sagemaker.training_job_name": jobName,
    "sagemaker.training_job_arn": jobArn,
  };
  return {
    runName: jobName === undefined ? randomRunName() : `${jobName}${host}`,
    tags: Object.entries(tags).flatMap(([key, value]) =>
      value === undefined ? [] : [{ key, value }],
    ),
  };
}

/** In a container the user may have a number and no name. */
function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
