import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type CreateTrainingJobRequest,
  paginateListTrainingJobs,
  type TrainingJobStatus,
} from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ObjectStore } from "../../../../src/local/services/s3/object-store.ts";
import type { JobEntry } from "../../../../src/local/services/sagemaker/job.ts";
import { JobStore } from "../../../../src/local/services/sagemaker/job-store.ts";
import type { Listening } from "../../../../src/local/wire/http-server.ts";
import {
  type CloudFixture,
  eventually,
  ROLE,
  startCloud,
  writeProgram,
} from "../../../helpers/cloud-fixture.ts";

let cloud: CloudFixture;
let server: Listening;
let programs: string;
let program: string;
let jobs: JobStore;
let count = 0;

beforeAll(async () => {
  programs = await mkdtemp(join(tmpdir(), "programs-"));
  program = await writeProgram(join(programs, "program"), { train: "#!/bin/sh\nexit 0\n" });
  cloud = await startCloud({
    engine: "process",
    images: { "glm:1.0": program, lost: join(programs, "nowhere") },
    imageRoots: [join(programs, "roots")],
  });
  server = await cloud.cloud.listen();
  jobs = new JobStore(join(cloud.root, "sagemaker"));
  const objects = new ObjectStore(join(cloud.root, "s3"));
  await objects.createBucket("bucket", { region: "us-east-1" });
  await objects.put("bucket", "data/train.csv", Buffer.from("a,b\n"));
});

afterAll(async () => {
  await server.close();
  await cloud.stop();
  await rm(programs, { recursive: true, force: true });
});

function request(over: Partial<CreateTrainingJobRequest> = {}): CreateTrainingJobRequest {
  count += 1;
  return {
    TrainingJobName: `job-${count}`,
    RoleArn: ROLE,
    AlgorithmSpecification: { TrainingImage: program, TrainingInputMode: "File" },
    InputDataConfig: [channel("train", "s3://bucket/data/")],
    OutputDataConfig: { S3OutputPath: "s3://bucket/out" },
    ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 5 },
    StoppingCondition: { MaxRuntimeInSeconds: 60 },
    ...over,
  };
}

function channel(
  ChannelName: string,
  S3Uri: string,
): NonNullable<CreateTrainingJobRequest["InputDataConfig"]>[number] {
  return { ChannelName, DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri } } };
}

/** Puts a job on disk as if it had run, without running anything. */
async function settled(
  name: string,
  status: "Completed" | "Failed" | "Stopped",
  at = Date.now(),
): Promise<string> {
  const arn = `arn:aws:sagemaker:us-east-1:123456789012:training-job/${name.toLowerCase()}`;
  const entries: JobEntry[] = [
    { type: "status", at, status: "InProgress", secondaryStatus: "Starting", message: "m" },
    { type: "end", at: at + 10, status, secondaryStatus: status, message: "m" },
  ];
  const created = await jobs.create(
    {
      name,
      arn,
      createdAt: at,
      account: "123456789012",
      region: "us-east-1",
      request: { ...request(), TrainingJobName: name },
      program,
      engine: "process",
      stopGraceSeconds: 1,
    },
    entries,
  );
  expect(created).toBe(true);
  return arn;
}

async function create(over: Partial<CreateTrainingJobRequest>): Promise<unknown> {
  return await cloud.sagemaker.createTrainingJob(request(over));
}

const invalid = (message: string | RegExp): object => ({
  name: "ValidationException",
  message: typeof message === "string" ? message : expect.stringMatching(message),
});

describe("CreateTrainingJob", () => {
  it("answers the ARN, in lower case, and Describe echoes the whole request", async () => {
    const full = request({
      TrainingJobName: "Whole-Job",
      AlgorithmSpecification: {
        TrainingImage: "glm:1.0",
        TrainingInputMode: "File",
        MetricDefinitions: [{ Name: "loss", Regex: "loss=([0-9.]+)" }],
        ContainerEntrypoint: ["train"],
        ContainerArguments: ["--fast"],
        EnableSageMakerMetricsTimeSeries: true,
      },
      HyperParameters: { lr: "0.1" },
      Environment: { LOG_LEVEL: "info" },
      Tags: [{ Key: "team", Value: "pricing" }],
      ExperimentConfig: { ExperimentName: "e" },
      RetryStrategy: { MaximumRetryAttempts: 2 },
      VpcConfig: { SecurityGroupIds: ["sg-1"], Subnets: ["subnet-1"] },
      EnableInterContainerTrafficEncryption: true,
      OutputDataConfig: { S3OutputPath: "s3://bucket/out", KmsKeyId: "key" },
    });
    const { TrainingJobArn: arn } = await cloud.sagemaker.createTrainingJob(full);
    const { Tags: tags, ...echoed } = full;
    const job = await cloud.sagemaker.describeTrainingJob({ TrainingJobName: "Whole-Job" });

    expect(arn).toBe("arn:aws:sagemaker:us-east-1:123456789012:training-job/whole-job");
    expect(job).toMatchObject({ ...echoed, TrainingJobArn: arn });
    expect(job.CreationTime).toBeInstanceOf(Date);
    expect(job).not.toHaveProperty("Tags");
    expect(await cloud.sagemaker.listTags({ ResourceArn: arn })).toMatchObject({ Tags: tags });
    expect(await jobs.record("Whole-Job")).toMatchObject({
      program,
      engine: "process",
      stopGraceSeconds: 1,
      request: full,
    });
  });

  it("runs the job to its end", async () => {
    const full = request();
    await cloud.sagemaker.createTrainingJob(full);
    const { TrainingJobName } = full;
    const ended = await eventually(async () => {
      const job = await cloud.sagemaker.describeTrainingJob({ TrainingJobName });
      return ["InProgress", "Stopping"].includes(job.TrainingJobStatus ?? "") ? undefined : job;
    }, "the job has ended");

    expect(ended).toMatchObject({
      TrainingJobStatus: "Completed",
      SecondaryStatus: "Completed",
      OutputDataConfig: { KmsKeyId: "" },
      ModelArtifacts: {
        S3ModelArtifacts: `s3://bucket/out/${TrainingJobName}/output/model.tar.gz`,
      },
      BillableTimeInSeconds: expect.any(Number),
    });
    expect(ended.SecondaryStatusTransitions?.map(({ Status }) => Status)).toEqual([
      "Starting",
      "Downloading",
      "Training",
      "Uploading",
      "Completed",
    ]);
    expect(ended.TrainingStartTime).toBeInstanceOf(Date);
  });

  it("takes the instance types of this cloud", async () => {
    for (const InstanceType of ["local", "local_gpu"]) {
      const resources = { InstanceType: InstanceType as "ml.m5.large", InstanceCount: 1 };
      await expect(create({ ResourceConfig: resources })).resolves.toBeDefined();
    }
  });

  it("refuses a name that is taken, in any case of letters", async () => {
    const arn = await settled("Taken", "Completed");
    for (const TrainingJobName of ["Taken", "taken"]) {
      await expect(create({ TrainingJobName })).rejects.toMatchObject({
        name: "ResourceInUse",
        message:
          "Training job names must be unique within an AWS account and region, " +
          `and a training job with this name already exists (${arn})`,
      });
    }
  });

  it("lets one of many racing jobs have a name", async () => {
    const racing = request();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 6 }, () => cloud.sagemaker.createTrainingJob(racing)),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it.each(["s3://bucket/nothing/", "s3://no-such-bucket/data/", "s3://bucket/DATA"])(
    "refuses the input %s, which has no objects, and says where it looked",
    async (uri) => {
      const bucket = uri.split("/")[2];
      const outcome = create({ InputDataConfig: [channel("train", uri)] });
      await expect(outcome).rejects.toMatchObject(
        invalid(
          `No S3 objects found under S3 URL "${uri}" given in input data source. Please ensure that the bucket exists ` +
            "in the selected region (us-east-1), that objects exist under that S3 prefix, and that the role " +
            `"${ROLE}" has "s3:ListBucket" permissions on bucket "${bucket}". The local S3 holds only what was put there: ` +
            "stage local files, or read the rest from AWS with new LocalCloud({ upstream: new Session() }).",
        ),
      );
    },
  );

  it("takes any prefix under which there are objects", async () => {
    for (const uri of ["s3://bucket", "s3://bucket/da", "s3://bucket/data/train.csv"]) {
      await expect(create({ InputDataConfig: [channel("train", uri)] })).resolves.toBeDefined();
    }
  });

  it("takes a job without input", async () => {
    await expect(create({ InputDataConfig: undefined })).resolves.toBeDefined();
  });

  it.each<[string, Partial<CreateTrainingJobRequest>, RegExp]>([
    [
      "a bad name",
      { TrainingJobName: "a_b" },
      /^1 validation error detected: Value 'a_b' at 'trainingJobName'/,
    ],
    ["a long name", { TrainingJobName: "x".repeat(64) }, /less than or equal to 63$/],
    ["no role", { RoleArn: undefined as unknown as string }, /Value null at 'roleArn'/],
    ["a bad role", { RoleArn: "SageMakerRole-of-mine-which" }, /at 'roleArn' failed to satisfy/],
    [
      "a long hyperparameter",
      { HyperParameters: { p: "s".repeat(2501) } },
      /^1 validation error detected: Value '{p=\*\*\*}' at 'hyperParameters'/,
    ],
    [
      "a long environment value",
      { Environment: { P: "s".repeat(513) } },
      /at 'environment' failed/,
    ],
    [
      "21 channels",
      {
        InputDataConfig: Array.from({ length: 21 }, (_, i) => channel(`c${i}`, "s3://bucket/data")),
      },
      /at 'inputDataConfig'.* less than or equal to 20/,
    ],
    [
      "a bad channel name",
      { InputDataConfig: [channel("a b", "s3://bucket/data")] },
      /at 'inputDataConfig.1.member.channelName'/,
    ],
    [
      "the channel ..",
      { InputDataConfig: [channel("..", "s3://bucket/data")] },
      /"\.\." is no name for a channel/,
    ],
    [
      "the channel .",
      { InputDataConfig: [channel(".", "s3://bucket/data")] },
      /"\." is no name for a channel/,
    ],
    [
      "two channels of one name",
      { InputDataConfig: [channel("a", "s3://bucket/data"), channel("a", "s3://bucket/data")] },
      /Channel names must be unique: a /,
    ],
    [
      "a channel without a source",
      { InputDataConfig: [{ ChannelName: "a", DataSource: {} }] },
      /Channel a must have exactly one data source/,
    ],
    ["a URI without a bucket", { InputDataConfig: [channel("a", "s3:///x")] }, /s3Uri' failed/],
    [
      "an unknown instance type",
      { ResourceConfig: { InstanceType: "ml.m99.huge" as "ml.m5.large", InstanceCount: 1 } },
      /at 'resourceConfig.instanceType' failed to satisfy constraint: Member must satisfy enum value set/,
    ],
    [
      "no instances",
      { ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 0 } },
      /InstanceCount must be at least 1/,
    ],
    ["no instance type", { ResourceConfig: { InstanceCount: 1 } }, /must name an InstanceType/],
    ["no resources", { ResourceConfig: undefined }, /must name an InstanceType/],
    [
      "no image",
      { AlgorithmSpecification: { TrainingInputMode: "File" } },
      /must name a TrainingImage/,
    ],
    ["no algorithm", { AlgorithmSpecification: undefined }, /must name a TrainingImage/],
    ["29 days", { StoppingCondition: { MaxRuntimeInSeconds: 29 * 86_400 } }, /at most 2419200/],
    [
      "a wait without spot",
      { StoppingCondition: { MaxWaitTimeInSeconds: 9 } },
      /MaxWaitTimeInSeconds is for/,
    ],
    [
      "a broken metric",
      {
        AlgorithmSpecification: {
          TrainingImage: "glm:1.0",
          TrainingInputMode: "File",
          MetricDefinitions: [{ Name: "loss", Regex: "loss=(" }],
        },
      },
      /Regex of metric loss/,
    ],
    [
      "a tag twice",
      {
        Tags: [
          { Key: "a", Value: "" },
          { Key: "a", Value: "" },
        ],
      },
      /Tag keys must be unique: a /,
    ],
    ["a tag of AWS", { Tags: [{ Key: "aws:x", Value: "" }] }, /reserved: aws:x/],
  ])("refuses %s", async (_, over, message) => {
    const before = await jobs.names();
    await expect(create(over)).rejects.toMatchObject(invalid(message));
    expect(await jobs.names()).toEqual(before);
  });

  it.each<[string, Partial<CreateTrainingJobRequest>, RegExp]>([
    [
      "file systems",
      {
        InputDataConfig: [
          {
            ChannelName: "a",
            DataSource: {
              FileSystemDataSource: {
                FileSystemId: "fs-12345678",
                FileSystemAccessMode: "ro",
                FileSystemType: "EFS",
                DirectoryPath: "/",
              },
            },
          },
        ],
      },
      /FileSystemDataSource/,
    ],
    [
      "https URLs",
      { InputDataConfig: [channel("a", "https://s3.amazonaws.com/bucket/data")] },
      /write S3Uri as s3:\/\//,
    ],
    [
      "checkpoints at https URLs",
      { CheckpointConfig: { S3Uri: "https://s3.amazonaws.com/bucket/data" } },
      /write CheckpointConfig\.S3Uri as s3:\/\//,
    ],
    [
      "serverless jobs",
      {
        ServerlessJobConfig: {
          BaseModelArn: "arn:aws:sagemaker:us-east-1:aws:hub-content/h/Model/m/1.0.0",
          JobType: "FineTuning",
        },
      },
      /ServerlessJobConfig/,
    ],
  ])("says by name that it does not do %s", async (_, over, message) => {
    await expect(create(over)).rejects.toMatchObject(invalid(message));
  });

  it("refuses with the process engine what it cannot do", async () => {
    const two = { InstanceType: "ml.m5.large", InstanceCount: 2 } as const;
    await expect(create({ ResourceConfig: two })).rejects.toMatchObject(invalid(/runs one host/));
    const group = {
      InstanceGroupName: "g",
      InstanceType: "ml.m5.large",
      InstanceCount: 1,
    } as const;
    await expect(
      create({ ResourceConfig: { InstanceGroups: [group, { ...group, InstanceGroupName: "h" }] } }),
    ).rejects.toMatchObject(invalid(/runs one host/));
    await expect(create({ EnableNetworkIsolation: true })).rejects.toMatchObject(
      invalid(/EnableNetworkIsolation/),
    );
  });

  it("tells everything that it does not do at once", async () => {
    await expect(
      create({
        EnableManagedSpotTraining: true,
        InputDataConfig: [{ ...channel("a", "s3://bucket/data"), CompressionType: "Gzip" }],
      }),
    ).rejects.toMatchObject(invalid(/Gzip.*Invalid MaxWaitTimeInSeconds/));
  });

  it("refuses values of the wrong type as the service does, and never shows them", async () => {
    const wrong = request({ HyperParameters: { secret: 42 as unknown as string } });
    await expect(cloud.sagemaker.createTrainingJob(wrong)).rejects.toMatchObject({
      name: "SerializationException",
      message: "NUMBER_VALUE can not be converted to a String",
    });
  });

  it("says how to map an image that it does not know, or that is mapped to no folder", async () => {
    const image = (TrainingImage: string): Partial<CreateTrainingJobRequest> => ({
      AlgorithmSpecification: { TrainingImage, TrainingInputMode: "File" },
    });
    await expect(create(image("other:2"))).rejects.toMatchObject(
      invalid(
        /does not know the image "other:2"\. Map it .* images: \{ "other:2": "path\/to\/program" \}/,
      ),
    );
    await expect(create(image("lost"))).rejects.toMatchObject(invalid(/which is not a folder/));
  });

  it("takes a bare path for an image in the process only; over HTTP a mapped one, or one under an image root", async () => {
    const { sagemaker } = cloud.clients({ endpoint: server.url });
    const ask = (TrainingImage: string) =>
      sagemaker.createTrainingJob(
        request({ AlgorithmSpecification: { TrainingImage, TrainingInputMode: "File" } }),
      );
    await writeProgram(join(programs, "roots/rooted"), { train: "#!/bin/sh\n" });

    await expect(ask(program)).rejects.toMatchObject(invalid(/imageRoots/));
    await expect(ask("glm:1.0")).resolves.toBeDefined();
    await expect(ask("rooted")).resolves.toBeDefined();
  });
});

describe("DescribeTrainingJob", () => {
  it.each(["unknown", "UNKNOWN-1"])("does not find %s", async (TrainingJobName) => {
    await expect(cloud.sagemaker.describeTrainingJob({ TrainingJobName })).rejects.toMatchObject(
      invalid("Requested resource not found."),
    );
  });

  it("refuses what is no name", async () => {
    await expect(
      cloud.sagemaker.describeTrainingJob({ TrainingJobName: "../x" }),
    ).rejects.toMatchObject(invalid(/at 'trainingJobName' failed to satisfy constraint/));
  });
});

describe("StopTrainingJob", () => {
  it("stops a job that runs, and takes being asked twice", async () => {
    const slow = await writeProgram(join(programs, "slow"), {
      train: "#!/bin/sh\ntrap 'exit 0' TERM\nwhile :; do sleep 0.1; done\n",
    });
    const job = request({
      AlgorithmSpecification: { TrainingImage: slow, TrainingInputMode: "File" },
    });
    await cloud.sagemaker.createTrainingJob(job);
    const { TrainingJobName } = job;
    await cloud.sagemaker.stopTrainingJob({ TrainingJobName });
    const now = await cloud.sagemaker.describeTrainingJob({ TrainingJobName });
    expect(["Stopping", "Stopped"]).toContain(now.TrainingJobStatus);
    await cloud.sagemaker.stopTrainingJob({ TrainingJobName }).catch((error: unknown) => {
      expect(error).toMatchObject(invalid(/is in status Stopped/));
    });
    const end = await eventually(async () => {
      const answer = await cloud.sagemaker.describeTrainingJob({ TrainingJobName });
      return answer.TrainingJobStatus === "Stopping" ? undefined : answer;
    }, "the job has stopped");
    expect(end).toMatchObject({ TrainingJobStatus: "Stopped", SecondaryStatus: "Stopped" });
  });

  it.each(["Completed", "Failed", "Stopped"] as const)(
    "refuses a job that is %s",
    async (status) => {
      const TrainingJobName = `over-${status}`;
      await settled(TrainingJobName, status);
      await expect(cloud.sagemaker.stopTrainingJob({ TrainingJobName })).rejects.toMatchObject(
        invalid(`The request was rejected because the training job is in status ${status}.`),
      );
    },
  );

  it("does not find a job that is not there", async () => {
    await expect(
      cloud.sagemaker.stopTrainingJob({ TrainingJobName: "unknown" }),
    ).rejects.toMatchObject(invalid("Requested resource not found."));
  });
});

describe("DeleteTrainingJob", () => {
  it("deletes a job that has ended, and no other", async () => {
    const TrainingJobName = "doomed";
    await settled(TrainingJobName, "Completed");
    await cloud.sagemaker.deleteTrainingJob({ TrainingJobName });
    await expect(cloud.sagemaker.describeTrainingJob({ TrainingJobName })).rejects.toMatchObject(
      invalid("Requested resource not found."),
    );
    await expect(cloud.sagemaker.deleteTrainingJob({ TrainingJobName })).rejects.toMatchObject(
      invalid("Requested resource not found."),
    );
  });
});

describe("ListTrainingJobs", () => {
  it("filters, sorts and pages", async () => {
    const at = Date.now() - 1_000_000;
    await settled("list-b", "Completed", at);
    await settled("list-a", "Failed", at + 1000);
    await settled("list-c", "Completed", at + 2000);
    const list = async (over: {
      StatusEquals?: TrainingJobStatus;
      SortBy?: "Name" | "CreationTime" | "Status";
      SortOrder?: "Ascending" | "Descending";
      CreationTimeAfter?: Date;
    }): Promise<unknown[]> => {
      const names: unknown[] = [];
      for await (const page of paginateListTrainingJobs(
        { client: cloud.sagemaker, pageSize: 1 },
        { NameContains: "list-", ...over },
      )) {
        names.push(...(page.TrainingJobSummaries ?? []).map((job) => job.TrainingJobName));
      }
      return names;
    };

    expect(await list({})).toEqual(["list-b", "list-a", "list-c"]);
    expect(await list({ SortOrder: "Descending" })).toEqual(["list-c", "list-a", "list-b"]);
    expect(await list({ SortBy: "Name" })).toEqual(["list-a", "list-b", "list-c"]);
    expect(await list({ StatusEquals: "Completed" })).toEqual(["list-b", "list-c"]);
    expect(await list({ CreationTimeAfter: new Date(at + 500) })).toEqual(["list-a", "list-c"]);
    await expect(cloud.sagemaker.listTrainingJobs({ MaxResults: 101 })).rejects.toMatchObject(
      invalid(/at 'maxResults' failed/),
    );
    await expect(cloud.sagemaker.listTrainingJobs({ NextToken: "x" })).rejects.toMatchObject(
      invalid("The NextToken is invalid."),
    );
  });

  it("summarises a job", async () => {
    const arn = await settled("summed", "Failed", 1_600_000_000_000);
    const { TrainingJobSummaries: jobsFound } = await cloud.sagemaker.listTrainingJobs({
      NameContains: "summed",
    });
    expect(jobsFound).toEqual([
      {
        TrainingJobName: "summed",
        TrainingJobArn: arn,
        CreationTime: new Date(1_600_000_000_000),
        LastModifiedTime: new Date(1_600_000_000_010),
        TrainingEndTime: new Date(1_600_000_000_010),
        TrainingJobStatus: "Failed",
        SecondaryStatus: "Failed",
      },
    ]);
  });
});

describe("tags", () => {
  it("are added, changed, listed in pages and deleted, even of a job that has ended", async () => {
    const ResourceArn = await settled("Tagged", "Completed");
    const added = await cloud.sagemaker.addTags({
      ResourceArn,
      Tags: [
        { Key: "b", Value: "1" },
        { Key: "a", Value: "2" },
      ],
    });
    expect(added.Tags).toEqual([
      { Key: "a", Value: "2" },
      { Key: "b", Value: "1" },
    ]);
    await cloud.sagemaker.addTags({ ResourceArn, Tags: [{ Key: "b", Value: "3" }] });
    await cloud.sagemaker.deleteTags({ ResourceArn, TagKeys: ["a", "never"] });
    const { Tags: tags } = await cloud.sagemaker.listTags({ ResourceArn, MaxResults: 50 });
    expect(tags).toEqual([{ Key: "b", Value: "3" }]);
  });

  it("are 50 at most", async () => {
    const ResourceArn = await settled("tagged-much", "Completed");
    const Tags = Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: "" }));
    await cloud.sagemaker.addTags({ ResourceArn, Tags });
    await expect(
      cloud.sagemaker.addTags({ ResourceArn, Tags: [{ Key: "one more", Value: "" }] }),
    ).rejects.toMatchObject({ name: "ResourceLimitExceeded" });
    const { Tags: all } = await cloud.sagemaker.listTags({ ResourceArn });
    expect(all).toHaveLength(50);
  });

  it("are of SageMaker's ARNs", async () => {
    for (const ResourceArn of ["arn:aws:s3:::bucket", "arn:aws:sagemaker:us-east-1:1:a"]) {
      await expect(cloud.sagemaker.listTags({ ResourceArn })).rejects.toMatchObject({
        name: "ValidationException",
        message: expect.stringContaining("'resourceArn' failed"),
      });
    }
  });

  it("are of jobs that exist", async () => {
    const ResourceArn = "arn:aws:sagemaker:us-east-1:123456789012:training-job/none";
    const { sagemaker } = cloud;
    const calls = [
      sagemaker.listTags({ ResourceArn }),
      sagemaker.addTags({ ResourceArn, Tags: [] }),
      sagemaker.deleteTags({ ResourceArn, TagKeys: ["a"] }),
    ];
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toMatchObject({ reason: invalid("Requested resource not found.") });
    }
  });
});

describe("the service", () => {
  it("answers an operation that it does not have as AWS does, and names it", async () => {
    await expect(cloud.sagemaker.listModels({})).rejects.toMatchObject({
      name: "UnknownOperationException",
      message: "The local cloud has no operation SageMaker.ListModels.",
    });
  });
});
