/** Option sets by name: each option of the Python Estimator alone, at its edges, and in the pairs that belong together. */

import type { FileSystemInputOptions, TrainingInputOptions } from "../../src/index.ts";
import {
  type InputSpec,
  type InputsSpec,
  LEAST,
  type OptionSet,
  type PlainOptions,
} from "./option-sets.ts";

const PLAN = "arn:aws:sagemaker:us-west-2:123456789012:training-plan/test-training-plan";
const LAMBDA = "arn:aws:lambda:us-west-2:123456789012:function:test";
const RULES = "123456789012.dkr.ecr.us-west-2.amazonaws.com/rules:1";

/** Differences from the least set; `undefined` leaves an option of it out. */
const OPTIONS: Readonly<Record<string, Partial<Record<keyof PlainOptions, unknown>>>> = {
  "nothing more": {},
  "the default bucket": { outputPath: undefined },
  "an output path without a key": { outputPath: "s3://bucket" },
  "an output path with a slash": { outputPath: "s3://bucket/prefix/" },
  "an output key": { outputKmsKey: "arn:aws:kms:us-west-2:123456789012:key/1234" },
  "an empty output key": { outputKmsKey: "" },
  "an output key by alias": { outputKmsKey: "alias/mine" },
  "plain artifacts": { disableOutputCompression: true },
  "compressed artifacts": { disableOutputCompression: false },
  "many instances": { instanceCount: 100 },
  "no number of instances": { instanceCount: undefined },
  "a small volume": { volumeSize: 1 },
  "a large volume": { volumeSize: 16_384 },
  "a volume on an NVMe type": { instanceType: "ml.g5.xlarge", volumeSize: 125 },
  "an encrypted volume": { volumeKmsKey: "volume-key" },
  "an encrypted volume on an NVMe type": {
    instanceType: "ml.p4d.24xlarge",
    volumeKmsKey: "volume-key",
  },
  "one second": { maxRun: 1 },
  "28 days": { maxRun: 2_419_200 },
  spot: { useSpotInstances: true, maxRun: 456, maxWait: 500 },
  "spot without a second to wait": { useSpotInstances: true, maxRun: 456, maxWait: 456 },
  "spot for a day": { useSpotInstances: true, maxWait: 86_400 },
  "no spot": { useSpotInstances: false },
  checkpoints: { checkpointS3Uri: "s3://bucket/checkpoints/" },
  "checkpoints in a folder": { checkpointS3Uri: "s3://bucket", checkpointLocalPath: "/tmp/c" },
  "spot with checkpoints": {
    useSpotInstances: true,
    maxWait: 90_000,
    checkpointS3Uri: "s3://bucket/c",
  },
  "a warm pool": { keepAlivePeriodInSeconds: 1800 },
  "the longest warm pool": { keepAlivePeriodInSeconds: 21_600 },
  "no warm pool": { keepAlivePeriodInSeconds: 0 },
  "FastFile mode": { inputMode: "FastFile" },
  "Pipe mode": { inputMode: "Pipe" },
  "a training plan": { trainingPlan: PLAN },
  placement: {
    instanceCount: 2,
    instancePlacementConfig: { EnableMultipleJobs: false, PlacementSpecifications: [] },
  },
  "placement by UltraServer": {
    trainingPlan: PLAN,
    instancePlacementConfig: {
      PlacementSpecifications: [{ UltraServerId: "u1", InstanceCount: 2 }, { InstanceCount: 1 }],
    },
  },
  "one instance group": {
    instanceType: undefined,
    instanceCount: undefined,
    instanceGroups: [{ instanceGroupName: "g", instanceType: "ml.m5.large", instanceCount: 1 }],
  },
  "instance groups with a warm pool and a volume": {
    instanceType: undefined,
    instanceCount: undefined,
    volumeSize: 50,
    keepAlivePeriodInSeconds: 60,
    instanceGroups: [
      { instanceGroupName: "cpu", instanceType: "ml.m5.large", instanceCount: 1 },
      { instanceGroupName: "gpu", instanceType: "ml.p3.2xlarge", instanceCount: 2 },
    ],
  },
  "string hyperparameters": { hyperparameters: { a: "x", b: "", c: '"quoted"', d: "a b, c" } },
  "string hyperparameters beyond ASCII": {
    hyperparameters: { city: "Zürich – 東京 🎉", schlüssel: "ü", blank: "  a\tb " },
  },
  "string hyperparameters that read as JSON": {
    hyperparameters: { a: '{"k": 1}', b: "007", c: "null", d: "True", e: "[1, 2" },
  },
  "the longest hyperparameter": { hyperparameters: { s: "x".repeat(2500) } },
  "the most hyperparameters": {
    hyperparameters: Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, `v${i}`])),
  },
  "odd names of hyperparameters": { hyperparameters: { "a-b.c/d": "1", "with space": "2" } },
  "number hyperparameters": { hyperparameters: { i: 3, zero: 0, minus: -1, f: 0.1, small: 0.001 } },
  "no hyperparameters": { hyperparameters: {} },
  "an environment": { environment: { A: "1", b_2: "two words", EMPTY: "" } },
  "an empty environment": { environment: {} },
  "tags as a record": { tags: { team: "pricing", "cost-center": "42", empty: "" } },
  "an environment beyond ASCII": { environment: { CITY: "Zürich", JSON: '{"a": 1}' } },
  "tags beyond ASCII": { tags: { straße: "Zürich" } },
  "tags as a list": {
    tags: [
      { Key: "a", Value: "1" },
      { Key: "b:c/d", Value: "2@3" },
    ],
  },
  "no tags in a list": { tags: [] },
  "no tags in a record": { tags: {} },
  "a VPC": { subnets: ["subnet-123", "subnet-456"], securityGroupIds: ["sg-789"] },
  isolation: { enableNetworkIsolation: true },
  "no isolation": { enableNetworkIsolation: false },
  "encrypted traffic": { encryptInterContainerTraffic: true },
  "plain traffic": { encryptInterContainerTraffic: false },
  "a model": { modelUri: "s3://model-bucket/model.tar.gz" },
  "a model in its own channel": { modelUri: "s3://models/prefix/", modelChannelName: "base" },
  metrics: {
    metricDefinitions: [
      { Name: "loss", Regex: "loss=(.*?);" },
      { Name: "acc", Regex: "acc=([0-9.]+)" },
    ],
  },
  "no metrics": { metricDefinitions: [] },
  "metrics as time series": { enableSagemakerMetrics: true },
  "no metrics as time series": { enableSagemakerMetrics: false },
  "an entry point": { containerEntryPoint: ["/bin/sh", "-c"] },
  arguments: { containerArguments: ["--flag", ""] },
  "an entry point and arguments": {
    containerEntryPoint: ["python", "t.py"],
    containerArguments: ["x"],
  },
  "platform repository": { trainingRepositoryAccessMode: "Platform" },
  "a repository in a VPC": {
    imageUri: "registry.example.com/team/algo:1",
    trainingRepositoryAccessMode: "Vpc",
    subnets: ["subnet-1"],
    securityGroupIds: ["sg-1"],
  },
  "a repository with credentials": {
    trainingRepositoryAccessMode: "Vpc",
    trainingRepositoryCredentialsProviderArn: LAMBDA,
  },
  retries: { maxRetryAttempts: 30 },
  "one retry": { maxRetryAttempts: 1 },
  "infra check": { enableInfraCheck: true },
  "no infra check": { enableInfraCheck: false },
  "remote debug": { enableRemoteDebug: true },
  "no remote debug": { enableRemoteDebug: false },
  "tag chaining": { enableSessionTagChaining: true },
  "no tag chaining": { enableSessionTagChaining: false },
  "a hook": { debuggerHookConfig: { s3OutputPath: "s3://bucket/tensors" } },
  "a hook as it comes": { debuggerHookConfig: true },
  "a hook in the output path": { debuggerHookConfig: {} },
  "no hook": { debuggerHookConfig: false },
  "a hook with all of it": {
    debuggerHookConfig: {
      s3OutputPath: "s3://bucket/tensors",
      containerLocalOutputPath: "/opt/ml/output/t",
      hookParameters: { save_interval: "10" },
      collectionConfigs: [{ name: "losses", parameters: { save_interval: "5" } }],
    },
  },
  "a hook with a plain collection": { debuggerHookConfig: { collectionConfigs: [{ name: "w" }] } },
  "a debugger rule": { rules: [{ kind: "debugger", name: "LossNotDecreasing", imageUri: RULES }] },
  "a debugger rule and no hook": {
    debuggerHookConfig: false,
    rules: [{ kind: "debugger", name: "LossNotDecreasing", imageUri: RULES }],
  },
  "a debugger rule with all of it": {
    rules: [
      {
        kind: "debugger",
        name: "Mine",
        imageUri: RULES,
        instanceType: "ml.t3.medium",
        volumeSizeInGB: 10,
        ruleParameters: { rule_to_invoke: "Mine" },
        s3OutputPath: "s3://bucket/rules",
        containerLocalOutputPath: "/opt/ml/rules",
      },
    ],
  },
  "a profiler rule": {
    rules: [
      {
        kind: "profiler",
        name: "Report",
        imageUri: RULES,
        ruleParameters: { rule_to_invoke: "ProfilerReport" },
      },
    ],
  },
  "a profiler": { profilerConfig: { systemMonitorIntervalMillis: 500 } },
  "a profiler of its own path": { profilerConfig: { s3OutputPath: "s3://bucket/profiles" } },
  "a profiler of the framework": {
    profilerConfig: { frameworkProfileParams: { DataloaderProfilingConfig: "{}" } },
  },
  "no profiler": { disableProfiler: true },
  "no profiler, said of itself": { profilerConfig: { disableProfiler: true } },
  "no profiler, said twice": { disableProfiler: true, profilerConfig: { disableProfiler: true } },
  "no debugger at all": { disableProfiler: true, debuggerHookConfig: false, rules: [] },
  TensorBoard: { tensorboardOutputConfig: { s3OutputPath: "s3://bucket/tb" } },
  "TensorBoard in a folder": {
    tensorboardOutputConfig: { s3OutputPath: "s3://bucket/tb", containerLocalOutputPath: "/tb" },
  },
  "a base name": { baseJobName: "some" },
};

const uri = (text: string): InputSpec => ({ kind: "uri", uri: text });
const data = (options: TrainingInputOptions, s3Data = "s3://bucket/pre"): InputSpec => ({
  kind: "TrainingInput",
  s3Data,
  options,
});
const system = (options: Partial<FileSystemInputOptions> = {}): InputSpec => ({
  kind: "FileSystemInput",
  options: {
    fileSystemId: "fs-0a48d2a1",
    fileSystemType: "EFS",
    directoryPath: "/train",
    ...options,
  },
});
const channels = (given: Readonly<Record<string, InputSpec>>): InputsSpec => ({
  kind: "channels",
  channels: given,
});

const INPUTS: Readonly<Record<string, InputsSpec>> = {
  "a URI": uri("s3://bucket/mydata"),
  "a bucket": uri("s3://bucket"),
  "a URI with a slash": uri("s3://bucket/mydata/"),
  "a URI beyond ASCII": uri("s3://bucket/a b/ü"),
  "a URI with slashes in a row": uri("s3://bucket/a//b/"),
  "an access point": uri("s3://arn:aws:s3:us-west-2:123456789012:accesspoint/mine/prefix"),
  "no attributes": data({ attributeNames: [] }),
  "an empty content type": data({ contentType: "" }),
  "a lone TrainingInput": data({}),
  "a lone TrainingInput in Pipe mode": data({ inputMode: "Pipe" }),
  "a TrainingInput in Pipe mode in a channel": channels({ train: data({ inputMode: "Pipe" }) }),
  "channels in order": channels({ b: uri("s3://xyz/b"), a: data({}), c: uri("s3://xyz/c") }),
  "a channel with dots": channels({ "train.v1_2-x": uri("s3://xyz/b") }),
  "no channels": channels({}),
  "sharded data": channels({ train: data({ distribution: "ShardedByS3Key" }) }),
  "gzipped data": data({ compression: "Gzip", inputMode: "Pipe" }),
  "data that is not compressed": channels({ train: data({ compression: "None" }) }),
  records: data({ recordWrapping: "RecordIO", inputMode: "Pipe" }),
  "a content type": channels({ train: data({ contentType: "text/csv" }) }),
  "a manifest": channels({ train: data({ s3DataType: "ManifestFile" }) }),
  "an augmented manifest": data({
    s3DataType: "AugmentedManifestFile",
    attributeNames: ["source-ref", "label"],
    inputMode: "Pipe",
  }),
  "shuffled data": channels({ train: data({ shuffleConfig: { seed: 7 } }) }),
  "data shuffled with seed 0": channels({ train: data({ shuffleConfig: { seed: 0 } }) }),
  "a licence": channels({ train: data({ modelAccessConfig: { AcceptEula: true } }) }),
  "a licence that is refused": channels({
    train: data({ modelAccessConfig: { AcceptEula: false } }),
  }),
  "a hub": channels({
    train: data({
      hubAccessConfig: { HubContentArn: "arn:aws:sagemaker:us-west-2:aws:hub-content/x" },
    }),
  }),
  "a file system": system(),
  "a file system in a channel": channels({ train: system() }),
  "a file system that may be written": system({ fileSystemAccessMode: "rw" }),
  FSx: channels({
    train: system({
      fileSystemId: "fs-0123456789abcdef0",
      fileSystemType: "FSxLustre",
      directoryPath: "/fsx/train",
      fileSystemAccessMode: "ro",
      contentType: "text/csv",
    }),
  }),
  "a file system beside S3": channels({ a: system(), b: uri("s3://bucket/x") }),
};

/** Sets that have both, or that link to an experiment. */
const WHOLE: Readonly<Record<string, OptionSet>> = {
  "a model behind other channels": {
    options: { ...LEAST, modelUri: "s3://models/m" },
    inputs: channels({ train: uri("s3://xyz/a"), test: uri("s3://xyz/b") }),
  },
  "a model beside a lone input": {
    options: { ...LEAST, modelUri: "s3://models/m" },
    inputs: data({ inputMode: "Pipe" }),
  },
  "a channel for one instance group": {
    options: {
      imageUri: LEAST.imageUri ?? "",
      role: LEAST.role ?? "",
      instanceGroups: [
        { instanceGroupName: "cpu", instanceType: "ml.m5.large", instanceCount: 1 },
        { instanceGroupName: "gpu", instanceType: "ml.p3.2xlarge", instanceCount: 1 },
      ],
    },
    inputs: channels({
      a: data({ instanceGroups: ["cpu"] }),
      b: data({ instanceGroups: ["cpu", "gpu"] }),
      c: data({}),
    }),
  },
  "an experiment": {
    options: LEAST,
    experimentConfig: {
      ExperimentName: "exp",
      TrialName: "trial",
      TrialComponentDisplayName: "tc",
      RunName: "rn",
    },
  },
  "half an experiment": { options: LEAST, experimentConfig: { ExperimentName: "exp" } },
  "an empty experiment": { options: LEAST, experimentConfig: {} },
};

/** All of them, by name. Every one would be accepted. */
export function edgeSets(): [name: string, set: OptionSet][] {
  return [
    ...Object.entries(OPTIONS).map(([name, more]): [string, OptionSet] => [
      name,
      { options: given({ ...LEAST, ...more }) },
    ]),
    ...Object.entries(INPUTS).map(([name, inputs]): [string, OptionSet] => [
      `inputs: ${name}`,
      { options: LEAST, inputs },
    ]),
    ...Object.entries(WHOLE),
  ];
}

function given(options: Readonly<Record<string, unknown>>): PlainOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
