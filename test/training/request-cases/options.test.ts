/** What the Python Estimator sends for an option, this one sends too: each option, and what it makes of the request. */

import { describe, expect, it } from "vitest";
import { FileSystemInput, TrainingInput, type TrainingJobRequest } from "../../../src/index.ts";
import { edgeSets } from "../../helpers/edge-sets.ts";
import { inputsOf, LEAST, SET_IMAGE, SET_ROLE } from "../../helpers/option-sets.ts";
import {
  CASE_OPTIONS,
  CASE_REQUEST,
  errorsOf,
  type PlanCase,
  planOf,
  requestOf,
} from "../../helpers/plan-case.ts";

type Request = Partial<TrainingJobRequest>;
/** The name, the options that differ from the least, and the members of the request that differ. */
type Case = [name: string, options: PlanCase["options"], changed: Request];

const PLAN_ARN = "arn:aws:sagemaker:us-west-2:123456789012:training-plan/test-training-plan";
const LAMBDA = "arn:aws:lambda:us-west-2:123456789012:function:test";
const algorithm = (more: object): Request =>
  ({ AlgorithmSpecification: { ...CASE_REQUEST.AlgorithmSpecification, ...more } }) as Request;
const resources = (more: object): Request =>
  ({ ResourceConfig: { ...CASE_REQUEST.ResourceConfig, ...more } }) as Request;
const output = (more: object): Request =>
  ({ OutputDataConfig: { ...CASE_REQUEST.OutputDataConfig, ...more } }) as Request;

describe("an option becomes its field", () => {
  it("and nothing else is sent that was not asked for", async () => {
    expect(await requestOf()).toEqual(CASE_REQUEST);
  });

  it.each<Case>([
    [
      "spot with checkpoints",
      {
        instanceCount: 3,
        maxRun: 456,
        useSpotInstances: true,
        maxWait: 500,
        checkpointS3Uri: "s3://mybucket/checkpoints/",
        checkpointLocalPath: "/tmp/checkpoints",
      },
      {
        ...resources({ InstanceCount: 3 }),
        StoppingCondition: { MaxRuntimeInSeconds: 456, MaxWaitTimeInSeconds: 500 },
        EnableManagedSpotTraining: true,
        CheckpointConfig: { S3Uri: "s3://mybucket/checkpoints/", LocalPath: "/tmp/checkpoints" },
      },
    ],
    [
      "checkpoints in the service's own folder",
      { checkpointS3Uri: "s3://mybucket/c" },
      { CheckpointConfig: { S3Uri: "s3://mybucket/c" } },
    ],
    [
      "encryption between containers",
      { encryptInterContainerTraffic: true },
      { EnableInterContainerTrafficEncryption: true },
    ],
    ["network isolation", { enableNetworkIsolation: true }, { EnableNetworkIsolation: true }],
    ["no network isolation", { enableNetworkIsolation: false }, {}],
    ["no encryption between containers", { encryptInterContainerTraffic: false }, {}],
    ["no spot instances", { useSpotInstances: false }, {}],
    [
      "metrics as time series",
      { enableSagemakerMetrics: true },
      algorithm({ EnableSageMakerMetricsTimeSeries: true }),
    ],
    [
      "no metrics as time series",
      { enableSagemakerMetrics: false },
      algorithm({ EnableSageMakerMetricsTimeSeries: false }),
    ],
    [
      "metric definitions",
      { metricDefinitions: [{ Name: "loss", Regex: "loss=(.*?);" }] },
      algorithm({ MetricDefinitions: [{ Name: "loss", Regex: "loss=(.*?);" }] }),
    ],
    [
      "the environment",
      { environment: { env_key1: "env_val1", env_key2: "env_val2" } },
      { Environment: { env_key1: "env_val1", env_key2: "env_val2" } },
    ],
    [
      "hyperparameters: strings as they are, everything else as JSON",
      {
        hyperparameters: {
          i: 3,
          f: 0.1,
          t: true,
          n: null,
          l: [1, 2],
          o: { k: [1] },
          s: "hello",
          empty: "",
          skipped: undefined,
        },
      },
      {
        HyperParameters: {
          i: "3",
          f: "0.1",
          t: "true",
          n: "null",
          l: "[1,2]",
          o: '{"k":[1]}',
          s: "hello",
          empty: "",
        },
      },
    ],
    [
      "hyperparameters as Python's Framework writes them",
      { jsonEncodeStrings: true, hyperparameters: { s: "x", i: 3, b: false } },
      { HyperParameters: { s: '"x"', i: "3", b: "false" } },
    ],
    ["no hyperparameters", { hyperparameters: {} }, {}],
    [
      "artifacts without an archive",
      { disableOutputCompression: true },
      output({ CompressionType: "NONE" }),
    ],
    ["artifacts in an archive", { disableOutputCompression: false }, {}],
    ["a key for artifacts", { outputKmsKey: "kms-key" }, output({ KmsKeyId: "kms-key" })],
    [
      "an output path, unchanged",
      { outputPath: "s3://test" },
      { OutputDataConfig: { S3OutputPath: "s3://test" } },
    ],
    [
      "placement on UltraServers",
      {
        instanceCount: 2,
        trainingPlan: PLAN_ARN,
        instancePlacementConfig: {
          EnableMultipleJobs: true,
          PlacementSpecifications: [{ UltraServerId: "ultraserver-1", InstanceCount: 2 }],
        },
      },
      resources({
        InstanceCount: 2,
        TrainingPlanArn: PLAN_ARN,
        InstancePlacementConfig: {
          EnableMultipleJobs: true,
          PlacementSpecifications: [{ UltraServerId: "ultraserver-1", InstanceCount: 2 }],
        },
      }),
    ],
    [
      "a heterogeneous cluster",
      {
        instanceType: undefined,
        instanceCount: undefined,
        instanceGroups: [
          { instanceGroupName: "group1", instanceType: "ml.c4.xlarge", instanceCount: 1 },
          { instanceGroupName: "group2", instanceType: "ml.m4.xlarge", instanceCount: 2 },
        ],
      },
      {
        ResourceConfig: {
          VolumeSizeInGB: 30,
          InstanceGroups: [
            { InstanceGroupName: "group1", InstanceType: "ml.c4.xlarge", InstanceCount: 1 },
            { InstanceGroupName: "group2", InstanceType: "ml.m4.xlarge", InstanceCount: 2 },
          ],
        },
      },
    ],
    [
      "instance types in the order of preference",
      {
        instanceType: undefined,
        instanceCount: undefined,
        instancePreferences: [
          { instanceType: "ml.p5.48xlarge", instanceCount: 2, trainingPlan: PLAN_ARN },
          { instanceType: "ml.p4d.24xlarge" },
        ],
      },
      {
        ResourceConfig: {
          VolumeSizeInGB: 30,
          InstancePreferences: [
            {
              InstanceType: "ml.p5.48xlarge",
              InstanceCount: 2,
              TrainingPlanArns: [PLAN_ARN],
            },
            { InstanceType: "ml.p4d.24xlarge" },
          ],
        },
      },
    ],
    ["one instance unless told otherwise", { instanceCount: undefined }, {}],
    [
      "a warm pool",
      { keepAlivePeriodInSeconds: 600 },
      resources({ KeepAlivePeriodInSeconds: 600 }),
    ],
    [
      "no warm pool, said",
      { keepAlivePeriodInSeconds: 0 },
      resources({ KeepAlivePeriodInSeconds: 0 }),
    ],
    [
      "a volume and its key",
      { volumeSize: 50, volumeKmsKey: "volumekey" },
      resources({ VolumeSizeInGB: 50, VolumeKmsKeyId: "volumekey" }),
    ],
    [
      "a key for the volume of an NVMe type, which is sent all the same",
      { instanceType: "ml.g5.xlarge", volumeKmsKey: "volumekey" },
      resources({ InstanceType: "ml.g5.xlarge", VolumeKmsKeyId: "volumekey" }),
    ],
    ["the running time", { maxRun: 60 }, { StoppingCondition: { MaxRuntimeInSeconds: 60 } }],
    [
      "the time to wait for capacity",
      { maxPendingTime: 7200 },
      { StoppingCondition: { MaxRuntimeInSeconds: 86_400, MaxPendingTimeInSeconds: 7200 } },
    ],
    [
      "a repository and its credentials",
      {
        trainingRepositoryAccessMode: "Vpc",
        trainingRepositoryCredentialsProviderArn: LAMBDA,
      },
      algorithm({
        TrainingImageConfig: {
          TrainingRepositoryAccessMode: "Vpc",
          TrainingRepositoryAuthConfig: { TrainingRepositoryCredentialsProviderArn: LAMBDA },
        },
      }),
    ],
    [
      "a repository alone",
      { trainingRepositoryAccessMode: "Platform" },
      algorithm({ TrainingImageConfig: { TrainingRepositoryAccessMode: "Platform" } }),
    ],
    [
      "the container's entry point",
      { containerEntryPoint: ["entry_point1", "entry_point2"] },
      algorithm({ ContainerEntrypoint: ["entry_point1", "entry_point2"] }),
    ],
    [
      "its arguments",
      { containerArguments: ["container_arguments1"] },
      algorithm({ ContainerArguments: ["container_arguments1"] }),
    ],
    [
      "a VPC",
      { subnets: ["subnet-123", "subnet-456"], securityGroupIds: ["sg-789", "sg-012"] },
      {
        VpcConfig: {
          Subnets: ["subnet-123", "subnet-456"],
          SecurityGroupIds: ["sg-789", "sg-012"],
        },
      },
    ],
    [
      "an algorithm in place of an image",
      { imageUri: undefined, algorithmArn: "arn:aws:sagemaker:us-west-2:123456789012:algorithm/a" },
      {
        AlgorithmSpecification: {
          AlgorithmName: "arn:aws:sagemaker:us-west-2:123456789012:algorithm/a",
          TrainingInputMode: "File",
        },
      },
    ],
    ["the input mode", { inputMode: "FastFile" }, algorithm({ TrainingInputMode: "FastFile" })],
    [
      "tags as a record, whose numbers become text",
      { tags: { a: "1", b: 2, c: true } },
      {
        Tags: [
          { Key: "a", Value: "1" },
          { Key: "b", Value: "2" },
          { Key: "c", Value: "true" },
        ],
      },
    ],
    [
      "tags as a list",
      {
        tags: [
          { Key: "a", Value: "1" },
          { Key: "b", Value: "" },
        ],
      },
      {
        Tags: [
          { Key: "a", Value: "1" },
          { Key: "b", Value: "" },
        ],
      },
    ],
    ["retries", { maxRetryAttempts: 2 }, { RetryStrategy: { MaximumRetryAttempts: 2 } }],
    ["infra check", { enableInfraCheck: true }, { InfraCheckConfig: { EnableInfraCheck: true } }],
    [
      "no infra check, said",
      { enableInfraCheck: false },
      { InfraCheckConfig: { EnableInfraCheck: false } },
    ],
    [
      "remote debugging",
      { enableRemoteDebug: true },
      { RemoteDebugConfig: { EnableRemoteDebug: true } },
    ],
    [
      "no remote debugging, said",
      { enableRemoteDebug: false },
      { RemoteDebugConfig: { EnableRemoteDebug: false } },
    ],
    [
      "chaining of session tags",
      { enableSessionTagChaining: true },
      { SessionChainingConfig: { EnableSessionTagChaining: true } },
    ],
    [
      "no chaining of session tags, said",
      { enableSessionTagChaining: false },
      { SessionChainingConfig: { EnableSessionTagChaining: false } },
    ],
    [
      "MLflow, by the service itself",
      {
        mlflowConfig: {
          MlflowResourceArn: "arn:aws:sagemaker:us-west-2:123456789012:mlflow-app/a",
        },
      },
      {
        MlflowConfig: {
          MlflowResourceArn: "arn:aws:sagemaker:us-west-2:123456789012:mlflow-app/a",
        },
      },
    ],
    [
      "a model package",
      {
        modelPackageConfig: {
          ModelPackageGroupArn: "arn:aws:sagemaker:us-west-2:123456789012:model-package-group/g",
        },
      },
      {
        ModelPackageConfig: {
          ModelPackageGroupArn: "arn:aws:sagemaker:us-west-2:123456789012:model-package-group/g",
        },
      },
    ],
  ])("%s", async (_, options, changed) => {
    expect(await requestOf({ options })).toEqual({ ...CASE_REQUEST, ...changed });
  });
});

describe("a serverless job", () => {
  const serverlessJobConfig = {
    BaseModelArn: "arn:aws:sagemaker:us-west-2:aws:hub-content/SageMakerPublicHub/Model/m/1.0.0",
    JobType: "FineTuning",
    AcceptEula: true,
  };
  const options = {
    imageUri: undefined,
    instanceType: undefined,
    instanceCount: undefined,
    serverlessJobConfig,
  };
  const request = {
    TrainingJobName: "jobname",
    RoleArn: SET_ROLE,
    OutputDataConfig: { S3OutputPath: "s3://bucket/prefix" },
    ServerlessJobConfig: serverlessJobConfig,
  };

  it("has neither image nor instances nor a time limit of its own", async () => {
    expect(await requestOf({ options })).toEqual(request);
  });

  it("loses nothing of what was asked for all the same", async () => {
    const more = {
      volumeSize: 50,
      maxRun: 60,
      metricDefinitions: [{ Name: "loss", Regex: "loss=(.*?);" }],
    };

    expect(await requestOf({ options: { ...options, ...more } })).toEqual({
      ...request,
      ResourceConfig: { VolumeSizeInGB: 50 },
      StoppingCondition: { MaxRuntimeInSeconds: 60 },
      AlgorithmSpecification: {
        MetricDefinitions: [{ Name: "loss", Regex: "loss=(.*?);" }],
        TrainingInputMode: "File",
      },
    });
  });
});

describe("debugger, profiler and TensorBoard", () => {
  const RULE = { name: "Mine", imageUri: SET_IMAGE };
  const HOOK = { S3OutputPath: "s3://bucket/prefix", CollectionConfigurations: [] };

  it.each<Case>([
    [
      "are off by a word",
      { disableProfiler: true, debuggerHookConfig: false },
      { ProfilerConfig: { DisableProfiler: true } },
    ],
    ["a hook as Python has it by default", { debuggerHookConfig: true }, { DebugHookConfig: HOOK }],
    [
      "a hook with all of it",
      {
        debuggerHookConfig: {
          s3OutputPath: "s3://bucket/tensors",
          containerLocalOutputPath: "/t",
          hookParameters: { save_interval: "10" },
          collectionConfigs: [
            { name: "losses", parameters: { save_interval: "5" } },
            { name: "w" },
          ],
        },
      },
      {
        DebugHookConfig: {
          S3OutputPath: "s3://bucket/tensors",
          LocalPath: "/t",
          HookParameters: { save_interval: "10" },
          CollectionConfigurations: [
            { CollectionName: "losses", CollectionParameters: { save_interval: "5" } },
            { CollectionName: "w" },
          ],
        },
      },
    ],
    [
      "a debugger rule asks for the hook",
      { rules: [{ kind: "debugger", ...RULE }] },
      {
        DebugHookConfig: HOOK,
        DebugRuleConfigurations: [{ RuleConfigurationName: "Mine", RuleEvaluatorImage: SET_IMAGE }],
      },
    ],
    [
      "a profiler rule asks for the profiler",
      {
        rules: [
          { kind: "profiler", ...RULE, ruleParameters: { rule_to_invoke: "ProfilerReport" } },
        ],
      },
      {
        ProfilerConfig: { S3OutputPath: "s3://bucket/prefix", DisableProfiler: false },
        ProfilerRuleConfigurations: [
          {
            RuleConfigurationName: "Mine",
            RuleEvaluatorImage: SET_IMAGE,
            RuleParameters: { rule_to_invoke: "ProfilerReport" },
          },
        ],
      },
    ],
    [
      "a profiler",
      {
        profilerConfig: {
          systemMonitorIntervalMillis: 500,
          frameworkProfileParams: { DataloaderProfilingConfig: "{}" },
        },
      },
      {
        ProfilerConfig: {
          S3OutputPath: "s3://bucket/prefix",
          ProfilingIntervalInMilliseconds: 500,
          ProfilingParameters: { DataloaderProfilingConfig: "{}" },
          DisableProfiler: false,
        },
      },
    ],
    [
      "TensorBoard",
      {
        tensorboardOutputConfig: {
          s3OutputPath: "s3://bucket/tb",
          containerLocalOutputPath: "/tb",
        },
      },
      { TensorBoardOutputConfig: { S3OutputPath: "s3://bucket/tb", LocalPath: "/tb" } },
    ],
  ])("%s", async (_, options, changed) => {
    expect(await requestOf({ options })).toEqual({ ...CASE_REQUEST, ...changed });
  });
});

describe("the default bucket", () => {
  const options = { outputPath: undefined };

  it("is the output path, with Python's slash and without the job's name", async () => {
    expect((await requestOf({ options })).OutputDataConfig).toEqual({
      S3OutputPath: "s3://sagemaker-us-west-2-123456789012/",
    });
  });

  it("may be another, with a prefix", async () => {
    const session = { defaultBucket: "my-default-bucket", defaultBucketPrefix: "test-prefix" };

    expect((await requestOf({ options, session })).OutputDataConfig).toEqual({
      S3OutputPath: "s3://my-default-bucket/test-prefix/",
    });
    expect((await requestOf({ session })).OutputDataConfig).toEqual({
      S3OutputPath: "s3://bucket/prefix",
    });
  });
});

describe("an experiment", () => {
  it("is linked to in the service's words", async () => {
    const experimentConfig = {
      ExperimentName: "exp",
      TrialName: "trial",
      TrialComponentDisplayName: "tc",
      RunName: "rn",
    };

    expect(
      (await requestOf({ fit: { jobName: "jobname", experimentConfig } })).ExperimentConfig,
    ).toEqual(experimentConfig);
  });

  it("that is empty is left out", async () => {
    expect(await requestOf({ fit: { jobName: "jobname", experimentConfig: {} } })).toEqual(
      CASE_REQUEST,
    );
  });
});

describe("overrides", () => {
  it("merge objects, replace lists and values, and take out what is null", async () => {
    const overrides = {
      ResourceConfig: { VolumeSizeInGB: null, InstanceCount: 4 },
      Tags: [{ Key: "b", Value: "2" }],
      StoppingCondition: undefined,
    };

    expect(await requestOf({ options: { tags: { a: "1" }, overrides } })).toEqual({
      ...CASE_REQUEST,
      ResourceConfig: { InstanceCount: 4, InstanceType: "ml.c4.xlarge" },
      Tags: [{ Key: "b", Value: "2" }],
    });
  });

  it("leave the options alone, and the next plan as it was", async () => {
    const overrides = { ResourceConfig: { VolumeSizeInGB: 31 } };
    const { request } = await planOf({ options: { overrides } });
    (request.ResourceConfig as { VolumeSizeInGB: number }).VolumeSizeInGB = 99;

    expect(overrides).toEqual({ ResourceConfig: { VolumeSizeInGB: 31 } });
    expect(CASE_OPTIONS).not.toHaveProperty("volumeSize");
  });

  it("carry what is newer than this library, with a warning", async () => {
    const overrides = { QuantumConfig: { Qubits: 3 } };
    const { request, findings } = await planOf({ options: { overrides } });

    expect(request).toEqual({ ...CASE_REQUEST, QuantumConfig: { Qubits: 3 } });
    expect(findings).toMatchObject([{ severity: "warning", path: "overrides.QuantumConfig" }]);
  });

  it("are checked like options", async () => {
    expect(
      await errorsOf({ options: { overrides: { RetryStrategy: { MaximumRetryAttempts: 31 } } } }),
    ).toEqual(["maxRetryAttempts: 31 is given; at most 30 is allowed."]);
  });
});

describe("sets that would be accepted have no error", () => {
  it.each(edgeSets())("%s", async (_, { options, inputs, experimentConfig }) => {
    const absent = Object.fromEntries(Object.keys(LEAST).map((name) => [name, undefined]));

    expect(
      await errorsOf({
        options: { ...absent, ...options },
        inputs: inputsOf(inputs),
        fit: { jobName: "jobname", ...(experimentConfig && { experimentConfig }) },
      }),
    ).toEqual([]);
  });
});

describe("inputs become channels", () => {
  const s3 = (uri: string, more: object = {}) => ({
    DataSource: {
      S3DataSource: {
        S3DataType: "S3Prefix",
        S3Uri: uri,
        S3DataDistributionType: "FullyReplicated",
        ...more,
      },
    },
  });
  const channels = async (inputs: unknown, options: PlanCase["options"] = {}) =>
    (await requestOf({ inputs, options })).InputDataConfig;

  it("a URI is the channel training", async () => {
    const expected = [{ ChannelName: "training", ...s3("s3://blah/blah") }];

    expect(await channels("s3://blah/blah")).toEqual(expected);
    expect(await channels(new TrainingInput("s3://blah/blah"))).toEqual(expected);
    expect(await channels({ training: "s3://blah/blah" })).toEqual(expected);
  });

  it("channels keep their order", async () => {
    expect(await channels({ b: "s3://blah/blah", a: "s3://foo/bar" })).toEqual([
      { ChannelName: "b", ...s3("s3://blah/blah") },
      { ChannelName: "a", ...s3("s3://foo/bar") },
    ]);
  });

  it.each([{ inputs: undefined }, { inputs: {} }, { inputs: null }])(
    "none is no channels, which the service takes ($inputs)",
    async ({ inputs }) => {
      expect(await requestOf({ inputs })).toEqual(CASE_REQUEST);
    },
  );

  it("TrainingInput has all of Python's arguments", async () => {
    const input = new TrainingInput("s3://bucket/pre", {
      distribution: "FullyReplicated",
      compression: "Gzip",
      contentType: "text/csv",
      recordWrapping: "RecordIO",
      s3DataType: "ManifestFile",
      inputMode: "Pipe",
      attributeNames: ["foo"],
      shuffleConfig: { seed: 7 },
      modelAccessConfig: { AcceptEula: true },
    });

    expect(await channels({ training: input })).toEqual([
      {
        ChannelName: "training",
        ...s3("s3://bucket/pre", {
          S3DataType: "ManifestFile",
          AttributeNames: ["foo"],
          ModelAccessConfig: { AcceptEula: true },
        }),
        CompressionType: "Gzip",
        ContentType: "text/csv",
        RecordWrapperType: "RecordIO",
        InputMode: "Pipe",
        ShuffleConfig: { Seed: 7 },
      },
    ]);
  });

  it("a lone TrainingInput's mode is the job's too", async () => {
    const input = new TrainingInput("s3://bucket/pre", { inputMode: "Pipe" });
    const { AlgorithmSpecification, InputDataConfig } = await requestOf({ inputs: input });

    expect(AlgorithmSpecification?.TrainingInputMode).toBe("Pipe");
    expect(InputDataConfig?.[0]?.InputMode).toBe("Pipe");
    expect(
      (await requestOf({ inputs: { training: input } })).AlgorithmSpecification?.TrainingInputMode,
    ).toBe("File");
  });

  it("a model is a channel behind all others", async () => {
    const model = {
      ...s3("s3://model-bucket/prefix/model.tar.gz"),
      ContentType: "application/x-sagemaker-model",
      InputMode: "File",
    };
    const modelUri = "s3://model-bucket/prefix/model.tar.gz";

    expect(await channels(undefined, { modelUri })).toEqual([{ ChannelName: "model", ...model }]);
    expect(
      await channels({ train: "s3://blah/blah" }, { modelUri, modelChannelName: "base" }),
    ).toEqual([
      { ChannelName: "train", ...s3("s3://blah/blah") },
      { ChannelName: "base", ...model },
    ]);
  });

  it.each([
    ["read-only", {}, "ro"],
    ["for writing", { fileSystemAccessMode: "rw" as const }, "rw"],
  ])("a file system is mounted %s", async (_, more, mode) => {
    const input = new FileSystemInput({
      fileSystemId: "fs-0a48d2a1",
      fileSystemType: "FSxLustre",
      directoryPath: "/fsx/data",
      ...more,
    });

    expect(await channels(input)).toEqual([
      {
        ChannelName: "training",
        DataSource: {
          FileSystemDataSource: {
            FileSystemId: "fs-0a48d2a1",
            FileSystemAccessMode: mode,
            FileSystemType: "FSxLustre",
            DirectoryPath: "/fsx/data",
          },
        },
      },
    ]);
  });
});
