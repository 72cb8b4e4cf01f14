/** Runs that something goes wrong with, which end rightly all the same. */

import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import {
  Estimator,
  type EstimatorOptions,
  TrainingJob,
  type TrainingJobEvent,
} from "../../../src/index.ts";
import { LocalCloud } from "../../../src/local/index.ts";
import { MlflowClient } from "../../../src/mlflow/index.ts";
import {
  type CloudFixture,
  eventually,
  startCloud,
  writeProgram,
} from "../../helpers/cloud-fixture.ts";
import { elsewhere } from "../../helpers/elsewhere.ts";
import { ShakyServer } from "../../helpers/shaky-server.ts";

const QUIET = { logs: "None", pollIntervalMs: 100 } as const;
const metricDefinitions = [{ Name: "loss", Regex: "loss=([0-9.]+)" }];

let fixture: CloudFixture;
beforeAll(async () => {
  fixture = await startCloud();
});
afterAll(() => fixture.stop());

/** A job whose launcher logs. */
async function jobElsewhere(train: string, options: Partial<EstimatorOptions> = {}) {
  const folder = await writeProgram(join(fixture.folder, `program-${train.length}`), {
    train: `#!/bin/sh\n${train}\n`,
  });
  const { close, session, options: there } = await elsewhere(fixture.root, folder);
  onTestFinished(close);
  const estimator = new Estimator({
    ...{ session, ...there, metricDefinitions, hyperparameters: { epochs: 3 }, ...options },
  });
  return { session, estimator };
}

/** A server on a way that can fail. */
async function shakyServer() {
  const server = await new LocalCloud({ root: join(fixture.folder, "server") }).listen();
  const way = await new ShakyServer(server.url).open();
  onTestFinished(async () => {
    await way.close();
    await server.close();
  });
  return { way, client: new MlflowClient({ trackingUri: server.url }) };
}

const ended = (job: TrainingJob): Promise<unknown> =>
  eventually(async () => {
    const { TrainingJobStatus: status } = await job.describe();
    return status === "InProgress" || status === "Stopping" ? undefined : status;
  }, "the job's end");
const steps = async (client: MlflowClient, job: TrainingJob): Promise<number[]> =>
  (await client.getMetricHistory(job.mlflowRun?.runId ?? "", "loss")).map(({ step }) => step);

describe("all values are there", () => {
  it.each(["stop", "tail"])("of a job of whose log nobody has seen all: %s", async (way) => {
    const last = way === "stop" ? "exec sleep 60" : ":";
    const { estimator } = await jobElsewhere(`for i in 1 2 3; do echo loss=$i; done; ${last}`);
    const mlflow = { trackingUri: join(fixture.folder, way) };
    const job = await estimator.fit(undefined, { ...QUIET, wait: false, mlflow });
    if (way === "stop") {
      for await (const { type } of job.events(QUIET)) if (type === "metric") break;
      await job.stop({ wait: true });
    } else {
      for await (const _ of job.logs({ tail: 1, pollIntervalMs: 100 }));
    }
    const client = new MlflowClient(mlflow);
    const run = await client.getRun(job.mlflowRun?.runId ?? "");
    expect(run.info.status).toBe(way === "stop" ? "KILLED" : "FINISHED");
    expect(await steps(client, job)).toEqual([0, 1, 2]);
  });
});

describe("a run whose launcher could not say what the job is", () => {
  it("is told by whoever comes back, out of the job's record", async () => {
    const { estimator, session } = await jobElsewhere("for i in 1 2; do echo loss=$i; done");
    const { way, client } = await shakyServer();
    way.trouble = (request) => (request.endsWith("log-batch") ? "busy" : undefined);
    const mlflow = { trackingUri: way.url };
    const job = await estimator.fit(undefined, { ...QUIET, wait: false, mlflow });
    await ended(job);
    way.trouble = () => undefined;

    const again = await TrainingJob.attach(job.name, { session });
    const closed = await client.getRun(again.mlflowRun?.runId ?? "");
    expect([closed.info.status, closed.data.params]).toEqual(["FINISHED", {}]);
    await again.flushMlflow();
    const run = await client.getRun(again.mlflowRun?.runId ?? "");
    expect(run.data.params).toEqual({ epochs: "3" });
    expect(run.data.tags).toMatchObject({
      "sagemaker.training_job_arn": job.arn,
      "sagemaker.training_job_status": "Completed",
    });
    expect(await steps(client, again)).toEqual([0, 1]);
  });
});

describe("a run that was made without an answer", () => {
  it("is found when the job has ended, and not made again", async () => {
    const { estimator } = await jobElsewhere("echo loss=1");
    const { way, client } = await shakyServer();
    way.trouble = (request) =>
      request.endsWith("runs/create")
        ? "lost on the way back"
        : request.endsWith("runs/search")
          ? "busy"
          : undefined;
    const job = await estimator.fit(undefined, {
      ...QUIET,
      mlflow: { trackingUri: way.url, experimentName: "unanswered" },
      onEvent({ type }) {
        if (type === "metric") way.trouble = () => undefined;
      },
    });
    const experiment = await client.getExperimentByName("unanswered");
    const { items } = await client.searchRuns([experiment?.experimentId ?? ""]);
    expect(items.map(({ info }) => [info.runId, info.status])).toEqual([
      [job.mlflowRun?.runId, "FINISHED"],
    ]);
  });
});

describe("a run that the job's programs have ended", () => {
  it("ends as the job did, for whoever comes back", async () => {
    const { estimator, session } = await jobElsewhere("exit 3");
    const client = new MlflowClient({ trackingUri: join(fixture.folder, "ended") });
    const mlflow = { trackingUri: client.trackingUri };
    const job = await estimator.fit(undefined, { ...QUIET, wait: false, mlflow });
    await client.setTerminated(job.mlflowRun?.runId ?? "");
    await ended(job);
    await TrainingJob.attach(job.name, { session });
    expect((await client.getRun(job.mlflowRun?.runId ?? "")).info.status).toBe("FAILED");
  });
});

describe("what a server refuses", () => {
  it.each([false, true])(
    "is told and left out, and all else is there; strict: %s",
    async (strict) => {
      const client = new MlflowClient({ trackingUri: join(fixture.folder, "refused") });
      const { info } = await client.createRun("0");
      await client.logParam(info.runId, "epochs", 7);
      await client.flush();
      const { estimator } = await jobElsewhere("echo loss=1", {
        environment: { MLFLOW_RUN_ID: info.runId },
        hyperparameters: { epochs: 3, seed: 1 },
      });
      const events: TrainingJobEvent[] = [];
      const fitted = estimator.fit(undefined, {
        ...QUIET,
        mlflow: { trackingUri: client.trackingUri, strict },
        onEvent: (event) => void events.push(event),
      });
      const words = "Changing param values is not allowed";
      if (strict) {
        await expect(fitted).rejects.toThrow(/^Training job \S+ has ended, and not all of it/);
        await expect(fitted).rejects.toThrow(words);
      } else await fitted;
      const run = await client.getRun(info.runId);
      expect(run.info.status).toBe("FINISHED");
      expect(run.data.params).toEqual({ epochs: "7", seed: "1" });
      expect(run.data.metrics).toEqual({ loss: 1 });
      expect(run.data.tags["sagemaker.training_job_status"]).toBe("Completed");
      const told = events.flatMap((event) => (event.type === "warning" ? [event.message] : []));
      expect(told.join()).toContain(words);
    },
  );
});

describe("a server that makes no run", () => {
  it("is told of once, and asked no more", async () => {
    const { way, client } = await shakyServer();
    const experimentId = await client.createExperiment("gone");
    await client.deleteExperiment(experimentId);
    const environment = { MLFLOW_EXPERIMENT_ID: experimentId };
    const { estimator } = await jobElsewhere("echo loss=1", { environment });
    const events: TrainingJobEvent[] = [];
    const job = await estimator.fit(undefined, {
      ...QUIET,
      mlflow: { trackingUri: way.url },
      onEvent: (event) => void events.push(event),
    });
    const told = events.filter((event) => "code" in event && event.code === "mlflow");
    expect(told.map((event) => "message" in event && event.message)).toEqual([
      expect.stringMatching(/ The job has no run\.$/),
    ]);
    expect(job.mlflowRun).toBeUndefined();
    expect(await job.flushMlflow()).toBeUndefined();
  });
});

describe("a run that had ended", () => {
  it("goes on while a job goes on with it, with the tags that were asked for", async () => {
    const client = new MlflowClient({ trackingUri: join(fixture.folder, "goes-on") });
    const { info } = await client.createRun("0", { runName: "first" });
    await client.setTerminated(info.runId, "FAILED");
    const { estimator } = await jobElsewhere("echo loss=1", {
      environment: { MLFLOW_RUN_ID: info.runId },
    });
    const mlflow = { trackingUri: client.trackingUri, tags: { team: "actuaries" } };
    const job = await estimator.fit(undefined, { ...QUIET, wait: false, mlflow });
    const during = await client.getRun(info.runId);
    expect([during.info.status, during.data.tags["team"]]).toEqual(["RUNNING", "actuaries"]);
    await job.wait(QUIET);
    const { info: after } = await client.getRun(info.runId);
    expect([after.status, after.runName]).toEqual(["FINISHED", "first"]);
  });
});

describe("a run in a place that nothing is known of", () => {
  it.each(["databricks", "databricks://profile"])("is somebody else's: %s", async (uri) => {
    const { estimator, session } = await jobElsewhere("echo loss=1", {
      environment: { MLFLOW_TRACKING_URI: uri, MLFLOW_RUN_ID: "0".repeat(32) },
    });
    const { name } = await estimator.fit(undefined, { ...QUIET, wait: false, mlflow: false });
    const events: TrainingJobEvent[] = [];
    const job = await TrainingJob.attach(name, { session });
    await job.wait({ ...QUIET, onEvent: (event) => void events.push(event) });
    expect(events.filter(({ type }) => type === "metric")).toHaveLength(1);
    expect(events.filter((event) => "code" in event && event.code === "mlflow")).toEqual([]);
  });
});
