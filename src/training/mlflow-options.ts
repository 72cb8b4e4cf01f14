/** How a `fit()` is logged to MLflow, and what is known of the run that a job has there (pure). */

/** Where and how the run of a job is logged. */
export interface FitMlflowOptions {
  /**
   * A server (`https://…`), the ARN of a SageMaker-managed tracking server or app, or a folder (`file:./mlruns`).
   * Default: `MLFLOW_TRACKING_URI` of the estimator's `environment`, then of this process, then a local session's own folder
   * (`mlruns` below its root), else `file:./mlruns`.
   */
  readonly trackingUri?: string;
  /**
   * The experiment, made where there is none. Default: `MLFLOW_EXPERIMENT_NAME` or `MLFLOW_EXPERIMENT_ID`, of `environment` or of
   * this process; with `parentRunId` or `nested` the parent's; else MLflow's `Default`.
   */
  readonly experimentName?: string;
  /** The run's name. Default: the job's. */
  readonly runName?: string;
  /** Tags of the run, beside those that `fit()` sets. */
  readonly tags?: Readonly<Record<string, string>>;
  /** The run that this one is a child of, as those of a sweep are. Default: none. */
  readonly parentRunId?: string;
  /** `true`: a child of the run that this process was given in `MLFLOW_RUN_ID`. Default: `false`. */
  readonly nested?: boolean;
  /**
   * `true`: an MLflow that cannot be reached, or refuses, fails `fit()`: before the job is started, or once it has ended. Default:
   * `false`, it is a warning, and the job trains.
   */
  readonly strict?: boolean;
}

/** The run that a job has in MLflow. */
export interface JobMlflowRun {
  /** Where it is logged: without user and password, if there were any. */
  readonly trackingUri: string;
  /** Names it. */
  readonly runId: string;
}

/** What tells the programs of a job, and whoever comes back to it, where its run is. */
export const RUN_VARIABLES = {
  trackingUri: "MLFLOW_TRACKING_URI",
  experimentName: "MLFLOW_EXPERIMENT_NAME",
  experimentId: "MLFLOW_EXPERIMENT_ID",
  runId: "MLFLOW_RUN_ID",
  /** The same for the launcher alone, where the job cannot reach the place: MLflow's clients do not read these. */
  launcherUri: "SAGEMAKER_ESTIMATOR_MLFLOW_TRACKING_URI",
  launcherRunId: "SAGEMAKER_ESTIMATOR_MLFLOW_RUN_ID",
  /** `runner`: the runner of a local job logs to the run, whoever follows the job. */
  logger: "SAGEMAKER_ESTIMATOR_MLFLOW_LOGGER",
  /** In place of an id: what the run is to be, as JSON. It could not be made before the job, and is made by whoever sees the job's end. */
  pending: "SAGEMAKER_ESTIMATOR_MLFLOW_PENDING",
} as const;

/** The value of `logger`. */
export const BY_RUNNER = "runner";

/** A run as a job's environment names it. */
export interface NamedRun extends JobMlflowRun {
  /** The runner of the local job logs to it. */
  readonly byRunner: boolean;
}

/** A run that is to be made, and where. */
export interface PendingRun {
  readonly trackingUri: string;
  readonly experimentName?: string;
  readonly experimentId?: string;
  /** Default: the job's name. */
  readonly runName?: string;
  readonly parentRunId?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The runner of the local job logs to it. */
  readonly byRunner: boolean;
}

/** Of these, what belongs to one run: a job that repeats another does not go on with its run. */
const OF_ONE_RUN: readonly string[] = [
  RUN_VARIABLES.runId,
  RUN_VARIABLES.launcherUri,
  RUN_VARIABLES.launcherRunId,
  RUN_VARIABLES.logger,
  RUN_VARIABLES.pending,
];

/** The service's limit for a value of a job's environment, in characters. */
const VALUE_LENGTH = 512;

/**
 * A tracking URI without user and password.
 *
 * @param uri - any form of it
 */
export function withoutUser(uri: string): string {
  return uri.replace(/^(https?:\/\/)[^/?#]*@/i, "$1");
}

/**
 * The run that a job's environment names.
 *
 * @param environment - the request's, or the description's
 */
export function runOfEnvironment(
  environment: Readonly<Record<string, string | undefined>> = {},
): NamedRun | undefined {
  const runId = environment[RUN_VARIABLES.launcherRunId] ?? environment[RUN_VARIABLES.runId];
  const place = placeOfEnvironment(environment);
  return runId && place ? { ...place, runId } : undefined;
}

/**
 * The run that a job's environment names, or says what it is to be.
 *
 * @param environment - the request's, or the description's
 */
export function runOrPendingOf(
  environment: Readonly<Record<string, string | undefined>> = {},
): NamedRun | PendingRun | undefined {
  const pending = environment[RUN_VARIABLES.pending];
  const place = placeOfEnvironment(environment);
  if (pending === undefined || place === undefined) {
    return runOfEnvironment(environment);
  }
  try {
    return { tags: {}, ...(JSON.parse(pending) as Partial<PendingRun>), ...place };
  } catch {
    // Somebody else has written it.
    return undefined;
  }
}

/**
 * A run that could not be made, as a job's environment says it. There is room for little: tags, and a long name, are left out.
 *
 * @param run - what was planned
 */
export function pendingVariable(run: PendingRun): Record<string, string> {
  const { experimentName, experimentId, parentRunId, runName, tags } = run;
  const least = { experimentName, experimentId, parentRunId };
  const forms = [{ ...least, runName, tags }, { ...least, runName }, least, {}];
  const texts = forms.map((form) => JSON.stringify(form));
  return { [RUN_VARIABLES.pending]: texts.find((text) => text.length <= VALUE_LENGTH) ?? "{}" };
}

function placeOfEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Pick<NamedRun, "trackingUri" | "byRunner"> | undefined {
  const trackingUri =
    environment[RUN_VARIABLES.launcherUri] ?? environment[RUN_VARIABLES.trackingUri];
  const byRunner = environment[RUN_VARIABLES.logger] === BY_RUNNER;
  return trackingUri ? { trackingUri, byRunner } : undefined;
}

/**
 * An environment without what belongs to one run: `undefined` when nothing is left.
 *
 * @param environment - a request's, or a description's
 */
export function withoutRun(
  environment: Readonly<Record<string, string>> | undefined,
): Record<string, string> | undefined {
  if (environment === undefined || !OF_ONE_RUN.some((name) => Object.hasOwn(environment, name))) {
    return environment;
  }
  const kept = Object.entries(environment).filter(([name]) => !OF_ONE_RUN.includes(name));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
