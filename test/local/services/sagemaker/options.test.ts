import type { CreateTrainingJobRequest } from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SANDBOXES } from "../../../helpers/engines.ts";
import { type JobCloud, startJobCloud } from "../../../helpers/wire-jobs.ts";

let cloud: JobCloud;
beforeAll(async () => {
  cloud = await startJobCloud();
  await cloud.put("data/a", "a");
});
afterAll(async () => {
  await cloud.stop();
});

const RULE = { RuleConfigurationName: "loss", RuleEvaluatorImage: "rules:1" };
const PLAN = "arn:aws:sagemaker:us-east-1:123456789012:training-plan/mine";
const ONE = { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 5 } as const;
const invalid = (message: RegExp): object => ({
  name: "ValidationException",
  message: expect.stringMatching(message),
});

describe("options that change nothing on one machine", () => {
  it("are taken and told again, and those that would be missed are named in a note", async () => {
    const idle = {
      DebugRuleConfigurations: [RULE],
      ProfilerConfig: { S3OutputPath: "s3://bucket/profile" },
      ProfilerRuleConfigurations: [RULE],
      ExperimentConfig: { ExperimentName: "e", TrialName: "t" },
      RemoteDebugConfig: { EnableRemoteDebug: true },
      InfraCheckConfig: { EnableInfraCheck: true },
      MlflowConfig: {
        MlflowResourceArn: "arn:aws:sagemaker:us-east-1:123456789012:mlflow-tracking-server/m",
      },
      ModelPackageConfig: {
        ModelPackageGroupArn: "arn:aws:sagemaker:us-east-1:123456789012:model-package-group/g",
      },
      VpcConfig: { SecurityGroupIds: ["sg-1"], Subnets: ["subnet-1"] },
      OutputDataConfig: { S3OutputPath: "s3://bucket/out", KmsKeyId: "key" },
      RetryStrategy: { MaximumRetryAttempts: 3 },
      EnableInterContainerTrafficEncryption: true,
      StoppingCondition: { MaxRuntimeInSeconds: 60, MaxPendingTimeInSeconds: 7200 },
    } satisfies Partial<CreateTrainingJobRequest>;
    const job = await cloud.run("true", {
      ...idle,
      SessionChainingConfig: { EnableSessionTagChaining: true },
    });
    expect(job).toMatchObject({ ...idle, TrainingJobStatus: "Completed" });

    const notes = await cloud.cloud.session().local?.notes?.(job.TrainingJobName);
    expect(notes?.[0]).toEqual({
      code: "local-no-effect",
      message:
        "The local cloud takes these members of the request and does nothing about them: " +
        "DebugRuleConfigurations, ProfilerConfig, ProfilerRuleConfigurations, ExperimentConfig, RemoteDebugConfig, " +
        "InfraCheckConfig, SessionChainingConfig, MlflowConfig, ModelPackageConfig.",
    });
  });

  it("are not named when they are off, or are about AWS's own machines alone", async () => {
    const job = await cloud.run("true", {
      ProfilerConfig: { DisableProfiler: true },
      RemoteDebugConfig: { EnableRemoteDebug: false },
      DebugRuleConfigurations: [],
      VpcConfig: { SecurityGroupIds: ["sg-1"], Subnets: ["subnet-1"] },
    });
    const notes = await cloud.cloud.session().local?.notes?.(job.TrainingJobName);
    expect(notes?.map(({ code }) => code)).not.toContain("local-no-effect");
  });
});

describe("instances", () => {
  it("are kept warm as long as the job runs, and a training plan is one to look for", async () => {
    const plan = { ...ONE, KeepAlivePeriodInSeconds: 600, TrainingPlanArn: PLAN };
    const placed = { ...plan, InstancePlacementConfig: { EnableMultipleJobs: true } };
    const name = await cloud.create("wait_for 1", { ResourceConfig: placed });
    const found = async (WarmPoolStatusEquals: "InUse" | "Terminated"): Promise<unknown> => {
      const query = { WarmPoolStatusEquals, TrainingPlanArnEquals: PLAN };
      const { TrainingJobSummaries: jobs } = await cloud.sagemaker.listTrainingJobs(query);
      return jobs?.map((job) => [job.TrainingJobName, job.WarmPoolStatus?.Status]);
    };
    const running = await cloud.sagemaker.describeTrainingJob({ TrainingJobName: name });
    expect(running).toMatchObject({ ResourceConfig: placed, WarmPoolStatus: { Status: "InUse" } });
    expect(await found("InUse")).toEqual([[name, "InUse"]]);
    await cloud.go(name, 1);
    expect((await cloud.end(name)).WarmPoolStatus).toEqual({
      ...{ Status: "Terminated", ResourceRetainedBillableTimeInSeconds: 0 },
    });
    expect(await found("InUse")).toEqual([]);
    expect(await found("Terminated")).toEqual([[name, "Terminated"]]);
  });

  it("are of the first type that is preferred", async () => {
    const preferred = {
      VolumeSizeInGB: 5,
      InstanceCount: 1,
      InstancePreferences: [{ InstanceType: "ml.p5.48xlarge" }, { InstanceType: "ml.m5.large" }],
    } satisfies CreateTrainingJobRequest["ResourceConfig"];
    const job = await cloud.run('cat "$ml/input/config/resourceconfig.json"', {
      ResourceConfig: preferred,
    });
    expect(job.ResourceConfig).toEqual({
      ...preferred,
      ...{ SelectedInstanceType: "ml.p5.48xlarge", SelectedInstanceCount: 1 },
    });
    const [line] = Object.values(await cloud.lines(job.TrainingJobName)).flat();
    expect(JSON.parse(line ?? "")).toMatchObject({
      current_instance_type: "ml.p5.48xlarge",
      current_group_name: "homogeneousCluster",
    });
  });

  it.skipIf(SANDBOXES.length === 0)(
    "in several groups are numbered through, and each group has its own channels",
    async () => {
      const group = (InstanceGroupName: string, InstanceCount: number) =>
        ({ InstanceGroupName, InstanceCount, InstanceType: "ml.m5.large" }) as const;
      const channel = (ChannelName: string, InstanceGroupNames?: string[]) => ({
        ChannelName,
        DataSource: {
          S3DataSource: {
            ...{ S3DataType: "S3Prefix" as const, S3Uri: "s3://bucket/data" },
            ...(InstanceGroupNames && { InstanceGroupNames }),
          },
        },
      });
      const job = await cloud.run(
        `cat /opt/ml/input/config/resourceconfig.json; echo; ls /opt/ml/input/data | tr '\\n' ' '`,
        {
          InputDataConfig: [channel("all"), channel("few", ["b"])],
          ResourceConfig: { VolumeSizeInGB: 5, InstanceGroups: [group("a", 1), group("b", 2)] },
        },
      );
      expect(job.TrainingJobStatus).toBe("Completed");
      const streams = Object.values(await cloud.lines(job.TrainingJobName));
      expect(streams.map(([, channels]) => channels?.trim())).toEqual([
        "all all-manifest",
        "all all-manifest few few-manifest",
        "all all-manifest few few-manifest",
      ]);
      expect(JSON.parse(streams[2]?.[0] ?? "")).toMatchObject({
        ...{ current_host: "algo-3", current_group_name: "b" },
        hosts: ["algo-1", "algo-2", "algo-3"],
        instance_groups: [
          { instance_group_name: "a", hosts: ["algo-1"] },
          { instance_group_name: "b", hosts: ["algo-2", "algo-3"] },
        ],
      });
    },
  );

  const a = { InstanceGroupName: "a", InstanceType: "ml.m5.large", InstanceCount: 1 } as const;
  it.each<[string, CreateTrainingJobRequest["ResourceConfig"], RegExp]>([
    [
      "a type beside groups",
      { ...ONE, InstanceGroups: [a] },
      /one of InstanceType, InstanceGroups/,
    ],
    [
      "a count beside groups",
      { InstanceCount: 1, InstanceGroups: [a] },
      /is not for InstanceGroups/,
    ],
    ["two groups of one name", { InstanceGroups: [a, a] }, /must be unique: a is there twice/],
    [
      "a group of none",
      { InstanceGroups: [{ ...a, InstanceCount: 0 }] },
      /group a must be at least 1/,
    ],
    [
      "preferred types without a number",
      { InstancePreferences: [{ InstanceType: "ml.m5.large" }] },
      /InstanceCount must be at least 1/,
    ],
  ])("are not %s", async (_, ResourceConfig, message) => {
    await expect(cloud.create("true", { ResourceConfig })).rejects.toMatchObject(invalid(message));
  });

  it("must be of the groups that channels are for", async () => {
    const DataSource = {
      S3DataSource: {
        ...{ S3DataType: "S3Prefix" as const, S3Uri: "s3://bucket/data" },
        InstanceGroupNames: ["gpu"],
      },
    };
    await expect(
      cloud.create("true", { InputDataConfig: [{ ChannelName: "x", DataSource }] }),
    ).rejects.toMatchObject(invalid(/There is no instance group gpu, which channel x is for/));
  });
});

describe("an algorithm", () => {
  const algorithm = "arn:aws:sagemaker:us-east-1:123456789012:algorithm/mine";
  const asked = (over: object = {}): Partial<CreateTrainingJobRequest> => ({
    AlgorithmSpecification: { AlgorithmName: algorithm, TrainingInputMode: "File", ...over },
  });

  it("is a program folder as an image is, and is told again", async () => {
    const own = await startJobCloud({ images: { [algorithm]: "examples/glm/container" } });
    try {
      const job = await own.run("", asked({ ContainerEntrypoint: ["/bin/echo", "hello"] }));
      expect(job.AlgorithmSpecification?.AlgorithmName).toBe(algorithm);
      expect(Object.values(await own.lines(job.TrainingJobName))).toEqual([["hello"]]);
    } finally {
      await own.stop();
    }
  });

  it("is refused when nobody says what it is, and beside an image", async () => {
    await expect(cloud.create("true", asked())).rejects.toMatchObject(
      invalid(/does not know the image "arn:.*:algorithm\/mine"/),
    );
    await expect(cloud.create("true", asked({ TrainingImage: "x" }))).rejects.toMatchObject(
      invalid(/not both/),
    );
  });
});
