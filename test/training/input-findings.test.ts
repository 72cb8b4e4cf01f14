import { describe, expect, it } from "vitest";
import {
  DatasetInput,
  FileSystemInput,
  type FitInput,
  JsonInput,
  TrainingInput,
  type TrainingInputOptions,
} from "../../src/index.ts";
import { inputFindings, isLocalPath } from "../../src/training/input-findings.ts";

type Options = Parameters<typeof inputFindings>[1];

/** What is told of one input called train, as `severity path`. */
function told(input: unknown, options: Options = {}): string[] {
  const named = { name: "train", path: "inputs.train", input: input as FitInput };
  return inputFindings([named], options).map(({ severity, path }) => `${severity} ${path}`);
}

const data = (options: TrainingInputOptions) => new TrainingInput("s3://bucket/x", options);
const GROUPS: Options = {
  instanceGroups: [{ instanceGroupName: "g", instanceType: "ml.m5.large", instanceCount: 1 }],
};

describe("a good input is told nothing of", () => {
  it.each<[string, unknown]>([
    ["an S3 URI", "s3://bucket/x"],
    ["a bucket", "s3://bucket"],
    ["a path", "data/train.csv"],
    ["a Windows path", String.raw`C:\data\train.csv`],
    ["a file URL", new URL("file:///data/train.csv")],
    ["a value", new JsonInput({})],
    ["a data set", new DatasetInput("arn")],
  ])("%s", (_, input) => {
    expect(told(input)).toEqual([]);
  });
});

describe("a URI", () => {
  it.each([
    ["s3:///key", "error"],
    ["s3:/bucket/key", "error"],
    ["S3://bucket/key", "error"],
    ["s3a://bucket/key", "error"],
    ["gs://bucket/key", "error"],
    ["https://bucket.s3.amazonaws.com/key", "error"],
    ["", "error"],
    // Whether there may be such a bucket is for S3 to say.
    ["s3://b/key", "warning"],
    ["s3://under_score!/key", "warning"],
  ])("%j is an %s", (uri, severity) => {
    expect(told(uri)).toEqual([`${severity} inputs.train.s3Data`]);
    expect(told(new TrainingInput(uri))).toEqual([`${severity} inputs.train.s3Data`]);
  });

  it("is a path unless it has a scheme", () => {
    expect(["x", "./x", "C:\\x", "file:///x", "FILE:///x"].every(isLocalPath)).toBe(true);
    expect(["s3://x", "https://x", "gs://x"].some(isLocalPath)).toBe(false);
  });
});

describe("what is no input", () => {
  it.each([5, true, null, undefined, [], ["s3://bucket/x"], {}, () => "s3://bucket/x"])(
    "%j",
    (input) => {
      expect(told(input)).toEqual(["error inputs.train"]);
    },
  );

  it("is not shown where it may be long or secret", () => {
    const named = { name: "a", path: "inputs.a", input: { token: "hunter2" } as never };

    expect(JSON.stringify(inputFindings([named], {}))).not.toContain("hunter2");
  });
});

describe("the rules of input modes", () => {
  it.each<[rule: string, bad: TrainingInputOptions, option: string, good: TrainingInputOptions[]]>([
    [
      "gzip is for Pipe mode",
      { compression: "Gzip" },
      "compression",
      [{ compression: "Gzip", inputMode: "Pipe" }, { compression: "None" }],
    ],
    [
      "RecordIO is for Pipe mode",
      { recordWrapping: "RecordIO", inputMode: "FastFile" },
      "recordWrapping",
      [{ recordWrapping: "RecordIO", inputMode: "Pipe" }, { recordWrapping: "None" }],
    ],
    [
      "an augmented manifest is read in Pipe mode",
      { s3DataType: "AugmentedManifestFile", attributeNames: ["a"] },
      "s3DataType",
      [
        { s3DataType: "AugmentedManifestFile", attributeNames: ["a"], inputMode: "Pipe" },
        { s3DataType: "ManifestFile" },
      ],
    ],
    [
      "an augmented manifest has attributes",
      { s3DataType: "AugmentedManifestFile", inputMode: "Pipe" },
      "attributeNames",
      [{ s3DataType: "AugmentedManifestFile", attributeNames: ["a"], inputMode: "Pipe" }],
    ],
    [
      "attributes are those of an augmented manifest",
      { attributeNames: ["a"] },
      "attributeNames",
      [{}],
    ],
    [
      "FastFile mode does not shuffle",
      { shuffleConfig: { seed: 1 }, inputMode: "FastFile" },
      "shuffleConfig",
      [{ shuffleConfig: { seed: 1 } }, { shuffleConfig: { seed: 1 }, inputMode: "Pipe" }],
    ],
  ])("%s", (_, bad, option, good) => {
    expect(told(data(bad))).toEqual([`warning inputs.train.${option}`]);
    for (const options of good) expect(told(data(options)), JSON.stringify(options)).toEqual([]);
  });

  it("count the estimator's mode where the channel has none", () => {
    const gzip = data({ compression: "Gzip" });

    expect(told(gzip, { inputMode: "Pipe" })).toEqual([]);
    expect(told(data({ compression: "Gzip", inputMode: "File" }), { inputMode: "Pipe" })).toEqual([
      "warning inputs.train.compression",
    ]);
  });
});

describe("instance groups of a channel", () => {
  it("are the estimator's", () => {
    expect(told(data({ instanceGroups: ["g"] }), GROUPS)).toEqual([]);
    expect(told(data({ instanceGroups: ["g", "h"] }), GROUPS)).toEqual([
      "warning inputs.train.instanceGroups",
    ]);
    expect(told(data({ instanceGroups: ["g"] }))).toEqual(["warning inputs.train.instanceGroups"]);
  });
});

describe("a file system", () => {
  const system = (more: object = {}) =>
    new FileSystemInput({
      fileSystemId: "fs-0a48d2a1",
      fileSystemType: "EFS",
      directoryPath: "/x",
      ...more,
    });
  const VPC: Options = { subnets: ["subnet-1"] };

  it("is reached through a VPC", () => {
    expect(told(system(), VPC)).toEqual([]);
    expect(told(system())).toEqual(["warning inputs.train"]);
  });

  it.each([
    ["fileSystemType", { fileSystemType: "NFS" }],
    ["fileSystemAccessMode", { fileSystemAccessMode: "w" }],
  ])("has a known %s", (option, more) => {
    expect(told(system(more), VPC)).toEqual([`error inputs.train.${option}`]);
  });
});

describe("names of channels", () => {
  const named = (...all: (readonly [name: string, path: string])[]) =>
    inputFindings(
      all.map(([name, path]) => ({ name, path, input: "s3://bucket/x" })),
      {},
    );

  it("are each used once", () => {
    expect(named(["a", "inputs.a"], ["b", "inputs.b"])).toEqual([]);
    expect(named(["model", "inputs.model"], ["model", "modelUri"])).toMatchObject([
      { severity: "error", path: "modelUri", message: "Duplicate channel model not allowed." },
    ]);
  });

  it.each([".", ".."])("are never %j", (name) => {
    expect(named([name, `inputs.${name}`])).toMatchObject([{ severity: "error" }]);
  });
});
