import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect } from "vitest";
import { Estimator, JsonInput } from "../../src/index.ts";
import { MlflowClient } from "../../src/mlflow/index.ts";
import { type CloudFixture, startCloud, writeProgram } from "../helpers/cloud-fixture.ts";
import { askPython } from "./ask-python.ts";
import { MLFLOW, startMlflow } from "./mlflow.ts";
import { startUnless, testWith } from "./needs.ts";

const run = promisify(execFile);

describe("a folder that MlflowClient and fit() have logged to", () => {
  let folder = "";
  let fixture: CloudFixture | undefined;
  startUnless(MLFLOW.lacking, async () => {
    fixture = await startCloud();
    folder = await mkdtemp(join(tmpdir(), "mlruns-"));
  });
  afterAll(async () => {
    await fixture?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** A job on two hosts that fails, and its run. */
  const runOfJob = async (trackingUri: string): Promise<string> => {
    const imageUri = await writeProgram(join(folder, "program"), {
      train: `#!/bin/sh
echo "loss=0.5 odd=nan"; echo "loss=0.25 odd=1"
echo x > /opt/ml/output/data/table.csv
exit 3
`,
    });
    const metricDefinitions = ["loss", "odd"].map((Name) => ({ Name, Regex: `${Name}=(\\S+)` }));
    const estimator = new Estimator({
      ...(fixture && { session: fixture.cloud.session() }),
      ...{ imageUri, instanceType: "local", instanceCount: 2, metricDefinitions },
    });
    const config = new JsonInput({ long: "é".repeat(7000), family: "poisson" });
    const mlflow = { trackingUri, experimentName: "pricing" };
    await estimator.fit({ config }, { logs: "None", mlflow }).catch(() => {});
    return estimator.latestTrainingJob?.mlflowRun?.runId ?? "";
  };

  /** What MLflow's own client reads from a place, without where it lies. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever Python says
  const read = async (trackingUri: string, runId: string): Promise<any> => {
    const about = { experimentName: "pricing", modelName: "claims", artifacts: true };
    const question = { trackingUri, runId, ...about };
    const [answer] = await askPython(MLFLOW.python, "mlflow_read.py", [question]);
    return answer;
  };

  const countsOf = (history: Record<string, readonly unknown[]>): Record<string, number> =>
    Object.fromEntries(Object.entries(history).map(([key, points]) => [key, points.length]));

  testWith(
    MLFLOW.lacking,
    "is moved into a database by MLflow's own command, with nothing missing",
    async () => {
      const source = join(folder, "mlruns");
      const client = new MlflowClient({ trackingUri: source });
      const experimentId = await client.createExperiment("pricing", { tags: { team: "a\nb" } });
      const { info } = await client.createRun(experimentId, { runName: "glm" });
      const { runId } = info;
      for (let step = 0; step < 300; step += 1) {
        await client.logMetric(runId, "train/deviance", 1 / (step + 3), { step, timestamp: step });
      }
      await client.logMetric(runId, "odd", Number.NaN, { timestamp: 1 });
      await client.logParam(runId, "formula", "Claims ~ offset(log(Holders)) + é");
      await client.setTag(runId, "mlflow.note.content", "# A note");
      await client.logInputs(runId, [
        {
          dataset: { name: "train", digest: "0123456789", sourceType: "s3", source: "{}" },
          tags: [{ key: "mlflow.data.context", value: "training" }],
        },
      ]);
      await client.setTerminated(runId, "FAILED");
      const gone = await client.createRun(experimentId, { runName: "gone" });
      await client.deleteRun(gone.info.runId);
      await client.createRegisteredModel("claims", { description: "d", tags: { "a/b": "c" } });
      const model = `${info.artifactUri}/model`;
      await client.createModelVersion("claims", model, { runId, tags: { kind: "glm" } });
      await client.createModelVersion("claims", "s3://models/2", { description: "two" });
      await client.createModelVersion("claims", "s3://models/3");
      // What is a text in our YAML, and something else in Python's.
      const texts = ["2024-01-01", "yes", "12:30:45", "1e-3", "0o14", "1_000", "null", "a: b #c"];
      for (const description of texts) {
        await client.createModelVersion("claims", "s3://models/n", { description });
      }
      await client.transitionModelVersionStage("claims", 2, "Staging");
      await client.setRegisteredModelAlias("claims", "champion", 1);
      await client.deleteModelVersion("claims", 3);
      const ofJob = await runOfJob(source);
      const before = await read(pathToFileURL(source).href, runId);
      const beforeOfJob = await read(pathToFileURL(source).href, ofJob);
      expect(beforeOfJob.run.info.status).toBe("FAILED");
      expect(countsOf(beforeOfJob.run.history)).toEqual({
        ...{ loss: 2, "loss.algo-2": 2, odd: 2, "odd.algo-2": 2 },
      });
      expect(Object.keys(beforeOfJob.artifacts)).toEqual([
        ...["output/table.csv", "parameters/config.long.txt", "run.json"],
      ]);
      const { versions }: { versions: { version: string; description: string }[] } = before.model;
      expect(versions.map(({ version }) => version)).toEqual([
        ...["1", "2", "4", "5", "6", "7", "8", "9", "10", "11"],
      ]);
      expect(versions.slice(2).map(({ description }) => description)).toEqual(texts);
      expect(before.run.history["train/deviance"]).toHaveLength(300);

      const target = `sqlite:///${join(folder, "mlflow.db")}`;
      await run(MLFLOW.command, ["migrate-filestore", "--source", source, "--target", target], {
        cwd: folder,
        env: { PATH: process.env["PATH"], HOME: folder, MLFLOW_DISABLE_TELEMETRY: "true" },
      });

      const after = await read(target, runId);
      expect(after.experiment).toMatchObject({ name: "pricing", tags: { team: "a\nb" } });
      expect(after.run).toEqual(before.run);
      expect(after.model).toMatchObject({ tags: { "a/b": "c" }, aliases: { champion: "1" } });
      expect(after.model).toEqual(before.model);
      const { run: runAfter, artifacts } = await read(target, ofJob);
      expect({ run: runAfter, artifacts }).toEqual({
        run: beforeOfJob.run,
        artifacts: beforeOfJob.artifacts,
      });
      const deleted = await read(target, gone.info.runId);
      expect(deleted.run.info.lifecycleStage).toBe("deleted");
    },
  );

  testWith(MLFLOW.lacking, "behind MLflow's own server takes metrics of all hosts", async () => {
    const store = join(folder, "served");
    const server = await startMlflow({ store });
    const runId = await runOfJob(server.url);
    await server.stop();
    const question = { trackingUri: pathToFileURL(store).href, runId };
    // biome-ignore lint/suspicious/noExplicitAny: whatever Python says
    const [{ run: told }] = await askPython<any>(MLFLOW.python, "mlflow_read.py", [question]);
    expect(countsOf(told.history)).toEqual({
      ...{ loss: 2, "loss.algo-2": 2, odd: 2, "odd.algo-2": 2 },
    });
    expect(told.tags["sagemaker.training_job_status"]).toBe("Failed");
  });
});
