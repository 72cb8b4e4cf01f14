/** What each option is, for callers without types. Data; the compiler sees that no option is missing. */

import type {
  DatasetInputOptions,
  FileSystemInputOptions,
  InstanceGroup,
  JsonInputOptions,
  TrainingInputOptions,
} from "../inputs.ts";
import type {
  DebuggerHookConfig,
  ProfilerConfig,
  TensorBoardOutputConfig,
} from "./debug-options.ts";
import type { FitOptions } from "./fit-options.ts";
import type { EstimatorOptions } from "./options.ts";
import type { InstancePreference, ResourceOptions } from "./resource-options.ts";

/** What a value must be: a type, one of several words, or anything, which is checked elsewhere. */
export type Kind =
  | "string"
  | "number"
  | "boolean"
  | "function"
  | "list"
  | "record"
  | "any"
  | readonly unknown[];
/** One for each member of `T`. */
type Kinds<T> = { readonly [K in keyof Required<T>]: Kind };

const RESOURCES: Kinds<ResourceOptions> = {
  instanceCount: "number",
  instanceType: "string",
  instanceGroups: "list",
  instancePreferences: "list",
  capacityFallbacks: "list",
  keepAlivePeriodInSeconds: "number",
  volumeSize: "number",
  volumeKmsKey: "string",
  trainingPlan: "string",
  instancePlacementConfig: "record",
  maxRun: "number",
  useSpotInstances: "boolean",
  maxWait: "number",
  maxPendingTime: "number",
  maxRetryAttempts: "number",
};

/** Of an Estimator's options. */
export const ESTIMATOR_KINDS: Kinds<EstimatorOptions> = {
  imageUri: "string",
  algorithmArn: "string",
  role: "string",
  ...RESOURCES,
  inputMode: "string",
  outputPath: "string",
  outputKmsKey: "string",
  disableOutputCompression: "boolean",
  checkpointS3Uri: "string",
  checkpointLocalPath: "string",
  baseJobName: "string",
  hyperparameters: "record",
  hyperparameterSchema: "any",
  jsonEncodeStrings: "boolean",
  environment: "record",
  tags: "any",
  subnets: "list",
  securityGroupIds: "list",
  enableNetworkIsolation: "boolean",
  encryptInterContainerTraffic: "boolean",
  modelUri: "string",
  modelChannelName: "string",
  metricDefinitions: "list",
  enableSagemakerMetrics: "boolean",
  containerEntryPoint: "list",
  containerArguments: "list",
  trainingRepositoryAccessMode: "string",
  trainingRepositoryCredentialsProviderArn: "string",
  enableInfraCheck: "boolean",
  enableRemoteDebug: "boolean",
  enableSessionTagChaining: "boolean",
  mlflowConfig: "record",
  modelPackageConfig: "record",
  serverlessJobConfig: "record",
  overrides: "record",
  debuggerHookConfig: "any",
  rules: "list",
  profilerConfig: "record",
  disableProfiler: "boolean",
  tensorboardOutputConfig: "record",
  sourceDir: "string",
  entryPoint: "string",
  dependencies: "list",
  codeLocation: "string",
  gitConfig: "record",
  codeDelivery: "any",
  containerLogLevel: "number",
  installRequirements: "boolean",
  framework: "any",
  session: "record",
  isComplete: "any",
  recordedCode: "any",
};

/** Of `fit()`'s options. */
export const FIT_KINDS: Kinds<FitOptions> = {
  wait: "boolean",
  logs: ["All", "Training", "Rules", "None", true, false],
  jobName: "string",
  experimentConfig: "record",
  signal: "record",
  onAbort: ["detach", "stop"],
  onEvent: "function",
  preflight: ["aws", "offline"],
  pricePerHourUsd: "any",
  reuse: "boolean",
  runRecord: "boolean",
  handleSigint: "boolean",
  pollIntervalMs: "number",
};

const HOOK: Kinds<DebuggerHookConfig> = {
  s3OutputPath: "string",
  containerLocalOutputPath: "string",
  hookParameters: "record",
  collectionConfigs: "list",
};
const PROFILER: Kinds<ProfilerConfig> = {
  s3OutputPath: "string",
  systemMonitorIntervalMillis: "number",
  frameworkProfileParams: "record",
  disableProfiler: "boolean",
};
const TENSORBOARD: Kinds<TensorBoardOutputConfig> = {
  s3OutputPath: "string",
  containerLocalOutputPath: "string",
};
const GROUP: Kinds<InstanceGroup> = {
  instanceGroupName: "any",
  instanceType: "any",
  instanceCount: "any",
};
const PREFERENCE: Kinds<InstancePreference> = {
  instanceType: "any",
  instanceCount: "any",
  trainingPlan: "any",
};
/** Kinds by the options' names. */
export type OptionKinds = Readonly<Record<string, Kind>>;
/** Of the members of options that are records. */
export const RECORD_KINDS: Readonly<Record<string, OptionKinds>> = {
  debuggerHookConfig: HOOK,
  profilerConfig: PROFILER,
  tensorboardOutputConfig: TENSORBOARD,
};
/** Of the members of options that are lists of records; `undefined` where those are checked elsewhere. */
export const LIST_KINDS: Readonly<Record<string, OptionKinds | undefined>> = {
  capacityFallbacks: RESOURCES,
  instanceGroups: GROUP,
  instancePreferences: PREFERENCE,
  metricDefinitions: undefined,
  rules: undefined,
};

/** What the options of frameworks' estimators are called, besides an Estimator's. */
export const FRAMEWORK_NAMES: readonly string[] = [
  "frameworkVersion",
  "transformersVersion",
  "pytorchVersion",
  "tensorflowVersion",
  "pyVersion",
  "imageUriRegion",
  "distribution",
  "modelDir",
  // Refused by name elsewhere.
  "compilerConfig",
  "trainingRecipe",
  "recipeOverrides",
];

/** Of the options of `TrainingInput`. */
export const TRAINING_INPUT_KINDS: Kinds<TrainingInputOptions> = {
  distribution: "any",
  compression: "any",
  contentType: "any",
  recordWrapping: "any",
  s3DataType: "any",
  instanceGroups: "list",
  inputMode: "any",
  attributeNames: "list",
  shuffleConfig: "record",
  modelAccessConfig: "record",
  hubAccessConfig: "record",
};

/** Of the options of `FileSystemInput`. */
export const FILE_SYSTEM_INPUT_KINDS: Kinds<FileSystemInputOptions> = {
  fileSystemId: "any",
  fileSystemType: "any",
  directoryPath: "any",
  fileSystemAccessMode: "any",
  contentType: "any",
};

/** Of the options of `DatasetInput`. */
export const DATASET_INPUT_KINDS: Kinds<DatasetInputOptions> = {
  contentType: "any",
  inputMode: "any",
};

/** Of the options of `JsonInput`. */
export const JSON_INPUT_KINDS: Kinds<JsonInputOptions> = {
  fileName: "string",
  contentType: "any",
};
