/** Option sets of an Estimator, made at random: every one keeps the service's limits and the library's rules. */

import fc from "fast-check";
import {
  DatasetInput,
  type EstimatorOptions,
  type ExperimentConfig,
  FileSystemInput,
  type FileSystemInputOptions,
  type FitInput,
  type FitInputs,
  type InputMode,
  TrainingInput,
  type TrainingInputOptions,
} from "../../src/index.ts";

/** One input as plain data: it can be printed, and handed to a program in another language. */
export type InputSpec =
  | { readonly kind: "uri"; readonly uri: string }
  | {
      readonly kind: "TrainingInput";
      readonly s3Data: string;
      readonly options: TrainingInputOptions;
    }
  | { readonly kind: "FileSystemInput"; readonly options: FileSystemInputOptions }
  | {
      readonly kind: "DatasetInput";
      readonly datasetArn: string;
      readonly options: { readonly contentType?: string; readonly inputMode?: InputMode };
    };

/** What `fit()` is given: nothing, one input, or channels in order. */
export type InputsSpec =
  | undefined
  | InputSpec
  | { readonly kind: "channels"; readonly channels: Readonly<Record<string, InputSpec>> };

/** The options of an Estimator that are plain data. */
export type PlainOptions = Omit<EstimatorOptions, "session" | "hyperparameterSchema">;

/** All that makes one request. */
export interface OptionSet {
  readonly options: PlainOptions;
  readonly inputs?: InputsSpec;
  readonly experimentConfig?: ExperimentConfig;
}

/** Which surface a set is of: all of it, or what the Python Estimator has too. */
export type Surface = "all" | "python";

/** The image of every set. */
export const SET_IMAGE = "123456789012.dkr.ecr.us-west-2.amazonaws.com/my-algo:1.0";
/** The role of every set. */
export const SET_ROLE = "arn:aws:iam::123456789012:role/SageMakerRole";

/**
 * Inputs as `fit()` takes them.
 *
 * @param spec - as data
 */
export function inputsOf(spec: InputsSpec): FitInputs | undefined {
  if (spec?.kind !== "channels") return spec && inputOf(spec);
  return Object.fromEntries(
    Object.entries(spec.channels).map(([name, input]) => [name, inputOf(input)]),
  );
}

function inputOf(spec: InputSpec): FitInput {
  switch (spec.kind) {
    case "uri":
      return spec.uri;
    case "TrainingInput":
      return new TrainingInput(spec.s3Data, spec.options);
    case "FileSystemInput":
      return new FileSystemInput(spec.options);
    case "DatasetInput":
      return new DatasetInput(spec.datasetArn, spec.options);
  }
}

const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,12}$/);
const text = fc.string({ unit: "grapheme-ascii", maxLength: 20 });
const s3Uri = fc
  .tuple(fc.constantFrom("bucket", "other-bucket"), fc.array(word, { maxLength: 3 }), fc.boolean())
  .map(([bucket, parts, slash]) => `s3://${[bucket, ...parts].join("/")}${slash ? "/" : ""}`);
const path = fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join("/")}`);
const kmsKey = fc.constantFrom(
  "1234abcd-12ab-34cd-56ef-1234567890ab",
  "arn:aws:kms:us-west-2:123456789012:key/1234abcd",
  "alias/mine",
);
const trainingPlan = fc.constant(
  "arn:aws:sagemaker:us-west-2:123456789012:training-plan/test-training-plan",
);
const instanceType = fc.constantFrom(
  "ml.c4.xlarge",
  "ml.m5.large",
  "ml.m5.4xlarge",
  "ml.p3.2xlarge",
  "ml.g5.xlarge",
  "ml.trn1.2xlarge",
);
const instanceCount = fc.integer({ min: 1, max: 20 });
const words = fc.array(word, { minLength: 1, maxLength: 4 });
const wordMap = fc.dictionary(word, word, { maxKeys: 4 });

/** Every key may be left out. */
function some<T>(
  model: { readonly [K in keyof T]?: fc.Arbitrary<T[K]> },
): fc.Arbitrary<Partial<T>> {
  const given = model as Readonly<Record<string, fc.Arbitrary<unknown>>>;
  return fc.record(given, { requiredKeys: [] }) as fc.Arbitrary<Partial<T>>;
}

/** One of several ways of saying something, or nothing of it. */
function either(...ways: fc.Arbitrary<PlainOptions>[]): fc.Arbitrary<PlainOptions> {
  return fc.oneof(fc.constant<PlainOptions>({}), ...ways);
}

const json = fc.oneof(
  fc.string({ unit: "grapheme-ascii", maxLength: 12 }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.integer(), { maxLength: 3 }),
  fc.dictionary(word, fc.integer(), { maxKeys: 3 }),
);
const tags = fc.oneof(
  fc.dictionary(word, word, { maxKeys: 5 }),
  fc.uniqueArray(fc.record({ Key: word, Value: word }), {
    selector: ({ Key }) => Key,
    maxLength: 5,
  }),
);

/** Options that neither need nor exclude another. */
const single = some<PlainOptions>({
  inputMode: fc.constantFrom<InputMode>("File", "Pipe", "FastFile"),
  outputPath: s3Uri,
  outputKmsKey: kmsKey,
  disableOutputCompression: fc.boolean(),
  baseJobName: word,
  hyperparameters: fc.dictionary(word, json, { maxKeys: 5 }),
  environment: fc.dictionary(word, text, { maxKeys: 5 }),
  tags,
  encryptInterContainerTraffic: fc.boolean(),
  enableNetworkIsolation: fc.boolean(),
  metricDefinitions: fc.array(fc.record({ Name: word, Regex: fc.constant("loss=(.*?);") }), {
    maxLength: 4,
  }),
  enableSagemakerMetrics: fc.boolean(),
  containerEntryPoint: words,
  containerArguments: words,
  maxRetryAttempts: fc.integer({ min: 1, max: 30 }),
  enableInfraCheck: fc.boolean(),
  enableRemoteDebug: fc.boolean(),
  enableSessionTagChaining: fc.boolean(),
  volumeSize: fc.integer({ min: 1, max: 16_384 }),
  volumeKmsKey: kmsKey,
  keepAlivePeriodInSeconds: fc.integer({ min: 0, max: 21_600 }),
  trainingPlan,
});

const placement = fc.constant<PlainOptions>({
  instancePlacementConfig: {
    EnableMultipleJobs: true,
    PlacementSpecifications: [{ UltraServerId: "ultraserver-1", InstanceCount: 2 }],
  },
});

const machines = fc
  .tuple(instanceType, some<PlainOptions>({ instanceCount }))
  .map(([type, more]): PlainOptions => ({ instanceType: type, ...more }));
const groups = fc
  .uniqueArray(fc.record({ instanceGroupName: word, instanceType, instanceCount }), {
    selector: ({ instanceGroupName }) => instanceGroupName,
    minLength: 1,
    maxLength: 3,
  })
  .map((instanceGroups): PlainOptions => ({ instanceGroups }));
const preferences = fc
  .array(
    fc
      .tuple(instanceType, some({ instanceCount, trainingPlan }))
      .map(([type, more]) => ({ instanceType: type, ...more })),
    { minLength: 1, maxLength: 5 },
  )
  .map((instancePreferences): PlainOptions => ({ instancePreferences }));

const onDemand = fc.integer({ min: 1, max: 2_000_000 }).map((maxRun): PlainOptions => ({ maxRun }));
const spot = fc
  .tuple(fc.integer({ min: 1, max: 200_000 }), fc.integer({ min: 0, max: 100_000 }))
  .map(
    ([maxRun, more]): PlainOptions => ({
      useSpotInstances: true,
      maxRun,
      maxWait: maxRun + more,
    }),
  );
const checkpoints = fc
  .tuple(s3Uri, some<PlainOptions>({ checkpointLocalPath: path }))
  .map(([checkpointS3Uri, more]): PlainOptions => ({ checkpointS3Uri, ...more }));
const vpc = fc
  .record({ subnets: words, securityGroupIds: words })
  .map((both): PlainOptions => both);
const registry = fc
  .tuple(
    fc.constantFrom("Platform" as const, "Vpc" as const),
    some<PlainOptions>({
      trainingRepositoryCredentialsProviderArn: fc.constant(
        "arn:aws:lambda:us-west-2:123456789012:function:test",
      ),
    }),
  )
  .map(
    ([trainingRepositoryAccessMode, more]): PlainOptions => ({
      trainingRepositoryAccessMode,
      ...more,
    }),
  );
const model = fc
  .tuple(s3Uri, some<PlainOptions>({ modelChannelName: fc.constantFrom("base", "model2") }))
  .map(([modelUri, more]): PlainOptions => ({ modelUri, ...more }));

const hook = fc.oneof(
  fc.constant<PlainOptions>({ debuggerHookConfig: true }),
  fc.constant<PlainOptions>({ debuggerHookConfig: false }),
  some({
    s3OutputPath: s3Uri,
    containerLocalOutputPath: path,
    hookParameters: wordMap,
    collectionConfigs: fc.uniqueArray(
      fc.tuple(word, some({ parameters: wordMap })).map(([name, more]) => ({ name, ...more })),
      { selector: ({ name }) => name, minLength: 1, maxLength: 3 },
    ),
  }).map((debuggerHookConfig): PlainOptions => ({ debuggerHookConfig })),
);
const rule = (kind: "debugger" | "profiler") =>
  fc
    .tuple(
      word,
      some({
        instanceType: fc.constantFrom("ml.m5.large", "ml.t3.medium"),
        volumeSizeInGB: fc.integer({ min: 1, max: 100 }),
        ruleParameters: fc.dictionary(word, word, { minKeys: 1, maxKeys: 3 }),
        s3OutputPath: s3Uri,
        containerLocalOutputPath: path,
      }),
    )
    .map(([name, more]) => ({
      kind,
      name,
      imageUri: "123456789012.dkr.ecr.us-west-2.amazonaws.com/rules:1",
      ...more,
    }));
const rulesOf = (...kinds: ("debugger" | "profiler")[]) =>
  fc
    .uniqueArray(fc.oneof(...kinds.map(rule)), {
      selector: ({ name }) => name,
      minLength: 1,
      maxLength: 3,
    })
    .map((rules): PlainOptions => ({ rules }));
const profiling = fc.oneof(
  fc.constant<PlainOptions>({ disableProfiler: true }),
  fc
    .tuple(
      some({
        s3OutputPath: s3Uri,
        systemMonitorIntervalMillis: fc.constantFrom(100, 500, 60_000),
        frameworkProfileParams: fc.dictionary(word, word, { minKeys: 1, maxKeys: 3 }),
      }),
      either(rulesOf("profiler"), rulesOf("debugger", "profiler")),
    )
    .map(([profilerConfig, rules]): PlainOptions => ({ profilerConfig, ...rules })),
  rulesOf("debugger"),
);
const board = fc.tuple(s3Uri, some({ containerLocalOutputPath: path })).map(
  ([s3OutputPath, more]): PlainOptions => ({
    tensorboardOutputConfig: { s3OutputPath, ...more },
  }),
);

/** What no Python class offers. */
const ours = some<PlainOptions>({
  maxPendingTime: fc.integer({ min: 1800, max: 2_419_200 }),
  mlflowConfig: fc
    .tuple(
      fc.constant("arn:aws:sagemaker:us-west-2:123456789012:mlflow-tracking-server/mine"),
      some({ MlflowExperimentName: word, MlflowRunName: word }),
    )
    .map(([MlflowResourceArn, more]) => ({ MlflowResourceArn, ...more })),
  modelPackageConfig: fc
    .tuple(
      fc.constant("arn:aws:sagemaker:us-west-2:123456789012:model-package-group/mine"),
      some({
        SourceModelPackageArn: fc.constant(
          "arn:aws:sagemaker:us-west-2:123456789012:model-package/mine/1",
        ),
      }),
    )
    .map(([ModelPackageGroupArn, more]) => ({ ModelPackageGroupArn, ...more })),
  jsonEncodeStrings: fc.boolean(),
});

const dataOptions = some<TrainingInputOptions>({
  distribution: fc.constantFrom("FullyReplicated" as const, "ShardedByS3Key" as const),
  compression: fc.constantFrom("None" as const, "Gzip" as const),
  contentType: fc.constantFrom("text/csv", "application/x-parquet"),
  recordWrapping: fc.constantFrom("None" as const, "RecordIO" as const),
  s3DataType: fc.constantFrom(
    "S3Prefix" as const,
    "ManifestFile" as const,
    "AugmentedManifestFile" as const,
  ),
  inputMode: fc.constantFrom<InputMode>("File", "Pipe", "FastFile"),
  attributeNames: words,
  shuffleConfig: fc.record({ seed: fc.integer() }),
  modelAccessConfig: fc.record({ AcceptEula: fc.boolean() }),
  hubAccessConfig: fc.record({
    HubContentArn: fc.constant("arn:aws:sagemaker:us-west-2:aws:hub-content/x"),
  }),
});

function anInput(surface: Surface, groupNames: readonly string[]): fc.Arbitrary<InputSpec> {
  const instanceGroups =
    groupNames.length === 0 ? undefined : fc.subarray([...groupNames], { minLength: 1 });
  const forGroups: fc.Arbitrary<TrainingInputOptions> =
    instanceGroups === undefined ? fc.constant({}) : some({ instanceGroups });
  const shared: fc.Arbitrary<InputSpec>[] = [
    s3Uri.map((uri): InputSpec => ({ kind: "uri", uri })),
    fc.tuple(s3Uri, dataOptions, forGroups).map(
      ([s3Data, options, more]): InputSpec => ({
        kind: "TrainingInput",
        s3Data,
        options: { ...options, ...more },
      }),
    ),
    fc
      .tuple(
        fc.record({
          fileSystemId: fc.constantFrom("fs-0a48d2a1", "fs-0123456789abcdef0"),
          fileSystemType: fc.constantFrom("EFS" as const, "FSxLustre" as const),
          directoryPath: path,
        }),
        some({
          fileSystemAccessMode: fc.constantFrom("ro" as const, "rw" as const),
          contentType: fc.constant("text/csv"),
        }),
      )
      .map(([must, may]): InputSpec => ({ kind: "FileSystemInput", options: { ...must, ...may } })),
  ];
  const dataset = some({
    contentType: fc.constant("text/csv"),
    inputMode: fc.constantFrom<InputMode>("File", "FastFile"),
  }).map(
    (options): InputSpec => ({
      kind: "DatasetInput",
      datasetArn: "arn:aws:sagemaker:us-west-2:123456789012:hub-content/hub/DataSet/claims/1.0.0",
      options,
    }),
  );
  return fc.oneof(...shared, ...(surface === "all" ? [dataset] : []));
}

function theInputs(surface: Surface, groupNames: readonly string[]): fc.Arbitrary<InputsSpec> {
  const input = anInput(surface, groupNames);
  return fc.oneof(
    fc.constant(undefined),
    input,
    fc
      .dictionary(word, input, { minKeys: 1, maxKeys: 5 })
      .map((channels): InputsSpec => ({ kind: "channels", channels })),
  );
}

const experiment = some<ExperimentConfig>({
  ExperimentName: word,
  TrialName: word,
  TrialComponentDisplayName: word,
  RunName: word,
});

/**
 * Sets of options and inputs: each would be accepted.
 *
 * @param surface - all options, or those of the Python Estimator
 */
export function optionSets(surface: Surface): fc.Arbitrary<OptionSet> {
  const resources = fc.oneof(
    fc
      .tuple(machines, either(placement), either(onDemand, spot))
      .map((all): PlainOptions => Object.assign({}, ...all)),
    fc.tuple(groups, either(onDemand, spot)).map((all): PlainOptions => Object.assign({}, ...all)),
    ...(surface === "all"
      ? [
          fc
            .tuple(preferences, either(onDemand))
            .map((all): PlainOptions => Object.assign({}, ...all)),
        ]
      : []),
  );
  return fc
    .tuple(
      resources,
      single,
      either(checkpoints),
      either(vpc),
      either(registry),
      either(model),
      either(hook),
      either(profiling),
      either(board),
      surface === "all" ? ours : fc.constant<PlainOptions>({}),
    )
    .chain((parts) => {
      const options: PlainOptions = Object.assign(
        { imageUri: SET_IMAGE, role: SET_ROLE },
        ...parts,
      );
      const names = (options.instanceGroups ?? []).map(
        ({ instanceGroupName }) => instanceGroupName,
      );
      return fc.tuple(theInputs(surface, names), fc.option(experiment, { nil: undefined })).map(
        ([inputs, experimentConfig]): OptionSet => ({
          options,
          ...(inputs !== undefined && { inputs }),
          ...(experimentConfig !== undefined && { experimentConfig }),
        }),
      );
    });
}

/** A set that can do without most of them: the least that an Estimator needs. */
export const LEAST: PlainOptions = {
  imageUri: SET_IMAGE,
  role: SET_ROLE,
  instanceType: "ml.c4.xlarge",
  instanceCount: 1,
  outputPath: "s3://bucket/prefix",
};
