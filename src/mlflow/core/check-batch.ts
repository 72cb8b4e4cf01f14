/** What is wrong with what is to be logged, before anybody is asked (pure). */

import type { LogBatch } from "./entities.ts";
import { keyProblem } from "./entry-key.ts";
import { MlflowError } from "./mlflow-error.ts";

/** @throws MlflowError with all that is wrong: servers drop what they cannot read without a word */
export function checkBatch({ metrics = [], params = [], tags = [] }: LogBatch): void {
  const problems: string[] = [];
  for (const { key } of [...metrics, ...params, ...tags]) {
    const problem = keyProblem(key);
    if (problem !== undefined) problems.push(`the name ${JSON.stringify(key)} ${problem}`);
  }
  for (const { key, value, timestamp, step } of metrics) {
    if (typeof value !== "number")
      problems.push(`the metric ${key} is no number: ${typeof value}.`);
    if (!Number.isSafeInteger(Math.trunc(timestamp)) || !Number.isSafeInteger(Math.trunc(step))) {
      problems.push(`the metric ${key} has a time or a step that is no whole number.`);
    }
  }
  if (problems.length > 0) {
    throw new MlflowError("INVALID_PARAMETER_VALUE", `Nothing was logged: ${problems.join(" ")}`);
  }
}
