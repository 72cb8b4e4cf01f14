import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  Estimator,
  type EstimatorOptions,
  type SagemakerConfig,
  type SessionOptions,
  type TrainingPlan,
} from "../../src/index.ts";
import { LocalCloud } from "../../src/local/index.ts";
import { type CloudFixture, ROLE, startCloud, writeProgram } from "../helpers/cloud-fixture.ts";

const IMAGE = "123456789012.dkr.ecr.us-west-2.amazonaws.com/my-algo:1.0";

/** Everything that the Python SDK's schema says about training jobs. */
const EVERYTHING: SagemakerConfig = {
  SchemaVersion: "1.0",
  SageMaker: {
    PythonSDK: { Modules: { Estimator: { DebugHookConfig: false } } },
    TrainingJob: {
      EnableInterContainerTrafficEncryption: true,
      EnableNetworkIsolation: true,
      Environment: { LOG_LEVEL: "info", REGION: "eu" },
      OutputDataConfig: { KmsKeyId: "output-key" },
      ResourceConfig: { VolumeKmsKeyId: "volume-key" },
      ProfilerConfig: { DisableProfiler: false },
      RoleArn: "arn:aws:iam::111111111111:role/ConfigRole",
      VpcConfig: { Subnets: ["subnet-1"], SecurityGroupIds: ["sg-1"] },
      Tags: [{ Key: "team", Value: "pricing" }],
    },
  },
};

let fixture: CloudFixture;
let folder: string;

beforeEach(async () => {
  fixture = await startCloud();
  folder = await mkdtemp(join(tmpdir(), "defaults-"));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
  await fixture.stop();
});

/** The plan of a job on the local cloud. */
async function plan(
  sagemakerConfig: SagemakerConfig | undefined,
  options: EstimatorOptions = {},
  session: Omit<SessionOptions, "region"> = {},
): Promise<TrainingPlan> {
  const estimator = new Estimator({
    imageUri: IMAGE,
    instanceType: "ml.m5.xlarge",
    outputPath: "s3://bucket/prefix",
    session: fixture.cloud.session({ ...session, ...(sagemakerConfig && { sagemakerConfig }) }),
    ...options,
  });
  return await estimator.plan(undefined, { jobName: "jobname" });
}

async function userFile(text: string): Promise<string> {
  const path = join(folder, "config.yaml");
  await writeFile(path, text);
  vi.stubEnv("SAGEMAKER_USER_CONFIG_OVERRIDE", path);
  return path;
}

describe("a plan with defaults", () => {
  it("has every one of them in its request, and nothing that is off", async () => {
    const { request } = await plan(EVERYTHING, { instanceType: "ml.p2.xlarge" });

    expect(request).toEqual({
      TrainingJobName: "jobname",
      AlgorithmSpecification: { TrainingImage: IMAGE, TrainingInputMode: "File" },
      RoleArn: "arn:aws:iam::111111111111:role/ConfigRole",
      OutputDataConfig: { S3OutputPath: "s3://bucket/prefix", KmsKeyId: "output-key" },
      ResourceConfig: {
        InstanceType: "ml.p2.xlarge",
        InstanceCount: 1,
        VolumeSizeInGB: 30,
        VolumeKmsKeyId: "volume-key",
      },
      StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
      VpcConfig: { Subnets: ["subnet-1"], SecurityGroupIds: ["sg-1"] },
      Tags: [{ Key: "team", Value: "pricing" }],
      EnableNetworkIsolation: true,
      EnableInterContainerTrafficEncryption: true,
      Environment: { LOG_LEVEL: "info", REGION: "eu" },
    });
  });

  it("says that instances with disks of their own took no key for volumes", async () => {
    const { request, findings } = await plan(EVERYTHING, { instanceType: "ml.g5.xlarge" });

    expect(request.ResourceConfig).not.toHaveProperty("VolumeKmsKeyId");
    expect(findings).toContainEqual({
      severity: "note",
      path: "volumeKmsKey",
      message: expect.stringContaining("SageMaker.TrainingJob.ResourceConfig.VolumeKmsKeyId"),
    });
  });

  it("has the caller's values where there are any, false among them", async () => {
    const { request } = await plan(EVERYTHING, {
      role: ROLE,
      environment: { A: "1" },
      enableNetworkIsolation: false,
      encryptInterContainerTraffic: false,
      outputKmsKey: "mine",
      subnets: ["subnet-a"],
      securityGroupIds: ["sg-a"],
    });

    expect(request).toMatchObject({
      RoleArn: ROLE,
      Environment: { A: "1" },
      OutputDataConfig: { KmsKeyId: "mine" },
      VpcConfig: { Subnets: ["subnet-a"], SecurityGroupIds: ["sg-a"] },
      Tags: [{ Key: "team", Value: "pricing" }],
    });
    expect(request).not.toHaveProperty("EnableNetworkIsolation");
    expect(request).not.toHaveProperty("EnableInterContainerTrafficEncryption");
  });

  it("has the profiler turned off where the configuration says so", async () => {
    const { request } = await plan({
      SageMaker: { TrainingJob: { ProfilerConfig: { DisableProfiler: true } } },
    });

    expect(request.ProfilerConfig).toEqual({ DisableProfiler: true });
  });

  it("goes to the configuration's bucket and prefix", async () => {
    const config = {
      SageMaker: {
        PythonSDK: {
          Modules: {
            Session: { DefaultS3Bucket: "team-bucket", DefaultS3ObjectKeyPrefix: "jobs" },
          },
        },
      },
    };
    const home = async (session: Omit<SessionOptions, "region">): Promise<string | undefined> => {
      const estimator = new Estimator({
        imageUri: IMAGE,
        instanceType: "ml.m5.xlarge",
        session: fixture.cloud.session({ sagemakerConfig: config, ...session }),
      });
      return (await estimator.plan()).request.OutputDataConfig?.S3OutputPath;
    };

    await expect(home({})).resolves.toBe("s3://team-bucket/jobs/");
    await expect(home({ defaultBucket: "mine" })).resolves.toBe("s3://mine/jobs/");
    await expect(home({ defaultBucketPrefix: "" })).resolves.toBe("s3://team-bucket/");
    await expect(home({ sagemakerConfig: false })).resolves.toBe(
      "s3://sagemaker-us-east-1-123456789012/",
    );
  });

  it("says of what is wrong which file it stands in", async () => {
    const path = await userFile(
      'SchemaVersion: "1.0"\nSageMaker:\n  TrainingJob:\n    RoleArn: arn:nonsense\n    VpcConfig: {Subnets: []}\n',
    );

    const { findings } = await plan(undefined, { environment: { A: "x".repeat(600) } });

    const messages = new Map(findings.map((finding) => [finding.path, finding.message]));
    expect(messages.get("role")).toContain(
      `It comes from ${path} (SageMaker.TrainingJob.RoleArn).`,
    );
    expect(messages.get("subnets")).toContain(`It comes from ${path}`);
    expect(messages.get("environment.A")).not.toContain(path);
  });

  it("is refused with all that is wrong in a file", async () => {
    await userFile("SageMaker:\n  TrainingJob: {Role: x}\n");

    await expect(plan(undefined)).rejects.toThrow(/SchemaVersion.*TrainingJob\.Role/s);
  });

  it("adds nothing to the options of a job that was", async () => {
    const program = await writeProgram(join(folder, "program"), { train: "#!/bin/sh\nexit 0\n" });
    const started = await new Estimator({
      imageUri: program,
      instanceType: "local",
      environment: { A: "1" },
      session: fixture.cloud.session({ sagemakerConfig: false }),
    }).fit(undefined, { logs: "None" });
    const session = fixture.cloud.session({ sagemakerConfig: EVERYTHING });

    const { request } = await (await Estimator.attach(started.name, { session })).plan();

    const { TrainingJobName, ...before } = await started.describe();
    expect(TrainingJobName).not.toBe(request.TrainingJobName);
    expect(request).toMatchObject({ RoleArn: before.RoleArn, Environment: { A: "1" } });
    expect(request).not.toHaveProperty("VpcConfig");
    expect(request).not.toHaveProperty("Tags");
  });
});

describe("a company's file and a local job", () => {
  const isolating =
    'SchemaVersion: "1.0"\nSageMaker: {TrainingJob: {EnableNetworkIsolation: true, RoleArn: "arn:aws:iam::111111111111:role/Company", VpcConfig: {Subnets: [subnet-1], SecurityGroupIds: [sg-1]}, OutputDataConfig: {KmsKeyId: key}}}\n';

  it("get on: what has no effect here is echoed, and isolation left out where nothing can give it", async () => {
    const path = await userFile(isolating);
    const program = await writeProgram(join(folder, "program"), { train: "#!/bin/sh\nexit 0\n" });
    const cloud = new LocalCloud({ root: join(folder, "cloud"), engine: "process" });
    const estimator = new Estimator({
      imageUri: program,
      instanceType: "local",
      session: cloud.session(),
    });

    const { findings } = await estimator.plan();
    const job = await estimator.fit(undefined, { logs: "None" });

    expect(findings.filter((finding) => finding.path === "enableNetworkIsolation")).toEqual([
      {
        severity: "warning",
        path: "enableNetworkIsolation",
        message: `Network isolation is left out: nothing on this machine can cut a local job off from the network. It comes from ${path} (SageMaker.TrainingJob.EnableNetworkIsolation).`,
        hint: expect.stringContaining("bubblewrap"),
      },
    ]);
    await expect(job.describe()).resolves.toMatchObject({
      TrainingJobStatus: "Completed",
      RoleArn: "arn:aws:iam::111111111111:role/Company",
      VpcConfig: { Subnets: ["subnet-1"] },
      EnableNetworkIsolation: false,
    });
  });

  it.each<[string, Partial<EstimatorOptions>]>([
    ["hosts", { instanceType: "ml.m5.xlarge", instanceCount: 2 }],
    [
      "instance groups",
      {
        instanceGroups: ["a", "b"].map((instanceGroupName) => ({
          ...{ instanceGroupName, instanceType: "ml.m5.xlarge" as const, instanceCount: 1 },
        })),
      },
    ],
  ])(
    "get on with several %s, which nothing here can isolate and leave together",
    async (_, machines) => {
      await userFile(isolating);
      const cloud = new LocalCloud({ root: join(folder, "cloud") });
      const estimator = new Estimator({ imageUri: IMAGE, ...machines, session: cloud.session() });

      const { request, findings } = await estimator.plan();

      expect(request.EnableNetworkIsolation).toBeUndefined();
      expect(findings).toContainEqual(
        expect.objectContaining({
          path: "enableNetworkIsolation",
          message: expect.stringContaining("the hosts of a local job could not reach each other"),
        }),
      );
    },
  );

  it("do not get on where the caller insists", async () => {
    await userFile(isolating);
    const cloud = new LocalCloud({ root: join(folder, "cloud"), engine: "process" });
    const estimator = new Estimator({
      imageUri: IMAGE,
      instanceType: "ml.m5.xlarge",
      enableNetworkIsolation: true,
      session: cloud.session(),
    });

    const { request } = await estimator.plan();

    expect(request.EnableNetworkIsolation).toBe(true);
  });

  it("tell each other of a file in S3 that only AWS has", async () => {
    vi.stubEnv("SAGEMAKER_ADMIN_CONFIG_OVERRIDE", "s3://company/config.yaml");

    const { findings } = await plan(undefined);

    expect(findings).toContainEqual({
      severity: "note",
      path: "sagemakerConfig",
      message: "s3://company/config.yaml is not in the local S3: its defaults do not count here.",
      hint: expect.stringContaining("upstream"),
    });
  });
});
