/** Values of parameters and tags: MLflow has texts, and callers without types have anything. */

import type { Tag } from "./entities.ts";
import { invalid } from "./mlflow-error.ts";

/** What has one text that everybody expects. */
const TAKEN: readonly string[] = ["string", "number", "boolean", "bigint"];

/**
 * What is wrong with a value, in words; `undefined` when nothing is.
 *
 * @param value - of a parameter or a tag
 */
export function valueProblem(value: unknown): string | undefined {
  if (TAKEN.includes(typeof value)) {
    return undefined;
  }
  const kind = value === null || value === undefined ? String(value) : `of type ${typeof value}`;
  return `has a value that is ${kind}: give a text, a number or a boolean, JSON.stringify(…) of the rest.`;
}

/**
 * Tags of texts.
 *
 * @param tags - by their keys, as the caller gave them
 * @throws MlflowError `INVALID_PARAMETER_VALUE` with each key whose value is none
 */
export function tagList(tags: Readonly<Record<string, unknown>> = {}): Tag[] {
  const problems = Object.entries(tags).flatMap(([key, value]) => {
    const problem = valueProblem(value);
    return problem === undefined ? [] : [`the tag ${key} ${problem}`];
  });
  if (problems.length > 0) {
    throw invalid(`Nothing was sent: ${problems.join(" ")}`);
  }
  return Object.entries(tags).map(([key, value]) => ({ key, value: String(value) }));
}

/** One tag. @throws MlflowError as {@link tagList} does */
export function tagOf(key: string, value: unknown): Tag {
  const [tag] = tagList({ [key]: value });
  return tag as Tag;
}
