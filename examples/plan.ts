/** What would be run, as a value: the request, the uploads, everything that is wrong. Nothing is changed anywhere. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Estimator, JsonInput, ValidationError } from "sagemaker-estimator";

await mkdir("data", { recursive: true });
await writeFile("data/train.csv", "x,y\n1,2\n");

const options = { imageUri: join(import.meta.dirname, "program"), instanceType: "local" };
const inputs = { train: "data", config: new JsonInput({ target: "y" }) };

const plan = await new Estimator({ ...options, maxRun: 3600 }).plan(inputs);
console.log(String(plan));
console.log(JSON.stringify(plan.request, undefined, 2));

// The same findings stop a fit(), all of them at once and before anything is uploaded.
const wrong = new Estimator({ ...options, maxRun: 0, environment: { NOTE: "x".repeat(600) } });
try {
  await wrong.fit({ ...inputs, "no such": "data/missing.csv" });
} catch (error) {
  if (!ValidationError.isInstance(error)) throw error;
  for (const { path, message, hint = "" } of error.findings) console.log(path, message, hint);
}
