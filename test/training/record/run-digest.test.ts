import { describe, expect, it } from "vitest";
import { type RunInputs, runDigest } from "../../../src/training/record/run-digest.ts";

const CHANNEL = {
  ChannelName: "train",
  DataSource: {
    S3DataSource: {
      S3DataType: "S3Prefix",
      S3Uri: "s3://b/train/",
      S3DataDistributionType: "FullyReplicated",
    },
  },
};
const REQUEST = {
  TrainingJobName: "a",
  RoleArn: "arn:role",
  AlgorithmSpecification: { TrainingImage: "image:1", TrainingInputMode: "File" },
  HyperParameters: { lr: "0.1" },
  Environment: { LEVEL: "info" },
  InputDataConfig: [CHANNEL],
  OutputDataConfig: { S3OutputPath: "s3://b/out/" },
  ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 30 },
  StoppingCondition: { MaxRuntimeInSeconds: 3600 },
};
const RUN: RunInputs = {
  request: REQUEST,
  redacted: [],
  image: { kind: "image", uri: "image:1", digest: "sha256:1" },
  channels: { train: { source: "s3", uri: "s3://b/train/", digest: "d" } },
};

function digest(run: Partial<RunInputs>, request: object = {}): string | undefined {
  return runDigest({ ...RUN, request: { ...REQUEST, ...request }, ...run }).value;
}

const PLAIN = digest({});

describe("the digest of a run", () => {
  it("is a SHA-256", () => {
    expect(PLAIN).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, Partial<RunInputs>, object]>([
    ["the image", { image: { kind: "image", uri: "image:1", digest: "sha256:2" } }, {}],
    ["the code", { code: { digest: "c" } }, {}],
    ["a channel's data", { channels: { train: { source: "s3", digest: "e" } } }, {}],
    ["a hyperparameter", {}, { HyperParameters: { lr: "0.2" } }],
    ["one hyperparameter more", {}, { HyperParameters: { lr: "0.1", seed: "1" } }],
    ["an environment variable", {}, { Environment: { LEVEL: "debug" } }],
    [
      "the instance type",
      {},
      { ResourceConfig: { InstanceType: "ml.c5.large", InstanceCount: 1 } },
    ],
    [
      "how many instances",
      {},
      { ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 2 } },
    ],
    [
      "the entry point",
      {},
      { AlgorithmSpecification: { ...REQUEST.AlgorithmSpecification, ContainerEntrypoint: ["x"] } },
    ],
    [
      "an argument",
      {},
      { AlgorithmSpecification: { ...REQUEST.AlgorithmSpecification, ContainerArguments: ["x"] } },
    ],
    ["a channel's name", {}, { InputDataConfig: [{ ...CHANNEL, ChannelName: "test" }] }],
    [
      "a channel's content type",
      {},
      { InputDataConfig: [{ ...CHANNEL, ContentType: "text/csv" }] },
    ],
    ["a channel's input mode", {}, { InputDataConfig: [{ ...CHANNEL, InputMode: "Pipe" }] }],
    ["shuffling", {}, { InputDataConfig: [{ ...CHANNEL, ShuffleConfig: { Seed: 1 } }] }],
    [
      "the form of the output",
      {},
      { OutputDataConfig: { S3OutputPath: "s3://b/out/", CompressionType: "NONE" } },
    ],
    ["network isolation", {}, { EnableNetworkIsolation: true }],
    ["a member that is newer than this library", {}, { QuantumConfig: { Qubits: 3 } }],
    [
      "that checkpoints are kept",
      { checkpoints: { uri: "s3://b/c", empty: true } },
      { CheckpointConfig: { S3Uri: "s3://b/c" } },
    ],
  ])("is another one for another value of %s", (_, run, request) => {
    const other = digest(run, request);
    expect(other).toMatch(/^[0-9a-f]{64}$/);
    expect(other).not.toBe(PLAIN);
  });

  it.each<[string, Partial<RunInputs>, object]>([
    ["the job's name", {}, { TrainingJobName: "b" }],
    ["the role", {}, { RoleArn: "arn:other" }],
    ["tags", {}, { Tags: [{ Key: "team", Value: "x" }] }],
    [
      "the place of the output",
      {},
      { OutputDataConfig: { S3OutputPath: "s3://c/", KmsKeyId: "k" } },
    ],
    ["the time limit", {}, { StoppingCondition: { MaxRuntimeInSeconds: 60 } }],
    ["spot instances", {}, { EnableManagedSpotTraining: true }],
    ["the VPC", {}, { VpcConfig: { Subnets: ["s"], SecurityGroupIds: ["g"] } }],
    ["the experiment", {}, { ExperimentConfig: { RunName: "r" } }],
    [
      "the volume",
      {},
      { ResourceConfig: { ...REQUEST.ResourceConfig, VolumeSizeInGB: 90, VolumeKmsKeyId: "k" } },
    ],
    [
      "a tag of the same image",
      { image: { kind: "image", uri: "image:latest", digest: "sha256:1" } },
      { AlgorithmSpecification: { TrainingImage: "image:latest", TrainingInputMode: "File" } },
    ],
    [
      "the place of the same data",
      { channels: { train: { source: "s3", uri: "s3://c/", digest: "d" } } },
      {
        InputDataConfig: [
          {
            ...CHANNEL,
            DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: "s3://c/" } },
          },
        ],
      },
    ],
    [
      "what the service answers where nothing was asked for",
      {},
      {
        InputDataConfig: [
          { ...CHANNEL, CompressionType: "None", RecordWrapperType: "None", InputMode: "File" },
        ],
      },
    ],
    ["a credential's value", { redacted: [{ path: "Environment.T", kind: "credential" }] }, {}],
    [
      "the toolkit's own names",
      { code: undefined as never },
      { HyperParameters: { lr: "0.1", sagemaker_job_name: "b" } },
    ],
  ])("is the same for another value of %s", (_, run, request) => {
    expect(digest(run, request)).toBe(PLAIN);
  });

  it("does not depend on the order of members and channels", () => {
    const [one, two] = [CHANNEL, { ...CHANNEL, ChannelName: "test" }];
    const channels = {
      train: { source: "s3", digest: "d" },
      test: { source: "s3", digest: "e" },
    } as const;
    expect(digest({ channels }, { InputDataConfig: [two, one] })).toBe(
      digest({ channels }, { InputDataConfig: [one, two] }),
    );
  });

  it.each<[string, Partial<RunInputs>, object]>([
    ["image: not asked", { image: { kind: "image", uri: "i", unknown: "not asked" } }, {}],
    ["channel train: too many", { channels: { train: { source: "s3", unknown: "too many" } } }, {}],
    ["checkpoints: the job could go on", { checkpoints: { uri: "s3://b/c", empty: false } }, {}],
    ["checkpoints: it is not known", { checkpoints: { uri: "s3://b/c" } }, {}],
    [
      "HyperParameters.key: it may be a secret",
      { redacted: [{ path: "HyperParameters.key", kind: "suspect" }] },
      {},
    ],
    [
      "code: the archive was made elsewhere",
      {},
      { HyperParameters: { sagemaker_submit_directory: "s3://b/x.tar.gz" } },
    ],
  ])("is not there, and says why: %s", (why, run, request) => {
    const { value, unknown } = runDigest({ ...RUN, request: { ...REQUEST, ...request }, ...run });
    expect(value).toBeUndefined();
    expect(unknown).toEqual([expect.stringContaining(why)]);
  });

  it("can be that of a run from the beginning, whatever its checkpoints' place holds by now", () => {
    const run = (empty: boolean): RunInputs => ({
      ...RUN,
      checkpoints: { uri: "s3://b/c", empty },
    });
    expect(runDigest(run(false), { fromScratch: true })).toEqual(runDigest(run(true)));
  });
});
