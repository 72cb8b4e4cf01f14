/** A run that was trained before is found again; what tells two runs apart; a run repeated from its record. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { diffRuns, Estimator } from "sagemaker-estimator";
import { LocalCloud } from "sagemaker-estimator/local";

await mkdir("data", { recursive: true });
await writeFile("data/train.csv", "x,y\n1,2\n");

const session = new LocalCloud().session();
const options = {
  imageUri: join(import.meta.dirname, "program"),
  instanceType: "local",
  session,
  hyperparameters: { epochs: 2 },
};
const inputs = { train: "data" };

const first = await new Estimator(options).fit(inputs, { logs: "None", reuse: true });
const again = await new Estimator(options).fit(inputs, { logs: "None", reuse: true });
console.log(`${again.name}: reused ${again.reused}`);
if (again.name !== first.name) throw new Error("The run was not found again.");

// Other data: this one is trained.
await writeFile("data/train.csv", "x,y\n1,3\n");
const second = await new Estimator(options).fit(inputs, { logs: "None", reuse: true });
if (second.reused) throw new Error("Other data are another run.");
console.log(String(diffRuns(await first.runRecord(), await second.runRecord())));

// The first run once more, from its record alone: on the data that it had.
const record = await first.runRecord();
const repeated = await Estimator.fromRun(record, { session });
const third = await repeated.fit(undefined, { logs: "None" });
const { digest } = await third.runRecord();
console.log(digest.value === record.digest.value);
