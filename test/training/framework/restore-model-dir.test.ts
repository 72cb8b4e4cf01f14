import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Estimator } from "../../../src/estimator.ts";
import { TensorFlow } from "../../../src/frameworks.ts";
import { LocalCloud } from "../../../src/local/index.ts";
import { jobFromRun } from "../../../src/training/record/from-run.ts";
import { runDigest } from "../../../src/training/record/run-digest.ts";
import type { RunRecord } from "../../../src/training/run-record.ts";

const root = mkdtempSync(join(tmpdir(), "model-dir-"));
const session = new LocalCloud({ root, region: "eu-west-1" }).session();
afterAll(() => rmSync(root, { recursive: true, force: true }));

type Request = Awaited<ReturnType<Estimator["plan"]>>["request"];

/** What a TensorFlow job is asked for by. */
async function requestOf(jobName: string, modelDir?: string | false): Promise<Request> {
  const estimator = new TensorFlow({
    entryPoint: "train.py",
    sourceDir: "s3://code/sourcedir.tar.gz",
    instanceType: "ml.g5.xlarge",
    frameworkVersion: "2.19",
    outputPath: "s3://out/models",
    session,
    ...(modelDir !== undefined && { modelDir }),
  });
  return (await estimator.plan(undefined, { jobName, preflight: "offline" })).request;
}

function recordOf(request: Request): RunRecord {
  return {
    schemaVersion: 1,
    job: { name: `${request.TrainingJobName}`, arn: "arn:job" },
    startedAt: "2026-01-01T00:00:00.000Z",
    request: JSON.parse(JSON.stringify(request)),
    redacted: [],
    image: { kind: "image", uri: "image:1", digest: "sha256:1" },
    code: { uri: "s3://code/sourcedir.tar.gz", etag: "e" },
    channels: {},
    digest: { unknown: [] },
    versions: {},
  };
}

/** The `model_dir` of a job that repeats the one that was asked for so. */
async function repeatedModelDir(request: Request): Promise<string | undefined> {
  const { options } = jobFromRun(recordOf(request));
  const plan = await new Estimator({ ...options, session }).plan(undefined, {
    jobName: "second",
    preflight: "offline",
  });
  return plan.request.HyperParameters?.["model_dir"];
}

describe("TensorFlow's model_dir, when a run is repeated", () => {
  it("is the new job's, so that the model of the one that was stays", async () => {
    const request = await requestOf("first");
    expect(request.HyperParameters?.["model_dir"]).toBe('"s3://out/models/first/model"');
    expect(await repeatedModelDir(request)).toBe('"s3://out/models/second/model"');
  });

  it("stays where the caller had it", async () => {
    expect(await repeatedModelDir(await requestOf("first", "s3://mine/here"))).toBe(
      '"s3://mine/here"',
    );
  });

  it("stays untold", async () => {
    expect(await repeatedModelDir(await requestOf("first", false))).toBeUndefined();
  });
});

describe("TensorFlow's model_dir, when a run is looked for to be reused", () => {
  const digest = async (jobName: string, modelDir?: string): Promise<unknown> =>
    runDigest(recordOf(await requestOf(jobName, modelDir))).value;

  it("does not count where it only names the job", async () => {
    const first = await digest("first");
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    expect(await digest("second")).toBe(first);
  });

  it("counts where it is the caller's", async () => {
    expect(await digest("first", "s3://mine/here")).not.toBe(await digest("first"));
    expect(await digest("first", "s3://mine/here")).toBe(await digest("second", "s3://mine/here"));
  });
});
