/** Defaults of `config.yaml` as the Python Estimator takes them, and what wins over them. */

import { describe, expect, it } from "vitest";
import {
  CASE_REQUEST,
  errorsOf,
  type PlanCase,
  planOf,
  requestOf,
} from "../../helpers/plan-case.ts";

const CONFIG = {
  SchemaVersion: "1.0",
  SageMaker: {
    PythonSDK: { Modules: { Estimator: { DebugHookConfig: false } } },
    TrainingJob: {
      EnableInterContainerTrafficEncryption: true,
      EnableNetworkIsolation: true,
      Environment: { configEnvVar1: "value1", configEnvVar2: "value2" },
      OutputDataConfig: { KmsKeyId: "TestKms" },
      ResourceConfig: { VolumeKmsKeyId: "volumekey" },
      ProfilerConfig: { DisableProfiler: false },
      RoleArn: "arn:aws:iam::111111111111:role/ConfigRole",
      VpcConfig: { Subnets: ["subnets-123"], SecurityGroupIds: ["sg-123"] },
      Tags: [{ Key: "some-tag", Value: "value-for-tag" }],
    },
  },
};
const session = { sagemakerConfig: CONFIG } as NonNullable<PlanCase["session"]>;
const TAGS = [{ Key: "some-tag", Value: "value-for-tag" }];

describe("config.yaml", () => {
  it("fills what was not given", async () => {
    const request = await requestOf({
      options: { role: undefined, instanceType: "ml.p2.xlarge" },
      session,
    });
    // Where the file speaks of the profiler, so does the request; Python's says it always.
    const { ProfilerConfig: _, ...rest } = request;

    expect(rest).toEqual({
      ...CASE_REQUEST,
      OutputDataConfig: { S3OutputPath: "s3://bucket/prefix", KmsKeyId: "TestKms" },
      ResourceConfig: {
        ...CASE_REQUEST.ResourceConfig,
        InstanceType: "ml.p2.xlarge",
        VolumeKmsKeyId: "volumekey",
      },
      RoleArn: "arn:aws:iam::111111111111:role/ConfigRole",
      Environment: { configEnvVar1: "value1", configEnvVar2: "value2" },
      Tags: TAGS,
      VpcConfig: { Subnets: ["subnets-123"], SecurityGroupIds: ["sg-123"] },
      EnableNetworkIsolation: true,
      EnableInterContainerTrafficEncryption: true,
    });
  });

  it("gives way to what was given, also to false, which Python's loses", async () => {
    const { ProfilerConfig: _, ...rest } = await requestOf({
      options: {
        environment: { A: "1" },
        enableNetworkIsolation: false,
        encryptInterContainerTraffic: false,
        outputKmsKey: "mine",
        subnets: ["subnet-a"],
        securityGroupIds: ["sg-a"],
      },
      session,
    });

    expect(rest).toEqual({
      ...CASE_REQUEST,
      OutputDataConfig: { S3OutputPath: "s3://bucket/prefix", KmsKeyId: "mine" },
      ResourceConfig: { ...CASE_REQUEST.ResourceConfig, VolumeKmsKeyId: "volumekey" },
      Environment: { A: "1" },
      Tags: TAGS,
      VpcConfig: { Subnets: ["subnet-a"], SecurityGroupIds: ["sg-a"] },
    });
  });

  it("adds tags whose keys were not given, behind those that were", async () => {
    const { Tags } = await requestOf({ options: { tags: { own: "1" } }, session });
    const own = await requestOf({ options: { tags: { "some-tag": "mine" } }, session });

    expect(Tags).toEqual([{ Key: "own", Value: "1" }, ...TAGS]);
    expect(own.Tags).toEqual([{ Key: "some-tag", Value: "mine" }]);
  });

  it("gives no volume key to instances that take none", async () => {
    const { ResourceConfig } = await requestOf({
      options: { instanceType: "ml.g5.xlarge" },
      session,
    });

    expect(ResourceConfig).not.toHaveProperty("VolumeKmsKeyId");
  });
});

describe("a role's name", () => {
  it("is looked up in IAM", async () => {
    const { request } = await planOf({
      options: { role: "DummyRole" },
      fit: { jobName: "jobname", preflight: "aws" },
    });

    expect(request).toEqual({
      ...CASE_REQUEST,
      RoleArn: "arn:aws:iam::123456789012:role/DummyRole",
    });
  });

  it("is an error offline, where IAM is not asked", async () => {
    expect(await errorsOf({ options: { role: "DummyRole" } })).toEqual([
      expect.stringMatching(/^role: 'DummyRole' is a role's name/),
    ]);
  });
});
