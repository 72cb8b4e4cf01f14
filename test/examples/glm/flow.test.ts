import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  Estimator,
  JsonInput,
  type TrainingJobEvent,
  UnexpectedStatusError,
} from "sagemaker-estimator";
import { metricDefinitions } from "sagemaker-estimator/container";
import { LocalCloud } from "sagemaker-estimator/local";
import { MlflowClient } from "sagemaker-estimator/mlflow";
import { describe, expect, it } from "vitest";
import { METRIC_NAMES } from "../../../examples/glm/container/lib/metrics.mjs";
import type { ModelFile } from "../../../examples/glm/container/lib/model.mjs";
import { folderWith } from "../../helpers/child-program.ts";
import { container, insurance } from "./programs.ts";

const { reference } = insurance;

async function estimator(): Promise<{ estimator: Estimator; folder: string }> {
  const folder = await folderWith({});
  const cloud = new LocalCloud({ root: join(folder, "cloud"), images: { "glm:1.0": container } });
  return {
    folder,
    estimator: new Estimator({
      imageUri: "glm:1.0",
      instanceType: "local",
      hyperparameters: { maxIterations: 25, tolerance: 1e-8 },
      metricDefinitions: metricDefinitions(METRIC_NAMES),
      session: cloud.session(),
    }),
  };
}

describe("the main job", () => {
  it("trains on the local cloud and brings home the model that R computes", async () => {
    const { estimator: glm, folder } = await estimator();
    const events: TrainingJobEvent[] = [];

    const job = await glm.fit(
      { train: insurance.file, test: insurance.file, config: new JsonInput(insurance.config) },
      { logs: "None", onEvent: (event) => void events.push(event), mlflow: {} },
    );
    await job.downloadModel(join(folder, "model"));

    const model = JSON.parse(await readFile(join(folder, "model/model.json"), "utf8")) as ModelFile;
    for (const [j, estimate] of Object.values(reference.estimates).entries()) {
      expect(Math.abs((model.coefficients[j]?.estimate ?? 0) - estimate)).toBeLessThan(1e-8);
    }
    expect(model.deviance).toBeCloseTo(reference.deviance, 8);
    expect(model.aic).toBeCloseTo(reference.aic, 6);
    expect(job.result).toMatchObject({ status: "Completed" });
    const final = new Map(
      events.flatMap((event) => (event.type === "metric" ? [[event.name, event.value]] : [])),
    );
    expect([...final.keys()].sort()).toEqual([...METRIC_NAMES].sort());
    expect(final.get("deviance")).toBe(model.deviance);
    expect(final.get("aic")).toBe(model.aic);

    const { trackingUri = "", runId = "" } = job.mlflowRun ?? {};
    const mlflow = new MlflowClient({ trackingUri });
    const { data } = await mlflow.getRun(runId);
    expect(data.params).toMatchObject({ maxIterations: "25", "config.family": "poisson" });
    for (const name of ["deviance", "aic"] as const) {
      const history = await mlflow.getMetricHistory(runId, name);
      expect(history.map(({ step }) => step)).toEqual([...Array(model.iterations).keys()]);
      expect(history.at(-1)?.value).toBe(model[name]);
    }
    const kept = (await mlflow.listArtifacts(runId, "model")).map(({ path }) => path);
    expect(kept).toEqual([
      "model/coefficients.csv",
      "model/coefficients.svg",
      "model/metrics.json",
      "model/model.json",
    ]);
  });

  it("fails with every problem of its configuration as the job's reason", async () => {
    const { estimator: glm } = await estimator();

    const fitting = glm.fit(
      {
        train: insurance.file,
        config: new JsonInput({ ...insurance.config, family: "poison", target: "Claim" }),
      },
      { logs: "None" },
    );

    await expect(fitting).rejects.toSatisfy(
      (error) =>
        UnexpectedStatusError.isInstance(error) &&
        error.exitCode === 1 &&
        error.failureReason ===
          [
            "AlgorithmError: ValidationError: The model cannot be trained: 2 problems.",
            '  - config.family: is "poison". Did you mean "poisson"?',
            '  - config.target: insurance.csv has no column "Claim". Did you mean "Claims"?, exit code: 1',
          ].join("\n"),
    );
  });
});
