/** Hyperparameters that a schema types, checks and completes, before anything is uploaded or started. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Estimator, ValidationError } from "sagemaker-estimator";
import { z } from "zod";

await mkdir("data", { recursive: true });
await writeFile("data/train.csv", "x,y\n1,2\n");

const estimator = new Estimator({
  imageUri: join(import.meta.dirname, "program"),
  instanceType: "local",
  hyperparameterSchema: z.object({
    learningRate: z.number().positive(),
    epochs: z.number().int().min(1).default(3),
    layers: z.array(z.number().int().positive()).default([64, 32]),
    optimizer: z.enum(["sgd", "adam"]).default("adam"),
  }),
  // What has a default may be left out; anything else that is missing or misspelt does not compile.
  hyperparameters: { learningRate: 0.1 },
});

const job = await estimator.fit("data", { logs: "None" });
const { HyperParameters } = await job.describe();
console.log(HyperParameters);

// What a type cannot say is told when the plan is made, all of it at once.
estimator.setHyperparameters({ learningRate: -1, layers: [64, 0] });
try {
  await estimator.fit("data");
} catch (error) {
  if (!ValidationError.isInstance(error)) throw error;
  for (const { path, message } of error.findings) console.log(`${path}: ${message}`);
}
