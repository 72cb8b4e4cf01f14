import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EstimatorOptions, FitInputs, TrainingJob } from "../../../src/index.ts";
import { eventually, writeProgram } from "../../helpers/cloud-fixture.ts";
import {
  BUCKET,
  denied,
  listener,
  type RunsFixture,
  startRuns,
  TRAIN,
} from "../../helpers/recorded-runs.ts";

let runs: RunsFixture;
let data: string;

beforeEach(async () => {
  runs = await startRuns();
  data = join(runs.folder, "data");
  await mkdir(data);
  await writeFile(join(data, "train.csv"), "a,b\n1,2\n");
});

afterEach(async () => {
  await runs.stop();
});

/** Fits with reuse; a job that would be started is only counted. */
async function fitAgain(
  options: Partial<EstimatorOptions> = {},
  inputs: FitInputs = { train: data },
): Promise<{ job: TrainingJob | undefined; codes: string[]; calls: string[] }> {
  const { codes, options: listening } = listener();
  const before = runs.intercept;
  runs.intercept = (call, request) =>
    call === "CreateTrainingJob" ? denied(call) : before(call, request);
  runs.calls.length = 0;
  const job = await runs
    .estimator(options)
    .fit(inputs, { ...listening, reuse: true })
    .catch(() => undefined);
  runs.intercept = before;
  return { job, codes: codes(), calls: [...runs.calls] };
}

async function fitFirst(options: Partial<EstimatorOptions> = {}): Promise<TrainingJob> {
  const { options: listening } = listener();
  return await runs
    .estimator({ hyperparameters: { lr: 0.1 }, ...options })
    .fit({ train: data }, listening);
}

const SAME = { hyperparameters: { lr: 0.1 } };

describe("fit() with reuse", () => {
  it("attaches to the job that completed from the same, and starts and uploads nothing", async () => {
    const first = await fitFirst();
    const { events, codes, options } = listener();
    const estimator = runs.estimator(SAME);
    runs.calls.length = 0;

    const job = await estimator.fit({ train: data }, { ...options, reuse: true });

    expect(job.name).toBe(first.name);
    expect(job.reused).toBe(true);
    expect(first.reused).toBe(false);
    expect(job.result).toEqual(first.result);
    expect(estimator.latestTrainingJob).toBe(job);
    expect(codes()).toEqual(["reused"]);
    expect(events.at(-1)).toMatchObject({ type: "end", status: "Completed" });
    expect(runs.calls).not.toContain("CreateTrainingJob");
    expect(runs.calls.filter((call) => call.startsWith("PUT"))).toEqual([]);
    await job.downloadModel(join(runs.folder, "model"));
  });

  it("trains when there is no such job, and finds that one the next time", async () => {
    const { options } = listener();
    const first = await runs.estimator(SAME).fit({ train: data }, { ...options, reuse: true });
    expect(first.reused).toBe(false);

    const { job } = await fitAgain({ ...SAME, tags: { team: "b" }, baseJobName: "other" });
    expect(job?.name).toBe(first.name);
  });

  it("trains for other hyperparameters, environment, data, program and machines", async () => {
    await fitFirst();

    const other = await writeProgram(join(runs.folder, "other"), { train: `${TRAIN}exit 0\n` });
    const variants: [Partial<EstimatorOptions>, FitInputs?][] = [
      [{ hyperparameters: { lr: 0.2 } }],
      [{ ...SAME, environment: { LEVEL: "debug" } }],
      [{ ...SAME, instanceCount: 2 }],
      [{ ...SAME, containerArguments: ["--fast"] }],
      [{ ...SAME, imageUri: other }],
      [SAME, { validation: data }],
    ];
    for (const [options, inputs] of variants) {
      const { job, calls } = await fitAgain(options, inputs);
      expect(job, JSON.stringify(options)).toBeUndefined();
      expect(calls).toContain("CreateTrainingJob");
    }
    await writeFile(join(data, "train.csv"), "a,b\n1,3\n");
    expect((await fitAgain(SAME)).job).toBeUndefined();
    await writeFile(join(data, "train.csv"), "a,b\n1,2\n");
    expect((await fitAgain(SAME)).job).toBeDefined();
    await writeFile(join(runs.program, "more.txt"), "x");
    expect((await fitAgain(SAME)).job).toBeUndefined();
    await rm(join(runs.program, "more.txt"));
    await mkdir(join(runs.program, "node_modules"));
    await writeFile(join(runs.program, "node_modules", "x.js"), "x");
    expect((await fitAgain(SAME)).job).toBeDefined();
  });

  it("sees when objects under an s3:// input change", async () => {
    await runs.s3.createBucket({ Bucket: "mine" });
    await runs.s3.putObject({ Bucket: "mine", Key: "in/a.csv", Body: "1" });
    const { options } = listener();
    const first = await runs.estimator().fit("s3://mine/in/", options);

    expect((await fitAgain({}, "s3://mine/in/")).job?.name).toBe(first.name);
    await runs.s3.putObject({ Bucket: "mine", Key: "in/a.csv", Body: "2" });
    expect((await fitAgain({}, "s3://mine/in/")).job).toBeUndefined();
  });

  it("passes over jobs that failed", async () => {
    const program = await writeProgram(join(runs.folder, "failing"), {
      train: "#!/bin/sh\nexit 1\n",
    });
    await expect(fitFirst({ imageUri: program })).rejects.toThrow();

    const { job, calls } = await fitAgain({ ...SAME, imageUri: program });
    expect(job).toBeUndefined();
    expect(calls).toContain("CreateTrainingJob");
  });

  it("tells of a job that still runs, and trains", async () => {
    const program = await writeProgram(join(runs.folder, "slow"), {
      train: "#!/bin/sh\nsleep 600\n",
    });
    const { options } = listener();
    const slow = runs.estimator({ ...SAME, imageUri: program });
    await slow.fit({ train: data }, { ...options, wait: false });

    const { job, codes } = await fitAgain({ ...SAME, imageUri: program });
    expect(job).toBeUndefined();
    expect(codes).toContain("run-in-progress");
  });

  it("finds a job that nobody waited for", async () => {
    const { options } = listener();
    const first = await runs.estimator(SAME).fit({ train: data }, { ...options, wait: false });
    await eventually(async () => {
      const { TrainingJobStatus } = await first.describe();
      return TrainingJobStatus === "Completed" ? true : undefined;
    }, "the job has ended");

    expect((await fitAgain(SAME)).job?.name).toBe(first.name);
  });

  it("takes the newest of several", async () => {
    await fitFirst();
    const second = await fitFirst();
    expect((await fitAgain(SAME)).job?.name).toBe(second.name);

    await runs.s3.deleteObject({ Bucket: BUCKET, Key: `${second.name}/output/model.tar.gz` });
    const { job, codes } = await fitAgain(SAME);
    expect(job?.name).not.toBe(second.name);
    expect(job?.reused).toBe(true);
    expect(codes).toEqual(["reuse-passed-over", "reused"]);
  });

  it("trains when the model was overwritten, or the record tells of something else", async () => {
    const first = await fitFirst();
    const Key = `${first.name}/output/model.tar.gz`;
    const record = await runs.record(first);
    await runs.s3.putObject({ Bucket: BUCKET, Key, Body: "another" });
    expect((await fitAgain(SAME)).codes).toContain("reuse-passed-over");

    const forged = { ...record, request: { ...record.request, HyperParameters: { lr: "0.9" } } };
    await runs.s3.putObject({
      Bucket: BUCKET,
      Key: `${first.name}/run.json`,
      Body: JSON.stringify(forged),
    });
    const { job, codes } = await fitAgain(SAME);
    expect(job).toBeUndefined();
    expect(codes).toContain("reuse-passed-over");
  });

  it("says what is not known, and trains", async () => {
    const { job, codes, calls } = await fitAgain({ hyperparameters: { password: "x123456" } });
    expect(job).toBeUndefined();
    expect(codes).toEqual(["reuse-unknown"]);
    expect(calls).toContain("CreateTrainingJob");
  });

  it("trains when the runs may not be listed, and says so", async () => {
    await fitFirst();
    runs.intercept = (call, { query }) =>
      query["prefix"]?.includes("/runs/") ? denied(call) : undefined;

    const { job, codes } = await fitAgain(SAME);
    expect(job).toBeUndefined();
    expect(codes).toContain("reuse-failed");
  });
});
