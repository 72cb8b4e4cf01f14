import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect } from "vitest";
import { MlflowClient } from "../../src/mlflow/index.ts";
import { askPython } from "./ask-python.ts";
import { MLFLOW } from "./mlflow.ts";
import { startUnless, testWith } from "./needs.ts";

const run = promisify(execFile);

describe("a folder that MlflowClient has logged to", () => {
  let folder = "";
  startUnless(MLFLOW.lacking, async () => {
    folder = await mkdtemp(join(tmpdir(), "mlruns-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** What MLflow's own client reads from a place, without where it lies. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever Python says
  const read = async (trackingUri: string, runId: string): Promise<any> => {
    const question = { trackingUri, runId, experimentName: "pricing" };
    const [answer] = await askPython(MLFLOW.python, "mlflow_read.py", [question]);
    return answer;
  };

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
      const before = await read(pathToFileURL(source).href, runId);
      expect(before.run.history["train/deviance"]).toHaveLength(300);

      const target = `sqlite:///${join(folder, "mlflow.db")}`;
      await run(MLFLOW.command, ["migrate-filestore", "--source", source, "--target", target], {
        cwd: folder,
        env: { PATH: process.env["PATH"], HOME: folder, MLFLOW_DISABLE_TELEMETRY: "true" },
      });

      const after = await read(target, runId);
      expect(after.experiment).toMatchObject({ name: "pricing", tags: { team: "a\nb" } });
      expect(after.run).toEqual(before.run);
      const deleted = await read(target, gone.info.runId);
      expect(deleted.run.info.lifecycleStage).toBe("deleted");
    },
  );
});
