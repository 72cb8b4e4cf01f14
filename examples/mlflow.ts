/** A sweep in MLflow: a run for the whole, a child for each job, the best of them found by a search, and its figures read back. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Estimator, JsonInput } from "sagemaker-estimator";
import { metricDefinitions } from "sagemaker-estimator/container";
import { MlflowClient } from "sagemaker-estimator/mlflow";

const glm = join(import.meta.dirname, "glm");
const estimator = new Estimator({
  imageUri: join(glm, "container"),
  instanceType: "local",
  metricDefinitions: metricDefinitions(["deviance", "aic"]),
});

const trackingUri = "file:./mlruns"; // or an MLflow server's address
const client = new MlflowClient({ trackingUri });
const experimentId = await client.setExperiment("insurance-claims");
const { info: sweep } = await client.createRun(experimentId, { runName: "which predictors" });

const choices = [["Age"], ["Group", "Age"], ["District", "Group", "Age"]];
const fits = choices.map(async (predictors) => {
  const offset = { column: "Holders", transform: "log" };
  const config = { target: "Claims", predictors, factors: predictors, offset, family: "poisson" };
  return await estimator.fit(
    { train: join(glm, "data/insurance.csv"), config: new JsonInput(config) },
    {
      logs: "None",
      mlflow: { trackingUri, parentRunId: sweep.runId, runName: predictors.join(" + ") },
    },
  );
});
await Promise.all(fits);

const { items } = await client.searchRuns([experimentId], {
  filter: `tags."mlflow.parentRunId" = '${sweep.runId}'`,
  orderBy: ["metrics.aic ASC"],
});
for (const { info, data } of items) {
  console.log(`AIC ${data.metrics["aic"]?.toFixed(2)}: ${info.runName} (${info.status})`);
}

const [best] = items;
if (best?.info.runName !== "District + Group + Age") throw new Error("R chooses otherwise.");
await client.setTag(sweep.runId, "best", best.info.runName);
await client.setTerminated(sweep.runId);

const { runId } = best.info;
console.log("Parameters:", best.data.params);
for await (const { step, value } of client.metricHistory(runId, "deviance")) {
  console.log(`Deviance after iteration ${step + 1}: ${value.toFixed(4)}`);
}
const table = await client.downloadArtifacts(runId, "model/coefficients.csv", "best");
console.log(await readFile(table, "utf8"));
