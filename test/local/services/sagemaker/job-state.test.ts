import { describe, expect, it } from "vitest";
import { describeTrainingJob } from "../../../../src/local/services/sagemaker/describe-training-job.ts";
import type { JobEntry, JobRecord } from "../../../../src/local/services/sagemaker/job.ts";
import { foldJob } from "../../../../src/local/services/sagemaker/job-state.ts";
import {
  type ListTrainingJobsInput,
  listTrainingJobs,
} from "../../../../src/local/services/sagemaker/list-training-jobs.ts";
import { pageOfTags } from "../../../../src/local/services/sagemaker/tags.ts";

const START = 1_700_000_000_000;

function record(name = "job-1", createdAt = START): JobRecord {
  return {
    name,
    arn: `arn:aws:sagemaker:us-east-1:123456789012:training-job/${name}`,
    createdAt,
    account: "123456789012",
    region: "us-east-1",
    request: {
      TrainingJobName: name,
      RoleArn: "arn:aws:iam::123456789012:role/R",
      AlgorithmSpecification: { TrainingImage: "glm", TrainingInputMode: "File" },
      InputDataConfig: [
        {
          ChannelName: "train",
          DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: "s3://b/t" } },
        },
      ],
      OutputDataConfig: { S3OutputPath: "s3://b/out/" },
      ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1 },
      Tags: [{ Key: "a", Value: "1" }],
    },
    program: "/program",
    engine: "auto",
    stopGraceSeconds: 120,
  };
}

function status(at: number, secondaryStatus: string, message: string): JobEntry {
  return { type: "status", at: START + at, status: "InProgress", secondaryStatus, message };
}

const ran: readonly JobEntry[] = [
  status(0, "Starting", "Starting the training job"),
  { type: "tags", at: START, tags: { a: "1" } },
  status(10, "Starting", "Preparing the instances for training"),
  { type: "launched", at: START + 11, pid: 1, startTime: "1" },
  { type: "training-started", at: START + 20 },
  status(20, "Downloading", "Downloading input data"),
  status(40, "Training", "Training in progress."),
  { type: "metric", at: START + 50, name: "loss", value: 2 },
  { type: "metric", at: START + 60, name: "loss", value: 1 },
];
const completed: readonly JobEntry[] = [
  ...ran,
  status(70, "Uploading", "Uploading generated training model"),
  {
    type: "end",
    at: START + 3100,
    status: "Completed",
    secondaryStatus: "Completed",
    message: "Training job completed",
    trainingEndTime: START + 3090,
  },
];

describe("foldJob", () => {
  it("keeps one transition while the status stays, with its last message", () => {
    const { transitions, status: now, secondaryStatus } = foldJob(record(), ran);

    expect(transitions).toEqual([
      {
        status: "Starting",
        start: START,
        end: START + 20,
        message: "Preparing the instances for training",
      },
      {
        status: "Downloading",
        start: START + 20,
        end: START + 40,
        message: "Downloading input data",
      },
      { status: "Training", start: START + 40, end: undefined, message: "Training in progress." },
    ]);
    expect([now, secondaryStatus]).toEqual(["InProgress", "Training"]);
  });

  it("says Stopping as soon as it was asked to stop", () => {
    const state = foldJob(record(), [...ran, { type: "stop-requested", at: START + 65 }]);

    expect(state).toMatchObject({ status: "Stopping", secondaryStatus: "Stopping" });
    expect(state.transitions.at(-1)).toMatchObject({ status: "Stopping", start: START + 65 });
  });

  it("folds tags in their order", () => {
    const state = foldJob(record(), [
      ...ran,
      { type: "tags", at: START, tags: { a: "2", b: "3" } },
      { type: "untag", at: START, keys: ["b", "none"] },
      { type: "tags", at: START, tags: { c: "" } },
    ]);
    expect(state.tags).toEqual({ a: "2", c: "" });
  });

  it("starts with an empty journal", () => {
    expect(foldJob(record(), [])).toMatchObject({
      status: "InProgress",
      secondaryStatus: "Starting",
      lastModified: START,
      transitions: [],
    });
  });
});

describe("describeTrainingJob", () => {
  const describeJob = (entries: readonly JobEntry[]): Readonly<Record<string, unknown>> =>
    describeTrainingJob(record(), foldJob(record(), entries));

  it("echoes the request with the service's defaults, and without its tags", () => {
    const answer = describeJob(ran);

    expect(answer).toMatchObject({
      TrainingJobName: "job-1",
      RoleArn: "arn:aws:iam::123456789012:role/R",
      OutputDataConfig: { KmsKeyId: "", S3OutputPath: "s3://b/out/", CompressionType: "GZIP" },
      StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
      InputDataConfig: [
        {
          ChannelName: "train",
          CompressionType: "None",
          RecordWrapperType: "None",
          DataSource: { S3DataSource: { S3DataDistributionType: "FullyReplicated" } },
        },
      ],
      EnableManagedSpotTraining: false,
      ModelArtifacts: { S3ModelArtifacts: "s3://b/out/job-1/output/model.tar.gz" },
    });
    expect(answer).not.toHaveProperty("Tags");
    expect(answer).not.toHaveProperty("FailureReason");
  });

  it("keeps what the request says over the defaults", () => {
    const given = record();
    const request = {
      ...given.request,
      EnableNetworkIsolation: true,
      OutputDataConfig: { S3OutputPath: "s3://b", KmsKeyId: "key", CompressionType: "NONE" },
      StoppingCondition: { MaxRuntimeInSeconds: 5 },
    };
    const answer = describeTrainingJob({ ...given, request }, foldJob(given, ran));

    expect(answer).toMatchObject({
      EnableNetworkIsolation: true,
      OutputDataConfig: { KmsKeyId: "key", CompressionType: "NONE" },
      StoppingCondition: { MaxRuntimeInSeconds: 5 },
      ModelArtifacts: { S3ModelArtifacts: "s3://b/job-1/output/model/" },
    });
  });

  it("tells times in seconds, and training seconds rounded up", () => {
    expect(describeJob(completed)).toMatchObject({
      TrainingJobStatus: "Completed",
      CreationTime: START / 1000,
      LastModifiedTime: START / 1000 + 3.1,
      TrainingStartTime: START / 1000 + 0.02,
      TrainingEndTime: START / 1000 + 3.09,
      TrainingTimeInSeconds: 4,
      BillableTimeInSeconds: 4,
      FinalMetricDataList: [{ MetricName: "loss", Value: 1, Timestamp: START / 1000 + 0.06 }],
    });
  });

  it("closes the last transition when the job has ended", () => {
    expect(describeJob(completed)["SecondaryStatusTransitions"]).toMatchObject([
      {},
      {},
      {},
      {},
      { Status: "Completed", StartTime: START / 1000 + 3.1, EndTime: START / 1000 + 3.1 },
    ]);
  });

  it("gives a job that failed before training no training times", () => {
    const answer = describeJob([
      status(0, "Starting", "Starting the training job"),
      {
        type: "end",
        at: START + 5,
        status: "Failed",
        secondaryStatus: "Failed",
        message: "Training job failed",
        failureReason: "InternalServerError: gone",
      },
    ]);

    expect(answer).toMatchObject({ FailureReason: "InternalServerError: gone" });
    for (const name of ["TrainingStartTime", "TrainingEndTime", "BillableTimeInSeconds"]) {
      expect(answer).not.toHaveProperty(name);
    }
  });
});

describe("listTrainingJobs", () => {
  const jobs = ["b", "a", "c", "d"].map((name, index) => {
    const own = record(`job-${name}`, START + index * 1000);
    const entries = index % 2 === 0 ? completed : ran;
    return { record: own, state: foldJob(own, entries) };
  });
  const names = (input: ListTrainingJobsInput): unknown[] =>
    (listTrainingJobs(jobs, input)["TrainingJobSummaries"] as { TrainingJobName: string }[]).map(
      ({ TrainingJobName }) => TrainingJobName.slice(4),
    );

  it.each<[ListTrainingJobsInput, string]>([
    [{}, "bacd"],
    [{ SortOrder: "Descending" }, "dcab"],
    [{ SortBy: "Name" }, "abcd"],
    [{ SortBy: "Status" }, "bcad"],
    [{ SortBy: "Status", SortOrder: "Descending" }, "dacb"],
    [{ NameContains: "b-" }, "bacd"],
    [{ NameContains: "-c" }, "c"],
    [{ StatusEquals: "Completed" }, "bc"],
    [{ StatusEquals: "Failed" }, ""],
    [{ CreationTimeAfter: START / 1000 }, "acd"],
    [{ CreationTimeBefore: START / 1000 + 2 }, "ba"],
    [{ CreationTimeAfter: START / 1000, CreationTimeBefore: START / 1000 + 3 }, "ac"],
    [{ LastModifiedTimeAfter: START / 1000 + 3 }, "bc"],
    [{ LastModifiedTimeBefore: START / 1000 + 3 }, "a"],
    [{ WarmPoolStatusEquals: "Available" }, ""],
    [{ MaxResults: 2 }, "ba"],
  ])("with %j gives %s", (input, expected) => {
    expect(names(input).join("")).toBe(expected);
  });

  it("pages through all jobs once, in each order", () => {
    for (const SortBy of ["Name", "CreationTime", "Status"] as const) {
      for (const SortOrder of ["Ascending", "Descending"] as const) {
        const seen: unknown[] = [];
        let token: string | undefined;
        do {
          const input = { SortBy, SortOrder, MaxResults: 1, ...(token && { NextToken: token }) };
          const page = listTrainingJobs(jobs, input);
          seen.push(...names(input));
          token = page["NextToken"] as string | undefined;
        } while (token !== undefined);
        expect(seen).toEqual(names({ SortBy, SortOrder }));
      }
    }
  });

  it("gives ten jobs unless told otherwise", () => {
    const many = Array.from({ length: 12 }, (_, i) => ({
      record: record(`job-${i}`),
      state: foldJob(record(), ran),
    }));
    const page = listTrainingJobs(many, {});
    expect(page["TrainingJobSummaries"]).toHaveLength(10);
    expect(page["NextToken"]).toBeDefined();
  });

  it.each(["", "x", "bnVsbA", "WzFd"])("refuses the token %j", (NextToken) => {
    expect(() => listTrainingJobs(jobs, { NextToken })).toThrow("The NextToken is invalid.");
  });
});

describe("pageOfTags", () => {
  it("gives tags by key, in pages", () => {
    const tags = { b: "2", a: "1", c: "3" };
    const first = pageOfTags(tags, { MaxResults: 2 });
    expect(first.Tags).toEqual([
      { Key: "a", Value: "1" },
      { Key: "b", Value: "2" },
    ]);
    const second = pageOfTags(tags, { ...(first.NextToken && { NextToken: first.NextToken }) });
    expect(second).toEqual({ Tags: [{ Key: "c", Value: "3" }] });
  });
});
