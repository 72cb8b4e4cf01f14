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
import { describe, expect, it } from "vitest";
import { METRIC_NAMES } from "../../../examples/glm/container/lib/metrics.mjs";
import type { ModelFile } from "../../../examples/glm/container/lib/model.mjs";
import { container, folderWith, fromSource, insuranceFile } from "./programs.ts";

const config = {
  target: "Claims",
  predictors: ["District", "Group", "Age"],
  offset: { column: "Holders", transform: "log" },
  family: "poisson",
  link: "log",
};

/** R: glm(Claims ~ District + Group + Age + offset(log(Holders)), family = poisson). */
const estimates = [
  -1.82173991809, 0.02586819091, 0.0385239271, 0.23420532798, 0.16133698, 0.39281049083,
  0.56341234112, -0.19101010633, -0.34495065825, -0.53667070639,
];

async function estimator(): Promise<{ estimator: Estimator; folder: string }> {
  const folder = await folderWith({});
  const cloud = new LocalCloud({ root: join(folder, "cloud"), images: { "glm:1.0": container } });
  return {
    folder,
    estimator: new Estimator({
      imageUri: "glm:1.0",
      instanceType: "local",
      hyperparameters: { maxIterations: 25, tolerance: 1e-8 },
      environment: fromSource,
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
      { train: insuranceFile, test: insuranceFile, config: new JsonInput(config) },
      { logs: "None", onEvent: (event) => void events.push(event) },
    );
    await job.downloadModel(join(folder, "model"));

    const model = JSON.parse(await readFile(join(folder, "model/model.json"), "utf8")) as ModelFile;
    for (const [j, estimate] of estimates.entries()) {
      expect(Math.abs((model.coefficients[j]?.estimate ?? 0) - estimate)).toBeLessThan(1e-8);
    }
    expect(model.deviance).toBeCloseTo(51.42003275, 8);
    expect(model.aic).toBeCloseTo(388.741554, 6);
    expect(job.result).toMatchObject({ status: "Completed" });
    const final = new Map(
      events.flatMap((event) => (event.type === "metric" ? [[event.name, event.value]] : [])),
    );
    expect([...final.keys()].sort()).toEqual([...METRIC_NAMES].sort());
    expect(final.get("deviance")).toBe(model.deviance);
    expect(final.get("aic")).toBe(model.aic);
  });

  it("fails with every problem of its configuration as the job's reason", async () => {
    const { estimator: glm } = await estimator();

    const fitting = glm.fit(
      {
        train: insuranceFile,
        config: new JsonInput({ ...config, family: "poison", target: "Claim" }),
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
