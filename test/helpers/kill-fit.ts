/**
 * A script with one `fit()` and the download of its model, as a user writes it, for tests that kill it or its job's runner:
 * `kill-fit.ts FOLDER JOB ENGINE`. It prints what became of it as one line of JSON.
 */

import { join } from "node:path";
import { Estimator, SageMakerError } from "../../src/index.ts";
import { LocalCloud, type LocalCloudOptions } from "../../src/local/index.ts";

const [folder = "", jobName = "", engine = "auto"] = process.argv.slice(2);
const cloud = new LocalCloud({
  root: join(folder, "root"),
  engine: engine as NonNullable<LocalCloudOptions["engine"]>,
  stopGraceSeconds: 1,
});
const session = cloud.session();
console.log("begins");
const estimator = new Estimator({
  ...{ imageUri: join(folder, "program"), instanceType: "local", session },
  ...(engine !== "process" && { checkpointS3Uri: `s3://checkpoints/${jobName}` }),
});
try {
  const job = await estimator.fit(join(folder, "data", jobName), { jobName, logs: false });
  await job.downloadModel(join(folder, "models", jobName));
  console.log(JSON.stringify({ status: "Completed" }));
} catch (error) {
  if (!SageMakerError.isInstance(error)) throw error;
  console.log(JSON.stringify({ status: "Failed", name: error.name, message: error.message }));
}
