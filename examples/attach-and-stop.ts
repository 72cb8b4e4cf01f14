/** A job outlives whoever started it: start it, forget it, come back to it by its name, stop it, and keep what it has learned. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Estimator, TrainingJob } from "sagemaker-estimator";
import { LocalCloud } from "sagemaker-estimator/local";

const estimator = new Estimator({
  imageUri: join(import.meta.dirname, "program"),
  instanceType: "local",
  environment: { STEPS: "100000" }, // hours
});
const { name } = await estimator.fit(undefined, { wait: false });
console.log(`Started ${name}`);

// Another process could do this, tomorrow. On AWS: TrainingJob.attach(name).
const job = await TrainingJob.attach(name, { session: new LocalCloud().session() });
for await (const { text } of job.logs()) {
  console.log(text);
  if (text.startsWith("step=10;")) break;
}

// SIGTERM, and SIGKILL if the program does not heed it within 120 seconds.
await job.stop({ wait: true });
const result = await job.wait({ logs: false });
console.log(`${result.status}: ${result.stopReason}`);

await job.downloadModel("model");
console.log("Came to step", await readFile("model/steps.txt", "utf8"));
