import { describe, expect, it } from "vitest";
import type { EstimatorOptions } from "../../src/index.ts";
import { ruleFindings } from "../../src/training/rules.ts";

const LEAST: EstimatorOptions = { imageUri: "image", role: "role", instanceType: "ml.m5.large" };
const GPU_IMAGE =
  "763104351884.dkr.ecr.us-west-2.amazonaws.com/pytorch-training:2.5-gpu-py311-cu124-ubuntu22.04";
const RULE = { name: "Mine", imageUri: "rules" };

/** What is told, as `severity path`. */
function told(
  options: Partial<Record<keyof EstimatorOptions, unknown>>,
  isLocal = false,
): string[] {
  const all = { ...LEAST, ...options } as EstimatorOptions;
  return ruleFindings(all, isLocal).map(({ severity, path }) => `${severity} ${path}`);
}

interface Rule {
  readonly rule: string;
  /** What trips it. */
  readonly bad: Partial<Record<keyof EstimatorOptions, unknown>>;
  /** What is told then. */
  readonly told: readonly string[];
  /** What comes close and is good. */
  readonly good: readonly Partial<Record<keyof EstimatorOptions, unknown>>[];
}

const groups = (...names: string[]) =>
  names.map((instanceGroupName) => ({
    instanceGroupName,
    instanceType: "ml.m5.large",
    instanceCount: 1,
  }));
const preferences = [{ instanceType: "ml.m5.large" }, { instanceType: "ml.m5.xlarge" }];

const RULES: readonly Rule[] = [
  {
    rule: "instance groups are given in place of an instance type",
    bad: { instanceGroups: groups("a") },
    told: ["error instanceGroups"],
    good: [{ instanceType: undefined, instanceGroups: groups("a", "b") }],
  },
  {
    rule: "instance groups are given in place of a number of instances",
    bad: { instanceType: undefined, instanceCount: 2, instanceGroups: groups("a") },
    told: ["error instanceGroups"],
    good: [{ instanceCount: 2 }],
  },
  {
    rule: "instance groups have names of their own",
    bad: { instanceType: undefined, instanceGroups: groups("a", "b", "a", "a") },
    told: ["warning instanceGroups"],
    good: [{ instanceType: undefined, instanceGroups: groups("a", "A") }],
  },
  {
    rule: "preferences are given in place of an instance type",
    bad: { instancePreferences: preferences },
    told: ["error instancePreferences"],
    good: [{ instanceType: undefined, instancePreferences: preferences }],
  },
  {
    rule: "preferences exclude groups, placement and spot instances",
    bad: {
      instanceType: undefined,
      instancePreferences: preferences,
      instanceGroups: groups("a"),
      instancePlacementConfig: {},
      useSpotInstances: true,
      maxWait: 86_400,
      checkpointS3Uri: "s3://bucket/c",
    },
    told: ["error instancePreferences", "error instancePreferences", "error instancePreferences"],
    good: [{ instanceType: undefined, instancePreferences: preferences, useSpotInstances: false }],
  },
  {
    rule: "an image for GPUs wants a type that has some",
    bad: { imageUri: GPU_IMAGE },
    told: ["warning imageUri"],
    good: [
      { imageUri: GPU_IMAGE, instanceType: "ml.g5.xlarge" },
      { imageUri: GPU_IMAGE, instanceType: "ml.p4d.24xlarge" },
      { imageUri: GPU_IMAGE, instanceType: "local" },
      { imageUri: GPU_IMAGE.replace("gpu", "cpu").replace("-cu124", "") },
      // One group with GPUs is enough: the other may feed it.
      {
        imageUri: GPU_IMAGE,
        instanceType: undefined,
        instanceGroups: [
          ...groups("feed"),
          { instanceGroupName: "train", instanceType: "ml.p3.2xlarge", instanceCount: 1 },
        ],
      },
    ],
  },
  {
    rule: "waiting is for spot instances",
    bad: { maxWait: 100_000 },
    told: ["error maxWait"],
    good: [{}],
  },
  {
    rule: "waiting without spot instances said to be off",
    bad: { maxWait: 100_000, useSpotInstances: false },
    told: ["error maxWait"],
    good: [{ useSpotInstances: false }],
  },
  {
    rule: "spot instances want a time to wait",
    bad: { useSpotInstances: true, maxRun: 60 },
    told: ["error maxWait"],
    good: [{ useSpotInstances: true, maxRun: 60, maxWait: 60 }],
  },
  {
    rule: "the time to wait counts the run too",
    bad: { useSpotInstances: true, maxRun: 60, maxWait: 59 },
    told: ["error maxWait"],
    good: [{ useSpotInstances: true, maxRun: 60, maxWait: 61 }],
  },
  {
    rule: "the time to wait counts the day that a run takes unless told otherwise",
    bad: { useSpotInstances: true, maxWait: 86_399, checkpointS3Uri: "s3://bucket/c" },
    told: ["error maxWait"],
    good: [{ useSpotInstances: true, maxWait: 86_400, checkpointS3Uri: "s3://bucket/c" }],
  },
  {
    rule: "a long spot job wants checkpoints",
    bad: { useSpotInstances: true, maxRun: 3601, maxWait: 4000 },
    told: ["warning checkpointS3Uri"],
    good: [
      { useSpotInstances: true, maxRun: 3600, maxWait: 4000 },
      { useSpotInstances: true, maxRun: 3601, maxWait: 4000, checkpointS3Uri: "s3://bucket/c" },
    ],
  },
  {
    rule: "there are no spot instances of this machine",
    bad: { instanceType: "local", useSpotInstances: true, maxRun: 60, maxWait: 60 },
    told: ["error useSpotInstances"],
    good: [{ instanceType: "local" }],
  },
  {
    rule: "no job runs longer than 28 days",
    bad: { maxRun: 2_419_201 },
    told: ["warning maxRun"],
    good: [{ maxRun: 2_419_200 }],
  },
  {
    rule: "spot instances are not kept warm",
    bad: { useSpotInstances: true, maxRun: 60, maxWait: 60, keepAlivePeriodInSeconds: 1 },
    told: ["warning keepAlivePeriodInSeconds"],
    good: [
      { keepAlivePeriodInSeconds: 1 },
      { useSpotInstances: true, maxRun: 60, maxWait: 60, keepAlivePeriodInSeconds: 0 },
    ],
  },
  {
    rule: "NVMe disks have a size and a key of their own",
    bad: { instanceType: "ml.g5.xlarge", volumeSize: 50, volumeKmsKey: "key" },
    told: ["warning volumeSize", "warning volumeKmsKey"],
    good: [
      { instanceType: "ml.g5.xlarge" },
      { instanceType: "ml.m5.large", volumeSize: 50, volumeKmsKey: "key" },
    ],
  },
  {
    rule: "subnets want security groups",
    bad: { subnets: ["subnet-1"] },
    told: ["error securityGroupIds"],
    good: [{ subnets: ["subnet-1"], securityGroupIds: ["sg-1"] }],
  },
  {
    rule: "security groups want subnets",
    bad: { securityGroupIds: ["sg-1"] },
    told: ["error subnets"],
    good: [{}],
  },
  {
    rule: "an isolated container reaches no tracking server",
    bad: { enableNetworkIsolation: true, environment: { MLFLOW_TRACKING_URI: "http://m" } },
    told: ["warning environment.MLFLOW_TRACKING_URI"],
    good: [
      { environment: { MLFLOW_TRACKING_URI: "http://m" } },
      { enableNetworkIsolation: true, environment: { OTHER: "x" } },
    ],
  },
  {
    rule: "a folder of checkpoints wants a place for them",
    bad: { checkpointLocalPath: "/c" },
    told: ["error checkpointLocalPath"],
    good: [{ checkpointLocalPath: "/c", checkpointS3Uri: "s3://bucket/c" }],
  },
  {
    rule: "credentials of a repository want its access mode",
    bad: { trainingRepositoryCredentialsProviderArn: "arn" },
    told: ["error trainingRepositoryCredentialsProviderArn"],
    good: [
      {
        trainingRepositoryCredentialsProviderArn: "arn",
        trainingRepositoryAccessMode: "Vpc",
      },
    ],
  },
  {
    rule: "a model's channel wants a model",
    bad: { modelChannelName: "base" },
    told: ["error modelChannelName"],
    good: [{ modelChannelName: "base", modelUri: "s3://bucket/m" }],
  },
  {
    rule: "a profiler is not configured and off",
    bad: { disableProfiler: true, profilerConfig: { systemMonitorIntervalMillis: 500 } },
    told: ["error profilerConfig"],
    good: [
      { profilerConfig: { systemMonitorIntervalMillis: 500 } },
      { disableProfiler: true },
      { disableProfiler: true, profilerConfig: { disableProfiler: true } },
    ],
  },
  {
    rule: "a profiler that says that it is off says nothing else",
    bad: {
      profilerConfig: {
        disableProfiler: true,
        s3OutputPath: "s3://bucket/p",
        systemMonitorIntervalMillis: 500,
      },
    },
    told: ["error profilerConfig.s3OutputPath", "error profilerConfig.systemMonitorIntervalMillis"],
    good: [{ profilerConfig: { disableProfiler: true, s3OutputPath: undefined } }],
  },
  {
    rule: "a profiler rule wants the profiler",
    bad: { disableProfiler: true, rules: [{ kind: "profiler", ...RULE }] },
    told: ["warning rules"],
    good: [
      { rules: [{ kind: "profiler", ...RULE }] },
      { disableProfiler: true, rules: [{ kind: "debugger", ...RULE }] },
    ],
  },
  {
    rule: "fallbacks are not pinned to one type",
    bad: {
      capacityFallbacks: ["ml.m5.xlarge"],
      overrides: { ResourceConfig: { InstanceType: "ml.m5.large" } },
    },
    told: ["error capacityFallbacks"],
    good: [
      {
        capacityFallbacks: ["ml.m5.xlarge"],
        overrides: { ResourceConfig: { VolumeSizeInGB: 50 } },
      },
      {
        capacityFallbacks: [{ instanceCount: 2 }],
        overrides: { ResourceConfig: { InstanceType: "ml.m5.large" } },
      },
    ],
  },
  {
    rule: "a rule says whose it is",
    bad: { rules: [RULE, { kind: "profiler", ...RULE }] },
    told: ["error rules[0].kind"],
    good: [{ rules: [{ kind: "profiler", ...RULE }] }],
  },
  {
    rule: "a debugger rule wants the hook",
    bad: { debuggerHookConfig: false, rules: [{ kind: "debugger", ...RULE }] },
    told: ["warning rules"],
    good: [
      { rules: [{ kind: "debugger", ...RULE }] },
      { debuggerHookConfig: false, rules: [{ kind: "profiler", ...RULE }] },
    ],
  },
];

describe("what options must not say together", () => {
  it.each(RULES)("$rule", ({ bad, told: expected, good }) => {
    expect(told(bad)).toEqual(expected);
    for (const options of good) expect(told(options), JSON.stringify(options)).toEqual([]);
  });

  it("each finding says what to do, and shows no value of the environment", () => {
    const all = RULES.flatMap(({ bad }) =>
      ruleFindings({ ...LEAST, ...bad } as EstimatorOptions, false),
    );

    expect(all.filter(({ hint, message }) => !hint || !message.endsWith("."))).toEqual([]);
    expect(JSON.stringify(all)).not.toContain("http://m");
  });

  it("locally a long spot job may do without checkpoints: nothing interrupts it", () => {
    const options = { useSpotInstances: true, maxRun: 7200, maxWait: 7200 };

    expect(told(options, true)).toEqual([]);
  });
});

describe("NVMe disks", () => {
  it.each([
    ["ml.g4dn.xlarge", true],
    ["ml.g5.48xlarge", true],
    ["ml.g6e.xlarge", true],
    ["ml.p4d.24xlarge", true],
    ["ml.p5.48xlarge", true],
    ["ml.m5d.large", true],
    ["ml.c6id.large", true],
    ["ml.trn1.2xlarge", true],
    ["ml.m5.large", false],
    ["ml.c5n.xlarge", false],
    ["ml.p3.2xlarge", false],
    ["ml.p3dn.24xlarge", true],
    ["local", false],
    ["blah", false],
  ])("%s: %s", (instanceType, isThere) => {
    expect(told({ instanceType, volumeSize: 50 })).toEqual(isThere ? ["warning volumeSize"] : []);
  });
});
