/** What would be run, as a value: the request, the uploads, everything that is wrong, the most it can cost. Nothing is changed anywhere. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Estimator, JsonInput, Session, ValidationError } from "sagemaker-estimator";

await mkdir("data", { recursive: true });
await writeFile("data/train.csv", "x,y\n1,2\n");

const options = { imageUri: join(import.meta.dirname, "program"), instanceType: "local" };
const inputs = { train: "data", config: new JsonInput({ target: "y" }) };

const plan = await new Estimator({ ...options, maxRun: 3600 }).plan(inputs);
console.log(String(plan));
console.log(JSON.stringify(plan.request, undefined, 2));

// On AWS a plan also looks at role, image, buckets and quota, and asks for the price; here nothing is asked of anybody.
const onAws = new Estimator({
  imageUri: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/glm:1.4.0",
  role: "arn:aws:iam::123456789012:role/SageMakerRole",
  instanceType: "ml.m5.xlarge",
  instanceCount: 2,
  maxRun: 4 * 3600,
  keepAlivePeriodInSeconds: 1800,
  outputPath: "s3://my-bucket/models",
  session: new Session({ region: "eu-west-1" }),
});
const { costCeiling } = await onAws.plan("s3://my-bucket/train/", {
  preflight: "offline",
  pricePerHourUsd: 0.257,
});
console.log(`At most $${costCeiling.amountUsd?.toFixed(2)}: ${costCeiling.explanation}`);

// The same findings stop a fit(), all of them at once and before anything is uploaded.
const wrong = new Estimator({ ...options, maxRun: 0, environment: { NOTE: "x".repeat(600) } });
try {
  await wrong.fit({ ...inputs, "no such": "data/missing.csv" });
} catch (error) {
  if (!ValidationError.isInstance(error)) throw error;
  for (const { path, message, hint = "" } of error.findings) console.log(path, message, hint);
}
