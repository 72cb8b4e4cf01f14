/** Defaults of `config.yaml`: what the Python Estimator makes of them, and what this one does. */

import { describe, expect } from "vitest";
import type { SagemakerConfig } from "../../src/index.ts";
import { LEAST, type PlainOptions } from "../helpers/option-sets.ts";
import { planOf } from "../helpers/plan-case.ts";
import { askPython } from "./ask-python.ts";
import { installed, lacking } from "./installed.ts";
import { startUnless, testWith } from "./needs.ts";

const PYTHON = installed("sagemaker-sdk/bin/python");
const reason = lacking(PYTHON);

const JOB = {
  EnableInterContainerTrafficEncryption: true,
  EnableNetworkIsolation: true,
  Environment: { configEnvVar1: "value1", configEnvVar2: "value2" },
  OutputDataConfig: { KmsKeyId: "TestKms" },
  ResourceConfig: { VolumeKmsKeyId: "volumekey" },
  RoleArn: "arn:aws:iam::111111111111:role/ConfigRole",
  VpcConfig: { Subnets: ["subnets-123"], SecurityGroupIds: ["sg-123"] },
  Tags: [
    { Key: "some-tag", Value: "value-for-tag" },
    { Key: "other", Value: "x" },
  ],
};
const BUCKET = { DefaultS3Bucket: "config-bucket", DefaultS3ObjectKeyPrefix: "config/prefix" };

/** A configuration with the job's defaults and the session's. */
function configOf(job: object, session: object = BUCKET): SagemakerConfig {
  return {
    SchemaVersion: "1.0",
    SageMaker: {
      PythonSDK: { Modules: { Session: session, Estimator: { DebugHookConfig: false } } },
      TrainingJob: job,
    },
  } as SagemakerConfig;
}

interface Case {
  readonly options?: Partial<Record<keyof PlainOptions, unknown>>;
  readonly config?: SagemakerConfig;
}

const CASES: Readonly<Record<string, Case>> = {
  "all defaults": { options: { role: undefined } },
  "a role": {},
  "instances that take no volume key": { options: { instanceType: "ml.g5.xlarge" } },
  "instances with disks of their own": { options: { instanceType: "ml.m5d.large" } },
  Trainium: { options: { instanceType: "ml.trn1.2xlarge" } },
  "a volume key": { options: { volumeKmsKey: "mine" } },
  "an output key": { options: { outputKmsKey: "mine" } },
  "the default bucket and its prefix": { options: { outputPath: undefined } },
  "the default bucket alone": {
    options: { outputPath: undefined },
    config: configOf(JOB, { DefaultS3Bucket: "config-bucket" }),
  },
  "an environment, which is not merged": { options: { environment: { A: "1" } } },
  "tags, which are": { options: { tags: { mine: "1", other: "mine" } } },
  "tags as a list": { options: { tags: [{ Key: "mine", Value: "1" }] } },
  "a VPC": { options: { subnets: ["subnet-a"], securityGroupIds: ["sg-a"] } },
  "no isolation": { options: { enableNetworkIsolation: false } },
  encryption: { options: { encryptInterContainerTraffic: true } },
  "instance groups": {
    options: {
      instanceType: undefined,
      instanceCount: undefined,
      instanceGroups: [{ instanceGroupName: "g", instanceType: "ml.m5.large", instanceCount: 1 }],
    },
  },
  "a model": { options: { modelUri: "s3://bucket/model" } },
  "nothing of the job": { config: configOf({}) },
  "isolation that is off": {
    config: configOf({
      EnableNetworkIsolation: false,
      EnableInterContainerTrafficEncryption: false,
    }),
  },
};

describe("config.yaml fills the request as in the Python Estimator", () => {
  const answers = new Map<string, { request?: Record<string, unknown>; error?: string }>();
  const given = ({ options, config = configOf(JOB) }: Case) => ({
    options: Object.fromEntries(
      Object.entries({ ...LEAST, ...options }).filter(([, value]) => value !== undefined),
    ),
    sagemakerConfig: config,
  });

  startUnless(reason, async () => {
    const told = await askPython<{ request?: Record<string, unknown> }>(
      PYTHON,
      "estimator_requests.py",
      Object.values(CASES).map(given),
    );
    for (const [index, name] of Object.keys(CASES).entries()) answers.set(name, told[index] ?? {});
  });

  for (const [name, one] of Object.entries(CASES)) {
    testWith(reason, `with ${name}`, async () => {
      const { options, sagemakerConfig } = given(one);
      const absent = Object.fromEntries(Object.keys(LEAST).map((option) => [option, undefined]));
      const { request } = await planOf({
        options: { ...absent, ...options },
        session: { sagemakerConfig },
      });
      const { request: python, error } = answers.get(name) ?? {};
      const { ProfilerConfig: _, ...theirs } = python ?? {};
      const { ProfilerConfig: __, ...ours } = JSON.parse(JSON.stringify(request));

      expect(error).toBeUndefined();
      expect(ours).toEqual(theirs);
    });
  }
});
