/** A plan only looks: nothing is made or changed on this machine, in a local cloud, or on AWS, whatever it is a plan of. */

import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  DatasetInput,
  Estimator,
  type EstimatorOptions,
  type FitInputs,
  type FitOptions,
  JsonInput,
  PyTorch,
  type Session,
  TrainingInput,
  type TrainingPlan,
} from "../src/index.ts";
import { LocalCloud } from "../src/local/index.ts";
import { ACCOUNT, AccountWire, REGION } from "./helpers/account-wire.ts";
import { ROLE, startCloud } from "./helpers/cloud-fixture.ts";
import { git } from "./helpers/git-server.ts";

/** The working folder, and beside it the folder for temporary files. */
let folder: string;
let working: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "plan-")));
  working = join(folder, "working");
  await mkdir(join(folder, "tmp"));
  await mkdir(join(working, "data"), { recursive: true });
  await mkdir(join(working, "program"));
  await mkdir(join(working, "src"));
  await writeFile(join(working, "data", "a.csv"), "x,y\n1,2\n");
  await writeFile(join(working, "data", "b.csv"), "x,y\n3,4\n");
  await writeFile(join(working, "program", "train"), "#!/bin/sh\n", { mode: 0o755 });
  await writeFile(join(working, "src", "train.py"), "print('hello')\n");
  git(working, "init", "--quiet", "repository");
  await writeFile(join(working, "repository", "train.py"), "print('from git')\n");
  git(join(working, "repository"), "add", ".");
  git(join(working, "repository"), "commit", "--quiet", "-m", "first");
  vi.stubEnv("TMPDIR", join(folder, "tmp"));
  vi.spyOn(process, "cwd").mockReturnValue(working);
});

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** Everything below a folder: each file's content and when each entry was changed last. */
async function tree(root = folder): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const lines = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    const { mtimeMs } = await stat(path);
    const content = entry.isFile() ? createHash("sha256").update(await readFile(path)) : undefined;
    // Temporary files may come and go.
    const changed = path === join(folder, "tmp") ? "" : mtimeMs;
    return `${relative(root, path)} ${changed} ${content?.digest("hex") ?? "folder"}`;
  });
  return (await Promise.all(lines)).sort();
}

/** A plan, and that neither the working folder nor the one for temporary files is touched by it. */
async function quietPlan(
  estimator: Estimator,
  inputs: FitInputs | undefined,
  fit: FitOptions,
): Promise<TrainingPlan> {
  const before = await tree();
  const plan = await estimator.plan(inputs, fit);
  expect(await tree()).toEqual(before);
  return plan;
}

/** Inputs of each kind that has no file system behind it. */
const inputsOfEachKind = (): FitInputs => ({
  file: join(working, "data", "a.csv"),
  folder: "data",
  url: pathToFileURL(join(working, "data")),
  described: new TrainingInput("data/b.csv", { contentType: "text/csv" }),
  settings: new JsonInput({ a: 1 }),
  prefix: "s3://data/train/",
  sharded: new TrainingInput("s3://data/train/", { distribution: "ShardedByS3Key" }),
});

/** Code in each way that it is found and delivered. */
const code = (): Readonly<Record<string, Partial<EstimatorOptions>>> => ({
  "a program folder": {},
  "code in a channel": { sourceDir: "src", entryPoint: "train.py", codeDelivery: "channel" },
  "code as an archive": { sourceDir: "src", entryPoint: "train.py", codeDelivery: "toolkit" },
  "code from Git": {
    ...{ gitConfig: { repo: pathToFileURL(join(working, "repository")).href } },
    ...{ entryPoint: "train.py", codeDelivery: "toolkit" },
  },
});
const WAYS = ["a program folder", "code in a channel", "code as an archive", "code from Git"];

describe.each(["offline", "aws"] as const)('a plan with preflight: "%s"', (preflight) => {
  it.each(WAYS)("on a new local cloud leaves it as new as it was: %s", async (way) => {
    const estimator = new Estimator({
      ...{ imageUri: "program", instanceType: "local", enableNetworkIsolation: true },
      ...code()[way],
    });

    const plan = await quietPlan(estimator, inputsOfEachKind(), { preflight });

    expect(plan.uploads.length).toBeGreaterThanOrEqual(5);
    expect(plan.request.InputDataConfig?.length).toBeGreaterThanOrEqual(7);
  });

  it("in a local cloud that is in use changes nothing in it", async () => {
    const cloud = await startCloud({ root: join(working, ".sagemaker-local") });
    await cloud.s3.createBucket({ Bucket: "data" });
    await cloud.s3.putObject({ Bucket: "data", Key: "train/a.csv", Body: "1" });
    const session = cloud.cloud.session();
    const estimator = new Estimator({ session, imageUri: "program", instanceType: "local" });

    const plan = await quietPlan(estimator, inputsOfEachKind(), { preflight });

    expect(plan.findings.filter(({ severity }) => severity === "error")).toEqual([]);
    await cloud.stop();
  });

  it("copies nothing from the S3 behind a local cloud", async () => {
    const behind = await startCloud();
    await behind.s3.createBucket({ Bucket: "data" });
    await behind.s3.putObject({ Bucket: "data", Key: "train/a.csv", Body: "1" });
    const session = new LocalCloud({ upstream: behind.cloud.session() }).session();
    const estimator = new Estimator({ session, imageUri: "program", instanceType: "local" });

    await quietPlan(
      estimator,
      { one: "s3://data/train/a.csv", all: "s3://data/train/" },
      {
        preflight,
      },
    );

    await behind.stop();
  });

  it.each(WAYS)("asks AWS by calls that only read: %s", async (way) => {
    const aws = new AccountWire();
    aws.role("SageMakerRole");
    const imageUri = aws.image("glm:1");
    aws.buckets.set("data", { objects: { "train/a.csv": 10, "train/b.csv": 20 } });
    aws.quotas.set("ml.m5.large for training job usage", 4);
    const estimator = new Estimator({
      ...{ imageUri, role: "SageMakerRole", instanceType: "ml.m5.large", session: aws.session() },
      ...{ checkpointS3Uri: "s3://data/checkpoints", capacityFallbacks: ["ml.m5.xlarge"] },
      ...code()[way],
    } as EstimatorOptions);

    await quietPlan(
      estimator,
      { ...(inputsOfEachKind() as object), hub: new DatasetInput("arn:aws:sagemaker:x") },
      { preflight },
    );

    const asked = [...new Set(aws.operations)];
    expect(asked.filter((operation) => !READS.test(operation))).toEqual([]);
    if (preflight === "offline") {
      expect(asked).toEqual(["GetCallerIdentity"]);
    } else {
      expect(asked).toEqual(
        expect.arrayContaining([
          ...["GetRole", "SimulatePrincipalPolicy", "BatchGetImage", "ListServiceQuotas"],
          ...["GetProducts", "HeadBucket", "ListObjectsV2"],
          ...(code()[way]?.codeDelivery === "toolkit" ? ["HeadObject"] : []),
        ]),
      );
    }
  });
});

/** Operations that only look, by their names; `ReadLayer` is the GET of a presigned URL. */
const READS = /^(?:BatchGet|Get|List|Describe|Head|Simulate|ReadLayer)/;

describe("a framework's plan", () => {
  it("leaves nothing either, where the image is looked up and the code cloned", async () => {
    const aws = new AccountWire();
    aws.role("SageMakerRole");
    const estimator = new PyTorch({
      ...{ frameworkVersion: "2.3", pyVersion: "py311", instanceType: "ml.g5.xlarge" },
      ...{ role: ROLE, session: aws.session(), ...code()["code from Git"] },
      entryPoint: "train.py",
    });

    const plan = await quietPlan(estimator, { train: "data" }, {});

    expect(plan.request.AlgorithmSpecification?.TrainingImage).toContain("pytorch-training");
    expect(aws.operations.filter((operation) => !READS.test(operation))).toEqual([]);
  });
});

describe("a plan that ends early", () => {
  it("leaves no clone and no cloud", async () => {
    const estimator = new Estimator({
      ...{ imageUri: "program", instanceType: "local", entryPoint: "missing.py" },
      ...{ gitConfig: { repo: pathToFileURL(join(working, "repository")).href } },
    });

    const { findings } = await quietPlan(estimator, { train: "nowhere" }, {});
    expect(findings.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["entryPoint", "inputs.train"]),
    );

    const before = await tree();
    const signal = AbortSignal.abort(new Error("changed my mind"));
    await expect(estimator.plan("data", { signal })).rejects.toThrow("changed my mind");
    expect(await tree()).toEqual(before);
  });
});

describe("an account's own bucket", () => {
  it("is named by a plan, and not made", async () => {
    const aws = new AccountWire();
    const session: Session = aws.session();
    const estimator = new Estimator({
      ...{
        imageUri: aws.image("glm:1"),
        role: aws.role("R"),
        instanceType: "ml.m5.large",
        session,
      },
    });

    const plan = await quietPlan(estimator, "data", {});

    expect(plan.request.OutputDataConfig?.S3OutputPath).toBe(
      `s3://sagemaker-${REGION}-${ACCOUNT}/`,
    );
    expect(aws.buckets.size).toBe(0);
    expect(aws.operations.filter((operation) => !READS.test(operation))).toEqual([]);
  });
});
