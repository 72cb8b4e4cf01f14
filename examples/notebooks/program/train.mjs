// @ts-check
/** Fits a logistic regression by gradient descent: what the notebooks train. Built-ins of Node.js only. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const base = process.env["SAGEMAKER_BASE_DIR"] ?? "/opt/ml";
const { learningRate, epochs } = JSON.parse(
  readFileSync(join(base, "input/config/hyperparameters.json"), "utf8"),
);
const [, ...lines] = readFileSync(join(base, "input/data/train/train.csv"), "utf8")
  .trim()
  .split("\n");
const rows = lines.map((line) => {
  const [x1 = 0, x2 = 0, label = 0] = line.split(",").map(Number);
  return { x: [1, x1, x2], label };
});

const weights = [0, 0, 0];
/** @param {readonly number[]} x */
const probability = (x) =>
  1 / (1 + Math.exp(-x.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), 0)));

for (let epoch = 1; epoch <= Number(epochs); epoch += 1) {
  const gradient = [0, 0, 0];
  let loss = 0;
  let right = 0;
  for (const { x, label } of rows) {
    const p = probability(x);
    loss -= Math.log(label === 1 ? p : 1 - p) / rows.length;
    right += Number(p > 0.5 === (label === 1));
    x.forEach((value, i) => {
      gradient[i] = (gradient[i] ?? 0) + ((p - label) * value) / rows.length;
    });
  }
  gradient.forEach((value, i) => {
    weights[i] = (weights[i] ?? 0) - Number(learningRate) * value;
  });
  console.log(
    `epoch=${epoch} loss=${loss.toFixed(4)} accuracy=${(right / rows.length).toFixed(3)}`,
  );
  await delay(50); // so that there is something to watch
}

writeFileSync(
  join(base, "model/model.json"),
  JSON.stringify({ weights: weights.map((weight) => Number(weight.toFixed(6))) }),
);
