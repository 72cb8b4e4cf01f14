/** Checks options for callers without types: unknown names and values of another kind are told, never lost. Pure. */

import type { Finding } from "../errors.ts";
import { DatasetInput, FileSystemInput, JsonInput, TrainingInput } from "../inputs.ts";
import type { FitOptions } from "./fit-options.ts";
import {
  DATASET_INPUT_KINDS,
  ESTIMATOR_KINDS,
  FILE_SYSTEM_INPUT_KINDS,
  FIT_KINDS,
  FRAMEWORK_NAMES,
  JSON_INPUT_KINDS,
  type Kind,
  LIST_KINDS,
  type OptionKinds,
  RECORD_KINDS,
  TRAINING_INPUT_KINDS,
} from "./option-kinds.ts";
import { nameFinding } from "./option-spelling.ts";
import type { EstimatorOptions } from "./options.ts";

const INPUT_KINDS = [
  [TrainingInput, TRAINING_INPUT_KINDS],
  [FileSystemInput, FILE_SYSTEM_INPUT_KINDS],
  [DatasetInput, DATASET_INPUT_KINDS],
  [JsonInput, JSON_INPUT_KINDS],
] as const;

/** Options that can be read, and what is wrong with the others, which were taken out. */
export interface CheckedOptions<T> {
  readonly options: T;
  readonly findings: readonly Finding[];
}

/**
 * An estimator's options without what is none: unknown names, values of another kind. `null` is Python's `None`: not given.
 *
 * @param given - as the caller gave them
 */
export function checkEstimatorOptions(given: EstimatorOptions): CheckedOptions<EstimatorOptions> {
  const also = given.framework ? FRAMEWORK_NAMES : [];
  return checkRecord(given, ESTIMATOR_KINDS, { also, what: "The estimator" });
}

/**
 * The same for the options of `fit()` and `plan()`.
 *
 * @param given - as the caller gave them
 */
export function checkFitOptions(given: FitOptions): CheckedOptions<FitOptions> {
  return checkRecord(given ?? {}, FIT_KINDS, { also: [], what: "fit()" });
}

function checkRecord<T extends object>(
  given: T,
  kinds: OptionKinds,
  { also, what }: { readonly also: readonly string[]; readonly what: string },
): CheckedOptions<T> {
  const findings: Finding[] = [];
  const entries: [string, unknown][] = [];
  for (const [name, value] of Object.entries(given)) {
    if (value === null || also.includes(name)) {
      continue;
    }
    const wrong = value === undefined ? [] : optionFindings(name, value, kinds, what);
    findings.push(...wrong);
    if (wrong.length === 0 && value !== undefined) {
      entries.push([name, value]);
    }
  }
  return { options: Object.fromEntries(entries) as T, findings };
}

function optionFindings(name: string, value: unknown, kinds: OptionKinds, what: string): Finding[] {
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (kind === undefined) {
    return [nameFinding(name, name, Object.keys(kinds), what)];
  }
  if (!isOfKind(value, kind)) {
    return [kindFinding(name, value, kind)];
  }
  const members = RECORD_KINDS[name];
  if (members !== undefined && isRecord(value)) {
    return memberFindings(name, value, members);
  }
  if (Object.hasOwn(LIST_KINDS, name)) {
    return (value as readonly unknown[]).flatMap((item, index) =>
      // A fallback may be an instance type alone.
      name === "capacityFallbacks" && typeof item === "string"
        ? []
        : itemFindings(`${name}[${index}]`, item, LIST_KINDS[name]),
    );
  }
  if (name === "tags" && !isRecord(value)) {
    const isList = Array.isArray(value) && value.every(isRecord);
    return isList ? [] : [told(name, "A record, or a list of { Key, Value }, is expected", value)];
  }
  return [];
}

function itemFindings(path: string, item: unknown, members: OptionKinds | undefined): Finding[] {
  if (!isRecord(item)) {
    return [kindFinding(path, item, "record")];
  }
  return members === undefined ? [] : memberFindings(path, item, members);
}

function memberFindings(path: string, value: object, members: OptionKinds): Finding[] {
  return Object.entries(value).flatMap(([name, member]): Finding[] => {
    const kind = Object.hasOwn(members, name) ? members[name] : undefined;
    if (kind === undefined) {
      return [nameFinding(`${path}.${name}`, name, Object.keys(members), path)];
    }
    const isGiven = member !== undefined && member !== null;
    return isGiven && !isOfKind(member, kind) ? [kindFinding(`${path}.${name}`, member, kind)] : [];
  });
}

/**
 * The same for the options of an input, of whichever class it is.
 *
 * @param path - the channel: `inputs.train`
 * @param input - the input
 */
export function inputOptionFindings(path: string, input: unknown): Finding[] {
  for (const [type, kinds] of INPUT_KINDS) {
    if (input instanceof type) {
      return memberFindings(path, input.options, kinds);
    }
  }
  return [];
}

function isOfKind(value: unknown, kind: Kind): boolean {
  if (typeof kind !== "string") {
    return kind.includes(value);
  }
  switch (kind) {
    case "any":
      return true;
    case "list":
      return Array.isArray(value);
    case "record":
      return isRecord(value);
    default:
      return typeof value === kind;
  }
}

function isRecord(value: unknown): value is object {
  const isCollection = Array.isArray(value) || value instanceof Map || value instanceof Set;
  return typeof value === "object" && value !== null && !isCollection;
}

function kindFinding(path: string, value: unknown, kind: Kind): Finding {
  return typeof kind === "string"
    ? told(path, `A ${kind} is expected`, value)
    : told(path, `One of ${kind.map(String).join(", ")} is expected`, value);
}

function told(path: string, expected: string, value: unknown): Finding {
  const article = (word: string): string => `${/^[aeiou]/i.test(word) ? "an" : "a"} ${word}`;
  const found =
    value === null || value === undefined
      ? String(value)
      : article(Array.isArray(value) ? "list" : isRecord(value) ? "record" : wordOf(value));
  const isWord = expected.startsWith("One of") && typeof value === "string" && value.length < 40;
  return {
    severity: "error",
    path,
    message: `${expected}, not ${isWord ? `'${value}'` : found}.`,
  };
}

function wordOf(value: unknown): string {
  return typeof value === "object" ? (value?.constructor?.name ?? "object") : typeof value;
}
