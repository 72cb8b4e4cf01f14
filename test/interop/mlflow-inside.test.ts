/** Programs inside a job that log to the run that `fit()` has made, and launchers that log for a job elsewhere. */

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, inject } from "vitest";
import { Estimator, TrainingJob } from "../../src/index.ts";
import { LocalCloud } from "../../src/local/index.ts";
import { MlflowClient } from "../../src/mlflow/index.ts";
import { folderWith } from "../helpers/child-program.ts";
import {
  type CloudFixture,
  eventually,
  startCloud,
  writeProgram,
} from "../helpers/cloud-fixture.ts";
import { runMlflowProgram } from "../helpers/run-mlflow-program.ts";
import { askPython } from "./ask-python.ts";
import { MLFLOW, startMlflow } from "./mlflow.ts";
import { startUnless, testWith } from "./needs.ts";
import type { RunningServer } from "./server.ts";

const QUIET = { logs: "None" } as const;
const metricDefinitions = ["loss", "aux"].map((Name) => ({ Name, Regex: `\\b${Name}=(\\S+)` }));
const POINTS = [0.5, 0.25, 0.125];
/** Prints and logs the same values; the other metric is printed alone. */
const PYTHON = `
import sys
import mlflow

with mlflow.start_run() as run:
    print("run", run.info.run_id, flush=True)
    mlflow.log_param("inside", "python")
    for step, loss in enumerate([0.5, 0.25, 0.125]):
        mlflow.log_metric("loss", loss, step=step)
        print(f"loss={loss} aux={step}", flush=True)
    mlflow.log_text("inside", "inside.txt")
`;
const JAVASCRIPT = `
import { MlflowClient } from "sagemaker-estimator/mlflow";

const { MLFLOW_RUN_ID: runId } = process.env;
const client = new MlflowClient();
await client.logParam(runId, "inside", "javascript");
for (const [step, loss] of [0.5, 0.25, 0.125].entries()) {
  await client.logMetric(runId, "loss", loss, { step });
  await client.flush();
  console.log(\`loss=\${loss} aux=\${step}\`);
}
await client.logText(runId, "inside", "inside.txt");
await client.flush();
`;

describe("the run of a job", () => {
  let server: RunningServer | undefined;
  let fixture: CloudFixture;
  startUnless(
    MLFLOW.lacking,
    async () => {
      [fixture, server] = await Promise.all([startCloud(), startMlflow()]);
      // Its first answer takes it long: no run is waited for as long as that.
      await new MlflowClient({ trackingUri: server.url }).searchExperiments();
    },
    150_000,
  );
  afterAll(async () => {
    await server?.stop();
    await fixture?.stop();
  });

  /** What MLflow's own client reads of a job's run. */
  const readRun = async (job: Pick<TrainingJob, "mlflowRun"> | undefined) => {
    const question = { ...job?.mlflowRun, artifacts: true };
    // biome-ignore lint/suspicious/noExplicitAny: whatever Python says
    const [answer] = await askPython<any>(MLFLOW.python, "mlflow_read.py", [question]);
    return { ...answer.run, artifacts: Object.keys(answer.artifacts) };
  };
  const estimator = (imageUri: string): Estimator =>
    new Estimator({
      ...{ session: fixture.cloud.session(), imageUri, instanceType: "local" },
      ...{ baseJobName: "inside", metricDefinitions },
      environment: { MLFLOW_DISABLE_TELEMETRY: "true" },
    });
  const python = (script: string): Promise<string> =>
    writeProgram(join(fixture.folder, `python-${script.length}`), {
      train: `#!${MLFLOW.python}\n${script}`,
    });
  const values = (history: readonly (readonly number[])[]): unknown[] =>
    history.map(([value, , step]) => [step, value]);

  testWith(
    MLFLOW.lacking,
    "is gone on with by its programs, whose metrics are theirs",
    async () => {
      const folder = pathToFileURL(join(fixture.folder, "runs")).href;
      const program = await python(PYTHON);
      const script = await writeProgram(await folderWith({}, inject("userProject")), {
        "train.mjs": JAVASCRIPT,
        train: `#!/bin/sh\nexec ${process.execPath} "$(dirname "$0")/train.mjs"\n`,
      });
      for (const [imageUri, trackingUri, inside] of [
        [program, folder, "python"],
        [program, server?.url ?? "", "python"],
        [script, server?.url ?? "", "javascript"],
      ] as const) {
        const mlflow = { trackingUri, experimentName: "inside" };
        const job = await estimator(imageUri).fit(undefined, { ...QUIET, mlflow });
        const run = await readRun(job);
        expect(run.info).toMatchObject({ status: "FINISHED", runName: job.name });
        expect(run.params).toMatchObject({ inside });
        expect(values(run.history.loss)).toEqual([...POINTS.entries()]);
        expect(values(run.history.aux)).toEqual([
          [0, 0],
          [1, 1],
          [2, 2],
        ]);
        expect(run.artifacts).toEqual(["inside.txt", "run.json"]);
        expect(run.tags).toMatchObject({ "sagemaker.training_job_status": "Completed" });
      }
    },
  );

  testWith(
    MLFLOW.lacking,
    "ends as its job does, whatever its program has said by then",
    async () => {
      const program = await python(`${PYTHON}\nprint("aux=3", flush=True)\nsys.exit(3)\n`);
      const failing = estimator(program);
      const mlflow = { trackingUri: server?.url ?? "", experimentName: "inside" };
      await expect(failing.fit(undefined, { ...QUIET, mlflow })).rejects.toThrow("exit code: 3");
      const run = await readRun(failing.latestTrainingJob);
      expect(run.info.status).toBe("FAILED");
      expect(run.tags["sagemaker.failure_reason"]).toContain("exit code: 3");
      expect(values(run.history.loss)).toEqual([...POINTS.entries()]);
      expect(run.history.aux).toHaveLength(4);
    },
  );

  testWith(
    MLFLOW.lacking,
    "of a job elsewhere is logged live by whoever follows it, once, and found by whoever comes back",
    async () => {
      const image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/glm:1";
      const program = await writeProgram(join(fixture.folder, "elsewhere"), {
        train: "#!/bin/sh\nfor i in $(seq 40); do echo loss=$i; sleep 0.5; done\n",
      });
      const cloud = new LocalCloud({ root: fixture.root, images: { [image]: program } });
      const { url: endpoint, close } = await cloud.listen();
      const where = { cwd: fixture.folder };
      const { done } = await runMlflowProgram(
        {
          endpoint,
          fit: {
            wait: false,
            options: {
              ...{ imageUri: image, instanceType: "ml.m5.large", metricDefinitions },
              role: "arn:aws:iam::123456789012:role/R",
              hyperparameters: { epochs: 40 },
            },
            mlflow: { trackingUri: server?.url ?? "", experimentName: "elsewhere" },
          },
        },
        where,
      );
      const { name: attach = "", run: found } = done ?? {};
      const client = new MlflowClient({ trackingUri: server?.url ?? "" });
      const followers = (["leave", "wait", "wait"] as const).map((does) =>
        runMlflowProgram({ endpoint, attach, does }, where),
      );
      await eventually(
        async () => {
          const { info, data } = await client.getRun(found?.runId ?? "");
          return info.status === "RUNNING" && data.metrics["loss"] ? true : undefined;
        },
        "a value while the job runs",
        60_000,
      );
      const ended = await Promise.all(followers);
      expect(ended.map(({ code, done: last }) => [code, last?.run])).toEqual(
        Array.from(ended, () => [0, found]),
      );
      const run = await readRun(found && { mlflowRun: found });
      expect(run.info.status).toBe("FINISHED");
      expect(run.params).toEqual({ epochs: "40" });
      expect(run.tags).toMatchObject({ "sagemaker.training_job_status": "Completed" });
      expect(values(run.history.loss)).toEqual(
        Array.from({ length: 40 }, (_, step) => [step, step + 1]),
      );
      expect(run.artifacts).toEqual(["run.json"]);

      const session = fixture.cloud.session();
      const again = await Estimator.attach(attach, { session });
      expect(again.latestTrainingJob?.mlflowRun).toEqual(found);
      expect((await TrainingJob.attach(attach, { session })).mlflowRun).toEqual(found);
      await close();
    },
  );
});
