import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  FileSystemInput,
  type FitInputs,
  JsonInput,
  namedInputs,
  TrainingInput,
} from "../../src/inputs.ts";
import { requestBreaches } from "../../src/training/constraints.ts";
import type { EstimatorOptions } from "../../src/training/options.ts";
import { buildRequest, type TrainingJobRequest, tagList } from "../../src/training/request.ts";

const IMAGE = "123456789012.dkr.ecr.us-west-2.amazonaws.com/my-algo:1.0";
const ROLE = "arn:aws:iam::123456789012:role/SageMakerRole";

function request(options: Partial<EstimatorOptions> = {}, inputs?: FitInputs): TrainingJobRequest {
  return buildRequest(
    { imageUri: IMAGE, role: ROLE, instanceType: "ml.c4.xlarge", ...options },
    {
      jobName: "jobname",
      roleArn: ROLE,
      outputPath: "s3://bucket/prefix",
      hyperparameters: {},
      channels: namedInputs(inputs).map(([name, input]) => ({
        name,
        input,
        ...(!(input instanceof FileSystemInput) && {
          uri: input instanceof TrainingInput ? input.s3Data : String(input),
        }),
      })),
      inputMode: inputs instanceof TrainingInput ? inputs.options.inputMode : undefined,
    },
  );
}

const s3 = (uri: string) => ({
  S3DataSource: {
    S3DataType: "S3Prefix",
    S3Uri: uri,
    S3DataDistributionType: "FullyReplicated",
  },
});

describe("a request", () => {
  it("has the defaults of the Python Estimator and nothing that was not asked for", () => {
    expect(request()).toEqual({
      TrainingJobName: "jobname",
      AlgorithmSpecification: { TrainingImage: IMAGE, TrainingInputMode: "File" },
      RoleArn: ROLE,
      OutputDataConfig: { S3OutputPath: "s3://bucket/prefix" },
      ResourceConfig: { InstanceType: "ml.c4.xlarge", InstanceCount: 1, VolumeSizeInGB: 30 },
      StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
    });
  });

  it("carries each option to its field", () => {
    const built = buildRequest(
      {
        imageUri: IMAGE,
        instanceType: "ml.m5.large",
        instanceCount: 3,
        volumeSize: 50,
        maxRun: 600,
        inputMode: "FastFile",
        environment: { LOG_LEVEL: "info" },
        tags: { team: "pricing" },
        metricDefinitions: [{ Name: "loss", Regex: "loss=(.*?);" }],
        containerEntryPoint: ["/bin/sh", "-c"],
        containerArguments: ["train"],
        trainingRepositoryAccessMode: "Vpc",
      },
      {
        jobName: "jobname",
        roleArn: ROLE,
        outputPath: "s3://bucket/prefix",
        hyperparameters: { lr: "0.1" },
        channels: [],
        experimentConfig: { ExperimentName: "e" },
      },
    );

    expect(built).toEqual({
      TrainingJobName: "jobname",
      HyperParameters: { lr: "0.1" },
      AlgorithmSpecification: {
        TrainingImage: IMAGE,
        TrainingInputMode: "FastFile",
        MetricDefinitions: [{ Name: "loss", Regex: "loss=(.*?);" }],
        ContainerEntrypoint: ["/bin/sh", "-c"],
        ContainerArguments: ["train"],
        TrainingImageConfig: { TrainingRepositoryAccessMode: "Vpc" },
      },
      RoleArn: ROLE,
      OutputDataConfig: { S3OutputPath: "s3://bucket/prefix" },
      ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 3, VolumeSizeInGB: 50 },
      StoppingCondition: { MaxRuntimeInSeconds: 600 },
      Tags: [{ Key: "team", Value: "pricing" }],
      Environment: { LOG_LEVEL: "info" },
      ExperimentConfig: { ExperimentName: "e" },
    });
  });

  it("drops what is empty, which the service would refuse", () => {
    const built = request({ environment: {}, tags: [], metricDefinitions: [] }, {});

    expect(built).toEqual(request());
    expect(built).not.toHaveProperty("InputDataConfig");
  });
});

describe("channels", () => {
  it("are one called training for a lone input", () => {
    expect(request({}, "s3://bucket/mydata").InputDataConfig).toEqual([
      { ChannelName: "training", DataSource: s3("s3://bucket/mydata") },
    ]);
  });

  it("keep the record's names and order", () => {
    const built = request({}, { b: "s3://x/b", a: new TrainingInput("s3://x/a"), c: "s3://x/c" });

    expect(built.InputDataConfig?.map(({ ChannelName }) => ChannelName)).toEqual(["b", "a", "c"]);
  });

  it("carry every option of TrainingInput", () => {
    const input = new TrainingInput("s3://bucket/pre", {
      distribution: "ShardedByS3Key",
      compression: "Gzip",
      contentType: "text/csv",
      recordWrapping: "RecordIO",
      s3DataType: "AugmentedManifestFile",
      inputMode: "Pipe",
      instanceGroups: ["workers"],
      attributeNames: ["foo"],
      shuffleConfig: { seed: 7 },
      modelAccessConfig: { AcceptEula: true },
      hubAccessConfig: { HubContentArn: "arn:aws:sagemaker:us-west-2:aws:hub-content/x" },
    });

    expect(request({}, { training: input }).InputDataConfig).toEqual([
      {
        ChannelName: "training",
        DataSource: {
          S3DataSource: {
            S3DataType: "AugmentedManifestFile",
            S3Uri: "s3://bucket/pre",
            S3DataDistributionType: "ShardedByS3Key",
            AttributeNames: ["foo"],
            InstanceGroupNames: ["workers"],
            ModelAccessConfig: { AcceptEula: true },
            HubAccessConfig: { HubContentArn: "arn:aws:sagemaker:us-west-2:aws:hub-content/x" },
          },
        },
        ContentType: "text/csv",
        CompressionType: "Gzip",
        RecordWrapperType: "RecordIO",
        InputMode: "Pipe",
        ShuffleConfig: { Seed: 7 },
      },
    ]);
  });

  it("set the job's input mode when a lone TrainingInput has one, and their own otherwise", () => {
    const pipe = new TrainingInput("s3://b/p", { inputMode: "Pipe" });

    expect(request({}, pipe).AlgorithmSpecification?.TrainingInputMode).toBe("Pipe");
    expect(request({}, { training: pipe }).AlgorithmSpecification?.TrainingInputMode).toBe("File");
  });

  it("come from a file system, read-only unless asked otherwise", () => {
    const input = new FileSystemInput({
      fileSystemId: "fs-0a48d2a1",
      fileSystemType: "EFS",
      directoryPath: "/train",
      contentType: "text/csv",
    });

    expect(request({}, { train: input }).InputDataConfig).toEqual([
      {
        ChannelName: "train",
        DataSource: {
          FileSystemDataSource: {
            FileSystemId: "fs-0a48d2a1",
            FileSystemAccessMode: "ro",
            FileSystemType: "EFS",
            DirectoryPath: "/train",
          },
        },
        ContentType: "text/csv",
      },
    ]);
  });

  it("tell the container that a value is JSON", () => {
    expect(request({}, { config: new JsonInput({}) }).InputDataConfig?.[0]?.ContentType).toBe(
      "application/json",
    );
    expect(
      request({}, { config: new JsonInput({}, { contentType: "text/plain" }) }).InputDataConfig?.[0]
        ?.ContentType,
    ).toBe("text/plain");
  });
});

describe("JsonInput", () => {
  it("is the value as JSON text", () => {
    expect(JSON.parse(new JsonInput({ target: "Claims" }).text)).toEqual({ target: "Claims" });
  });

  it("refuses what JSON cannot carry", () => {
    expect(() => new JsonInput(undefined)).toThrow("JSON cannot carry undefined");
    expect(() => new JsonInput({ rate: Number.NaN })).toThrow("JSON cannot carry NaN");
  });
});

describe("tags", () => {
  it("are taken as a record or as the service's list", () => {
    const list = [{ Key: "a", Value: "1" }];

    expect(tagList({ a: "1" })).toEqual(list);
    expect(tagList(list)).toEqual(list);
    expect(tagList(undefined)).toEqual([]);
  });
});

describe("any options within the limits", () => {
  const word = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,20}$/);
  const options = fc.record(
    {
      instanceCount: fc.integer({ min: 1, max: 100 }),
      volumeSize: fc.integer({ min: 1, max: 1000 }),
      maxRun: fc.integer({ min: 1, max: 86_400 }),
      environment: fc.dictionary(word, word, { maxKeys: 20 }),
      tags: fc.dictionary(word, word, { maxKeys: 20 }),
      containerEntryPoint: fc.array(word, { minLength: 1, maxLength: 5 }),
      containerArguments: fc.array(word, { minLength: 1, maxLength: 5 }),
      inputMode: fc.constantFrom("File" as const, "Pipe" as const, "FastFile" as const),
    },
    { requiredKeys: [] },
  );
  const inputs = fc.dictionary(
    word,
    word.map((key) => `s3://bucket/${key}`),
    { maxKeys: 20 },
  );

  it("become a request that breaks none of the service's rules", () => {
    fc.assert(
      fc.property(options, inputs, (given, channels) => {
        expect(requestBreaches(request(given as Partial<EstimatorOptions>, channels))).toEqual([]);
      }),
    );
  });
});
