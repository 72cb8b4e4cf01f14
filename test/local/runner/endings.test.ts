import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chooseEngine } from "../../../src/local/engine/choose.ts";
import { requestStop } from "../../../src/local/runner/liveness.ts";
import type { JobEntryOf } from "../../../src/local/services/sagemaker/job.ts";
import { MlflowClient } from "../../../src/mlflow/index.ts";
import { TestCloud, type TestJob } from "../../helpers/runner-job.ts";

const PATIENCE = 120_000;
const { engine } = await chooseEngine("auto", process.env["PATH"] ?? "");
const sandboxed = it.skipIf(!engine.mounts);

let cloud: TestCloud;
let jobs = 0;
beforeAll(async () => {
  cloud = await TestCloud.create();
  await cloud.put("data/x", "x");
});
afterAll(async () => {
  await cloud.remove();
});

/** A job with a `train` of this text. */
const job = (script: string, more: Partial<TestJob> = {}): TestJob & { readonly name: string } => ({
  name: `job-${++jobs}`,
  program: { train: `#!/bin/sh\n${script}` },
  ...more,
});
const run = async (script: string, more?: Partial<TestJob>): Promise<JobEntryOf<"end">> =>
  await cloud.run(job(script, more));
const channel = (uri: string, more: object = {}): Readonly<Record<string, unknown>> => ({
  InputDataConfig: [
    {
      ChannelName: "train",
      DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: uri } },
      ...more,
    },
  ],
});

describe("a job that fails", () => {
  it(
    "has the exit code in its reason when the program left no word, and the logs to the end",
    async () => {
      const failing = job("echo before; echo traceback >&2; exit 3");
      const end = await cloud.run(failing);
      expect(end).toMatchObject({
        ...{ status: "Failed", secondaryStatus: "Failed", message: "Training job failed" },
        failureReason: "AlgorithmError: , exit code: 3",
      });
      expect(await cloud.log(failing.name)).toEqual(["before", "traceback"]);
      expect(await cloud.isLogClosed(failing.name)).toBe(true);
      expect(await cloud.statuses(failing.name)).toContain(
        "Uploading - Uploading generated training model",
      );
    },
    PATIENCE,
  );

  sandboxed(
    "has the program's own words, and still leaves what it wrote",
    async () => {
      const failing = job(
        "echo partial >/opt/ml/output/data/log; printf 'ValueError: %01500d' 7 >/opt/ml/output/failure; exit 1",
      );
      const { failureReason } = await cloud.run(failing);
      expect(failureReason).toHaveLength(1024);
      expect(failureReason).toMatch(/^AlgorithmError: ValueError: 0+, exit code: 1$/);
      expect(await cloud.keys(`out/${failing.name}/`)).toEqual([
        `out/${failing.name}/output/output.tar.gz`,
      ]);
    },
    PATIENCE,
  );

  it(
    "tells of a signal that ended it as a shell does",
    async () => {
      const end = await run("kill -9 $$; sleep 1 & kill -9 $!; wait $!; exit $?");
      expect(end.failureReason).toBe("AlgorithmError: , exit code: 137");
    },
    PATIENCE,
  );

  it.each<[string, Partial<TestJob>, RegExp]>([
    [
      "without a program of that name",
      { program: { other: "#!/bin/sh\n" } },
      /^AlgorithmError: exec: "train": executable file not found in \$PATH .*, exit code: 127$/,
    ],
    [
      "with a key that would leave its channel",
      { request: channel("s3://bucket/bad") },
      /^ClientError: Data download failed:Unable to download object s3:\/\/bucket\/bad\/\.\.\/\.\.\/x \(it cannot be a file/,
    ],
    [
      "with a file where a folder must be",
      { request: channel("s3://bucket/clash/") },
      /^ClientError: Data download failed:Unable to download object s3:\/\/bucket\/clash\/a.* \(another key/,
    ],
    [
      "without objects under its prefix",
      { request: channel("s3://bucket/nothing/") },
      /^ClientError: Data download failed:No S3 objects found under S3 URL "s3:\/\/bucket\/nothing\/"/,
    ],
    [
      "with a bucket that is not there",
      { request: channel("s3://nowhere-at-all/x") },
      /^ClientError: Data download failed:Unable to list .*NoSuchBucket/,
    ],
    [
      "with an input mode that is not done here",
      { request: channel("s3://bucket/data/", { InputMode: "Slow" }) },
      /^ClientError: The local cloud does not do input mode Slow \(channel train\)/,
    ],
    [
      "with a channel that can have no folder",
      { request: channel("s3://bucket/data/", { ChannelName: ".." }) },
      /^ClientError: "\.\." is no name for a channel/,
    ],
    [
      "with an output bucket that is not there",
      { request: { OutputDataConfig: { S3OutputPath: "s3://nowhere-at-all/x" } } },
      /^ClientError: Artifact upload failed:Unable to upload file to s3:\/\/nowhere-at-all\/x\/.*\/output\/model.tar.gz \(NoSuchBucket/,
    ],
    [
      "with more hosts than its engine can do",
      {
        engine: "process",
        request: { ResourceConfig: { InstanceType: "local", InstanceCount: 2 } },
      },
      /^ClientError: InstanceCount 2: the process engine/,
    ],
  ])(
    "says so: %s",
    async (_, more, reason) => {
      await cloud.put("bad/../../x", "x");
      await cloud.put("clash/a", "x");
      await cloud.put("clash/a/b", "x");
      const failing = job('echo m >"${SM_MODEL_DIR:-/opt/ml/model}/m"', more);
      const end = await cloud.run(failing);
      expect(end.status).toBe("Failed");
      expect(end.failureReason).toMatch(reason);
    },
    PATIENCE,
  );

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ["a channel", channel("s3://bucket/data/", { ChannelName: "." })],
    ["an input mode", channel("s3://bucket/data/", { InputMode: "Slow" })],
  ])(
    "for a request that no runner can carry out says so in its MLflow run too: %s",
    async (_, request) => {
      const client = new MlflowClient({ trackingUri: join(cloud.root, "mlruns") });
      const failing = job("true");
      const tags = { "sagemaker.training_job_name": failing.name };
      const { info } = await client.createRun("0", { tags });
      const Environment = {
        MLFLOW_TRACKING_URI: client.trackingUri,
        MLFLOW_RUN_ID: info.runId,
        SAGEMAKER_ESTIMATOR_MLFLOW_LOGGER: "runner",
      };
      const { failureReason } = await cloud.run({
        ...failing,
        request: { Environment, ...request },
      });
      expect(failureReason).toMatch(/^ClientError: /);
      const { info: ended, data } = await client.getRun(info.runId);
      expect(ended.status).toBe("FAILED");
      expect(data.tags["sagemaker.failure_reason"]).toBe(failureReason);
    },
    PATIENCE,
  );
});

describe("a job that is stopped", () => {
  sandboxed(
    "gets SIGTERM, and keeps its model",
    async () => {
      const stopped = job(
        'trap "echo saved >/opt/ml/model/m; echo bye; exit 1" TERM; echo ready; sleep 100 & wait',
      );
      await cloud.start(stopped);
      await cloud.line(stopped.name, "ready");
      await requestStop(cloud.jobs, stopped.name);
      expect(await cloud.end(stopped.name)).toMatchObject({
        ...{ status: "Stopped", secondaryStatus: "Stopped", message: "Training job stopped" },
      });
      expect(await cloud.log(stopped.name)).toEqual(["ready", "bye"]);
      expect(await cloud.archive(`out/${stopped.name}/output/model.tar.gz`)).toEqual({
        m: "saved\n",
      });
      expect((await cloud.statuses(stopped.name)).at(-2)).toMatch(/^Training/);
    },
    PATIENCE,
  );

  it(
    "is killed when its grace is over",
    async () => {
      const deaf = job('trap "" TERM; echo ready; while :; do sleep 1; done', {
        stopGraceSeconds: 0.2,
      });
      await cloud.start(deaf);
      await cloud.line(deaf.name, "ready");
      await requestStop(cloud.jobs, deaf.name);
      expect((await cloud.end(deaf.name)).status).toBe("Stopped");
    },
    PATIENCE,
  );

  it(
    "before its runner began never runs its program",
    async () => {
      const early = job("echo ran");
      await cloud.create(early);
      await requestStop(cloud.jobs, early.name);
      const { launchRunner } = await import("../../../src/local/runner/launch.ts");
      await launchRunner(cloud.root, early.name);
      expect(await cloud.end(early.name)).toMatchObject({ status: "Stopped" });
      expect(await cloud.log(early.name)).toBeUndefined();
      expect(await cloud.keys(`out/${early.name}/`)).toEqual([]);
    },
    PATIENCE,
  );

  it(
    "at any moment ends as Stopped, or as what it was by then",
    async () => {
      for (const delay of [0, 100, 250, 400, 550]) {
        const stopped = job("sleep 100");
        await cloud.start({ ...stopped, stopGraceSeconds: 0.1 });
        await new Promise((resolve) => setTimeout(resolve, delay));
        await requestStop(cloud.jobs, stopped.name);
        expect((await cloud.end(stopped.name)).status).toBe("Stopped");
      }
    },
    PATIENCE,
  );

  sandboxed(
    "when its time is over says so, and keeps its model",
    async () => {
      const slow = job('trap "exit 0" TERM; echo m >/opt/ml/model/m; sleep 100 & wait', {
        request: { StoppingCondition: { MaxRuntimeInSeconds: 1 } },
      });
      expect(await cloud.run(slow)).toMatchObject({
        ...{ status: "Stopped", secondaryStatus: "MaxRuntimeExceeded" },
      });
      expect((await cloud.statuses(slow.name)).slice(-2)).toEqual([
        "Stopping - Stopping the training job",
        "MaxRuntimeExceeded - Training job runtime exceeded MaxRuntimeInSeconds provided",
      ]);
      expect(await cloud.keys(`out/${slow.name}/`)).toHaveLength(1);
    },
    PATIENCE,
  );
});
