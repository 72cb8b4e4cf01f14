import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  Estimator,
  JsonInput,
  Session,
  type TrainingJob,
  ValidationError,
} from "../../../src/index.ts";
import { jobFromRun } from "../../../src/training/record/from-run.ts";
import type { RunRecord } from "../../../src/training/run-record.ts";
import { inputsOf, optionSets } from "../../helpers/option-sets.ts";
import { BUCKET, listener, type RunsFixture, startRuns } from "../../helpers/recorded-runs.ts";

const OFFLINE = { preflight: "offline" } as const;

function recordOf(request: object): RunRecord {
  return {
    schemaVersion: 1,
    job: { name: "a-2026-01-01-00-00-00-000", arn: "arn:a" },
    startedAt: "2026-01-01T00:00:00.000Z",
    request: JSON.parse(JSON.stringify(request)),
    redacted: [],
    image: { kind: "none" },
    channels: {},
    digest: { unknown: [] },
    versions: {},
  };
}

function unnamed(request: object): unknown {
  return JSON.parse(JSON.stringify({ ...request, TrainingJobName: "" }));
}

describe("the options of a run", () => {
  const session = new Session({
    region: "eu-west-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    defaultBucket: "bucket",
  });

  it("plan the same request, but for the name", async () => {
    await fc.assert(
      fc.asyncProperty(optionSets("all"), async ({ options, inputs, experimentConfig }) => {
        const { request } = await new Estimator({ ...options, session }).plan(inputsOf(inputs), {
          ...OFFLINE,
          ...(experimentConfig && { experimentConfig }),
        });
        const again = jobFromRun(recordOf(request));
        const repeated = await new Estimator({ ...again.options, session }).plan(again.inputs, {
          ...OFFLINE,
          ...(again.experimentConfig && { experimentConfig: again.experimentConfig }),
        });
        expect(unnamed(repeated.request)).toEqual(unnamed(request));
      }),
      { numRuns: 100 },
    );
  });

  it("bring back as overrides what no option has", async () => {
    const { request } = await new Estimator({
      session,
      imageUri: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:1",
      role: "arn:aws:iam::123456789012:role/R",
      instanceType: "ml.m5.large",
      overrides: { QuantumConfig: { Qubits: 3 }, StoppingCondition: { MaxRuntimeInSeconds: 7 } },
    }).plan("s3://b/in/", OFFLINE);
    const { options } = jobFromRun(recordOf(request));
    expect(options.overrides).toEqual({ QuantumConfig: { Qubits: 3 } });
    expect(options.maxRun).toBe(7);
  });
});

describe("Estimator.fromRun", () => {
  let runs: RunsFixture;
  let job: TrainingJob;
  let data: string;

  beforeEach(async () => {
    runs = await startRuns();
    data = join(runs.folder, "data");
    await mkdir(data);
    await writeFile(join(data, "train.csv"), "a\n1\n");
    const { options } = listener();
    job = await runs
      .estimator({
        hyperparameters: { lr: 0.1, password: "correct-horse" },
        environment: { HF_TOKEN: "battery-staple", LEVEL: "info" },
      })
      .fit({ train: data, config: new JsonInput({ a: 1 }) }, options);
  });

  afterEach(async () => {
    await runs.stop();
  });

  const SECRETS = {
    changes: {
      hyperparameters: { password: "correct-horse" },
      environment: { HF_TOKEN: "battery-staple" },
    },
  };

  it("repeats a job's run, from the job, its record, where that lies, or a copy of it", async () => {
    const { CreationTime: _, ...first } = await job.describe();
    const uri = `s3://${BUCKET}/${job.name}/run.json`;
    const copy = join(runs.folder, "copy.json");
    await writeFile(copy, await runs.text(uri));
    const session = runs.cloud.session();

    for (const run of [job, await job.runRecord(), uri, uri.replace("run.json", ""), copy]) {
      const estimator = await Estimator.fromRun(run, { ...SECRETS, session });
      const { request, uploads } = await estimator.plan();
      expect(uploads).toEqual([]);
      expect(request).toMatchObject({
        HyperParameters: first.HyperParameters,
        Environment: first.Environment,
        ResourceConfig: first.ResourceConfig,
        InputDataConfig: [{ ChannelName: "train" }, { ChannelName: "config" }],
      });
      expect(request.InputDataConfig?.[0]?.DataSource).toEqual(
        first.InputDataConfig?.[0]?.DataSource,
      );
      expect(request.TrainingJobName).not.toBe(job.name);
    }
  });

  it("is asked for again as it was, whatever the session's defaults are", async () => {
    const sagemakerConfig = {
      SchemaVersion: "1.0",
      SageMaker: { TrainingJob: { Tags: [{ Key: "of", Value: "the defaults" }] } },
    } as const;
    const session = runs.cloud.session({ sagemakerConfig });
    const { request } = await (await Estimator.fromRun(job, { ...SECRETS, session })).plan();
    expect(request.Tags).toBeUndefined();
  });

  it("trains again", async () => {
    const { options } = listener();
    const estimator = await Estimator.fromRun(job, SECRETS);
    const again = await estimator.fit(undefined, options);
    expect(again.result?.status).toBe("Completed");
    expect((await runs.record(again)).channels).toEqual((await runs.record(job)).channels);
  });

  it("is a run that can be reused", async () => {
    const { options } = listener();
    const first = await runs.estimator().fit({ train: data }, options);
    const estimator = await Estimator.fromRun(first);
    const again = await estimator.fit(undefined, { ...options, reuse: true });
    expect(again.name).toBe(first.name);
  });

  it("names secrets that must be given anew, all at once", async () => {
    const refused = await Estimator.fromRun(job).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ValidationError);
    expect((refused as ValidationError).findings.map(({ path }) => path)).toEqual([
      "hyperparameters.password",
      "environment.HF_TOKEN",
    ]);
    expect(String(refused)).toContain('changes: { environment: { "HF_TOKEN": … } }');
  });

  it("says what is gone and what has changed", async () => {
    const [train] = Object.values((await job.runRecord()).channels);
    const { Contents = [] } = await runs.s3.listObjectsV2({
      Bucket: BUCKET,
      Prefix: String(train?.uri).slice(`s3://${BUCKET}/`.length),
    });
    await runs.s3.deleteObject({ Bucket: BUCKET, Key: Contents[0]?.Key });
    await writeFile(join(runs.program, "train"), "#!/bin/sh\nexit 0\n");

    const refused = await Estimator.fromRun(job, SECRETS).catch((error: unknown) => error);

    expect((refused as ValidationError).findings).toEqual([
      expect.objectContaining({ path: "imageUri", severity: "warning" }),
      expect.objectContaining({ path: "inputs.train", severity: "error" }),
    ]);
    expect(String(refused)).not.toContain("correct-horse");
    const estimator = await Estimator.fromRun(job, { ...SECRETS, allowChanged: true });
    expect((await estimator.plan({ train: data })).request.HyperParameters).toMatchObject({
      lr: "0.1",
    });
    await rm(runs.program, { recursive: true });
    await expect(Estimator.fromRun(job, SECRETS)).rejects.toThrow(
      "program folder of the run is gone",
    );
  });

  it("says where there is no record", async () => {
    const session = runs.cloud.session();
    await expect(Estimator.fromRun(`s3://${BUCKET}/nothing/run.json`, { session })).rejects.toThrow(
      `There is no run record at s3://${BUCKET}/nothing/run.json`,
    );
    await expect(Estimator.fromRun("nothing.json", { session })).rejects.toThrow("nothing.json");
  });
});
