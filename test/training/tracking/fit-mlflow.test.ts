import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Estimator, type EstimatorOptions, JsonInput, TrainingJob } from "../../../src/index.ts";
import { LocalCloud } from "../../../src/local/index.ts";
import { MlflowClient, type Run } from "../../../src/mlflow/index.ts";
import type { TrainingJobEvent } from "../../../src/training/events.ts";
import {
  type CloudFixture,
  eventually,
  startCloud,
  writeProgram,
} from "../../helpers/cloud-fixture.ts";
import { elsewhere } from "../../helpers/elsewhere.ts";

const QUIET = { logs: "None" } as const;
/** Prints three values of a metric, and leaves a model and a table. */
const TRAIN = `#!/bin/sh
for i in 3 2 1; do echo "loss=0.$i"; done
env | grep -E '^(SAGEMAKER_ESTIMATOR_)?MLFLOW_' | sort > /opt/ml/output/data/environment.txt
echo '{}' > /opt/ml/model/model.json
`;

let fixture: CloudFixture;
let program = "";

beforeAll(async () => {
  fixture = await startCloud();
  program = await writeProgram(join(fixture.folder, "program"), { train: TRAIN });
});
afterAll(async () => {
  await fixture.stop();
});

function estimator(options: Partial<EstimatorOptions> = {}): Estimator {
  return new Estimator({
    session: fixture.cloud.session(),
    imageUri: program,
    instanceType: "local",
    baseJobName: "glm",
    metricDefinitions: [{ Name: "loss", Regex: "loss=([0-9.]+)" }],
    ...options,
  });
}

async function programOf(name: string, train: string): Promise<string> {
  return await writeProgram(join(fixture.folder, name), { train: `#!/bin/sh\n${train}\n` });
}

async function runOf(
  job: TrainingJob,
): Promise<{ readonly client: MlflowClient; readonly run: Run }> {
  const { trackingUri = "", runId = "" } = job.mlflowRun ?? {};
  const client = new MlflowClient({ trackingUri });
  return { client, run: await client.getRun(runId) };
}

/** Where nobody listens, until somebody does. */
async function freePort(): Promise<number> {
  const server = await fixture.cloud.listen();
  const port = Number(new URL(server.url).port);
  await server.close();
  return port;
}

function listener(): {
  readonly events: TrainingJobEvent[];
  onEvent(event: TrainingJobEvent): void;
} {
  const events: TrainingJobEvent[] = [];
  return { events, onEvent: (event) => void events.push(event) };
}

function messages(events: readonly TrainingJobEvent[], code: string): string {
  return events
    .flatMap((event) => ("code" in event && event.code === code ? [event.message] : []))
    .join("\n");
}

describe("a local job", () => {
  it("is a run with its configuration, origin, metrics and artifacts, without any setting", async () => {
    const told = listener();
    const job = await estimator({ hyperparameters: { epochs: 3, glm: { family: "poisson" } } }).fit(
      { config: new JsonInput({ target: "y" }) },
      {
        ...QUIET,
        onEvent: told.onEvent,
        mlflow: { experimentName: "pricing", runName: "first", tags: { team: "a" } },
      },
    );

    const { client, run } = await runOf(job);
    const { experimentId, runId, status, runName, startTime, endTime = 0 } = run.info;
    expect(await client.getExperiment(experimentId)).toMatchObject({ name: "pricing" });
    expect({ status, runName }).toEqual({ status: "FINISHED", runName: "first" });
    expect(endTime).toBeGreaterThan(startTime);
    expect(run.data.params).toEqual({ epochs: "3", "glm.family": "poisson", "config.target": "y" });
    const record = await job.runRecord();
    expect(run.data.tags).toMatchObject({
      team: "a",
      "mlflow.source.type": "JOB",
      "sagemaker.training_job_name": job.name,
      "sagemaker.training_job_arn": job.arn,
      "sagemaker.training_job_status": "Completed",
      "sagemaker.region": "us-east-1",
      "sagemaker.instance_type": "local",
      "sagemaker.image_digest": record.image.digest,
      "sagemaker.run_digest": record.digest.value,
      "sagemaker.channel.config.digest": expect.stringMatching(/^[0-9a-f]{64}$/),
      "sagemaker.model_s3_uri": await job.modelData(),
    });
    expect(run.inputs.datasetInputs.map(({ dataset }) => dataset.name)).toEqual(["config"]);
    const points = await client.getMetricHistory(runId, "loss");
    expect(points.map(({ step, value }) => [step, value])).toEqual([
      [0, 0.3],
      [1, 0.2],
      [2, 0.1],
    ]);
    const folder = await client.downloadArtifacts(runId, "", join(fixture.folder, "artifacts"));
    const { readFile, readdir } = await import("node:fs/promises");
    expect(await readdir(folder, { recursive: true })).toEqual(
      expect.arrayContaining(["run.json", "model/model.json", "output/environment.txt"]),
    );
    expect(JSON.parse(await readFile(join(folder, "run.json"), "utf8"))).toEqual(record);
    const inside = await readFile(join(folder, "output/environment.txt"), "utf8");
    expect(inside).toContain(`MLFLOW_RUN_ID=${runId}\n`);
    expect(inside).toContain("MLFLOW_EXPERIMENT_NAME=pricing\n");
    expect(inside).toMatch(/^MLFLOW_TRACKING_URI=http:\/\/127\.0\.0\.1:\d+$/m);
    expect(messages(told.events, "mlflow")).toContain(runId);
  });

  it.each(["a folder", "a server over a folder"])(
    "logs what other hosts print under names of their own: %s",
    async (place) => {
      const server = place === "a folder" ? undefined : await fixture.cloud.listen();
      onTestFinished(async () => await server?.close());
      const told = listener();
      const job = await estimator({ instanceCount: 2 }).fit(undefined, {
        ...{ ...QUIET, onEvent: told.onEvent },
        mlflow: server === undefined ? true : { trackingUri: server.url },
      });
      expect(messages(told.events, "mlflow")).toMatch(/^MLflow run: \S+$/);
      const { client, run } = await runOf(job);
      expect(run.data.metrics).toEqual({ loss: 0.1, "loss.algo-2": 0.1 });
      expect(await client.getMetricHistory(run.info.runId, "loss.algo-2")).toHaveLength(3);
      // MLflow's own experiment for whoever names none.
      expect(run.info.experimentId).toBe("0");
    },
  );

  it("leaves metrics alone that its program logs to the run itself", async () => {
    const script = `
const { MLFLOW_TRACKING_URI: uri, MLFLOW_RUN_ID: run_id } = process.env;
const body = JSON.stringify({ key: "loss", value: 42, timestamp: Date.now(), step: 7, run_id });
const headers = { "content-type": "application/json" };
const { status } = await fetch(uri + "/api/2.0/mlflow/runs/log-metric", { method: "POST", headers, body });
console.log("loss=0.5 aux=1 status " + status);`;
    const imageUri = await writeProgram(join(fixture.folder, "own-client"), {
      train: '#!/bin/sh\nexec node "$(dirname "$0")/train.mjs"\n',
      "train.mjs": script,
    });
    const metricDefinitions = ["loss", "aux"].map((Name) => ({ Name, Regex: `${Name}=([0-9.]+)` }));
    const job = await estimator({ imageUri, metricDefinitions }).fit(undefined, {
      ...QUIET,
      mlflow: {},
    });
    const { client, run } = await runOf(job);
    expect(run.data.metrics).toEqual({ loss: 42, aux: 1 });
    expect(await client.getMetricHistory(run.info.runId, "loss")).toHaveLength(1);
  });

  it("that fails or is stopped ends its run so, and says why", async () => {
    const failing = estimator({ imageUri: await programOf("failing", "echo no >&2; exit 3") });
    await expect(failing.fit(undefined, { ...QUIET, mlflow: {} })).rejects.toThrow("exit code: 3");
    const failed = await runOf(failing.latestTrainingJob as TrainingJob);
    expect(failed.run.info.status).toBe("FAILED");
    expect(failed.run.data.tags["sagemaker.failure_reason"]).toContain("exit code: 3");

    const imageUri = await programOf("sleeping", "exec sleep 60");
    const stopped = await estimator({ imageUri }).fit(undefined, {
      ...QUIET,
      wait: false,
      mlflow: {},
    });
    await stopped.stop({ wait: true });
    expect((await runOf(stopped)).run.info.status).toBe("KILLED");
  });

  it("has its run ended by its runner when nobody waits", async () => {
    const job = await estimator().fit(undefined, { ...QUIET, wait: false, mlflow: {} });
    const run = await eventually(async () => {
      const { run: found } = await runOf(job);
      const isWhole = found.data.tags["sagemaker.training_job_status"] === "Completed";
      return isWhole && found.info.status === "FINISHED" ? found : undefined;
    }, "the run's end");
    expect(run.data.metrics).toEqual({ loss: 0.1 });
  });

  it("has its run ended by whoever comes back, when its runner was killed", async () => {
    const imageUri = await programOf("endless", "echo loss=0.5; exec sleep 60");
    const job = await estimator({ imageUri }).fit(undefined, { ...QUIET, wait: false, mlflow: {} });
    await eventually(async () => {
      const { run } = await runOf(job);
      return run.data.metrics["loss"];
    }, "a value of the metric");
    const { readFile } = await import("node:fs/promises");
    const journal = join(fixture.root, "sagemaker/training-jobs", job.name, "journal.ndjson");
    const [, pid] = /"type":"runner".*?"pid":(\d+)/.exec(await readFile(journal, "utf8")) ?? [];
    process.kill(Number(pid), "SIGKILL");
    const session = fixture.cloud.session();
    await eventually(async () => {
      const { TrainingJobStatus } = await job.describe();
      return TrainingJobStatus === "Failed" ? true : undefined;
    }, "the job's end");
    expect((await runOf(job)).run.info.status).toBe("RUNNING");
    const again = await TrainingJob.attach(job.name, { session });
    expect(again.mlflowRun).toEqual(job.mlflowRun);
    expect((await runOf(again)).run.info.status).toBe("FAILED");
    await again.flushMlflow();
    const { run, client } = await runOf(again);
    expect(run.data.tags["sagemaker.training_job_status"]).toBe("Failed");
    expect(await client.getMetricHistory(run.info.runId, "loss")).toHaveLength(1);
  });

  it("without a network logs through its runner, and is told of nothing to call", async () => {
    const job = await estimator({ enableNetworkIsolation: true }).fit(undefined, {
      ...QUIET,
      mlflow: {},
    });
    const { run, client } = await runOf(job);
    expect(run.data.metrics).toEqual({ loss: 0.1 });
    const folder = join(fixture.folder, "isolated");
    const { readFile } = await import("node:fs/promises");
    const path = await client.downloadArtifacts(run.info.runId, "output/environment.txt", folder);
    expect(await readFile(path, "utf8")).not.toMatch(/^MLFLOW/m);
  });

  it("that repeats another, or is found again, has to do with one run each", async () => {
    const options = { hyperparameters: { seed: 1 } };
    const first = await estimator(options).fit(undefined, { ...QUIET, mlflow: {} });
    const found = await estimator(options).fit(undefined, { ...QUIET, mlflow: {}, reuse: true });
    expect([found.reused, found.mlflowRun]).toEqual([true, first.mlflowRun]);
    const told = listener();
    await estimator(options).fit(undefined, {
      ...{ ...QUIET, reuse: true, onEvent: told.onEvent },
      mlflow: { trackingUri: join(fixture.folder, "another") },
    });
    expect(messages(told.events, "mlflow")).toBe(
      `Training job ${first.name} was found for reuse: it has its run at ${first.mlflowRun?.trackingUri}, ${first.mlflowRun?.runId}, and no other is made.`,
    );
    const repeated = await Estimator.fromRun(first);
    const plan = await repeated.plan();
    expect(Object.keys(plan.request.Environment ?? {})).toEqual([]);
    const second = await repeated.fit(undefined, { ...QUIET, mlflow: {} });
    expect(second.mlflowRun?.runId).not.toBe(first.mlflowRun?.runId);
  });
});

describe("a sweep", () => {
  it("is a parent with a child for each job, in the parent's experiment", async () => {
    const trackingUri = `file:${join(fixture.folder, "sweep")}`;
    const client = new MlflowClient({ trackingUri });
    const experimentId = await client.setExperiment("sweep");
    const { info: parent } = await client.createRun(experimentId, { runName: "sweep" });
    const mlflow = { trackingUri, parentRunId: parent.runId };
    for (const epochs of [1, 2]) {
      await estimator({ hyperparameters: { epochs } }).fit(undefined, { ...QUIET, mlflow });
    }
    const { items } = await client.searchRuns([experimentId], {
      filter: `tags."mlflow.parentRunId" = '${parent.runId}'`,
    });
    expect(items.map(({ data }) => data.params["epochs"]).sort()).toEqual(["1", "2"]);
    expect(items.map(({ data }) => data.metrics["loss"])).toEqual([0.1, 0.1]);
  });

  it("whose parent is not there starts nothing", async () => {
    const own = estimator();
    const mlflow = { parentRunId: "0".repeat(32) };
    await expect(own.fit(undefined, { ...QUIET, mlflow })).rejects.toMatchObject({
      errorCode: "RESOURCE_DOES_NOT_EXIST",
    });
    expect(own.jobs).toEqual([]);
  });
});

describe("a server that is down", () => {
  it("fails no training; what it missed is sent when the job has ended", async () => {
    const port = await freePort();
    const store = new LocalCloud({ root: join(fixture.folder, "late") });
    const imageUri = await programOf("slow", "echo loss=0.5; sleep 1; echo loss=0.4");
    const told = listener();
    let server: { close(): Promise<void> } | undefined;
    const job = await estimator({ imageUri, hyperparameters: { a: 1 } }).fit(undefined, {
      ...QUIET,
      mlflow: { trackingUri: `http://127.0.0.1:${port}`, experimentName: "late" },
      async onEvent(event) {
        told.onEvent(event);
        if (event.type === "metric") server ??= await store.listen({ port });
      },
    });
    try {
      const { run, client } = await runOf(job);
      expect(run.info.status).toBe("FINISHED");
      expect(run.data.params).toEqual({ a: "1" });
      expect(await client.getMetricHistory(run.info.runId, "loss")).toHaveLength(2);
      expect(messages(told.events, "mlflow")).toContain("The job starts without a run");
    } finally {
      await server?.close();
    }
  });

  it("starts nothing with strict", async () => {
    const trackingUri = `http://127.0.0.1:${await freePort()}`;
    const own = estimator();
    const mlflow = { trackingUri, strict: true };
    await expect(own.fit(undefined, { ...QUIET, mlflow })).rejects.toMatchObject({
      errorCode: "UNAVAILABLE",
    });
    expect(own.jobs).toEqual([]);
  });
});

describe("a job that runs elsewhere", () => {
  it("has its values logged by the launcher, live, where it cannot reach the place itself", async () => {
    const seen = join(fixture.folder, "waiting.seen");
    const wait = `while [ ! -e ${seen} ]; do sleep 0.1; done`;
    const waiting = await programOf("waiting", `echo loss=0.5; ${wait}; echo loss=0.4`);
    const { close, session, options } = await elsewhere(fixture.root, waiting);
    const trackingUri = `file:${join(fixture.folder, "launcher")}`;
    const told = listener();
    let live: Promise<unknown> | undefined;
    const job = await estimator({ ...options, session }).fit(undefined, {
      ...QUIET,
      mlflow: { trackingUri },
      pollIntervalMs: 200,
      onEvent(event) {
        told.onEvent(event);
        const run = told.events.find(({ type }) => type === "note");
        if (event.type !== "metric" || live !== undefined || run?.type !== "note") return;
        const [, runId = ""] = /\/([0-9a-f]{32})\b/.exec(run.message) ?? [];
        const client = new MlflowClient({ trackingUri });
        live = eventually(async () => {
          const { info, data } = await client.getRun(runId);
          return info.status === "RUNNING" && data.metrics["loss"] === 0.5 ? true : undefined;
        }, "a value while the job runs").finally(() => writeFile(seen, ""));
      },
    });
    await live;
    const { run, client } = await runOf(job);
    expect(run.info.status).toBe("FINISHED");
    expect(await client.getMetricHistory(run.info.runId, "loss")).toHaveLength(2);
    expect((await client.listArtifacts(run.info.runId)).map(({ path }) => path)).toEqual([
      "run.json",
    ]);
    expect(messages(told.events, "mlflow")).toContain("it is a folder of this machine");
    await close();
  });

  it("has its run ended by the next who attaches, with all that is missing by who waits", async () => {
    const { close, session, options } = await elsewhere(fixture.root, program);
    const trackingUri = `file:${join(fixture.folder, "attached")}`;
    const job = await estimator({ ...options, session }).fit(undefined, {
      ...QUIET,
      wait: false,
      mlflow: { trackingUri },
    });
    await eventually(async () => {
      const { TrainingJobStatus } = await job.describe();
      return TrainingJobStatus === "Completed" ? true : undefined;
    }, "the job's end");
    expect((await runOf(job)).run.info.status).toBe("RUNNING");

    const again = await TrainingJob.attach(job.name, { session });
    const closed = (await runOf(again)).run;
    expect(closed.info.status).toBe("FINISHED");
    // A point cannot be taken back: the log tells them all, once.
    expect(closed.data.metrics).toEqual({});

    await again.wait(QUIET);
    await again.wait(QUIET);
    const { run, client } = await runOf(again);
    const points = await client.getMetricHistory(run.info.runId, "loss");
    expect(points.map(({ step, value }) => [step, value])).toEqual([
      [0, 0.3],
      [1, 0.2],
      [2, 0.1],
    ]);
    expect((await client.listArtifacts(run.info.runId)).map(({ path }) => path)).toEqual([
      "model",
      "output",
      "run.json",
    ]);
    await close();
  });
});
