/** What the table of options says besides what the code says by itself: what Python calls an option, and what differs. */

/** Options whose names in Python do not follow from ours, or that Python's classes do not have (`null`). */
export const PYTHON_NAMES: Readonly<Record<string, string | null>> = {
  session: "sagemaker_session",
  hyperparameterSchema: null,
  jsonEncodeStrings: null,
  overrides: null,
  mlflowConfig: null,
  modelPackageConfig: null,
  serverlessJobConfig: null,
  instancePreferences: null,
  capacityFallbacks: null,
  maxPendingTime: null,
  codeDelivery: null,
  installRequirements: null,
};

/** Names of `fit()`'s options in Python. */
export const PYTHON_FIT_OPTIONS: readonly string[] = [
  "wait",
  "logs",
  "jobName",
  "experimentConfig",
];

/** Where in the request an option arrives that makes no member by itself. */
export const FIELDS: Readonly<Record<string, string>> = {
  modelUri: "`InputDataConfig[]`",
  modelChannelName: "`InputDataConfig[].ChannelName`",
  overrides: "any",
  baseJobName: "`TrainingJobName`",
  sourceDir: "channel `code`; with `toolkit` `HyperParameters.sagemaker_submit_directory`",
  entryPoint:
    "`AlgorithmSpecification.ContainerEntrypoint`; with `toolkit` `HyperParameters.sagemaker_program`",
  dependencies: "as `sourceDir`",
  codeLocation: "as `sourceDir`",
  gitConfig: "as `sourceDir`",
  containerLogLevel: "with `toolkit` `HyperParameters.sagemaker_container_log_level`",
};

/** Limits of options whose values are not the member's. */
export const LIMITS: Readonly<Record<string, string>> = {
  disableOutputCompression: "`true` is sent as `NONE`",
};

/** What is different from Python, or better. */
export const DIFFERENCES: Readonly<Record<string, string>> = {
  imageUri: "May be a program folder on the local cloud.",
  role: "A name is looked up in IAM, never glued together; none is needed locally.",
  instanceCount: "Python has no default.",
  instanceType:
    "`local` needs neither Docker nor an account. A type that is not known yet is a warning.",
  maxWait:
    "Python sends it without spot instances, or shorter than `maxRun`, and the service refuses; both are told here.",
  useSpotInstances: "Works with a session of a local cloud and an `ml.` type.",
  checkpointS3Uri: "Works locally too.",
  checkpointLocalPath: "Python drops it without `checkpointS3Uri`; here that is an error.",
  trainingRepositoryCredentialsProviderArn:
    "Python drops it without `trainingRepositoryAccessMode`; here that is an error.",
  modelChannelName: "Without `modelUri` it is an error.",
  modelUri: "May be a local path.",
  hyperparameters:
    "Python's generic Estimator sends `True`, `None` and dictionaries as Python writes them; here they are JSON.",
  environment: "Values must be texts; Python leaves that to botocore.",
  encryptInterContainerTraffic: "`false` wins over `config.yaml`; in Python it does not.",
  baseJobName:
    "What an image's name has that no job's may have is replaced; milliseconds have three digits always.",
  debuggerHookConfig: "A plain object. Python turns the hook on by itself.",
  profilerConfig:
    "A plain object. Python turns the profiler on by itself. With `disableProfiler` in it nothing else may be said.",
  disableProfiler: "Python says `false` where nothing was asked for.",
  rules: "Plain objects. A rule turns on what it looks at.",
  tensorboardOutputConfig: "A plain object.",
  subnets: "One without the other is told before the start.",
  volumeSize: "Given for instances whose disks have a fixed size, there is a warning.",
  volumeKmsKey: "Given for instances that take none, there is a warning.",
  sourceDir: "May be used with any image, by `codeDelivery`.",
  experimentConfig: "There is no active `Run` that it could come from.",
  jobName: "Checked before anything is uploaded.",
  wait: "Ctrl-C ends the wait and tells how to come back; Python swallows it.",
  logs: "`Rules` prints no training log.",
  s3DataType: "Has `Converse` too.",
  fileSystemAccessMode: "Without a VPC there is a warning.",
};
