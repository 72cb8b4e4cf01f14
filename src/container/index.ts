/**
 * For programs that run inside a training job, in TypeScript or JavaScript: a typed view of `/opt/ml` and the environment,
 * failures that SageMaker shows, SIGTERM as an AbortSignal, metrics that the estimator's metric definitions find, and the job's run of
 * MLflow. It imports Node's built-in modules only, so that one bundled file goes into an image.
 *
 * @packageDocumentation
 */

export { type Finding, SageMakerError, ValidationError } from "../errors.ts";
export type { LogBatch, Metric, Param, Tag } from "../mlflow/core/entities.ts";
export { MlflowError, type MlflowErrorOptions } from "../mlflow/core/mlflow-error.ts";
export type { CallOptions } from "../mlflow/core/tracking-store.ts";
export type { RetryOptions } from "../mlflow/rest/retry.ts";
export type { InputChannel } from "./channels.ts";
export {
  describeError,
  type FailOptions,
  type FailureOptions,
  fail,
  writeFailure,
} from "./failure.ts";
export {
  checkHyperparameters,
  type HyperparameterRule,
  type HyperparameterSchema,
  type HyperparameterTypes,
  type HyperparameterValues,
} from "./hyperparameters.ts";
export {
  formatMetrics,
  type MetricDefinition,
  metricDefinitions,
  type PrintMetricsOptions,
  printMetrics,
} from "./metrics.ts";
export { type MetricPointOptions, MlflowRun, mlflow } from "./mlflow.ts";
export type { MlflowRunOptions } from "./mlflow-log.ts";
export { type EnvironmentVariables, type OptMlPaths, optMlPaths } from "./paths.ts";
export { type RunTrainingOptions, runTraining } from "./run-training.ts";
export { type StopSignal, stopSignal } from "./stop-signal.ts";
export {
  type JobInstanceGroup,
  TrainingEnvironment,
  type TrainingEnvironmentOptions,
  trainingEnvironment,
} from "./training-environment.ts";
