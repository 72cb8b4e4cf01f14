import { describe, expect, it } from "vitest";
import { configProblems, unreadKeys } from "../../src/config/check-config.ts";

/** `path: message` of each problem. */
function problems(config: unknown, needsVersion = true): string[] {
  return configProblems(config, needsVersion).map(({ path, message }) => `${path}: ${message}`);
}

function training(members: unknown): unknown {
  return { SchemaVersion: "1.0", SageMaker: { TrainingJob: members } };
}

describe("a configuration", () => {
  it("may hold every key that the Python SDK reads", () => {
    const tags = [{ Key: "team", Value: "" }];
    const vpc = { Subnets: ["a"], SecurityGroupIds: ["b"] };
    const config = {
      SchemaVersion: "1.0",
      CustomParameters: { "any key": "any text" },
      SageMaker: {
        PythonSDK: {
          Modules: {
            Session: { DefaultS3Bucket: "my-bucket", DefaultS3ObjectKeyPrefix: "team" },
            Estimator: { DebugHookConfig: false },
            ModelTrainer: { anything: [{ at: "all" }] },
            RemoteFunction: {
              CustomFileFilter: { IgnoreNamePatterns: ["*.tmp"] },
              IncludeLocalWorkDir: true,
              JobCondaEnvironment: "env",
              Tags: tags,
              VpcConfig: vpc,
            },
            NotebookJob: { S3RootUri: "s3://b/k" },
            Serve: { EnvironmentVariables: { A: "1" } },
            TelemetryOptOut: true,
          },
        },
        FeatureGroup: { OnlineStoreConfig: { SecurityConfig: { KmsKeyId: "k" } } },
        MonitoringSchedule: {
          MonitoringScheduleConfig: {
            MonitoringJobDefinition: { NetworkConfig: { VpcConfig: vpc } },
          },
        },
        EndpointConfig: { ProductionVariants: [{ CoreDumpConfig: { KmsKeyId: "k" } }] },
        AutoMLJobV2: { SecurityConfig: { VolumeKmsKeyId: "k" } },
        Model: { Containers: [{ Environment: { A: "1" } }], ExecutionRoleArn: "arn" },
        ModelPackage: { ValidationSpecification: { ValidationRole: "arn" } },
        ProcessingJob: {
          ProcessingInputs: [
            { DatasetDefinition: { RedshiftDatasetDefinition: { ClusterRoleArn: "arn" } } },
          ],
        },
        TrainingJob: { Tags: tags, VpcConfig: vpc, ProfilerConfig: { DisableProfiler: true } },
        EdgePackagingJob: { ResourceKey: "k" },
      },
    };

    expect(problems(config)).toEqual([]);
    expect(unreadKeys(config)).toEqual([
      "CustomParameters",
      "SageMaker.PythonSDK.Modules.ModelTrainer",
      "SageMaker.PythonSDK.Modules.RemoteFunction",
      "SageMaker.PythonSDK.Modules.NotebookJob",
      "SageMaker.PythonSDK.Modules.Serve",
      "SageMaker.PythonSDK.Modules.TelemetryOptOut",
      "SageMaker.FeatureGroup",
      "SageMaker.MonitoringSchedule",
      "SageMaker.EndpointConfig",
      "SageMaker.AutoMLJobV2",
      "SageMaker.Model",
      "SageMaker.ModelPackage",
      "SageMaker.ProcessingJob",
      "SageMaker.EdgePackagingJob",
    ]);
  });

  it("names every unknown key at once, and what is known there", () => {
    const found = configProblems(
      {
        SchemaVersion: "1.0",
        Sagemaker: {},
        SageMaker: { TrainingJob: { RoleARN: "x", VpcConfig: { Subnet: [] } } },
      },
      true,
    );

    expect(found.map(({ path }) => path)).toEqual([
      "Sagemaker",
      "SageMaker.TrainingJob.RoleARN",
      "SageMaker.TrainingJob.VpcConfig.Subnet",
    ]);
    expect(found[0]).toEqual({
      path: "Sagemaker",
      message: "The schema has no such key.",
      hint: "Known there: SchemaVersion, CustomParameters, SageMaker.",
    });
  });

  it("takes no key for known that every object has", () => {
    const config = JSON.parse(
      '{"SchemaVersion":"1.0","constructor":1,"__proto__":{"SchemaVersion":"2"},"toString":1}',
    );

    expect(configProblems(config, true).map(({ path }) => path)).toEqual([
      "constructor",
      "__proto__",
      "toString",
    ]);
  });

  it.each([
    [
      { EnableNetworkIsolation: "true" },
      ".EnableNetworkIsolation: true or false is expected, not a text.",
    ],
    [{ RoleArn: 12 }, ".RoleArn: A text is expected, not a number."],
    [{ Environment: { A: 1 } }, ".Environment.A: A text is expected, not a number."],
    [{ Environment: { A: null } }, ".Environment.A: A text is expected, not nothing."],
    [{ Environment: { A: new Date() } }, ".Environment.A: A text is expected, not a date."],
    [{ Environment: ["A"] }, ".Environment: Names with texts are expected, not a list."],
    [{ Tags: { team: "x" } }, ".Tags: A list is expected, not keys with values."],
    [{ Tags: [{ Key: "team" }] }, ".Tags[0].Value: It is required."],
    [{ Tags: ["team"] }, ".Tags[0]: Keys with values are expected, not a text."],
    [{ VpcConfig: { Subnets: "a" } }, ".VpcConfig.Subnets: A list is expected, not a text."],
    [null, ": Keys with values are expected, not nothing."],
  ])("tells a wrong type: %j", (members, expected) => {
    expect(problems(training(members))).toEqual([`SageMaker.TrainingJob${expected}`]);
  });

  it("never quotes a value", () => {
    const told = JSON.stringify(
      configProblems(training({ Environment: { TOKEN: ["hunter2"] }, RoleArn: ["hunter2"] }), true),
    );

    expect(told).not.toContain("hunter2");
  });

  it.each(["My_Bucket", "s3://bucket", "ab"])("refuses %s as a bucket", (DefaultS3Bucket) => {
    const config = { SageMaker: { PythonSDK: { Modules: { Session: { DefaultS3Bucket } } } } };

    expect(problems(config, false)).toEqual([
      "SageMaker.PythonSDK.Modules.Session.DefaultS3Bucket: It is no name of a bucket.",
    ]);
  });

  it.each([
    [{}, "SchemaVersion: It is required."],
    [{ SchemaVersion: 1 }, "SchemaVersion: A text is expected, not a number."],
    [{ SchemaVersion: "2.0" }, "SchemaVersion: This version of the schema is not known."],
    [[], ": Keys with values are expected, not a list."],
    ["text", ": Keys with values are expected, not a text."],
  ])("needs its version in a file: %j", (config, expected) => {
    expect(problems(config)).toEqual([expected]);
  });

  it("needs no version as a value", () => {
    expect(problems({}, false)).toEqual([]);
  });
});
