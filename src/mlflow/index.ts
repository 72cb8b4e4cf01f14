/**
 * MLflow's tracking, for Node.js: experiments, runs, metrics and artifacts, on a server, a SageMaker-managed one, or in a folder.
 *
 * @packageDocumentation
 */

export type { ServerAccess } from "../environment.ts";
export { SageMakerError } from "../errors.ts";
export { MlflowClient, type MlflowClientOptions } from "./client.ts";
export type {
  DatasetInput,
  FileInfo,
  LifecycleStage,
  LogBatch,
  Metric,
  Page,
  Param,
  RunInfo,
  RunStatus,
  Tag,
  ViewType,
} from "./core/entities.ts";
export { MlflowError, type MlflowErrorOptions } from "./core/mlflow-error.ts";
export type {
  ModelStage,
  ModelVersion,
  ModelVersionStatus,
  RegisteredModel,
} from "./core/registry-entities.ts";
export type { RegistrySearchOptions } from "./core/registry-store.ts";
export type { CallOptions, SearchOptions } from "./core/tracking-store.ts";
export type { Experiment, Run } from "./entities.ts";
export { ExperimentClient, type TrackingClientOptions } from "./experiment-client.ts";
export type { OpenOptions } from "./open-store.ts";
export {
  type CreateModelVersionOptions,
  type CreateRegisteredModelOptions,
  RegistryClient,
} from "./registry-client.ts";
export type { RetryOptions } from "./rest/retry.ts";
export {
  type CreateRunOptions,
  type LogMetricOptions,
  TrackingClient,
} from "./tracking-client.ts";
