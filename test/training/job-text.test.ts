import { describe, expect, it } from "vitest";
import { Session } from "../../src/session.ts";
import { redactDescription, textOf } from "../../src/training/job-text.ts";
import type { JobDescription } from "../../src/training/status-poller.ts";

const SECRET = "correct-horse-battery-staple";
const at = (time: string): Date => new Date(`2026-01-31T${time}Z`);

const description = {
  $metadata: {},
  TrainingJobName: "glm-1",
  TrainingJobArn: "arn:aws:sagemaker:eu-west-1:123456789012:training-job/glm-1",
  TrainingJobStatus: "Failed",
  SecondaryStatus: "Failed",
  FailureReason: `AlgorithmError: no login with ${SECRET}\x1b[2J, exit code: 1`,
  SecondaryStatusTransitions: [
    { Status: "Failed", StartTime: at("12:02:00"), StatusMessage: `Failed with ${SECRET}` },
  ],
  AlgorithmSpecification: {
    TrainingImage: "glm:1",
    TrainingInputMode: "File",
    ContainerEntrypoint: ["train", `--password=${SECRET}`],
  },
  RoleArn: "arn:aws:iam::123456789012:role/R",
  HyperParameters: { lr: "0.1", family: "poisson" },
  Environment: { DB_PASSWORD: SECRET, LOG_LEVEL: "info" },
  InputDataConfig: [
    {
      ChannelName: "train",
      DataSource: { S3DataSource: { S3Uri: "s3://claims/train/", S3DataType: "S3Prefix" } },
    },
  ],
  OutputDataConfig: { S3OutputPath: "s3://claims/out" },
  ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 2, VolumeSizeInGB: 30 },
  StoppingCondition: { MaxRuntimeInSeconds: 3600 },
  CreationTime: at("12:00:00"),
  TrainingStartTime: at("12:00:30"),
  TrainingEndTime: at("12:02:00"),
  TrainingTimeInSeconds: 90,
  BillableTimeInSeconds: 80,
  FinalMetricDataList: [{ MetricName: "loss", Value: 0.25, Timestamp: at("12:01:00") }],
} as unknown as JobDescription;

describe("a job's description as text", () => {
  it("says in a plan's form what the job is made of, and how it went", () => {
    const session = new Session({ endpoint: "http://127.0.0.1:1" });

    expect(textOf(description, session, 100)).toBe(`\
Training job     glm-1
ARN              arn:aws:sagemaker:eu-west-1:123456789012:training-job/glm-1
Status           Failed
                 Failed with [redacted]
Reason           AlgorithmError: no login with [redacted] [2J, exit code: 1
Created          2026-01-31 12:00:00 UTC
Training         from 2026-01-31 12:00:30 UTC to 2026-01-31 12:02:00 UTC
Time             1 min 30 s of training, 1 min 20 s billable on each of 2 instances
Image            glm:1
Entry point      train --password=[redacted]
Role             arn:aws:iam::123456789012:role/R
Instances        2 x ml.m5.large, 30 GB each
Time limit       1 h
Hyperparameters  lr = 0.1, family (text not shown)
Environment      DB_PASSWORD, LOG_LEVEL (values not shown)
Channels         train  s3://claims/train/
Output           s3://claims/out
Metrics          loss = 0.25
Log              job.logs()`);
  });

  it("wraps at the width that is asked for", () => {
    const lines = textOf(description, new Session(), 60).split("\n");

    expect(lines.find((line) => line.startsWith("Time "))).toBe(
      "Time             1 min 30 s of training, 1 min 20 s billable",
    );
  });

  it("cuts long lists of metrics with a count", () => {
    const FinalMetricDataList = Array.from({ length: 25 }, (_, index) => ({
      MetricName: `m${index}`,
      Value: index,
    }));
    const text = textOf({ ...description, FinalMetricDataList }, new Session(), 100);

    expect(text).toContain("m19 = 19\n");
    expect(text).toContain("and 5 more");
    expect(text).not.toContain("m20");
  });
});

describe("a description without secrets", () => {
  it("has none anywhere, not in what the service quotes of them either", () => {
    const redacted = redactDescription(description);

    expect(JSON.stringify(redacted)).not.toContain(SECRET);
    expect(redacted).toMatchObject({
      Environment: { DB_PASSWORD: "[redacted]", LOG_LEVEL: "info" },
      HyperParameters: { lr: "0.1", family: "poisson" },
      CreationTime: at("12:00:00"),
    });
  });
});
