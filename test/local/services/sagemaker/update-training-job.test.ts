import { join } from "node:path";
import type { CreateTrainingJobRequest, UpdateTrainingJobRequest } from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type CloudFixture,
  eventually,
  ROLE,
  startCloud,
  writeProgram,
} from "../../../helpers/cloud-fixture.ts";

const TrainingJobName = "running";
let cloud: CloudFixture;
const RULE = { RuleConfigurationName: "r", RuleEvaluatorImage: "rules:1" };

beforeAll(async () => {
  cloud = await startCloud({
    engine: "process",
    spotInterruptions: { whenLogged: /up/, capacityAfterSeconds: 100 },
  });
  await cloud.s3.createBucket({ Bucket: "bucket" });
  const folder = await writeProgram(join(cloud.folder, "slow"), {
    train: "#!/bin/sh\ntrap 'exit 0' TERM\necho up\nwhile :; do sleep 0.1; done\n",
  });
  const job = {
    RoleArn: ROLE,
    AlgorithmSpecification: { TrainingImage: folder, TrainingInputMode: "File" },
    OutputDataConfig: { S3OutputPath: "s3://bucket/out" },
    ResourceConfig: {
      ...{ InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 5 },
      KeepAlivePeriodInSeconds: 60,
    },
    StoppingCondition: { MaxRuntimeInSeconds: 60 },
    ProfilerConfig: { S3OutputPath: "s3://bucket/profile", ProfilingIntervalInMilliseconds: 500 },
  } satisfies Partial<CreateTrainingJobRequest>;
  await cloud.sagemaker.createTrainingJob({ ...job, TrainingJobName });
  await cloud.sagemaker.createTrainingJob({
    ...job,
    ...{ TrainingJobName: "waiting", EnableManagedSpotTraining: true },
    StoppingCondition: { MaxRuntimeInSeconds: 60, MaxWaitTimeInSeconds: 600 },
  });
  await comesTo(TrainingJobName, "Training");
  await comesTo("waiting", "Pending");
});
afterAll(async () => {
  await cloud.stop();
});

async function comesTo(name: string, secondaryStatus: string): Promise<void> {
  await eventually(async () => {
    const job = await cloud.sagemaker.describeTrainingJob({ TrainingJobName: name });
    return job.SecondaryStatus === secondaryStatus ? job : undefined;
  }, `${name} is ${secondaryStatus}`);
}

const update = async (over: Partial<UpdateTrainingJobRequest>): Promise<unknown> =>
  await cloud.sagemaker.updateTrainingJob({ TrainingJobName, ...over });
const invalid = (message: string | RegExp): object => ({
  name: "ValidationException",
  message: typeof message === "string" ? message : expect.stringMatching(message),
});

describe("UpdateTrainingJob", () => {
  it("changes what it names, leaves the rest, and answers the ARN", async () => {
    const before = await cloud.sagemaker.describeTrainingJob({ TrainingJobName });
    const answer = await update({ ResourceConfig: { KeepAlivePeriodInSeconds: 600 } });
    expect(answer).toMatchObject({ TrainingJobArn: before.TrainingJobArn });
    await update({ ProfilerConfig: { ProfilingIntervalInMilliseconds: 1000 } });
    await update({
      ProfilerRuleConfigurations: [RULE],
      RemoteDebugConfig: { EnableRemoteDebug: true },
    });
    await update({ RemoteDebugConfig: { EnableRemoteDebug: false } });

    const after = await cloud.sagemaker.describeTrainingJob({ TrainingJobName });
    expect(after).toMatchObject({
      ResourceConfig: { ...before.ResourceConfig, KeepAlivePeriodInSeconds: 600 },
      ProfilerConfig: {
        S3OutputPath: "s3://bucket/profile",
        ProfilingIntervalInMilliseconds: 1000,
      },
      ProfilerRuleConfigurations: [RULE],
      RemoteDebugConfig: { EnableRemoteDebug: false },
    });
    expect(after.LastModifiedTime?.getTime()).toBeGreaterThan(
      before.LastModifiedTime?.getTime() ?? Number.POSITIVE_INFINITY,
    );
  });

  it("changes nothing when it names nothing", async () => {
    const before = await cloud.sagemaker.describeTrainingJob({ TrainingJobName });
    await update({});
    expect(await cloud.sagemaker.describeTrainingJob({ TrainingJobName })).toMatchObject({
      ResourceConfig: before.ResourceConfig,
      ProfilerConfig: before.ProfilerConfig,
    });
  });

  it.each<[string, Partial<UpdateTrainingJobRequest>, string | RegExp]>([
    ["a job that is not there", { TrainingJobName: "unknown" }, "Requested resource not found."],
    ["what is no name", { TrainingJobName: "../x" }, /at 'trainingJobName' failed/],
    [
      "a period that is too long",
      { ResourceConfig: { KeepAlivePeriodInSeconds: 21_601 } },
      /at 'resourceConfig.keepAlivePeriodInSeconds' failed .* less than or equal to 21600/,
    ],
    [
      "resources without a period",
      { ResourceConfig: {} as { KeepAlivePeriodInSeconds: number } },
      /Value null at 'resourceConfig.keepAlivePeriodInSeconds'/,
    ],
    [
      "a rule without an image",
      { ProfilerRuleConfigurations: [{ RuleConfigurationName: "r" } as typeof RULE] },
      /ruleEvaluatorImage/,
    ],
  ])("refuses %s", async (_, over, message) => {
    await expect(update(over)).rejects.toMatchObject(invalid(message));
  });

  it("changes remote debugging only while data comes in or the program runs", async () => {
    const waiting = { TrainingJobName: "waiting" };
    await expect(
      update({ ...waiting, RemoteDebugConfig: { EnableRemoteDebug: true } }),
    ).rejects.toMatchObject(
      invalid(
        "RemoteDebugConfig can be updated when the SecondaryStatus of the training job is Downloading or Training. It is Pending.",
      ),
    );
    await update({ ...waiting, ResourceConfig: { KeepAlivePeriodInSeconds: 0 } });
  });

  it("refuses a job that is stopping, or has ended", async () => {
    await cloud.sagemaker.stopTrainingJob({ TrainingJobName });
    await expect(update({})).rejects.toMatchObject(
      invalid(/^The request was rejected because the training job is in status Stop(ping|ped)\.$/),
    );
    await comesTo(TrainingJobName, "Stopped");
    await expect(update({ ResourceConfig: { KeepAlivePeriodInSeconds: 0 } })).rejects.toMatchObject(
      invalid("The request was rejected because the training job is in status Stopped."),
    );
  });
});
