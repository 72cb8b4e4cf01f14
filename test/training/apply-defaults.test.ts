import { describe, expect, it } from "vitest";
import type { SagemakerConfig, TrainingJobConfig } from "../../src/index.ts";
import { applyDefaults, type Defaults, tellOrigins } from "../../src/training/apply-defaults.ts";
import type { EstimatorOptions } from "../../src/training/options.ts";

const OPTIONS: EstimatorOptions = { imageUri: "image:1", instanceType: "ml.m5.xlarge" };

function defaults(config: SagemakerConfig): Defaults {
  return { config, sources: [{ name: "/etc/config.yaml", config }] };
}

/** The options that come out. */
function applied(TrainingJob: TrainingJobConfig, options: EstimatorOptions = {}): EstimatorOptions {
  return applyDefaults({ ...OPTIONS, ...options }, defaults({ SageMaker: { TrainingJob } }))
    .options;
}

describe("defaults under an estimator's options", () => {
  it.each<[keyof EstimatorOptions, TrainingJobConfig, unknown, unknown]>([
    ["role", { RoleArn: "theirs" }, "theirs", "mine"],
    ["outputKmsKey", { OutputDataConfig: { KmsKeyId: "theirs" } }, "theirs", "mine"],
    ["volumeKmsKey", { ResourceConfig: { VolumeKmsKeyId: "theirs" } }, "theirs", "mine"],
    ["subnets", { VpcConfig: { Subnets: ["theirs"] } }, ["theirs"], ["mine"]],
    ["securityGroupIds", { VpcConfig: { SecurityGroupIds: ["theirs"] } }, ["theirs"], ["mine"]],
    ["enableNetworkIsolation", { EnableNetworkIsolation: true }, true, false],
    ["encryptInterContainerTraffic", { EnableInterContainerTrafficEncryption: true }, true, false],
    ["environment", { Environment: { A: "theirs" } }, { A: "theirs" }, {}],
    ["disableProfiler", { ProfilerConfig: { DisableProfiler: true } }, true, false],
  ])("%s: the argument, else the configuration, else nothing", (option, config, theirs, mine) => {
    expect(applied({})[option]).toBeUndefined();
    expect(applied(config)[option]).toEqual(theirs);
    expect(applied(config, { [option]: mine })[option]).toEqual(mine);
  });

  it("mixes no variables: the environment is the caller's, or the configuration's", () => {
    expect(applied({ Environment: { A: "1", B: "2" } }, { environment: { A: "3" } })).toMatchObject(
      {
        environment: { A: "3" },
      },
    );
  });

  it("adds tags, but for keys that are there", () => {
    const Tags = [
      { Key: "team", Value: "theirs" },
      { Key: "cost", Value: "42" },
    ];

    expect(applied({ Tags }).tags).toEqual(Tags);
    expect(applied({ Tags }, { tags: { team: "mine", x: "y" } }).tags).toEqual({
      team: "mine",
      x: "y",
      cost: "42",
    });
    expect(applied({ Tags }, { tags: [{ Key: "team", Value: "mine" }] }).tags).toEqual([
      { Key: "team", Value: "mine" },
      { Key: "cost", Value: "42" },
    ]);
  });

  it.each<[EstimatorOptions, string | undefined]>([
    [{ instanceType: "ml.m5.xlarge" }, "key"],
    [{ instanceType: "ml.p2.xlarge" }, "key"],
    [{ instanceType: "ml.g5.xlarge" }, undefined],
    [{ instanceType: "ml.m5d.xlarge" }, undefined],
    [
      {
        instanceGroups: [
          { instanceGroupName: "a", instanceType: "ml.m5.xlarge", instanceCount: 1 },
          { instanceGroupName: "b", instanceType: "ml.p4d.24xlarge", instanceCount: 1 },
        ],
      },
      undefined,
    ],
    [{ instancePreferences: [{ instanceType: "ml.g6.xlarge" }] }, undefined],
  ])("gives a key for volumes only to instances that take one: %j", (options, expected) => {
    const config = { SageMaker: { TrainingJob: { ResourceConfig: { VolumeKmsKeyId: "key" } } } };

    const made = applyDefaults({ imageUri: "image:1", ...options }, defaults(config));

    expect(made.options.volumeKmsKey).toBe(expected);
    expect(made.leftOut.map(({ option }) => option)).toEqual(
      expected === undefined ? ["volumeKmsKey"] : [],
    );
  });

  it("turns no hook and no profiler on that nobody asked for", () => {
    const config = (hook: boolean): SagemakerConfig => ({
      SageMaker: {
        TrainingJob: { ProfilerConfig: { DisableProfiler: false } },
        PythonSDK: { Modules: { Estimator: { DebugHookConfig: hook } } },
      },
    });

    const off = applyDefaults(OPTIONS, defaults(config(false))).options;
    const on = applyDefaults(OPTIONS, defaults(config(true))).options;

    expect(off).toEqual(OPTIONS);
    expect(on).toEqual({ ...OPTIONS, debuggerHookConfig: true });
    expect(
      applyDefaults({ ...OPTIONS, debuggerHookConfig: false }, defaults(config(true))).options,
    ).toEqual({ ...OPTIONS, debuggerHookConfig: false });
  });

  it("lets who asks for a profile win over a configuration that forbids it", () => {
    const config = { ProfilerConfig: { DisableProfiler: true } };

    expect(applied(config, { profilerConfig: {} }).disableProfiler).toBeUndefined();
  });

  it("leaves the options of a job that was as they are", () => {
    const options = { ...OPTIONS, isComplete: true };

    expect(
      applyDefaults(options, defaults({ SageMaker: { TrainingJob: { RoleArn: "x" } } })),
    ).toEqual({
      options,
      origins: [],
      leftOut: [],
    });
  });

  it("tells in findings where a value stands, and only then", () => {
    const config = {
      SageMaker: {
        TrainingJob: {
          RoleArn: "no-arn",
          VpcConfig: { Subnets: [] },
          Tags: [{ Key: "", Value: "x" }],
        },
      },
    };
    const { origins } = applyDefaults(
      { ...OPTIONS, tags: [{ Key: "a", Value: "b" }] },
      defaults(config),
    );
    const finding = (path: string) => ({ severity: "error", path, message: "Wrong." }) as const;

    const told = tellOrigins(
      ["role", "subnets", "tags[0].Key", "tags[1].Key", "tags[10].Key", "roleX"].map(finding),
      origins,
    );

    expect(told.map(({ message }) => message)).toEqual([
      "Wrong. It comes from /etc/config.yaml (SageMaker.TrainingJob.RoleArn).",
      "Wrong. It comes from /etc/config.yaml (SageMaker.TrainingJob.VpcConfig.Subnets).",
      "Wrong.",
      "Wrong. It comes from /etc/config.yaml (SageMaker.TrainingJob.Tags).",
      "Wrong.",
      "Wrong.",
    ]);
  });
});
