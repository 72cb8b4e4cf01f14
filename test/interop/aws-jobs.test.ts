/** `aws sagemaker` and `aws sts`: training jobs from a shell. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { eventually } from "../helpers/cloud-fixture.ts";
import { answer, awsClient, awsIsLacking } from "./aws.ts";
import { testWith } from "./needs.ts";
import { removeTinyImages, tinyImage } from "./tiny-image.ts";

const test = (name: string, run: () => Promise<void>): void => testWith(awsIsLacking, name, run);
const client = awsClient(async () => ({ images: { "tiny:1": await tinyImage() } }));
removeTinyImages();

const api = async (...args: string[]): Promise<Record<string, unknown>> =>
  await answer(client(), "sagemaker", ...args);
const NAMED = "--training-job-name";
const describeJob = async (name: string): Promise<Record<string, unknown>> =>
  await api("describe-training-job", NAMED, name);

/** Starts a job from shorthand, as one types it. */
async function create(name: string, ...more: string[]): Promise<string> {
  const told = await api(
    ...["create-training-job", NAMED, name, "--role-arn"],
    "arn:aws:iam::123456789012:role/SageMaker",
    ...["--algorithm-specification", "TrainingImage=tiny:1,TrainingInputMode=File"],
    ...["--output-data-config", "S3OutputPath=s3://cli-jobs/output/"],
    ...["--resource-config", "InstanceType=ml.m5.large,InstanceCount=1,VolumeSizeInGB=10"],
    ...["--stopping-condition", "MaxRuntimeInSeconds=600"],
    ...more,
  );
  return String(told["TrainingJobArn"]);
}

const CHANNEL = JSON.stringify([
  {
    ChannelName: "train",
    DataSource: {
      S3DataSource: {
        S3DataType: "S3Prefix",
        S3Uri: "s3://cli-jobs/input/",
        S3DataDistributionType: "FullyReplicated",
      },
    },
  },
]);

describe("aws sagemaker", () => {
  test("create-training-job from shorthand, told by its ARN", async () => {
    await client().run(["s3", "mb", "s3://cli-jobs"]);
    await client().run(["s3", "cp", "-", "s3://cli-jobs/input/data.csv"], { input: "a,b\n1,2\n" });
    const arn = await create(
      "cli-completes",
      ...["--input-data-config", CHANNEL, "--hyper-parameters", "epochs=3,lr=0.1"],
      ...["--environment", "TASK=train", "--tags", "Key=team,Value=claims"],
    );
    expect(arn).toBe("arn:aws:sagemaker:eu-west-1:123456789012:training-job/cli-completes");
  });

  test("wait training-job-completed-or-stopped", async () => {
    // The CLI asks every two minutes: it is asked when the job is done.
    await eventually(
      async () =>
        (await client().cloud.sagemaker.describeTrainingJob({ TrainingJobName: "cli-completes" }))
          .TrainingJobStatus === "Completed" || undefined,
      "the job is done",
      60_000,
    );
    await client().run([
      "sagemaker",
      "wait",
      "training-job-completed-or-stopped",
      NAMED,
      "cli-completes",
    ]);
  });

  test("describe-training-job", async () => {
    expect(await describeJob("cli-completes")).toMatchObject({
      TrainingJobStatus: "Completed",
      SecondaryStatus: "Completed",
      HyperParameters: { epochs: "3", lr: "0.1" },
      Environment: { TASK: "train" },
      ModelArtifacts: {
        S3ModelArtifacts: "s3://cli-jobs/output/cli-completes/output/model.tar.gz",
      },
    });
  });

  test("the model is fetched and unpacked with the shell's own tools", async () => {
    const { bytes } = await client().run([
      "s3",
      "cp",
      "s3://cli-jobs/output/cli-completes/output/model.tar.gz",
      "-",
    ]);
    expect(bytes.subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
  });

  test("create-training-job --cli-input-json; a job that fails says why, and the waiter fails", async () => {
    const request = {
      TrainingJobName: "cli-fails",
      AlgorithmSpecification: { TrainingImage: "tiny:1", TrainingInputMode: "File" },
      RoleArn: "arn:aws:iam::123456789012:role/SageMaker",
      OutputDataConfig: { S3OutputPath: "s3://cli-jobs/output/" },
      ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 10 },
      StoppingCondition: { MaxRuntimeInSeconds: 600 },
      Environment: { TASK: "fail" },
    };
    await writeFile(join(client().folder, "job.json"), JSON.stringify(request));
    await api("create-training-job", "--cli-input-json", "file://job.json");
    const told = await eventually(
      async () => {
        const job = await describeJob("cli-fails");
        return job["TrainingJobStatus"] === "Failed" ? job : undefined;
      },
      "the job has failed",
      60_000,
    );
    expect(told["FailureReason"]).toContain("Column 'Claims' is missing");
    const waited = await client().fail([
      "sagemaker",
      "wait",
      "training-job-completed-or-stopped",
      NAMED,
      "cli-fails",
    ]);
    expect(waited.err).toContain("Waiter TrainingJobCompletedOrStopped failed");
  });

  test("update-training-job, stop-training-job", async () => {
    await create("cli-sleeps", "--environment", "TASK=sleep");
    await eventually(
      async () => (await describeJob("cli-sleeps"))["SecondaryStatus"] === "Training" || undefined,
      "the job trains",
      60_000,
    );
    const updated = await api(
      ...["update-training-job", NAMED, "cli-sleeps", "--profiler-config"],
      "S3OutputPath=s3://cli-jobs/profile/",
    );
    expect(updated["TrainingJobArn"]).toContain("training-job/cli-sleeps");
    await api("stop-training-job", NAMED, "cli-sleeps");
    await eventually(
      async () => (await describeJob("cli-sleeps"))["TrainingJobStatus"] === "Stopped" || undefined,
      "the job is stopped",
      60_000,
    );
    const again = await client().fail(["sagemaker", "stop-training-job", NAMED, "cli-sleeps"]);
    expect(again.err).toContain("(ValidationException)");
  });

  test("list-training-jobs: sorted, filtered, paged", async () => {
    const names = async (...args: string[]): Promise<unknown> =>
      await api(
        ...["list-training-jobs", ...args, "--query", "TrainingJobSummaries[].TrainingJobName"],
      );
    expect(
      await names("--sort-by", "Name", "--sort-order", "Ascending", "--page-size", "1"),
    ).toEqual(["cli-completes", "cli-fails", "cli-sleeps"]);
    expect(await names("--status-equals", "Failed")).toEqual(["cli-fails"]);
    expect(await names("--name-contains", "sleep")).toEqual(["cli-sleeps"]);
    expect(await names("--creation-time-before", "2020-01-01T00:00:00Z")).toEqual([]);
    const page = await api("list-training-jobs", "--max-items", "2");
    expect(page["TrainingJobSummaries"]).toHaveLength(2);
    const rest = await api("list-training-jobs", "--starting-token", String(page["NextToken"]));
    expect(rest["TrainingJobSummaries"]).toHaveLength(1);
  });

  test("add-tags, list-tags, delete-tags", async () => {
    const arn = ["--resource-arn", String((await describeJob("cli-completes"))["TrainingJobArn"])];
    await api("add-tags", ...arn, "--tags", "Key=Stage,Value=test", "Key=empty,Value=");
    await api("delete-tags", ...arn, "--tag-keys", "team");
    expect((await api("list-tags", ...arn))["Tags"]).toEqual(
      expect.arrayContaining([
        { Key: "Stage", Value: "test" },
        { Key: "empty", Value: "" },
      ]),
    );
  });

  test("what is wrong is told with the service's code", async () => {
    const code = async (...args: string[]): Promise<string> =>
      (await client().fail(["sagemaker", ...args])).err;
    expect(await code("describe-training-job", NAMED, "cli-never")).toContain(
      "(ValidationException) when calling the DescribeTrainingJob operation: Requested resource not found.",
    );
    await expect(create("cli-completes")).rejects.toThrow();
    expect(await code("list-models")).toContain("ListModels");
  });
});

describe("aws sts", () => {
  test("get-caller-identity", async () => {
    expect(await answer(client(), "sts", "get-caller-identity")).toMatchObject({
      Account: "123456789012",
      Arn: expect.stringMatching(/^arn:aws:iam::123456789012:user\//),
    });
  });

  test("assume-role gives keys that work", async () => {
    const { Credentials } = await answer<{
      Credentials: Record<"AccessKeyId" | "SecretAccessKey" | "SessionToken", string>;
    }>(
      client(),
      ...["sts", "assume-role", "--role-arn", "arn:aws:iam::123456789012:role/SageMaker"],
      ...["--role-session-name", "cli"],
    );
    const env = {
      AWS_ACCESS_KEY_ID: Credentials.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: Credentials.SecretAccessKey,
      AWS_SESSION_TOKEN: Credentials.SessionToken,
    };
    const { out } = await client().run(["sts", "get-caller-identity"], { env });
    expect(out).toContain("assumed-role/SageMaker/cli");
    await client().run(["s3", "ls", "s3://cli-jobs"], { env });
    const wrong = await client().fail(["s3", "ls", "s3://cli-jobs"], {
      env: { ...env, AWS_SECRET_ACCESS_KEY: "wrong" },
    });
    expect(wrong.err).toContain("SignatureDoesNotMatch");
  });
});
