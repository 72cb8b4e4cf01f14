/** What is wrong with what is to be logged, before anybody is asked (pure). */

import type { LogBatch, Tag } from "./entities.ts";
import { keyProblem } from "./entry-key.ts";
import { valueProblem } from "./entry-value.ts";
import { MlflowError } from "./mlflow-error.ts";

/**
 * What is to be logged, for callers without types too.
 *
 * @param batch - as given
 * @returns the same, with the values of parameters and tags as texts
 * @throws MlflowError with all that is wrong: servers drop what they cannot read without a word
 */
export function checkBatch({ metrics = [], params = [], tags = [] }: LogBatch): LogBatch {
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
  for (const [what, entries] of [
    ["parameter", params],
    ["tag", tags],
  ] as const) {
    for (const { key, value } of entries) {
      const problem = valueProblem(value);
      if (problem !== undefined) problems.push(`the ${what} ${key} ${problem}`);
    }
  }
  if (problems.length > 0) {
    throw new MlflowError("INVALID_PARAMETER_VALUE", `Nothing was logged: ${problems.join(" ")}`);
  }
  return { metrics, params: params.map(asText), tags: tags.map(asText) };
}

function asText(entry: Tag): Tag {
  return typeof entry.value === "string" ? entry : { ...entry, value: String(entry.value) };
}
