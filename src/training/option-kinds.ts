/** What each option is, for callers without types. Data; the compiler sees that no option is missing, however deep, and none too many. */

import type {
  DatasetInputOptions,
  FileSystemInputOptions,
  JsonInputOptions,
  TrainingInputOptions,
} from "../inputs.ts";
import type { Session } from "../session.ts";
import type { CollectionConfig, DebuggerHookConfig, RuleConfig } from "./debug-options.ts";
import type { FitOptions } from "./fit-options.ts";
import type {
  HuggingFaceOptions,
  PyTorchOptions,
  SKLearnOptions,
  TensorFlowOptions,
  XGBoostOptions,
} from "./framework/framework-options.ts";
import type { Kind, Kinds, LikeKind, MembersKind } from "./kinds.ts";
import type { EstimatorOptions } from "./options.ts";
import type { ResourceOptions } from "./resource-options.ts";

const STRINGS = { list: "string" } as const;
const STRING_MAP = { map: "string" } as const;
/** Its values are checked by whoever reads them. */
const RECORD = { map: "any" } as const;

/** As in Python, numbers and booleans become text. */
const TEXT: Kind = { oneOf: ["string", "number", "boolean"], words: "A string" };

/** Of `session`. It may come from another copy of this library. */
const SESSION: LikeKind = {
  like: "A Session",
  is: (value) => can(value, "region", "defaultBucket") && typeof value.clients === "object",
};
/** Of `signal`. */
export const SIGNAL: LikeKind = {
  like: "An AbortSignal",
  is: (value) => can(value, "addEventListener", "throwIfAborted"),
};
const SCHEMA: LikeKind = {
  like: "A schema that speaks Standard Schema",
  is: (value) => {
    const standard = isObject(value) ? value["~standard"] : undefined;
    return can(standard, "validate");
  },
};

/** What `new PyTorch()` and its like make of theirs. */
const FRAMEWORK: LikeKind = {
  like: "A framework's estimator",
  is: (value) => isObject(value) && Array.isArray(value["refused"]),
};

function can(value: unknown, ...methods: readonly string[]): value is Partial<Session> {
  return isObject(value) && methods.every((name) => typeof value[name] === "function");
}

/** Some schemas are functions. */
function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

const MACHINES: Kinds<Omit<ResourceOptions, "capacityFallbacks">> = {
  instanceCount: "number",
  instanceType: "string",
  instanceGroups: {
    list: {
      members: {
        instanceGroupName: "string",
        instanceType: "string",
        instanceCount: "number",
      },
    },
  },
  instancePreferences: {
    list: {
      members: {
        instanceType: "string",
        instanceCount: "number",
        trainingPlan: "string",
      },
    },
  },
  keepAlivePeriodInSeconds: "number",
  volumeSize: "number",
  volumeKmsKey: "string",
  trainingPlan: "string",
  instancePlacementConfig: {
    members: {
      EnableMultipleJobs: "boolean",
      PlacementSpecifications: {
        list: { members: { UltraServerId: "string", InstanceCount: "number" } },
      },
    },
  },
  maxRun: "number",
  useSpotInstances: "boolean",
  maxWait: "number",
  maxPendingTime: "number",
  maxRetryAttempts: "number",
};

const COLLECTION: MembersKind<Kinds<CollectionConfig>> = {
  members: { name: "string", parameters: STRING_MAP },
};
const HOOK: MembersKind<Kinds<DebuggerHookConfig>> = {
  members: {
    s3OutputPath: "string",
    containerLocalOutputPath: "string",
    hookParameters: STRING_MAP,
    collectionConfigs: { list: COLLECTION },
  },
};
const RULE: MembersKind<Kinds<RuleConfig>> = {
  members: {
    kind: { word: ["debugger", "profiler"] },
    name: "string",
    imageUri: "string",
    instanceType: "string",
    volumeSizeInGB: "number",
    ruleParameters: STRING_MAP,
    collectionsToSave: { list: COLLECTION },
    actions: {
      list: {
        members: {
          name: { word: ["stoptraining", "email", "sms"] },
          trainingJobPrefix: "string",
          endpoint: "string",
        },
      },
    },
    s3OutputPath: "string",
    containerLocalOutputPath: "string",
  },
};

/** Of an Estimator's options. */
export const ESTIMATOR_KINDS: Kinds<EstimatorOptions> = {
  imageUri: "string",
  algorithmArn: "string",
  role: "string",
  ...MACHINES,
  capacityFallbacks: {
    list: { oneOf: ["string", { members: MACHINES }], words: "An instance type, or a record," },
  },
  inputMode: "string",
  outputPath: "string",
  outputKmsKey: "string",
  disableOutputCompression: "boolean",
  checkpointS3Uri: "string",
  checkpointLocalPath: "string",
  baseJobName: "string",
  hyperparameters: RECORD,
  hyperparameterSchema: SCHEMA,
  jsonEncodeStrings: "boolean",
  environment: STRING_MAP,
  tags: {
    oneOf: [{ list: { members: { Key: "string", Value: "string" } } }, { map: TEXT }],
    words: "A record, or a list of { Key, Value },",
  },
  subnets: STRINGS,
  securityGroupIds: STRINGS,
  enableNetworkIsolation: "boolean",
  encryptInterContainerTraffic: "boolean",
  modelUri: "string",
  modelChannelName: "string",
  metricDefinitions: { list: { members: { Name: "string", Regex: "string" } } },
  enableSagemakerMetrics: "boolean",
  containerEntryPoint: STRINGS,
  containerArguments: STRINGS,
  trainingRepositoryAccessMode: "string",
  trainingRepositoryCredentialsProviderArn: "string",
  enableInfraCheck: "boolean",
  enableRemoteDebug: "boolean",
  enableSessionTagChaining: "boolean",
  mlflowConfig: {
    members: {
      MlflowResourceArn: "string",
      MlflowExperimentName: "string",
      MlflowRunName: "string",
    },
  },
  modelPackageConfig: {
    members: {
      ModelPackageGroupArn: "string",
      SourceModelPackageArn: "string",
    },
  },
  serverlessJobConfig: {
    members: {
      BaseModelArn: "string",
      JobType: "string",
      AcceptEula: "boolean",
      CustomizationTechnique: "string",
      Peft: "string",
      EvaluationType: "string",
      EvaluatorArn: "string",
      SequenceLength: "string",
    },
  },
  overrides: RECORD,
  debuggerHookConfig: { oneOf: ["boolean", HOOK], words: "A boolean, or a record," },
  rules: { list: RULE },
  profilerConfig: {
    members: {
      s3OutputPath: "string",
      systemMonitorIntervalMillis: "number",
      frameworkProfileParams: STRING_MAP,
      disableProfiler: "boolean",
    },
  },
  disableProfiler: "boolean",
  tensorboardOutputConfig: {
    members: {
      s3OutputPath: "string",
      containerLocalOutputPath: "string",
    },
  },
  sourceDir: "string",
  entryPoint: "string",
  dependencies: STRINGS,
  codeLocation: "string",
  gitConfig: {
    members: {
      repo: "string",
      branch: "string",
      commit: "string",
      username: "string",
      password: "string",
      token: "string",
    },
  },
  codeDelivery: { word: ["channel", "toolkit"] },
  containerLogLevel: "number",
  installRequirements: "boolean",
  framework: FRAMEWORK,
  session: SESSION,
  isComplete: "boolean",
  recordedCode: "any",
};

type FrameworkNames =
  | keyof PyTorchOptions
  | keyof TensorFlowOptions
  | keyof HuggingFaceOptions
  | keyof SKLearnOptions
  | keyof XGBoostOptions;

/** Of the options of frameworks' estimators, besides an Estimator's. */
export const FRAMEWORK_KINDS: {
  readonly [K in Exclude<FrameworkNames, keyof EstimatorOptions>]: Kind;
} = {
  frameworkVersion: "string",
  transformersVersion: "string",
  pytorchVersion: "string",
  tensorflowVersion: "string",
  pyVersion: "string",
  imageUriRegion: "string",
  distribution: RECORD,
  modelDir: { oneOf: ["string", { word: [false] }], words: "A string, or false," },
  // Refused by name elsewhere.
  compilerConfig: "any",
  trainingRecipe: "any",
  recipeOverrides: "any",
};

/** Of `fit()`'s options. */
export const FIT_KINDS: Kinds<FitOptions> = {
  wait: "boolean",
  logs: { word: ["All", "Training", "Rules", "None", true, false] },
  jobName: "string",
  experimentConfig: {
    members: {
      ExperimentName: "string",
      TrialName: "string",
      TrialComponentDisplayName: "string",
      RunName: "string",
    },
  },
  signal: SIGNAL,
  onAbort: { word: ["detach", "stop"] },
  onEvent: "function",
  preflight: { word: ["aws", "offline"] },
  pricePerHourUsd: {
    oneOf: ["number", RECORD],
    words: "A price in US dollars an hour, or a record of one for each instance type,",
  },
  reuse: "boolean",
  runRecord: "boolean",
  mlflow: {
    oneOf: [
      "boolean",
      {
        members: {
          trackingUri: "string",
          experimentName: "string",
          runName: "string",
          tags: STRING_MAP,
          parentRunId: "string",
          nested: "boolean",
          strict: "boolean",
        },
      },
    ],
    words: "A boolean, or a record,",
  },
  handleSigint: "boolean",
  pollIntervalMs: "number",
};

/** Of the options of `TrainingInput`. */
export const TRAINING_INPUT_KINDS: Kinds<TrainingInputOptions> = {
  distribution: "string",
  compression: "string",
  contentType: "string",
  recordWrapping: "string",
  s3DataType: "string",
  instanceGroups: STRINGS,
  inputMode: "string",
  attributeNames: STRINGS,
  shuffleConfig: { members: { seed: "number" } },
  modelAccessConfig: { members: { AcceptEula: "boolean" } },
  hubAccessConfig: { members: { HubContentArn: "string" } },
};

/** Of the options of `FileSystemInput`. */
export const FILE_SYSTEM_INPUT_KINDS: Kinds<FileSystemInputOptions> = {
  fileSystemId: "string",
  fileSystemType: "string",
  directoryPath: "string",
  fileSystemAccessMode: "string",
  contentType: "string",
};

/** Of the options of `DatasetInput`. */
export const DATASET_INPUT_KINDS: Kinds<DatasetInputOptions> = {
  contentType: "string",
  inputMode: "string",
};

/** Of the options of `JsonInput`. */
export const JSON_INPUT_KINDS: Kinds<JsonInputOptions> = {
  fileName: "string",
  contentType: "string",
};
