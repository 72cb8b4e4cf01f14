/** Jobs that are there already, as the Python Estimator's `attach` restores them: an estimator that asks for the same again. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Estimator, type Session } from "../../../src/index.ts";
import { JobWire } from "../../helpers/job-wire.ts";

let wire: JobWire;
let session: Session;
beforeAll(async () => {
  wire = new JobWire();
  session = await wire.session();
});
afterAll(() => {
  wire.dispose();
});

const IMAGE = "1.dkr.ecr.us-west-2.amazonaws.com/sagemaker-other:1.0.4";
const NAME = "neo-2020-06-29-15-19-25-475";
/** What DescribeTrainingJob answers. */
const DESCRIPTION = {
  TrainingJobName: NAME,
  TrainingJobStatus: "Completed",
  AlgorithmSpecification: { TrainingInputMode: "File", TrainingImage: IMAGE },
  HyperParameters: { training_steps: "100" },
  RoleArn: "arn:aws:iam::366:role/SageMakerRole",
  ResourceConfig: { VolumeSizeInGB: 30, InstanceCount: 1, InstanceType: "ml.c4.xlarge" },
  EnableNetworkIsolation: false,
  StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
  TrainingJobArn: `arn:aws:sagemaker:us-west-2:336:training-job/${NAME}`,
  OutputDataConfig: { KmsKeyId: "", S3OutputPath: "s3://place/output/neo" },
  EnableInterContainerTrafficEncryption: false,
};
/** What the restored estimator asks for. */
const REQUEST = {
  TrainingJobName: "again",
  AlgorithmSpecification: { TrainingInputMode: "File", TrainingImage: IMAGE },
  HyperParameters: { training_steps: "100" },
  RoleArn: "arn:aws:iam::366:role/SageMakerRole",
  OutputDataConfig: { S3OutputPath: "s3://place/output/neo" },
  ResourceConfig: { VolumeSizeInGB: 30, InstanceCount: 1, InstanceType: "ml.c4.xlarge" },
  StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
};

/** What TensorFlow's estimator tells a job. */
function tensorFlow(jobName: string, modelDir: string): Readonly<Record<string, string>> {
  return {
    sagemaker_submit_directory: '"s3://code/sourcedir.tar.gz"',
    sagemaker_program: '"train.py"',
    sagemaker_container_log_level: "20",
    sagemaker_job_name: JSON.stringify(jobName),
    sagemaker_region: '"eu-west-1"',
    model_dir: JSON.stringify(modelDir),
  };
}

async function attached(more: object = {}): Promise<Estimator> {
  const { fields } = wire.job(NAME);
  for (const name of Object.keys(fields)) delete fields[name];
  Object.assign(fields, DESCRIPTION, more);
  return await Estimator.attach(NAME, { session });
}

async function requestOf(more: object): Promise<unknown> {
  const estimator = await attached(more);
  return (await estimator.plan(undefined, { jobName: "again", preflight: "offline" })).request;
}

describe("attach restores", () => {
  it.each<[what: string, described: object, asked: object]>([
    ["image, role, machines, output and hyperparameters", {}, {}],
    [
      "spot instances",
      {
        EnableManagedSpotTraining: true,
        StoppingCondition: { MaxRuntimeInSeconds: 86_400, MaxWaitTimeInSeconds: 87_000 },
      },
      {
        EnableManagedSpotTraining: true,
        StoppingCondition: { MaxRuntimeInSeconds: 86_400, MaxWaitTimeInSeconds: 87_000 },
      },
    ],
    [
      "the container's entry point and arguments",
      {
        AlgorithmSpecification: {
          ...DESCRIPTION.AlgorithmSpecification,
          ContainerEntrypoint: ["e1", "e2"],
          ContainerArguments: ["a1"],
        },
      },
      {
        AlgorithmSpecification: {
          ...REQUEST.AlgorithmSpecification,
          ContainerEntrypoint: ["e1", "e2"],
          ContainerArguments: ["a1"],
        },
      },
    ],
    [
      "VPC and isolation",
      {
        EnableNetworkIsolation: true,
        VpcConfig: { Subnets: ["foo"], SecurityGroupIds: ["bar"] },
      },
      {
        EnableNetworkIsolation: true,
        VpcConfig: { Subnets: ["foo"], SecurityGroupIds: ["bar"] },
      },
    ],
    [
      "what Python loses: metrics, environment, checkpoints, keys, compression",
      {
        AlgorithmSpecification: {
          ...DESCRIPTION.AlgorithmSpecification,
          MetricDefinitions: [{ Name: "loss", Regex: "loss=(.*?);" }],
        },
        Environment: { A: "1" },
        CheckpointConfig: { S3Uri: "s3://place/c", LocalPath: "/c" },
        ResourceConfig: { ...DESCRIPTION.ResourceConfig, VolumeKmsKeyId: "volume" },
        OutputDataConfig: {
          KmsKeyId: "key",
          S3OutputPath: "s3://place/output/neo",
          CompressionType: "NONE",
        },
      },
      {
        AlgorithmSpecification: {
          ...REQUEST.AlgorithmSpecification,
          MetricDefinitions: [{ Name: "loss", Regex: "loss=(.*?);" }],
        },
        Environment: { A: "1" },
        CheckpointConfig: { S3Uri: "s3://place/c", LocalPath: "/c" },
        ResourceConfig: { ...REQUEST.ResourceConfig, VolumeKmsKeyId: "volume" },
        OutputDataConfig: {
          KmsKeyId: "key",
          S3OutputPath: "s3://place/output/neo",
          CompressionType: "NONE",
        },
      },
    ],
    [
      "a heterogeneous cluster, which Python breaks on",
      {
        ResourceConfig: {
          VolumeSizeInGB: 30,
          InstanceGroups: [
            { InstanceGroupName: "g", InstanceType: "ml.m5.large", InstanceCount: 2 },
          ],
        },
      },
      {
        ResourceConfig: {
          VolumeSizeInGB: 30,
          InstanceGroups: [
            { InstanceGroupName: "g", InstanceType: "ml.m5.large", InstanceCount: 2 },
          ],
        },
      },
    ],
    [
      "where TensorFlow writes: below the new job's name, not over the old job's model",
      { HyperParameters: tensorFlow(NAME, `s3://place/output/neo/${NAME}/model`) },
      { HyperParameters: tensorFlow("again", "s3://place/output/neo/again/model") },
    ],
    [
      "where TensorFlow writes, when that is a place of the caller's own",
      { HyperParameters: tensorFlow(NAME, "s3://place/models") },
      { HyperParameters: tensorFlow("again", "s3://place/models") },
    ],
    [
      "preferences, and not what was selected of them",
      {
        ResourceConfig: {
          VolumeSizeInGB: 30,
          InstancePreferences: [{ InstanceType: "ml.m5.large" }, { InstanceType: "ml.m5.xlarge" }],
          SelectedInstanceType: "ml.m5.xlarge",
          SelectedInstanceCount: 1,
        },
      },
      {
        ResourceConfig: {
          VolumeSizeInGB: 30,
          InstancePreferences: [{ InstanceType: "ml.m5.large" }, { InstanceType: "ml.m5.xlarge" }],
        },
      },
    ],
    [
      "tags, but for those that AWS made",
      {
        Tags: [
          { Key: "aws:cloudformation:stack-id", Value: "x" },
          { Key: "team", Value: "pricing" },
        ],
      },
      { Tags: [{ Key: "team", Value: "pricing" }] },
    ],
    [
      "channels, and the model behind them",
      {
        InputDataConfig: [
          {
            ChannelName: "train",
            DataSource: {
              S3DataSource: {
                S3DataType: "S3Prefix",
                S3Uri: "s3://place/data",
                S3DataDistributionType: "ShardedByS3Key",
              },
            },
            ContentType: "text/csv",
            CompressionType: "None",
            RecordWrapperType: "None",
          },
          {
            ChannelName: "model",
            DataSource: {
              S3DataSource: {
                S3DataType: "S3Prefix",
                S3Uri: "s3://place/model",
                S3DataDistributionType: "FullyReplicated",
              },
            },
            ContentType: "application/x-sagemaker-model",
            InputMode: "File",
            CompressionType: "None",
            RecordWrapperType: "None",
          },
        ],
      },
      {
        InputDataConfig: [
          {
            ChannelName: "train",
            DataSource: {
              S3DataSource: {
                S3DataType: "S3Prefix",
                S3Uri: "s3://place/data",
                S3DataDistributionType: "ShardedByS3Key",
              },
            },
            ContentType: "text/csv",
          },
          {
            ChannelName: "model",
            DataSource: {
              S3DataSource: {
                S3DataType: "S3Prefix",
                S3Uri: "s3://place/model",
                S3DataDistributionType: "FullyReplicated",
              },
            },
            ContentType: "application/x-sagemaker-model",
            InputMode: "File",
          },
        ],
      },
    ],
  ])("%s", async (_, described, asked) => {
    expect(await requestOf(described)).toEqual({ ...REQUEST, ...asked });
  });

  it("hyperparameters as the service keeps them", async () => {
    expect((await attached()).hyperparameters()).toEqual({ training_steps: "100" });
  });

  it("the base of the name", async () => {
    const estimator = await attached();
    const { request } = await estimator.plan(undefined, { preflight: "offline" });

    expect(request.TrainingJobName).toMatch(/^neo-\d{4}(-\d\d){5}-\d{3}$/);
  });

  it("a job that failed, at once", async () => {
    const estimator = await attached({ TrainingJobStatus: "Failed", FailureReason: "boom" });

    expect(estimator.latestTrainingJob?.name).toBe(NAME);
  });
});
