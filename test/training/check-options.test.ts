import { describe, expect, it } from "vitest";
import {
  DatasetInput,
  Estimator,
  type EstimatorOptions,
  FileSystemInput,
  type Finding,
  type FitInputs,
  type FitOptions,
  JsonInput,
  PyTorch,
  TrainingInput,
  TrainingJob,
  ValidationError,
} from "../../src/index.ts";
import { awsSession, CASE_OPTIONS } from "../helpers/plan-case.ts";

/** What a program without types may give. */
type Loose = Readonly<Record<string, unknown>>;

const OFFLINE = { preflight: "offline", jobName: "jobname" } as const;

async function planOf(options: Loose, inputs?: unknown, fit: Loose | null = {}) {
  const all = { ...CASE_OPTIONS, session: awsSession(), ...options } as EstimatorOptions;
  const how = (fit === null ? null : { ...OFFLINE, ...fit }) as FitOptions;
  return await new Estimator(all).plan(inputs as FitInputs, how);
}

async function errorsOf(options: Loose, inputs?: unknown, fit?: Loose): Promise<Finding[]> {
  const { findings } = await planOf(options, inputs, fit);
  return findings.filter(({ severity }) => severity === "error");
}

async function told(options: Loose, inputs?: unknown, fit?: Loose): Promise<string[]> {
  const errors = await errorsOf(options, inputs, fit);
  return errors.map(({ path, message }) => `${path}: ${message}`);
}

describe("names that no option has", () => {
  it.each([
    ["instance_count", "instanceCount"],
    ["maxrun", "maxRun"],
    ["enviroment", "environment"],
    ["sagemaker_session", "session"],
    ["train_instance_type", "instanceType"],
    ["imageURI", "imageUri"],
  ])("tells %s, and that %s may be meant", async (name, meant) => {
    expect(await errorsOf({ [name]: "x" })).toEqual([
      {
        severity: "error",
        path: name,
        message: "The estimator has no such option: it would be lost.",
        hint: `Is ${meant} meant?`,
      },
    ]);
  });

  it("proposes nothing where nothing is near", async () => {
    const [found] = await errorsOf({ quux: 1 });
    expect(found?.hint).toMatch(/^Leave it out\./);
  });

  it("tells those of fit(), of inputs and of records in options", async () => {
    const errors = await told(
      {
        profilerConfig: { s3_output_path: "s3://bucket/x" },
        capacityFallbacks: ["ml.m5.large", { instancetype: "ml.m5.large" }],
      },
      {
        a: new TrainingInput("s3://bucket/a", { content_type: "text/csv" } as object),
        b: new DatasetInput("arn:x", { inputmode: "File" } as object),
        c: new JsonInput({}, { filename: "x.json" } as object),
      },
      { jobname: "other" },
    );
    const paths = errors
      .filter((line) => line.includes("no such option"))
      .map((line) => line.slice(0, line.indexOf(":")));
    expect(paths).toEqual([
      "profilerConfig.s3_output_path",
      "capacityFallbacks[1].instancetype",
      "jobname",
      "inputs.a.content_type",
      "inputs.b.inputmode",
      "inputs.c.filename",
    ]);
  });

  it("knows the options of a framework's estimator, which a plain one does not have", async () => {
    const options = {
      ...{ ...CASE_OPTIONS, session: awsSession(), entryPoint: import.meta.filename },
      ...{ frameworkVersion: "2.8", pyVersion: "py312" },
    };
    const { findings } = await new PyTorch(options).plan(undefined, OFFLINE);
    expect(findings.filter(({ path }) => /Version$/.test(path))).toEqual([]);
    expect(await told({ frameworkVersion: "2.8" })).toEqual([
      "frameworkVersion: The estimator has no such option: it would be lost.",
    ]);
  });
});

describe("values of another kind", () => {
  it.each<[Loose, string]>([
    [
      { subnets: "subnet-1", securityGroupIds: ["sg-1"] },
      "subnets: A list is expected, not a string.",
    ],
    [
      { containerEntryPoint: "python x.py" },
      "containerEntryPoint: A list is expected, not a string.",
    ],
    [{ metricDefinitions: { Name: "a" } }, "metricDefinitions: A list is expected, not a record."],
    [{ useSpotInstances: "false" }, "useSpotInstances: A boolean is expected, not a string."],
    [{ maxRun: "5" }, "maxRun: A number is expected, not a string."],
    [{ maxRun: 1.5 }, "maxRun: A whole number of 32 bits is expected, not 1.5."],
    [{ role: 5 }, "role: A string is expected, not a number."],
    [{ imageUri: {} }, "imageUri: A string is expected, not a record."],
    [{ rules: {} }, "rules: A list is expected, not a record."],
    [{ rules: ["loss"] }, "rules[0]: A record is expected, not a string."],
    [{ environment: "A=1" }, "environment: A record is expected, not a string."],
    [{ environment: { A: 1 } }, "environment.A: A string is expected, not a number."],
    [{ hyperparameters: [1] }, "hyperparameters: A record is expected, not a list."],
    [{ hyperparameters: new Map([["a", 1]]) }, "hyperparameters: A record is expected, not a Map."],
    [{ hyperparameters: "abc" }, "hyperparameters: A record is expected, not a string."],
    [{ tags: "a" }, "tags: A record, or a list of { Key, Value }, is expected, not a string."],
    [{ tags: [null] }, "tags[0]: A record is expected, not null."],
    [{ overrides: "x" }, "overrides: A record is expected, not a string."],
    [
      { trainingRepositoryAccessMode: "" },
      "trainingRepositoryAccessMode: '' is none of Platform, Vpc.",
    ],
  ])("%o", async (options, expected) => {
    expect(await told(options)).toEqual([expected]);
  });

  it.each<[Loose, string]>([
    [{ preflight: false }, "preflight: One of aws, offline is expected, not a boolean."],
    [{ onAbort: "kill" }, "onAbort: One of detach, stop is expected, not 'kill'."],
    [
      { logs: "everything" },
      "logs: One of All, Training, Rules, None, true, false is expected, not 'everything'.",
    ],
    [{ wait: "no" }, "wait: A boolean is expected, not a string."],
    [{ onEvent: {} }, "onEvent: A function is expected, not a record."],
  ])("of fit()'s options: %o", async (fit, expected) => {
    const options = { ...CASE_OPTIONS, session: awsSession() };
    const failed = new Estimator(options).fit(undefined, { ...OFFLINE, ...fit } as FitOptions);
    const error = await failed.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(ValidationError.isInstance(error)).toBe(true);
    const { findings } = error as ValidationError;
    expect(findings.map(({ path, message }) => `${path}: ${message}`)).toContain(expected);
  });

  it("shows no value that may be a secret", async () => {
    const errors = await told({ environment: "TOKEN=hunter2", hyperparameters: "hunter2" });
    expect(errors.join(" ")).not.toContain("hunter2");
  });

  it("tells all of them at once, each once", async () => {
    expect(await told({ role: 5, subnets: "a", securityGroupIds: "b", instancetype: "x" })).toEqual(
      [
        "role: A string is expected, not a number.",
        "subnets: A list is expected, not a string.",
        "securityGroupIds: A list is expected, not a string.",
        "instancetype: The estimator has no such option: it would be lost.",
      ],
    );
  });
});

describe("what the service's model does not say", () => {
  it("of tags is a warning", async () => {
    const { findings } = await planOf({
      tags: [
        { Key: "aws:x", Value: "1" },
        { Key: "a", Value: "1" },
        { Key: "a", Value: "2" },
      ],
    });
    expect(findings.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
      "warning: 'aws:x' begins with aws:, which AWS keeps for itself.",
      "warning: Two tags are called 'a'.",
    ]);
  });

  it("of a name that cannot be one is told of the option that it was made from", async () => {
    const errors = await errorsOf({ baseJobName: "a_b" }, undefined, { jobName: undefined });
    expect(errors.map(({ path }) => path)).toEqual(["baseJobName"]);
  });
});

describe("null", () => {
  it("is what Python's None is: not given", async () => {
    const nulls = Object.fromEntries(
      ["volumeSize", "tags", "rules", "environment", "subnets", "overrides", "gitConfig"].map(
        (name) => [name, null],
      ),
    );
    const [plan, plain] = [await planOf({ ...nulls }, undefined, {}), await planOf({})];
    expect(plan.request).toEqual(plain.request);
    expect(plan.findings).toEqual(plain.findings);
  });
});

describe("what is missing or no value is told once, in words for people", () => {
  it("is not called an unrecognized file system type", async () => {
    const input = new FileSystemInput({
      fileSystemId: "fs-0123456789abcdef0",
      fileSystemType: undefined,
      directoryPath: "/data",
    } as unknown as ConstructorParameters<typeof FileSystemInput>[0]);
    expect((await told({}, { train: input })).join("\n")).not.toContain("Unrecognized");
  });

  it("is not quoted as an instance type", async () => {
    const overrides = { ResourceConfig: { InstanceType: { a: 1 } } };
    const all = await told({ overrides });
    expect(all).toHaveLength(1);
    expect(all[0]).not.toMatch(/\[object|Failed to parse/);
  });

  it("is not the name of two groups", async () => {
    const group = { instanceType: "ml.m5.large", instanceCount: 1 };
    const { findings } = await planOf({ instanceType: undefined, instanceGroups: [group, group] });
    expect(JSON.stringify(findings)).not.toContain("called");
  });

  it.each(["", undefined, 5])("%j is no job to come back to", async (name) => {
    const how = { session: awsSession() };
    await expect(Estimator.attach(name as string, how)).rejects.toThrow(ValidationError);
    await expect(TrainingJob.attach(name as string, how)).rejects.toThrow(ValidationError);
  });

  it.each([0, -1])("is not a pause between two looks: %d", async (pollIntervalMs) => {
    expect(await told({}, undefined, { pollIntervalMs })).toEqual([
      `pollIntervalMs: ${pollIntervalMs} is given: more than 0 is needed.`,
    ]);
  });

  it("is not an option of the list of jobs", async () => {
    const options = { session: awsSession(), statusEqual: "Failed" };
    await expect(TrainingJob.list(options).next()).rejects.toThrow(/Is statusEquals meant\?/);
  });
});
