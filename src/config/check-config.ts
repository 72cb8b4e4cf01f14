/** What is wrong with a configuration: every unknown key and wrong type, by its path. Pure. */

import {
  CONFIG_KEYS,
  type ConfigLeaf,
  type ConfigMembers,
  type ConfigShape,
  READ_KEYS,
  REQUIRED_MEMBERS,
} from "./config-keys.ts";
import { isMapping } from "./merge-config.ts";

/** One thing that is wrong. */
export interface ConfigProblem {
  /** `SageMaker.TrainingJob.Tags[0].Key`; empty for the whole. */
  readonly path: string;
  /** What is wrong. Never a value: environment variables stand in these files. */
  readonly message: string;
  /** What to do. */
  readonly hint?: string;
}

/** The one version there is. */
const SCHEMA_VERSION = "1.0";
/** A bucket's name, as the Python SDK's schema has it. */
const BUCKET = /^[a-z0-9][.\-a-z0-9]{1,61}[a-z0-9]$/;

/**
 * Checks a configuration against the Python SDK's schema.
 *
 * @param config - as it was parsed or given
 * @param needsVersion - `SchemaVersion` must be there
 */
export function configProblems(config: unknown, needsVersion: boolean): ConfigProblem[] {
  if (!isMapping(config)) {
    return [{ path: "", message: `Keys with values are expected, not ${nameOf(config)}.` }];
  }
  const problems = [...membersProblems(config, CONFIG_KEYS, "")];
  if (needsVersion && config["SchemaVersion"] === undefined) {
    problems.unshift({
      path: "SchemaVersion",
      message: "It is required.",
      hint: `Write SchemaVersion: "${SCHEMA_VERSION}" at the top.`,
    });
  }
  return problems;
}

/**
 * The keys that are known and that only the Python SDK reads, each as the highest one of which nothing is read here.
 *
 * @param config - without problems
 */
export function unreadKeys(config: unknown): string[] {
  return [...unread(config, [])];
}

function* unread(value: unknown, path: readonly string[]): Generator<string> {
  if (!isMapping(value)) {
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    const here = [...path, name];
    if (READ_KEYS.some((key) => startsWith(key, here))) {
      if (!READ_KEYS.some((key) => startsWith(here, key))) {
        yield* unread(member, here);
      }
    } else {
      yield here.join(".");
    }
  }
}

function startsWith(path: readonly string[], beginning: readonly string[]): boolean {
  return beginning.every((name, index) => path[index] === name);
}

function* problemsOf(value: unknown, shape: ConfigShape, path: string): Generator<ConfigProblem> {
  if (typeof shape === "string") {
    yield* leafProblems(value, shape, path);
  } else if (isListShape(shape)) {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) {
        yield* problemsOf(item, shape[0], `${path}[${index}]`);
      }
    } else {
      yield { path, message: `A list is expected, not ${nameOf(value)}.` };
    }
  } else if (isMapping(value)) {
    yield* membersProblems(value, shape, path);
  } else {
    yield {
      path,
      message: `Keys with values are expected, not ${nameOf(value)}.`,
      ...(value === null && { hint: "Write something below it, or leave the key out." }),
    };
  }
}

function* membersProblems(
  value: Readonly<Record<string, unknown>>,
  shape: ConfigMembers,
  path: string,
): Generator<ConfigProblem> {
  for (const [name, member] of Object.entries(value)) {
    const here = path === "" ? name : `${path}.${name}`;
    const expected = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (expected === undefined) {
      yield {
        path: here,
        message: "The schema has no such key.",
        hint: `Known there: ${Object.keys(shape).join(", ")}.`,
      };
    } else if (member !== undefined) {
      yield* problemsOf(member, expected, here);
    }
  }
  for (const name of REQUIRED_MEMBERS.get(shape) ?? []) {
    if (!Object.hasOwn(value, name)) {
      yield { path: `${path}.${name}`, message: "It is required." };
    }
  }
}

function* leafProblems(value: unknown, leaf: ConfigLeaf, path: string): Generator<ConfigProblem> {
  switch (leaf) {
    case "anything":
      return;
    case "boolean":
      if (typeof value !== "boolean") {
        yield { path, message: `true or false is expected, not ${nameOf(value)}.` };
      }
      return;
    case "strings":
      if (!isMapping(value)) {
        yield { path, message: `Names with texts are expected, not ${nameOf(value)}.` };
        return;
      }
      for (const [name, text] of Object.entries(value)) {
        yield* textProblems(text, `${path}.${name}`);
      }
      return;
    case "version":
      if (value !== SCHEMA_VERSION) {
        yield {
          path,
          message:
            typeof value === "string"
              ? "This version of the schema is not known."
              : `A text is expected, not ${nameOf(value)}.`,
          hint: `Write SchemaVersion: "${SCHEMA_VERSION}", with the quotes.`,
        };
      }
      return;
    case "bucket":
      if (typeof value === "string" && !BUCKET.test(value)) {
        yield {
          path,
          message: "It is no name of a bucket.",
          hint: "3 to 63 lower-case letters, digits, dots and hyphens; without s3://.",
        };
        return;
      }
      yield* textProblems(value, path);
      return;
    case "text":
      yield* textProblems(value, path);
  }
}

function* textProblems(value: unknown, path: string): Generator<ConfigProblem> {
  if (typeof value !== "string") {
    yield {
      path,
      message: `A text is expected, not ${nameOf(value)}.`,
      ...(isScalar(value) && { hint: "Write it in quotes." }),
    };
  }
}

function isScalar(value: unknown): boolean {
  return typeof value === "number" || typeof value === "boolean" || value instanceof Date;
}

function isListShape(
  shape: ConfigMembers | readonly [ConfigShape],
): shape is readonly [ConfigShape] {
  return Array.isArray(shape);
}

/** What a value is, in words of YAML. */
function nameOf(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  if (typeof value === "object") return "keys with values";
  return typeof value === "string" ? "a text" : `a ${typeof value}`;
}
