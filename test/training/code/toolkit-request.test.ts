/** The request and the uploads of the training toolkit's delivery, as the Python SDK makes them, seen on the wire. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  Estimator,
  type EstimatorOptions,
  Session,
  type SessionOptions,
} from "../../../src/index.ts";
import { LocalCloud } from "../../../src/local/index.ts";

const IMAGE = "123456789012.dkr.ecr.us-west-2.amazonaws.com/my-algo:1.0";
const ROLE = "arn:aws:iam::123456789012:role/SageMakerRole";
const DEFAULT_BUCKET = "sagemaker-us-west-2-123456789012";
const UNTIL_ITS_END = { logs: false, pollIntervalMs: 50 } as const;
const FIT = {
  jobName: "jobname",
  preflight: "offline",
  wait: false,
  logs: "None",
  runRecord: false,
} as const;

interface S3Write {
  readonly key: string;
  readonly copyOf: string | undefined;
  readonly sse: string | undefined;
  readonly kmsKey: string | undefined;
  readonly owner: string | undefined;
}

let folder: string;
let cloud: LocalCloud;
let writes: S3Write[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "toolkit-"));
  await mkdir(join(folder, "image"));
  await writeFile(join(folder, "image/train"), "#!/bin/sh\n", { mode: 0o755 });
  await write({ "src/train.py": "print(1)\n", "src/util.py": "x=1\n", "train.py": "print(1)\n" });
  cloud = new LocalCloud({
    ...{
      root: join(folder, "cloud"),
      region: "us-west-2",
      images: { [IMAGE]: join(folder, "image") },
    },
  });
  writes = [];
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

/** A session that takes itself for one to AWS; what it writes to S3 is kept. */
function session(options: SessionOptions = {}): Session {
  const { requestHandler: inner } = cloud;
  const requestHandler = Object.assign(Object.create(inner) as typeof inner, {
    handle(...[request, more]: Parameters<typeof inner.handle>) {
      const { method, hostname, path } = request;
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
      );
      if (method === "PUT" && path !== "/" && /s3/.test(hostname)) {
        writes.push({
          key: `${hostname.split(".s3", 1)[0]}${path}`,
          copyOf: headers["x-amz-copy-source"],
          sse: headers["x-amz-server-side-encryption"],
          kmsKey: headers["x-amz-server-side-encryption-aws-kms-key-id"],
          owner: headers["x-amz-expected-bucket-owner"],
        });
      }
      return inner.handle(request, more);
    },
  });
  return new Session({
    ...{ region: "us-west-2", sagemakerConfig: false },
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    ...options,
    clientConfig: { requestHandler },
  });
}

function estimator(options: Partial<EstimatorOptions>, more: SessionOptions = {}): Estimator {
  return new Estimator({
    ...{ imageUri: IMAGE, role: ROLE, instanceCount: 1, instanceType: "ml.c4.xlarge" },
    ...{ codeDelivery: "toolkit", session: session(more) },
    ...options,
  });
}

/** Starts the job, and says what its request and its uploads were. */
async function started(
  options: Partial<EstimatorOptions>,
  more: SessionOptions = {},
): Promise<{ hyperparameters: Readonly<Record<string, string>>; copies: S3Write[] }> {
  const made = estimator(options, more);
  const s3 = await (options.session ?? session(more)).clients.s3();
  for (const Bucket of ["bucket", "another-location", "mybucket"])
    await s3.createBucket({ Bucket });
  writes.length = 0;
  const job = await made.fit(undefined, FIT);
  const { HyperParameters = {} } = await job.describe();
  await job.wait(UNTIL_ITS_END);
  return { hyperparameters: HyperParameters, copies: writes.filter(({ copyOf }) => copyOf) };
}

const toolkit = (submitted: string, level = "20"): Record<string, string> => ({
  sagemaker_submit_directory: JSON.stringify(submitted),
  sagemaker_program: '"train.py"',
  sagemaker_container_log_level: level,
  sagemaker_job_name: '"jobname"',
  sagemaker_region: '"us-west-2"',
});

describe("the archive", () => {
  it("goes to codeLocation, without the output's key when that is another bucket", async () => {
    const { hyperparameters, copies } = await started({
      ...{
        sourceDir: join(folder, "src"),
        entryPoint: "train.py",
        outputPath: "s3://bucket/prefix",
      },
      ...{ codeLocation: "s3://another-location", outputKmsKey: "kms-key" },
    });
    const key = "another-location/jobname/source/sourcedir.tar.gz";
    expect(hyperparameters).toEqual(toolkit(`s3://${key}`));
    expect(copies).toMatchObject([{ key, sse: "aws:kms", kmsKey: undefined, owner: undefined }]);
  });

  it("goes below codeLocation's prefix", async () => {
    const { hyperparameters, copies } = await started({
      ...{
        sourceDir: join(folder, "src"),
        entryPoint: "train.py",
        outputPath: "s3://bucket/prefix",
      },
      codeLocation: "s3://another-location/code/v 1/",
    });
    expect(hyperparameters["sagemaker_submit_directory"]).toBe(
      '"s3://another-location/code/v 1/jobname/source/sourcedir.tar.gz"',
    );
    expect(copies).toHaveLength(1);
  });

  it("goes to the default bucket with the output, under its key and its owner's eyes", async () => {
    const { hyperparameters, copies } = await started({
      ...{ sourceDir: join(folder, "src"), entryPoint: "train.py", outputKmsKey: "kms-key" },
    });
    const key = `${DEFAULT_BUCKET}/jobname/source/sourcedir.tar.gz`;
    expect(hyperparameters).toEqual(toolkit(`s3://${key}`));
    const sealed = { sse: "aws:kms", kmsKey: "kms-key", owner: "123456789012" };
    expect(copies).toMatchObject([{ key, ...sealed }]);
    // The one that is copied from is sealed alike.
    expect(writes.filter(({ copyOf }) => !copyOf)).toMatchObject([sealed]);
  });

  it("keeps the default bucket's prefix when the output's place is the default", async () => {
    const { hyperparameters } = await started(
      { sourceDir: join(folder, "src"), entryPoint: "train.py" },
      { defaultBucketPrefix: "team/a" },
    );
    expect(hyperparameters["sagemaker_submit_directory"]).toBe(
      `"s3://${DEFAULT_BUCKET}/team/a/jobname/source/sourcedir.tar.gz"`,
    );
  });

  it("goes to the output's bucket, not to its prefix; the log level is said", async () => {
    const { hyperparameters, copies } = await started({
      ...{
        sourceDir: join(folder, "src"),
        entryPoint: "train.py",
        outputPath: "s3://bucket/prefix",
      },
      containerLogLevel: 10,
    });
    const key = "bucket/jobname/source/sourcedir.tar.gz";
    expect(hyperparameters).toEqual(toolkit(`s3://${key}`, "10"));
    expect(copies).toMatchObject([{ key, sse: "aws:kms", kmsKey: undefined, owner: undefined }]);
  });

  it("is of the script alone without sourceDir; a named default bucket has no expected owner", async () => {
    const { hyperparameters, copies } = await started(
      {
        ...{ entryPoint: join(folder, "train.py"), jsonEncodeStrings: true },
        hyperparameters: { 123: [456], learning_rate: 0.1 },
      },
      { defaultBucket: "mybucket" },
    );
    const key = "mybucket/jobname/source/sourcedir.tar.gz";
    expect(hyperparameters).toEqual({
      ...{ "123": "[456]", learning_rate: "0.1" },
      ...toolkit(`s3://${key}`),
    });
    expect(copies).toMatchObject([{ key, sse: "aws:kms", owner: undefined }]);
  });

  it("goes with hyperparameters in JSON, strings too where the image expects that", async () => {
    const { hyperparameters } = await started({
      ...{
        sourceDir: join(folder, "src"),
        entryPoint: "train.py",
        outputPath: "s3://bucket/prefix",
      },
      jsonEncodeStrings: true,
      hyperparameters: { s: "x", b: false, n: null, o: { k: [1] }, l: ["a"], f: 2 },
    });
    expect(hyperparameters).toMatchObject({
      ...{ s: '"x"', b: "false", n: "null", o: '{"k":[1]}', l: '["a"]', f: "2" },
    });
  });

  it("is not encrypted by KMS when the session's settings say so", async () => {
    const { copies } = await started(
      { sourceDir: join(folder, "src"), entryPoint: "train.py", outputPath: "s3://bucket" },
      { settings: { encryptRepackedArtifacts: false } },
    );
    expect(copies).toMatchObject([{ sse: undefined, kmsKey: undefined }]);
  });

  it("is not encrypted by KMS on a server other than AWS, unless a key is named", async () => {
    const server = await cloud.listen();
    try {
      const foreign = { endpoint: { s3: server.url } };
      const code = { sourceDir: join(folder, "src"), entryPoint: "train.py" };
      const sseOf = async (options: Partial<EstimatorOptions>): Promise<unknown> => {
        const own = new Session({
          ...{ region: "us-west-2", sagemakerConfig: false },
          credentials: { accessKeyId: "test", secretAccessKey: "test" },
          ...{ endpoint: { ...foreign.endpoint, sagemaker: server.url } },
        });
        const s3 = await own.clients.s3();
        await s3.createBucket({ Bucket: "bucket" }).catch(() => {});
        const made = estimator({ ...code, outputPath: "s3://bucket", session: own, ...options });
        const job = await made.fit(undefined, { ...FIT, jobName: undefined as never });
        await job.wait(UNTIL_ITS_END);
        const { ServerSideEncryption } = await s3.headObject({
          ...{ Bucket: "bucket", Key: `${job.name}/source/sourcedir.tar.gz` },
        });
        await own.close();
        return ServerSideEncryption;
      };
      expect(await sseOf({})).not.toBe("aws:kms");
      expect(await sseOf({ outputKmsKey: "mine" })).toBe("aws:kms");
    } finally {
      await server.close();
    }
  });

  it("in S3 already is used as it is", async () => {
    const plan = await estimator({
      ...{ sourceDir: "s3://bucket/code/sourcedir.tar.gz", entryPoint: "train.py" },
      outputPath: "s3://bucket",
    }).plan(undefined, FIT);
    expect(plan.findings.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(plan.uploads).toEqual([]);
    expect(plan.request.HyperParameters).toEqual(toolkit("s3://bucket/code/sourcedir.tar.gz"));
  });

  it("is told in the plan: where it goes, and whether it has to be uploaded", async () => {
    const options = {
      ...{
        sourceDir: join(folder, "src"),
        entryPoint: "train.py",
        outputPath: "s3://bucket/prefix",
      },
    };
    const asking = { ...FIT, preflight: "aws" } as const;
    const uploads = async (): Promise<unknown> =>
      (await estimator(options).plan(undefined, asking)).uploads;
    const planned = {
      ...{ channel: "code", source: join(folder, "src"), files: 2, bytes: 13 },
      uri: "s3://bucket/jobname/source/sourcedir.tar.gz",
    };
    expect(await uploads()).toEqual([{ ...planned, present: false }]);
    await started(options);
    expect(await uploads()).toEqual([{ ...planned, present: true }]);
  });

  it("that changes between plan and upload is not uploaded under the wrong name", async () => {
    const { describeFiles } = await import("../../../src/transfer/source.ts");
    const { packFiles } = await import("../../../src/transfer/source-archive.ts");
    const path = join(folder, "train.py");
    const source = await describeFiles("code", [{ name: "train.py", path, bytes: 9 }]);
    await writeFile(path, "print(2)\n");
    await expect(packFiles(source.files).toArray()).rejects.toThrow(
      '"train.py" cannot be packed: it changed since it was described.',
    );
    expect(await readFile(path, "utf8")).toBe("print(2)\n");
  });
});

describe("attach", () => {
  it.each([
    ["", {}],
    [" without a network", { enableNetworkIsolation: true }],
  ])("restores the code of a job%s: its plan is the same but for the name", async (_, more) => {
    const own = session();
    await (await own.clients.s3()).createBucket({ Bucket: "bucket" });
    const made = estimator({
      ...{
        sourceDir: join(folder, "src"),
        entryPoint: "train.py",
        outputPath: "s3://bucket/prefix",
      },
      ...{ containerLogLevel: 10, hyperparameters: { rate: 0.1 }, session: own, ...more },
    });
    const first = await made.plan(undefined, FIT);
    const job = await made.fit(undefined, FIT);
    const attached = await Estimator.attach(job.name, { session: own });
    expect(attached.hyperparameters()).toEqual({ rate: "0.1" });
    const again = await attached.plan(undefined, { ...FIT, jobName: "another" });
    expect(again.findings.filter(({ severity }) => severity !== "note")).toEqual([]);
    const { HyperParameters, InputDataConfig } = first.request;
    expect(again.request.HyperParameters).toEqual({
      ...HyperParameters,
      sagemaker_job_name: '"another"',
    });
    expect(again.request.InputDataConfig).toEqual(InputDataConfig);
    await job.wait(UNTIL_ITS_END);
  });
});
