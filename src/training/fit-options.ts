/** How `plan()` and `fit()` go about it. */

import type { TrainingJobEvent } from "./events.ts";
import type { FitMlflowOptions } from "./mlflow-options.ts";
import type { LogsOption } from "./reporter.ts";

/** Links the job to a SageMaker experiment, in the service's words. */
export interface ExperimentConfig {
  /** An existing experiment. */
  readonly ExperimentName?: string;
  /** An existing trial. */
  readonly TrialName?: string;
  /** How the job is shown. */
  readonly TrialComponentDisplayName?: string;
  /** The run that it belongs to. */
  readonly RunName?: string;
}

/** How `fit()` goes about it. */
export interface FitOptions {
  /** Wait for the job's end, following its log. Default: `true`. With `false`, `fit()` returns when the job is created; it goes on by itself. */
  readonly wait?: boolean;
  /** What is printed while waiting. Default: `All`. */
  readonly logs?: LogsOption;
  /** The job's name, at most 63 characters. Default: made from `baseJobName` or the image, and the time. */
  readonly jobName?: string;
  /** Links the job to a SageMaker experiment. */
  readonly experimentConfig?: ExperimentConfig;
  /** Aborts: before the job is created nothing is started; after that only the waiting ends, unless `onAbort` is `stop`. */
  readonly signal?: AbortSignal | undefined;
  /** What becomes of a created job when `signal` aborts or Ctrl-C comes: it goes on (`detach`), or is stopped. Default: `detach`. */
  readonly onAbort?: "detach" | "stop" | undefined;
  /** Told of everything that happens, whatever `logs` says. An error that it throws ends the wait and leaves the job alone. */
  readonly onEvent?: ((event: TrainingJobEvent) => void | Promise<void>) | undefined;
  /**
   * What is checked before the start. `aws`: also role, image, buckets and quota, by read-only calls, each skipped with a note
   * where the caller may not make it. `offline`: no call but GetCallerIdentity, and that only for the default bucket's name
   * (and GetObject, where an environment variable names defaults in S3). Default: `aws`.
   */
  readonly preflight?: "aws" | "offline";
  /**
   * What an instance costs an hour in US dollars, for the plan's cost ceiling: one price, or one for each instance type. Default:
   * AWS's price list is asked, where `@aws-sdk/client-pricing` is installed and the caller may.
   */
  readonly pricePerHourUsd?: number | Readonly<Record<string, number>>;
  /** Finds a finished job that had the same image, code, data and settings, and attaches to it in place of training again. Default: `false`. */
  readonly reuse?: boolean;
  /**
   * Whether the run is recorded beside the job's output (`run.json`), tagged with its digest and found by `reuse` later. Default:
   * `true`; what the caller may not write is told as a warning.
   */
  readonly runRecord?: boolean;
  /**
   * Logs the job to MLflow as a run of its own: `true` for the defaults, `false` for none. Default: where `MLFLOW_TRACKING_URI` of the
   * estimator's `environment` or of this process says, else not at all.
   */
  readonly mlflow?: FitMlflowOptions | boolean;
  /** Whether Ctrl-C in a script ends the wait with a word on the job. Default: `true`, and only while nobody else listens for SIGINT. */
  readonly handleSigint?: boolean | undefined;
  /** Milliseconds between looks at the job's status. Default: 5,000 growing to 30,000 on AWS; about 50 locally. */
  readonly pollIntervalMs?: number | undefined;
}
