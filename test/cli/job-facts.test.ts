import { describe, expect, it } from "vitest";
import { JOB_COLUMNS, jobCells, jobFacts } from "../../src/cli/job-facts.ts";
import { lineStyle } from "../../src/cli/logs.ts";
import { duration, table } from "../../src/cli/table.ts";

const START = new Date("2026-01-31T12:00:00Z");
const after = (seconds: number): Date => new Date(START.getTime() + seconds * 1000);

const summary = {
  name: "glm-1",
  arn: "arn:aws:sagemaker:us-east-1:123456789012:training-job/glm-1",
  status: "InProgress",
  creationTime: START,
  lastModifiedTime: after(5),
};
const described = {
  $metadata: {},
  TrainingJobName: "glm-1",
  TrainingJobArn: summary.arn,
  TrainingJobStatus: "Completed",
  SecondaryStatus: "Completed",
  TrainingEndTime: after(3_700),
  BillableTimeInSeconds: 90,
  ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 2, VolumeSizeInGB: 1 },
} as unknown as Parameters<typeof jobFacts>[1];

describe("what the list shows of a job", () => {
  it("is what the service says of it now, and how long it took", () => {
    const facts = jobFacts(summary, described);

    expect(facts).toEqual({
      name: "glm-1",
      arn: summary.arn,
      status: "Completed",
      secondaryStatus: "Completed",
      instances: "2 x ml.m5.large",
      creationTime: "2026-01-31T12:00:00.000Z",
      seconds: 3700,
      billableSeconds: 90,
    });
    expect(jobCells(facts)).toEqual([
      "glm-1",
      "Completed",
      "",
      "2 x ml.m5.large",
      "2026-01-31 12:00:00",
      "1 h 1 min",
      "1 min 30 s",
      "",
    ]);
  });

  it("is what the list said when it could not be described; a job that runs takes until now", () => {
    const facts = jobFacts(summary, undefined, undefined, after(60).getTime());

    expect(facts).toMatchObject({ status: "InProgress", seconds: 60 });
    expect(facts).not.toHaveProperty("instances");
  });

  it("has its cost, or that it is not known", () => {
    const cost = (amountUsd: number | undefined) =>
      jobFacts(summary, described, { amountUsd, pricePerHourUsd: {}, explanation: "" });

    expect(jobCells(cost(1.006)).at(-1)).toBe("$1.01");
    expect(jobCells(cost(undefined)).at(-1)).toBe("not known");
    expect(cost(undefined).costUsd).toBeNull();
  });

  it.each([
    [{ InstanceType: "ml.m5.large", InstanceCount: 1 }, "ml.m5.large"],
    [
      {
        InstanceGroups: [
          { InstanceGroupName: "a", InstanceType: "ml.m5.large", InstanceCount: 1 },
          { InstanceGroupName: "b", InstanceType: "ml.g5.xlarge", InstanceCount: 2 },
        ],
      },
      "1 x ml.m5.large, 2 x ml.g5.xlarge",
    ],
    [
      { InstancePreferences: [{ InstanceType: "ml.m5.large" }, { InstanceType: "ml.m4.xlarge" }] },
      "ml.m5.large or ml.m4.xlarge",
    ],
    [{}, undefined],
  ])("has its machines: %j", (ResourceConfig, instances) => {
    const description = { ...described, ResourceConfig } as typeof described;

    expect(jobFacts(summary, description).instances).toBe(instances);
  });
});

describe("a table", () => {
  it("is aligned, and leaves out columns without anything in them", () => {
    const rows = [
      ["a", "", "10 s"],
      ["größer", "", "9 s"],
    ];

    expect(table(["NAME", "EMPTY", "TIME"], rows, new Set(["TIME"]))).toEqual([
      "NAME    TIME",
      "a       10 s",
      "größer   9 s",
    ]);
  });

  it("has a heading for every cell of a job", () => {
    expect(jobCells(jobFacts(summary))).toHaveLength(JOB_COLUMNS.length);
  });

  it.each([
    [0, "0 s"],
    [59.6, "1 min"],
    [3_600, "1 h"],
    [90_061, "1 d 1 h"],
  ])("says %s seconds as %s", (seconds, words) => {
    expect(duration(seconds)).toBe(words);
  });
});

describe("a log line", () => {
  const line = { type: "log", time: START, host: "algo-1", text: "\x1b[2Jred\x1b[0m" } as const;
  const style = { json: false, timestamps: false, isTerminal: false, colour: false };

  it("goes into a pipe as it is", () => {
    expect(lineStyle(style)(line)).toBe("[algo-1] \x1b[2Jred\x1b[0m");
  });

  it("cannot act on a terminal, where hosts have colours", () => {
    const print = lineStyle({ ...style, isTerminal: true, colour: true });

    expect(print(line)).toBe("\x1b[34m[algo-1]\x1b[0m \\x1b[2Jred");
    expect(print({ ...line, host: "algo-2", text: "a\nb" })).toBe(
      "\x1b[35m[algo-2]\x1b[0m a\n\x1b[35m[algo-2]\x1b[0m b",
    );
  });

  it("has its time if that is asked for, and is JSON for programs", () => {
    expect(lineStyle({ ...style, timestamps: true })({ ...line, text: "x" })).toBe(
      "2026-01-31T12:00:00.000Z [algo-1] x",
    );
    expect(JSON.parse(lineStyle({ ...style, json: true })(line))).toEqual({
      time: "2026-01-31T12:00:00.000Z",
      host: "algo-1",
      text: line.text,
    });
  });
});
