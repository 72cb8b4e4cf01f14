/** Checks options for callers without types: unknown names and values of another kind are told, never lost. Pure. */

import type { Finding } from "../errors.ts";
import {
  DatasetInput,
  FileSystemInput,
  type FitInput,
  type FitInputs,
  isInput,
  JsonInput,
  namedInputs,
  TrainingInput,
} from "../inputs.ts";
import { conform, conformOptions } from "./conform.ts";
import type { FitOptions } from "./fit-options.ts";
import { jsonFault } from "./hyperparameters.ts";
import {
  DATASET_INPUT_KINDS,
  ESTIMATOR_KINDS,
  FILE_SYSTEM_INPUT_KINDS,
  FIT_KINDS,
  FRAMEWORK_KINDS,
  JSON_INPUT_KINDS,
  TRAINING_INPUT_KINDS,
} from "./option-kinds.ts";
import type { EstimatorOptions, RequestOverrides } from "./options.ts";

const INPUT_KINDS = [
  [TrainingInput, TRAINING_INPUT_KINDS],
  [FileSystemInput, FILE_SYSTEM_INPUT_KINDS],
  [DatasetInput, DATASET_INPUT_KINDS],
  [JsonInput, JSON_INPUT_KINDS],
] as const;

/** What can be read of what was given, and what is wrong with the rest, which was taken out. */
export interface Checked<T> {
  readonly value: T;
  readonly findings: readonly Finding[];
}

/**
 * An estimator's options without what is none: unknown names, values of another kind. `null` is Python's `None`: not given.
 *
 * @param given - as the caller gave them
 */
export function checkEstimatorOptions(given: EstimatorOptions): Checked<EstimatorOptions> {
  const members = given?.framework ? { ...ESTIMATOR_KINDS, ...FRAMEWORK_KINDS } : ESTIMATOR_KINDS;
  const { value, findings } = conformOptions<EstimatorOptions>(given, members, "The estimator");
  if (value.overrides === undefined) {
    return { value, findings };
  }
  const overrides = checkOverrides(value.overrides);
  return {
    value: { ...value, overrides: overrides.value },
    findings: [...findings, ...overrides.findings],
  };
}

/** They go into the request as they are: what JSON cannot carry would be lost on the way. */
function checkOverrides(given: RequestOverrides): Checked<RequestOverrides> {
  const findings: Finding[] = [];
  const entries = Object.entries(given).flatMap(([name, value]): [string, unknown][] => {
    const fault = jsonFault(value);
    if (fault !== undefined) {
      const message = `JSON cannot carry ${fault}.`;
      findings.push({ severity: "error", path: `overrides.${name}`, message });
      return [];
    }
    return value === undefined ? [] : [[name, JSON.parse(JSON.stringify(value))]];
  });
  return { value: Object.fromEntries(entries), findings };
}

/**
 * The same for the options of `fit()` and `plan()`.
 *
 * @param given - as the caller gave them
 */
export function checkFitOptions(given: FitOptions): Checked<FitOptions> {
  const checked = conformOptions<FitOptions>(given, FIT_KINDS, "fit()");
  const { pollIntervalMs } = checked.value;
  if (pollIntervalMs === undefined || pollIntervalMs > 0) {
    return checked;
  }
  const message = `${pollIntervalMs} is given: more than 0 is needed.`;
  const hint = "Give milliseconds, or leave it out.";
  const refused: Finding = { severity: "error", path: "pollIntervalMs", message, hint };
  return { ...checked, findings: [...checked.findings, refused] };
}

/**
 * The same for the options of inputs, of whichever class they are.
 *
 * @param given - as the caller gave them
 */
export function checkInputs(given: FitInputs | undefined): Checked<FitInputs | undefined> {
  const findings: Finding[] = [];
  const inputs = namedInputs(given).map(([name, input]): [string, FitInput] => {
    const checked = checkInput(`inputs.${name}`, input);
    findings.push(...checked.findings);
    return [name, checked.value];
  });
  const [[, lone] = []] = inputs;
  return {
    value:
      given === undefined || given === null || isInput(given) ? lone : Object.fromEntries(inputs),
    findings,
  };
}

function checkInput(path: string, input: FitInput): Checked<FitInput> {
  const [, kinds] = INPUT_KINDS.find(([type]) => input instanceof type) ?? [];
  if (kinds === undefined) {
    return { value: input, findings: [] };
  }
  const { options } = input as { readonly options?: unknown };
  const checked = conform(options ?? {}, { members: kinds }, path, path);
  const findings = [...checked.findings];
  const fields: Record<string, unknown> = { options: checked.value ?? {} };
  for (const name of ["s3Data", "datasetArn"] as const) {
    const place = `${path}.${name}`;
    const given: unknown = Reflect.get(input as object, name);
    if (Object.hasOwn(input as object, name) && typeof given !== "string") {
      findings.push(...conform(given, "string", place, place).findings);
      fields[name] = "";
    }
  }
  const copy: FitInput = Object.create(Object.getPrototypeOf(input));
  return { value: Object.assign(copy, input, fields), findings };
}

/**
 * Whether it is news, or follows from what was taken out: what stood there is missing, and what it stood in is not whole.
 *
 * @param finding - of the rest
 * @param taken - what was told of what was taken out
 */
export function isNews({ path }: Finding, taken: readonly Finding[]): boolean {
  return !taken.some((told) => isWithin(path, told.path) || isWithin(told.path, path));
}

/** Whether the first path is the second, or leads on from it. */
function isWithin(path: string, outer: string): boolean {
  return path.startsWith(outer) && /^(?:[.[]|$)/.test(path.slice(outer.length));
}
