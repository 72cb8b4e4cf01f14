/**
 * The command `sagemaker-estimator` beside clients that nobody here wrote: the lines that `local` prints lead them here, and the jobs
 * that they start are looked after by the command.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, inject } from "vitest";
import { eventually } from "../helpers/cloud-fixture.ts";
import { AWS, AWS_2, aws2IsLacking, awsIsLacking } from "./aws.ts";
import { bareEnvironment, type Ended, endOf } from "./child.ts";
import { installed, lacking } from "./installed.ts";
import { startUnless, testWith } from "./needs.ts";
import { removeTinyImages, tinyImage } from "./tiny-image.ts";

const MAIN = join(inject("builtPackage"), "dist/cli/main.js");
const PYTHON = installed("sagemaker-sdk/bin/python");
const ROLE = "arn:aws:iam::123456789012:role/SageMaker";
/** A command that takes longer has hung. */
const LONGEST_MS = 240_000;
/** Nobody listens there: whoever heeds one of these does not come through. */
const NOWHERE = "http://127.0.0.1:9";
const ELSEWHERE = {
  AWS_PROFILE: "elsewhere",
  AWS_DEFAULT_PROFILE: "elsewhere",
  AWS_REGION: "us-west-2",
  AWS_DEFAULT_REGION: "us-west-2",
  AWS_ACCESS_KEY_ID: "stale",
  AWS_SECRET_ACCESS_KEY: "stale",
  AWS_SESSION_TOKEN: "stale",
  AWS_SECURITY_TOKEN: "stale",
  AWS_ENDPOINT_URL: NOWHERE,
  AWS_ENDPOINT_URL_S3: NOWHERE,
  AWS_ENDPOINT_URL_SAGEMAKER: NOWHERE,
  AWS_ENDPOINT_URL_CLOUDWATCH: NOWHERE,
  AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: NOWHERE,
  AWS_ENDPOINT_URL_STS: NOWHERE,
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
  AWS_USE_FIPS_ENDPOINT: "true",
  AWS_USE_DUALSTACK_ENDPOINT: "true",
};
const CLIENTS = {
  "version 1": { lacking: awsIsLacking, command: [AWS], bucket: "by-aws-1" },
  // Debian's, 2.9, does not read AWS_ENDPOINT_URL yet, as 2.13 does.
  "version 2": {
    lacking: aws2IsLacking,
    command: [AWS_2, "--endpoint-url", "$AWS_ENDPOINT_URL"],
    bucket: "by-aws-2",
  },
};

let folder = "";
let server: ChildProcess | undefined;
const children = new Set<ChildProcess>();
removeTinyImages();

/** Starts a command in a shell that has evaluated the lines of `local`. */
function start(command: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const quoted = command.map((word) => (word.startsWith("$") ? `"${word}"` : `'${word}'`));
  const child = spawn("sh", ["-c", `. ./cloud.env; exec ${quoted.join(" ")}`], {
    cwd: folder,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...bareEnvironment(folder), ...ELSEWHERE, AWS_MAX_ATTEMPTS: "1", ...env },
  });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

/** Runs it to its end, which must be a good one. */
async function run(
  command: readonly string[],
  { env, input }: { env?: NodeJS.ProcessEnv; input?: string } = {},
): Promise<string> {
  const { exitCode, out, err } = await endOf(start(command, env), LONGEST_MS, input);
  expect({ command, exitCode, err }).toEqual({ command, exitCode: 0, err: expect.anything() });
  return out;
}

const OURS = [process.execPath, MAIN];
const cli = async (...args: string[]): Promise<Ended> =>
  await endOf(start([...OURS, ...args]), LONGEST_MS);

startUnless(undefined, async () => {
  folder = await mkdtemp(join(tmpdir(), "interop-command-"));
  const image = `tiny:1=${await tinyImage()}`;
  const local = ["local", "--image", image, "--region", "eu-west-1"];
  server = spawn(process.execPath, [MAIN, ...local], {
    cwd: folder,
    stdio: ["ignore", "pipe", "ignore"],
    env: bareEnvironment(folder),
  });
  let lines = "";
  server.stdout?.setEncoding("utf8").on("data", (text: string) => {
    lines += text;
  });
  await eventually(async () => /^unset .*\n/m.test(lines) || undefined, "local's lines", 60_000);
  await writeFile(join(folder, "cloud.env"), lines);
});

afterAll(async () => {
  for (const child of [...children, ...(server ? [server] : [])]) child.kill("SIGKILL");
  if (folder !== "") await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

for (const [version, { lacking: reason, command, bucket }] of Object.entries(CLIENTS)) {
  const test = (name: string, body: () => Promise<void>): void => testWith(reason, name, body);
  const aws = async (...args: string[]): Promise<string> => await run([...command, ...args]);

  describe(`the AWS CLI, ${version}, by the lines that local prints`, () => {
    test("speaks to the local cloud as a user of its account", async () => {
      expect(await aws("--version")).toMatch(`aws-cli/${version.at(-1)}.`);
      expect(await aws("sts", "get-caller-identity", "--query", "Account")).toBe('"123456789012"');
    });

    test("s3 mb, cp, sync, ls", async () => {
      expect(await aws("s3", "mb", `s3://${bucket}`)).toBe(`make_bucket: ${bucket}`);
      await run([...command, "s3", "cp", "-", `s3://${bucket}/input/data.csv`], { input: "a\n" });
      await aws("s3", "sync", `s3://${bucket}/input`, bucket, "--quiet");
      expect(await readFile(join(folder, bucket, "data.csv"), "utf8")).toBe("a\n");
      expect(await aws("s3", "sync", bucket, `s3://${bucket}/input`, "--size-only")).toBe("");
      expect(await aws("s3", "ls", `s3://${bucket}/input/`)).toMatch(/ 2 data\.csv$/);
    });

    test("create-training-job, which the command follows, wait and describe-training-job", async () => {
      await aws(
        ...["sagemaker", "create-training-job", "--training-job-name", bucket, "--role-arn", ROLE],
        ...["--algorithm-specification", "TrainingImage=tiny:1,TrainingInputMode=File"],
        ...["--output-data-config", `S3OutputPath=s3://${bucket}/output/`],
        ...["--resource-config", "InstanceType=ml.m5.large,InstanceCount=1,VolumeSizeInGB=1"],
        ...["--stopping-condition", "MaxRuntimeInSeconds=600", "--environment", "TASK=train"],
        ...["--input-data-config", channel(bucket)],
      );
      expect(await cli("logs", bucket, "--follow")).toMatchObject({
        exitCode: 0,
        out: expect.stringContaining("[algo-1] loss=0.25\n"),
        err: `Training job ${bucket}: Completed.\n`,
      });
      const named = ["--training-job-name", bucket];
      await aws("sagemaker", "wait", "training-job-completed-or-stopped", ...named);
      expect(
        await aws(
          ...["sagemaker", "describe-training-job", ...named, "--output", "text"],
          ...["--query", "[TrainingJobStatus, HyperParameters]"],
        ),
      ).toMatch(/^Completed\b/);
    });

    test("filter-log-events and get-log-events", async () => {
      const group = ["--log-group-name", "/aws/sagemaker/TrainingJobs"];
      const query = ["--query", "events[].[logStreamName, message]", "--output", "text"];
      const filter = ["--log-stream-name-prefix", `${bucket}/`, "--filter-pattern", "loss"];
      const found = await aws("logs", "filter-log-events", ...group, ...filter, ...query);
      const lines = found.split("\n").map((line) => line.split("\t"));
      expect(lines.map(([, message]) => message)).toEqual(["loss=0.5", "loss=0.25"]);
      const read = ["--log-stream-name", String(lines[0]?.[0]), "--limit", "1"];
      expect(await aws("logs", "get-log-events", ...group, ...read, ...query)).toContain("done");
    });
  });
}

describe("jobs of boto3 and of the SageMaker Python SDK, by the lines that local prints", () => {
  const reason = lacking(PYTHON);
  const test = (name: string, body: () => Promise<void>): void => testWith(reason, name, body);

  test("are started, and waited for", async () => {
    await writeFile(
      join(folder, "telemetry.yaml"),
      "SchemaVersion: '1.0'\nSageMaker: {PythonSDK: {Modules: {TelemetryOptOut: true}}}\n",
    );
    await run([PYTHON, join(import.meta.dirname, "started_elsewhere.py")], {
      env: {
        SAGEMAKER_USER_CONFIG_OVERRIDE: join(folder, "telemetry.yaml"),
        SAGEMAKER_SUPPRESS_V2_WARNING: "1",
      },
    });
  });

  test("are listed", async () => {
    const { out } = await cli("jobs", "--name-contains", "by-", "--json");
    const jobs = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const statuses = Object.fromEntries(jobs.map(({ name, status }) => [name, status]));
    expect(statuses).toMatchObject({
      "by-boto3": "Failed",
      "by-sdk-sleeps": "InProgress",
      "by-sdk-trains": "Completed",
    });
  });

  test("are followed, and stopped", async () => {
    const follower = start([...OURS, "logs", "by-sdk-sleeps", "--follow"]);
    const followed = endOf(follower, LONGEST_MS);
    const sleeping = new Promise<void>((resolve) => {
      follower.stdout?.on("data", (bytes) => String(bytes).includes("sleeping") && resolve());
    });
    await Promise.race([sleeping, followed]);
    expect(await cli("stop", "by-sdk-sleeps", "--wait")).toMatchObject({
      exitCode: 0,
      out: "Training job by-sdk-sleeps: Stopped.",
    });
    expect(await followed).toMatchObject({ out: "[algo-1] sleeping" });
  });

  test("are described", async () => {
    const failed = await cli("describe", "by-boto3");
    expect(failed.out).toContain("Column 'Claims' is missing. Columns: a, b");
    const trained = await cli("describe", "by-sdk-trains", "--json");
    expect(JSON.parse(trained.out)).toMatchObject({
      TrainingJobStatus: "Completed",
      HyperParameters: { epochs: "3" },
      InputDataConfig: [{ ChannelName: "train" }],
    });
  });

  test("are downloaded", async () => {
    const { exitCode } = await cli("download", "by-sdk-trains", "--to", "model", "--quiet");
    expect(exitCode).toBe(0);
    expect(await readdir(join(folder, "model"))).toEqual(["data.csv", "hyperparameters.json"]);
    expect(await readFile(join(folder, "model/data.csv"), "utf8")).toBe("a,b\n1,2\n");
  });
});

function channel(bucket: string): string {
  const S3DataSource = { S3DataType: "S3Prefix", S3Uri: `s3://${bucket}/input/` };
  return JSON.stringify([{ ChannelName: "train", DataSource: { S3DataSource } }]);
}
