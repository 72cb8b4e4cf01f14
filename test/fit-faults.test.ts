/** Each API call of a whole `fit()` goes wrong once, in each way that there is. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SageMakerError } from "../src/errors.ts";
import { Estimator } from "../src/estimator.ts";
import { startCloud, writeProgram } from "./helpers/cloud-fixture.ts";
import { AFTER, FAULTS, type FaultName, FaultProxy, PASSING } from "./helpers/fault-proxy.ts";

/** What a fit() of the local file and its download ask for, each at least once. */
const OPERATIONS = [
  "GetCallerIdentity",
  "GET list",
  "HEAD bucket",
  "PUT bucket",
  "PUT train.csv",
  "CreateTrainingJob",
  "PUT run.json",
  "PUT copy.json",
  "AddTags",
  "DescribeTrainingJob",
  "DescribeLogStreams",
  "GetLogEvents",
  "GET run.json",
  "GET model.tar.gz",
];

let program: string;

beforeAll(async () => {
  program = await writeProgram(await mkdtemp(join(tmpdir(), "faults-")), {
    train: [
      "#!/bin/sh",
      "echo one",
      "echo two",
      'cd "$SAGEMAKER_BASE_DIR" && cp input/data/train/train.csv model/ && echo three',
    ].join("\n"),
  });
});

afterAll(async () => {
  await rm(program, { recursive: true });
});

interface Outcome {
  readonly operations: readonly string[];
  readonly struck: number;
  /** What the log said. */
  readonly lines: readonly string[];
  readonly status: string | undefined;
  readonly model: string | undefined;
  readonly error: unknown;
  /** The jobs that there are. */
  readonly jobs: readonly string[];
  /** The jobs that the caller knows of. */
  readonly known: readonly string[];
}

/** A whole `fit()` and download in a cloud of its own, with a fault. */
async function trainWith(operation?: string, fault?: FaultName, times = 1): Promise<Outcome> {
  const fixture = await startCloud({ engine: "process", images: { "copy:1": program } });
  await mkdir(join(fixture.folder, "data"));
  await writeFile(join(fixture.folder, "data/train.csv"), "a,b\n1,2\n");
  const proxy = new FaultProxy(fixture.cloud);
  const session = await proxy.open();
  if (operation !== undefined && fault !== undefined) proxy.strike(operation, fault, times);
  const lines: string[] = [];
  const estimator = new Estimator({ imageUri: "copy:1", instanceType: "local", session });
  let status: string | undefined;
  let model: string | undefined;
  let error: unknown;
  try {
    const job = await estimator.fit(
      { train: join(fixture.folder, "data") },
      {
        logs: "None",
        onEvent: (event) => {
          if (event.type === "log") lines.push(event.text);
        },
      },
    );
    status = job.result?.status;
    await job.downloadModel(join(fixture.folder, "model"), { progress: false });
    model = await readFile(join(fixture.folder, "model/train.csv"), "utf8");
  } catch (thrown) {
    error = thrown;
  }
  const { TrainingJobSummaries = [] } = await fixture.sagemaker.listTrainingJobs({});
  const jobs = TrainingJobSummaries.map(({ TrainingJobName }) => TrainingJobName ?? "");
  await proxy.close();
  await session.close();
  await fixture.stop();
  return {
    operations: proxy.operations,
    struck: proxy.struck,
    lines,
    status,
    model,
    error,
    jobs,
    known: estimator.jobs.map(({ name }) => name),
  };
}

const GOOD = { lines: ["one", "two", "three"], status: "Completed", model: "a,b\n1,2\n" };

describe("a fit() without faults", () => {
  it("makes the calls that go wrong below", async () => {
    const outcome = await trainWith();

    expect(outcome).toMatchObject({ ...GOOD, error: undefined });
    // Asked for where the job ended before its run was written down: then it is not the runner that adds the outcome.
    const made = outcome.operations.filter((operation) => operation !== "HEAD model.tar.gz");
    expect([...new Set(made)].toSorted((a, b) => a.localeCompare(b))).toEqual(
      OPERATIONS.toSorted((a, b) => a.localeCompare(b)),
    );
  });
});

/** A call that only reads does not care when its answer is lost. */
const reads = (operation: string): boolean => /^(GET|HEAD|Get|Describe)/.test(operation);

const MATRIX = OPERATIONS.flatMap((operation) =>
  FAULTS.filter((fault) => !(reads(operation) && AFTER.includes(fault))).map((fault) => ({
    operation,
    fault,
  })),
);

/** Never two jobs, and none that the caller does not know of. */
function expectNoneUnknown({ jobs, known }: Outcome): void {
  expect(jobs.length).toBeLessThanOrEqual(1);
  expect(known).toEqual(jobs);
}

describe.concurrent("a fit() with one call", () => {
  it.each(MATRIX)("$operation: $fault", { timeout: 60_000 }, async ({ operation, fault }) => {
    const outcome = await trainWith(operation, fault);

    expect(outcome.struck).toBe(1);
    expectNoneUnknown(outcome);
    if (PASSING.includes(fault) || outcome.error === undefined) {
      expect(outcome).toMatchObject({ ...GOOD, error: undefined });
    } else {
      expect(SageMakerError.isInstance(outcome.error), String(outcome.error)).toBe(true);
    }
  });
});

/** The calls up to the job's creation: a fit() gives them up after a while. */
const BEFORE = OPERATIONS.slice(0, OPERATIONS.indexOf("CreateTrainingJob"));
const LASTING = ["500", "reset before the service acted", "200 with a page of HTML"] as const;

describe.concurrent("a fit() with a call that never goes through", () => {
  it.each(BEFORE.flatMap((operation) => LASTING.map((fault) => ({ operation, fault }))))(
    "$operation: $fault",
    { timeout: 60_000 },
    async ({ operation, fault }) => {
      const outcome = await trainWith(operation, fault, Number.POSITIVE_INFINITY);

      expectNoneUnknown(outcome);
      if (outcome.error === undefined) {
        expect(outcome).toMatchObject(GOOD);
      } else {
        expect(SageMakerError.isInstance(outcome.error), String(outcome.error)).toBe(true);
      }
    },
  );

  it.each([
    "500",
    "throttled",
    "reset before the service acted",
    "200 with an empty body",
  ] as const)(
    "CreateTrainingJob: %s: says so, and nothing runs",
    { timeout: 60_000 },
    async (fault) => {
      const outcome = await trainWith("CreateTrainingJob", fault, Number.POSITIVE_INFINITY);

      expect(outcome).toMatchObject({ jobs: [], known: [], struck: 9 });
      expect(String(outcome.error)).toContain("Could not start training job copy-");
    },
  );

  it("CreateTrainingJob: each answer lost: the job that it made is found", async () => {
    const outcome = await trainWith(
      "CreateTrainingJob",
      "reset after the service acted",
      Number.POSITIVE_INFINITY,
    );

    expectNoneUnknown(outcome);
    expect(outcome).toMatchObject({ ...GOOD, error: undefined });
  }, 60_000);

  it.each(["DescribeTrainingJob", "GetLogEvents"])(
    "%s: for a while: the wait goes on",
    { timeout: 60_000 },
    async (operation) => {
      const outcome = await trainWith(operation, "500", 15);

      expect(outcome).toMatchObject({ ...GOOD, error: undefined, struck: 15 });
    },
  );
});
