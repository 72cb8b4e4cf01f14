/** Runs that could not be made before their jobs: whoever sees a job's end makes its run, in whichever process. */

import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Estimator, TrainingJob } from "../../../src/index.ts";
import { LocalCloud } from "../../../src/local/index.ts";
import { MlflowClient, type Run } from "../../../src/mlflow/index.ts";
import {
  type CloudFixture,
  eventually,
  startCloud,
  writeProgram,
} from "../../helpers/cloud-fixture.ts";
import { elsewhere } from "../../helpers/elsewhere.ts";

const QUIET = { logs: "None", pollIntervalMs: 100 } as const;

let fixture: CloudFixture;
beforeAll(async () => {
  fixture = await startCloud();
});
afterAll(() => fixture.stop());

/** Has something closed when a test ends: they run side by side, as each waits for a server in vain. */
type OnEnd = (close: () => Promise<void>) => void;

/** Where nobody answers, until somebody does. */
async function absentServer(name: string, onTestFinished: OnEnd) {
  const store = new LocalCloud({ root: join(fixture.folder, name) });
  const first = await store.listen();
  const port = Number(new URL(first.url).port);
  await first.close();
  return {
    url: first.url,
    /** Somebody answers from now on. */
    async comesBack(): Promise<void> {
      const server = await store.listen({ port });
      onTestFinished(() => server.close());
    },
  };
}

const TRAIN = `#!/bin/sh
echo loss=2
while [ ! -e "$END" ]; do sleep 0.1; done
echo loss=1
echo m >"\${SM_MODEL_DIR:-/opt/ml/model}/m"
`;

interface JobPlan {
  readonly name: string;
  readonly place: "local" | "elsewhere";
  readonly trackingUri: string;
  /** Prints a value, waits for the file `$END`, and prints another. */
  readonly train?: string;
}

/** A job whose program waits for `end()` after its first value, here or as on AWS. */
async function jobOf({ name, place, trackingUri, train = TRAIN }: JobPlan, onTestFinished: OnEnd) {
  // Where programs find this package.
  const folder = await mkdtemp(join(inject("userProject"), "pending-run-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "end");
  const program = await writeProgram(join(folder, name), { train });
  const common = {
    metricDefinitions: [{ Name: "loss", Regex: "loss=([0-9.]+)" }],
    hyperparameters: { epochs: 3 },
    baseJobName: name,
    environment: { END: file },
  };
  let estimator: Estimator;
  let session = fixture.cloud.session();
  if (place === "local") {
    const here = { session, imageUri: program, instanceType: "local" };
    estimator = new Estimator({ ...common, ...here });
  } else {
    const service = await elsewhere(fixture.root, program);
    onTestFinished(service.close);
    session = service.session;
    estimator = new Estimator({ ...common, session, ...service.options });
  }
  const mlflow = {
    ...{ trackingUri, experimentName: "pending", runName: `run of ${name}` },
    tags: { team: "actuaries" },
  };
  const job = await estimator.fit(undefined, { ...QUIET, wait: false, mlflow });
  expect(job.mlflowRun).toBeUndefined();
  const end = async (): Promise<void> => {
    if (!existsSync(file)) await writeFile(file, "");
    await eventually(async () => {
      const { TrainingJobStatus: status } = await job.describe();
      return status === "Completed" ? true : undefined;
    }, "the job's end");
  };
  return { job, end, attach: () => TrainingJob.attach(job.name, { session }) };
}

async function runsIn(url: string): Promise<readonly Run[]> {
  const client = new MlflowClient({ trackingUri: url });
  const experiment = await client.getExperimentByName("pending");
  const { items } = await client.searchRuns([experiment?.experimentId ?? ""]);
  return items;
}

/** There is one run, and it has all that the job was asked to log. */
async function expectWhole(url: string, { name, arn }: TrainingJob): Promise<void> {
  const [run, ...others] = await runsIn(url);
  expect(others).toEqual([]);
  expect(run?.info).toMatchObject({
    status: "FINISHED",
    runName: expect.stringContaining("run of"),
  });
  expect(run?.data).toMatchObject({ params: { epochs: "3" }, metrics: { loss: 1 } });
  expect(run?.data.tags).toMatchObject({
    "sagemaker.training_job_name": name,
    "sagemaker.training_job_arn": arn,
    "sagemaker.training_job_status": "Completed",
    team: "actuaries",
  });
  const client = new MlflowClient({ trackingUri: url });
  const points = await client.getMetricHistory(run?.info.runId ?? "", "loss");
  expect(points.map(({ step, value }) => [step, value])).toEqual([
    [0, 2],
    [1, 1],
  ]);
}

describe("a run that could not be made before its job", () => {
  it.concurrent("is made by the runner at a local job's end, when nobody waits, and the model's version is of it", async ({
    onTestFinished,
  }) => {
    const server = await absentServer("by-runner", onTestFinished);
    const { job, end } = await jobOf(
      { name: "by-runner", place: "local", trackingUri: server.url },
      onTestFinished,
    );
    await server.comesBack();
    await end();
    await expectWhole(server.url, job);
    const { mlflow } = await job.registerModel({ name: "pending", contentTypes: ["text/csv"] });
    const client = new MlflowClient({ trackingUri: server.url });
    const [run] = await runsIn(server.url);
    expect(mlflow && (await client.getModelVersion("pending", mlflow.version)).runId).toBe(
      run?.info.runId,
    );
  });

  it.concurrent.for(["local", "elsewhere"] as const)(
    "is made by whoever comes back when the job has ended, and told of: %s",
    async (place, { onTestFinished }) => {
      const server = await absentServer(`back-${place}`, onTestFinished);
      const { job, end, attach } = await jobOf(
        { name: `back-${place}`, place, trackingUri: server.url },
        onTestFinished,
      );
      await end();
      await server.comesBack();
      const closed = await attach();
      expect((await runsIn(server.url)).map(({ info }) => info.status)).toEqual(["FINISHED"]);
      const [run] = await runsIn(server.url);
      expect(closed.mlflowRun).toEqual({ trackingUri: server.url, runId: run?.info.runId });
      expect(await closed.flushMlflow()).toEqual(closed.mlflowRun);
      await expectWhole(server.url, job);
      await (await attach()).wait(QUIET);
      await expectWhole(server.url, job);
    },
  );

  it.concurrent.for(["local", "elsewhere"] as const)(
    "is made by flushMlflow() while the job goes on: %s",
    async (place, { onTestFinished }) => {
      const server = await absentServer(`flush-${place}`, onTestFinished);
      const { job, end } = await jobOf(
        { name: `flush-${place}`, place, trackingUri: server.url },
        onTestFinished,
      );
      await expect(job.flushMlflow()).rejects.toMatchObject({ errorCode: "UNAVAILABLE" });
      await server.comesBack();
      const run = await job.flushMlflow();
      expect(run).toEqual({ trackingUri: server.url, runId: expect.stringMatching(/^\w{32}$/) });
      const [early] = await runsIn(server.url);
      expect(early?.info.status).toBe("RUNNING");
      expect(early?.data.params).toEqual({ epochs: "3" });
      await end();
      await job.wait(QUIET);
      await expectWhole(server.url, job);
    },
  );

  it.concurrent("is that of a program with our container module which found the server back", async ({
    onTestFinished,
  }) => {
    const server = await absentServer("program", onTestFinished);
    const train = `#!/usr/bin/env node
import { existsSync } from "node:fs";
import { mlflow, runTraining } from "sagemaker-estimator/container";
await runTraining(async () => {
  console.log("loss=2");
  while (!existsSync(process.env.END)) await new Promise((done) => setTimeout(done, 100));
  await mlflow.logParam("rows", 64);
  await mlflow.flush();
  console.log("loss=1");
});
`;
    const plan = { name: "program", place: "local", trackingUri: server.url, train } as const;
    const { job, end } = await jobOf(plan, onTestFinished);
    await server.comesBack();
    await end();
    const [run, ...others] = await runsIn(server.url);
    expect(others).toEqual([]);
    expect(run?.info.status).toBe("FINISHED");
    expect(run?.data).toMatchObject({
      params: { epochs: "3", rows: "64" },
      metrics: { loss: 1 },
      tags: { team: "actuaries", "sagemaker.training_job_arn": job.arn },
    });
  });

  it.concurrent("does not go on with another job that repeats it", async ({ onTestFinished }) => {
    const server = await absentServer("repeated", onTestFinished);
    const { job, end } = await jobOf(
      { name: "repeated", place: "local", trackingUri: server.url },
      onTestFinished,
    );
    await end();
    const repeated = await Estimator.fromRun(job);
    const { request } = await repeated.plan(undefined, { mlflow: false });
    expect(request.Environment ?? {}).not.toHaveProperty("SAGEMAKER_ESTIMATOR_MLFLOW_PENDING");
  });
});
