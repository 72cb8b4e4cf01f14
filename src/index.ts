/** Every public name of the core, listed by hand. Subpaths: `sagemaker-estimator/local`, `sagemaker-estimator/container`. */

export type { ClientConfig, Credentials, ServiceName } from "./aws/clients.ts";
export type {
  SagemakerConfig,
  SessionConfig,
  TrainingJobConfig,
} from "./config/sagemaker-config.ts";
export {
  CapacityError,
  type Finding,
  SageMakerError,
  TransferError,
  type TransferFailure,
  type UnexpectedStatusDetails,
  UnexpectedStatusError,
  ValidationError,
  WaitTimeoutError,
} from "./errors.ts";
export { Estimator, type EstimatorAttachOptions } from "./estimator.ts";
export { type ExecutionRoleOptions, getExecutionRole } from "./execution-role.ts";
export { HuggingFace, PyTorch, SKLearn, TensorFlow, XGBoost } from "./frameworks.ts";
export type { ImageFramework } from "./image/image-table.ts";
export { imageUris, type RetrieveOptions } from "./image/image-uris.ts";

export {
  DatasetInput,
  type DatasetInputOptions,
  FileSystemInput,
  type FileSystemInputOptions,
  type FitInput,
  type FitInputs,
  type InputMode,
  type InstanceGroup,
  JsonInput,
  type JsonInputOptions,
  type ShuffleConfig,
  TrainingInput,
  type TrainingInputOptions,
} from "./inputs.ts";
export { harmlessLines as printableLines } from "./report/harmless.ts";
export { type AbortOptions, Session } from "./session.ts";
export type {
  LocalBackend,
  LocalNote,
  Logger,
  SessionOptions,
  SessionSettings,
} from "./session-options.ts";
export type { CodeOptions, GitConfig } from "./training/code/code-options.ts";
export type { CostCeiling } from "./training/cost.ts";
export type {
  CollectionConfig,
  DebuggerHookConfig,
  DebugOptions,
  ProfilerConfig,
  RuleAction,
  RuleConfig,
  TensorBoardOutputConfig,
} from "./training/debug-options.ts";
export type {
  DebuggerRuleName,
  ProfilerRuleName,
  ProfilerRuleParameterNames,
} from "./training/debug-rule-table.ts";
export {
  type CustomProfilerRuleOptions,
  type CustomRuleOptions,
  ProfilerRule,
  type ProfilerRuleOptions,
  Rule,
  type RuleOptions,
} from "./training/debug-rules.ts";
export type { PlanTextOptions } from "./training/display.ts";
export type { DownloadOptions } from "./training/download.ts";
export type { TrainingJobResult } from "./training/end-of-job.ts";
export type {
  EndEvent,
  LogEvent,
  MetricEvent,
  NoteEvent,
  ProgressEvent,
  StatusEvent,
  TrainingJobEvent,
  WarningEvent,
} from "./training/events.ts";
export type { ExperimentConfig, FitOptions } from "./training/fit-options.ts";
export type { WaitOptions } from "./training/follow.ts";
export type {
  DataParallelDistribution,
  Distribution,
  Enabled,
  HuggingFaceDistribution,
  ModelParallelDistribution,
  MpiDistribution,
  PyTorchDistribution,
  SmDistributed,
  TensorFlowDistribution,
} from "./training/framework/distribution-options.ts";
export type {
  FrameworkOptions,
  HuggingFaceOptions,
  PyTorchOptions,
  SKLearnOptions,
  TensorFlowOptions,
  XGBoostOptions,
} from "./training/framework/framework-options.ts";
export type { Hyperparameters, HyperparameterValue } from "./training/hyperparameters.ts";
export type { JobCost, JobCostOptions } from "./training/job-cost.ts";
export type {
  AttachOptions,
  DescribeOptions,
  DescribeTextOptions,
  EventsOptions,
  ListJobsOptions,
  LogsOptions,
  StopOptions,
  UpdateOptions,
  UpdateProfilerOptions,
} from "./training/job-options.ts";
export type { ListedJob } from "./training/list-jobs.ts";
export type { LogGrace } from "./training/log-drain.ts";
export type { FitMlflowOptions, JobMlflowRun } from "./training/mlflow-options.ts";
export type { ModelData, UncompressedModelData } from "./training/model-data.ts";
export type {
  EstimatorOptions,
  MetricDefinition,
  MlflowConfig,
  ModelPackageConfig,
  RequestOverrides,
  ServerlessJobConfig,
  Tags,
} from "./training/options.ts";
export type {
  PlannedUpload,
  TrainingPlan,
  TrainingPlanParts,
} from "./training/plan.ts";
export {
  diffRuns,
  RunDiff,
  type RunDifference,
  type RunDifferenceGroup,
} from "./training/record/diff-runs.ts";
export type { FromRunOptions } from "./training/record/repeat-run.ts";
export type { Redaction } from "./training/redact.ts";
export type {
  ModelApprovalStatus,
  ModelMetadataProperties,
  ModelRegistry,
  RegisteredModel,
  RegisteredModelPackage,
  RegisteredModelVersion,
  RegisterMlflowOptions,
  RegisterModelOptions,
} from "./training/register/register-options.ts";
export type { LogsOption } from "./training/reporter.ts";
export type { TrainingJobRequest } from "./training/request.ts";
export type {
  InstancePlacementConfig,
  InstancePreference,
  InstanceType,
  MachineOptions,
  ResourceOptions,
} from "./training/resource-options.ts";
export {
  type BuiltInRule,
  type ProfilerRuleParameters,
  type RuleConfigs,
  ruleConfigs,
} from "./training/rule-configs.ts";
export type {
  RunArtifact,
  RunChannel,
  RunCheckpoints,
  RunCode,
  RunDigest,
  RunGit,
  RunImage,
  RunOutcome,
  RunRecord,
} from "./training/run-record.ts";
export type {
  StandardIssue,
  StandardResult,
  StandardSchema,
} from "./training/standard-schema.ts";
export { TrainingJob, type TrainingJobSummary } from "./training/training-job.ts";
export type { OnProgress } from "./transfer/progress.ts";
export { S3Downloader, type S3DownloaderOptions } from "./transfer/s3-downloader.ts";
export { S3Uploader, type S3UploaderOptions } from "./transfer/s3-uploader.ts";
export {
  parseS3Uri,
  type S3Location,
  type S3PathJoinOptions,
  type S3PathPart,
  s3PathJoin,
} from "./transfer/s3-uri.ts";
