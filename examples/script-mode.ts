/** Script mode: the program lies beside this script, and the image is nothing but what runs it. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { Estimator } from "sagemaker-estimator";
import { LocalCloud } from "sagemaker-estimator/local";

await mkdir("code/lib", { recursive: true });
await writeFile(
  "code/train.mjs",
  `import { readFileSync, writeFileSync } from "node:fs";
import { mean } from "./lib/mean.mjs";

// Hyperparameters come as arguments, folders as variables.
const [, , , digits] = process.argv;
const rows = readFileSync(process.env.SM_CHANNEL_TRAIN + "/train.csv", "utf8").trim().split("\\n").slice(1);
const model = { mean: Number(mean(rows.map(Number)).toFixed(digits)) };
console.log("mean=" + model.mean + ";");
writeFileSync(process.env.SM_MODEL_DIR + "/model.json", JSON.stringify(model));
`,
);
await writeFile(
  "code/lib/mean.mjs",
  "export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;\n",
);
// What is no code stays here.
await writeFile("code/.sagemakerignore", "*.md\n");
await writeFile("code/notes.md", "Think of a better model.\n");
await mkdir("data", { recursive: true });
await writeFile("data/train.csv", "claims\n1\n2\n6\n");

// Here "node:22" is this machine: any folder stands for it. On AWS it is an image in ECR that has Node.
await mkdir("image", { recursive: true });
const cloud = new LocalCloud({ images: { "node:22": "image" } });

const estimator = new Estimator({
  imageUri: "node:22",
  instanceType: "local",
  session: cloud.session(),
  sourceDir: "code",
  entryPoint: "train.mjs",
  hyperparameters: { digits: 2 },
  metricDefinitions: [{ Name: "mean", Regex: "mean=(.*?);" }],
});

console.log(String(await estimator.plan({ train: "data/train.csv" })));
const job = await estimator.fit({ train: "data/train.csv" });
await job.downloadModel("model");
console.log(await readFile("model/model.json", "utf8"));

// The same code is not uploaded again.
const { uploads } = await estimator.plan({ train: "data/train.csv" });
console.log(uploads.map(({ channel, present }) => `${channel}: ${present ? "there" : "new"}`));
