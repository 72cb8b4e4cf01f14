import { describe, expect, it } from "vitest";
import { requestFindings } from "../../src/training/findings.ts";

const ROLE = "arn:aws:iam::123456789012:role/SageMakerRole";
const good = {
  TrainingJobName: "jobname",
  AlgorithmSpecification: { TrainingImage: "image", TrainingInputMode: "File" },
  RoleArn: ROLE,
  OutputDataConfig: { S3OutputPath: "s3://bucket/prefix" },
  ResourceConfig: { InstanceType: "ml.c4.xlarge", InstanceCount: 1, VolumeSizeInGB: 30 },
  StoppingCondition: { MaxRuntimeInSeconds: 600 },
};
const channel = (name: string, uri = "s3://b/p") => ({
  ChannelName: name,
  DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: uri } },
});

function findings(change: Record<string, unknown>, channels: string[] = [], isLocal = false) {
  return requestFindings({ ...good, ...change }, { channels, isLocal });
}

describe("what breaks the service's limits is told in option names", () => {
  it("is nothing for a good request", () => {
    expect(findings({})).toEqual([]);
  });

  it.each([
    ["jobName", { TrainingJobName: "x".repeat(64) }, "has 64 characters; at most 63 are allowed"],
    ["jobName", { TrainingJobName: "a_b" }, "does not match"],
    ["role", { RoleArn: "arn:aws:iam::1234:role/R" }, "does not match"],
    ["role", { RoleArn: "" }, "at least 20 are needed"],
    [
      "hyperparameters.text",
      { HyperParameters: { text: "x".repeat(2501) } },
      "It has 2501 characters; at most 2500 are allowed.",
    ],
    [
      "environment.TOKEN",
      { Environment: { TOKEN: "s".repeat(513) } },
      "It has 513 characters; at most 512 are allowed.",
    ],
    ["environment.1A", { Environment: { "1A": "x" } }, "The name '1A' does not match"],
    [
      "metricDefinitions[0].Regex",
      {
        AlgorithmSpecification: {
          TrainingImage: "i",
          TrainingInputMode: "File",
          MetricDefinitions: [{ Name: "m", Regex: "x".repeat(501) }],
        },
      },
      "at most 500 are allowed",
    ],
    [
      "maxRun",
      { StoppingCondition: { MaxRuntimeInSeconds: 0 } },
      "0 is given; at least 1 is needed.",
    ],
    ["outputPath", { OutputDataConfig: { S3OutputPath: "bucket/prefix" } }, "does not match"],
    ["tags[0].Key", { Tags: [{ Key: "", Value: "" }] }, "at least 1 are needed"],
  ])("%s", (path, change, words) => {
    const found = findings(change);

    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ severity: "error", path });
    expect(found[0]?.message).toContain(words);
  });

  it("names the channel", () => {
    const found = findings({ InputDataConfig: [channel("a b")] }, ["inputs.a b"]);

    expect(found).toMatchObject([{ path: "inputs.a b.channel name" }]);
  });

  it("counts the channels", () => {
    const names = Array.from({ length: 21 }, (_, index) => `c${index}`);
    const found = findings({ InputDataConfig: names.map((name) => channel(name)) }, names);

    expect(found).toMatchObject([
      { path: "inputs", message: "21 entries are given; at most 20 are allowed." },
    ]);
  });

  it("tells every breach at once", () => {
    const found = findings({
      TrainingJobName: "a_b",
      RoleArn: "nobody-nobody-nobody-nobody",
      StoppingCondition: { MaxRuntimeInSeconds: -1 },
    });

    expect(found.map(({ path }) => path).toSorted((a, b) => a.localeCompare(b))).toEqual([
      "jobName",
      "maxRun",
      "role",
    ]);
  });

  it("never shows a value of the environment or a hyperparameter", () => {
    const secret = "hunter2-".repeat(400);
    const found = findings({
      Environment: { PASSWORD: secret },
      HyperParameters: { token: secret, multi: `${"hunter2"}\n` },
    });

    expect(found).toHaveLength(3);
    expect(JSON.stringify(found)).not.toContain("hunter2");
  });
});

describe("an instance type", () => {
  const type = (InstanceType: string) => ({ ResourceConfig: { InstanceType, InstanceCount: 1 } });

  it("that reads like one but is not known is a warning: AWS adds some monthly", () => {
    expect(findings(type("ml.m99.48xlarge"))).toMatchObject([
      { severity: "warning", path: "instanceType" },
    ]);
  });

  it.each(["blah", "m5.xlarge", "ml.m5", "ML.M5.XLARGE", ""])("%j is an error", (bad) => {
    expect(findings(type(bad))).toMatchObject([{ severity: "error", path: "instanceType" }]);
  });

  it("local is for a local cloud only", () => {
    expect(findings(type("local"), [], true)).toEqual([]);
    expect(findings(type("ml.m99.48xlarge"), [], true)).toEqual([]);
    expect(findings(type("local"))).toMatchObject([{ severity: "error" }]);
    expect(findings(type("localhost"), [], true)).toMatchObject([{ severity: "error" }]);
  });
});
