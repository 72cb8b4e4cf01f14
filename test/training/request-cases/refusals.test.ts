/** What the Python Estimator refuses, sends for the service to refuse, or drops in silence: told here before anything is sent. */

import { describe, expect, it } from "vitest";
import { FileSystemInput, TrainingInput } from "../../../src/index.ts";
import { errorsOf, type PlanCase, planOf } from "../../helpers/plan-case.ts";

const system = (more: object) =>
  new FileSystemInput({
    fileSystemId: "fs-0a48d2a1",
    fileSystemType: "EFS",
    directoryPath: "tensorflow",
    ...more,
  });

describe("as in Python, by the option's path", () => {
  it.each<[what: string, given: PlanCase, path: string, words: RegExp]>([
    [
      "security groups without subnets",
      { options: { securityGroupIds: ["sg-123"] } },
      "subnets",
      /both subnets and securityGroupIds must be set/,
    ],
    [
      "subnets without security groups",
      { options: { subnets: ["subnet-123"] } },
      "securityGroupIds",
      /both subnets and securityGroupIds must be set/,
    ],
    ["no role", { options: { role: undefined } }, "role", /An AWS IAM role is required/],
    [
      "no image",
      { options: { imageUri: undefined } },
      "imageUri",
      /Either imageUri or algorithmArn is required. None was provided/,
    ],
    [
      "an image and an algorithm",
      { options: { algorithmArn: "arn:aws:sagemaker:us-west-2:123456789012:algorithm/a" } },
      "algorithmArn",
      /together with imageUri/,
    ],
    ["no instances", { options: { instanceType: undefined } }, "instanceType", /required/],
    [
      "instance groups beside an instance type",
      {
        options: {
          instanceGroups: [
            { instanceGroupName: "group1", instanceType: "ml.c4.xlarge", instanceCount: 1 },
          ],
        },
      },
      "instanceGroups",
      /instanceCount and instanceType cannot be set when instanceGroups is set/,
    ],
    [
      "an instance type that does not read like one",
      { options: { instanceType: "blah" } },
      "instanceType",
      /Failed to parse instance type 'blah'/,
    ],
    ["an input that is none", { inputs: { a: 66 } }, "inputs.a", /Cannot format input 66/],
    ["a lone input that is none", { inputs: 66 }, "inputs.training", /Cannot format input 66/],
    ["an input that is null", { inputs: { a: null } }, "inputs.a", /Cannot format input/],
    ["a list of inputs", { inputs: ["s3://foo/bar"] }, "inputs.training", /Cannot format input/],
    [
      "a URI of no known scheme",
      { inputs: "gs://bucket/x" },
      "inputs.training.s3Data",
      /URI input gs:\/\/bucket\/x must be a valid S3 or FILE URI: must start with "s3:\/\/" or "file:\/\/"/,
    ],
    ["an empty input", { inputs: { train: "" } }, "inputs.train.s3Data", /empty/],
    [
      "a file system of no known type",
      { inputs: system({ fileSystemType: "ABC" }) },
      "inputs.training.fileSystemType",
      /Unrecognized file system type: ABC. Valid values: FSxLustre, EFS/,
    ],
    [
      "an access mode of no known kind",
      { inputs: system({ fileSystemAccessMode: "p" }) },
      "inputs.training.fileSystemAccessMode",
      /Unrecognized file system access mode: p. Valid values: ro, rw/,
    ],
    [
      "two channels of one name",
      { inputs: { model: "s3://foo/bar" }, options: { modelUri: "s3://foo/model" } },
      "modelUri",
      /Duplicate channel model not allowed/,
    ],
    ["an empty model", { options: { modelUri: "" } }, "modelUri", /empty/],
    [
      "a profiler that is on and off",
      { options: { disableProfiler: true, profilerConfig: {} } },
      "profilerConfig",
      /disableProfiler/,
    ],
  ])("%s", async (_, given, path, words) => {
    const found = await errorsOf(given);

    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^${path.replace(".", String.raw`\.`)}: `));
    expect(found[0]).toMatch(words);
  });

  it("a path that is not there, with a word on URIs", async () => {
    const { findings } = await planOf({ inputs: "thisdoesntstartwiths3" });

    expect(findings).toMatchObject([
      {
        severity: "error",
        path: "inputs.training",
        message: expect.stringContaining("thisdoesntstartwiths3 does not exist"),
        hint: expect.stringContaining('must start with "s3://" or "file://"'),
      },
    ]);
  });

  it("a file URI is staged, on AWS too; one that is not there is told", async () => {
    const here = await planOf({
      inputs: { train: new URL("../../../package.json", import.meta.url) },
    });
    const gone = await errorsOf({ inputs: { train: "file:///no/such/file" } });

    expect(here.uploads).toMatchObject([{ channel: "train", files: 1 }]);
    expect(here.request.InputDataConfig?.[0]?.DataSource?.S3DataSource?.S3Uri).toMatch(
      /^s3:\/\/sagemaker-us-west-2-123456789012\//,
    );
    expect(gone).toEqual(["inputs.train: /no/such/file does not exist."]);
  });
});

describe("what Python drops in silence", () => {
  it.each<[path: string, options: NonNullable<PlanCase["options"]>]>([
    ["checkpointLocalPath", { checkpointLocalPath: "/c" }],
    [
      "trainingRepositoryCredentialsProviderArn",
      {
        trainingRepositoryCredentialsProviderArn:
          "arn:aws:lambda:us-west-2:123456789012:function:test",
      },
    ],
    ["modelChannelName", { modelChannelName: "base" }],
    [
      "profilerConfig.s3OutputPath",
      { profilerConfig: { disableProfiler: true, s3OutputPath: "s3://bucket/p" } },
    ],
  ])("%s", async (path, options) => {
    expect(await errorsOf({ options })).toEqual([
      expect.stringMatching(new RegExp(`^${path}: It says nothing with`)),
    ]);
  });
});

describe("this machine", () => {
  it.each(["local", "local_gpu"])("%s is refused with a session to AWS", async (instanceType) => {
    expect(await errorsOf({ options: { instanceType } })).toEqual([
      `instanceType: '${instanceType}' runs on a local cloud, and the session speaks to AWS.`,
    ]);
  });

  it("has no spot instances", async () => {
    const options = { instanceType: "local", useSpotInstances: true, maxWait: 86_400 };

    expect(await errorsOf({ options })).toContain(
      "useSpotInstances: There are no spot instances of type 'local'.",
    );
  });
});

describe("all of it at once", () => {
  it("is told in one plan", async () => {
    const found = await errorsOf({
      options: {
        role: "arn:aws:iam::1:role/x",
        instanceType: "m5",
        maxWait: 5,
        subnets: [],
        tags: { "": "x" },
        hyperparameters: { big: "x".repeat(2501), nan: Number.NaN },
        environment: { "1A": "x" },
      },
      inputs: { "a b": "s3://foo/bar", c: new TrainingInput("gs://x") },
      fit: { jobName: "a_b" },
    });

    expect(new Set(found.map((line) => line.slice(0, line.indexOf(": "))))).toEqual(
      new Set([
        "role",
        "instanceType",
        "maxWait",
        "subnets",
        "securityGroupIds",
        "tags.",
        "hyperparameters.big",
        "hyperparameters.nan",
        "environment.1A",
        "inputs.a b.channel name",
        "inputs.c.s3Data",
        "jobName",
      ]),
    );
  });
});
