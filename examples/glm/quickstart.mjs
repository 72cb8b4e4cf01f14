// @ts-check
/** Trains a GLM on real insurance claims, on the embedded local cloud, and logs it to MLflow: no AWS account, no Docker, no server. */

import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Estimator, JsonInput } from "sagemaker-estimator";
import { metricDefinitions } from "sagemaker-estimator/container";
import { MlflowClient } from "sagemaker-estimator/mlflow";
import { METRIC_NAMES } from "./container/lib/metrics.mjs";
import { coefficientTable } from "./container/lib/report.mjs";

const here = import.meta.dirname;

const estimator = new Estimator({
  imageUri: join(here, "container"), // locally, the folder that an image is made of
  instanceType: "local",
  hyperparameters: { maxIterations: 25, tolerance: 1e-8 },
  metricDefinitions: metricDefinitions(METRIC_NAMES),
  baseJobName: "glm",
});

const job = await estimator.fit(
  {
    train: join(here, "data/insurance.csv"),
    config: new JsonInput({
      target: "Claims",
      predictors: ["District", "Group", "Age"],
      factors: ["District", "Group", "Age"],
      offset: { column: "Holders", transform: "log" },
      family: "poisson",
      link: "log",
    }),
  },
  { mlflow: { experimentName: "insurance-claims" } }, // in a folder of the local cloud, unless MLFLOW_TRACKING_URI is set
);

const folder = join(here, "model");
await job.downloadModel(folder, { overwrite: true });

/** @type {import("./container/lib/model.mjs").ModelFile} */
const model = JSON.parse(await readFile(join(folder, "model.json"), "utf8"));
console.log(`
Claims of ${model.rows} classes of policyholders: ${model.family} regression, link ${model.link}

${coefficientTable(model)}

Deviance ${model.deviance.toFixed(8)} on ${model.degreesOfFreedom} degrees of freedom, AIC ${model.aic?.toFixed(6)}
The model lies in ${relative(process.cwd(), folder) || "."}: model.json, metrics.json, coefficients.csv, coefficients.svg
${await whereToLook(job.mlflowRun)}
The same job on AWS, with the image of examples/glm/container pushed to ECR; three lines of quickstart.mjs:
  imageUri: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/glm:1.0",
  role: "arn:aws:iam::123456789012:role/SageMakerRole",
  instanceType: "ml.m5.large",`);

/**
 * How the run is looked at in MLflow's UI. The page of one on a server was told by `fit()`.
 *
 * @param {import("sagemaker-estimator").JobMlflowRun | undefined} run
 * @returns {Promise<string>}
 */
async function whereToLook(run) {
  if (!run?.trackingUri.startsWith("file:")) return "";
  const { info } = await new MlflowClient({ trackingUri: run.trackingUri }).getRun(run.runId);
  const folder = relative(process.cwd(), fileURLToPath(run.trackingUri));
  return `
The run lies in ${folder}: parameters, deviance and AIC by iteration, the coefficients and their plot.
To look at it, with MLflow (pip install mlflow):
  MLFLOW_ALLOW_FILE_STORE=true mlflow ui --backend-store-uri ${folder}
or from a database, into which MLflow moves the folder:
  mlflow migrate-filestore --source ${folder} --target sqlite:///mlflow.db
  mlflow ui --backend-store-uri sqlite:///mlflow.db
and then http://127.0.0.1:5000/#/experiments/${info.experimentId}/runs/${info.runId}?workflowType=machine_learning
`;
}
