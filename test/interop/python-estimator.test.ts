/** The Python Estimator and ours, given the same options: the same CreateTrainingJob request, but for the differences named here. */

import fc from "fast-check";
import { afterAll, describe, expect } from "vitest";
import { edgeSets } from "../helpers/edge-sets.ts";
import { inputsOf, LEAST, type OptionSet, optionSets } from "../helpers/option-sets.ts";
import { planOf } from "../helpers/plan-case.ts";
import { askPython } from "./ask-python.ts";
import { installed, lacking } from "./installed.ts";
import { startUnless, testWith } from "./needs.ts";

const PYTHON = installed("sagemaker-sdk/bin/python");
const reason = lacking(PYTHON);

type Json = Record<string, unknown>;

interface Answer {
  /** What Python would send. */
  readonly request?: Json;
  /** What it raised. */
  readonly error?: string;
}

/** One set, and what either makes of it. */
interface Pair {
  readonly set: OptionSet;
  readonly python: Json;
  readonly ours: Json;
}

/** Differences that are meant. Each is taken out of both requests, and says whether it was there. */
const DIFFERENCES: Readonly<Record<string, (pair: Pair) => boolean>> = {
  "Python turns the debugger's hook on; here it is off unless it, or a rule of it, is asked for": ({
    set: { options },
    python,
  }) => {
    const { debuggerHookConfig, rules = [] } = options;
    const isAsked = debuggerHookConfig ?? rules.some(({ kind }) => kind === "debugger");
    return isAsked === false && take(python, "DebugHookConfig") !== undefined;
  },
  "Python says something of the profiler; here only what was asked for is said": ({
    set: { options },
    python,
  }) => {
    const { profilerConfig, disableProfiler, rules = [] } = options;
    const isAsked =
      profilerConfig !== undefined ||
      disableProfiler === true ||
      rules.some(({ kind }) => kind === "profiler");
    return !isAsked && take(python, "ProfilerConfig") !== undefined;
  },
  "Python sends empty lists and maps; here they are left out": ({ python }) =>
    [
      takeEmpty(python, "Tags"),
      takeEmpty(python, "Environment"),
      takeEmpty(python, "InputDataConfig"),
      takeEmpty(python["AlgorithmSpecification"] as Json, "MetricDefinitions"),
    ].includes(true),
  "Python writes hyperparameters as its str() does; here all but strings are JSON": ({
    set,
    python,
    ours,
  }) => {
    let isThere = false;
    for (const [name, value] of Object.entries(set.options.hyperparameters ?? {})) {
      if (typeof value === "string" || typeof value === "number") continue;
      const theirs = take(python["HyperParameters"] as Json, name);
      const own = take(ours["HyperParameters"] as Json, name);
      expect(JSON.parse(String(own))).toEqual(value);
      isThere ||= theirs !== own;
    }
    return isThere;
  },
  "Python keeps the hook's collections in any order": ({ python, ours }) => {
    const [theirs, own] = [python, ours].map(
      ({ DebugHookConfig: hook }) => (hook as Json | undefined)?.["CollectionConfigurations"],
    ) as [Json[]?, Json[]?];
    if (theirs === undefined || own === undefined) return false;
    const before = JSON.stringify(theirs);
    for (const list of [theirs, own]) list.sort(byCollection);
    return JSON.stringify(theirs) !== before;
  },
};

/** What the Python Estimator itself refuses, and AWS does not. */
const PYTHON_REFUSES: Readonly<Record<string, (set: OptionSet) => boolean>> = {
  "cannot be False when disable_profiler is True": ({ options }) =>
    // It turns the profiler off on Trainium, and then finds that it is on.
    /^ml\.trn/.test(options.instanceType ?? ""),
  "ProfilerRule cannot be set when disable_profiler is True": ({ options }) =>
    /^ml\.trn/.test(options.instanceType ?? ""),
};

const edges = edgeSets();
const random = fc
  .sample(optionSets("python"), { numRuns: 400, seed: 20_260_101 })
  .map((set, index): [string, OptionSet] => [`set ${index} made at random`, set]);

describe("the Python Estimator and this one make the same request", () => {
  const seen = new Set<string>();
  const answers = new Map<string, Answer>();

  startUnless(reason, async () => {
    const sets = [...edges, ...random];
    const told = await askPython<Answer>(
      PYTHON,
      "estimator_requests.py",
      sets.map(([, set]) => set),
    );
    for (const [index, [name]] of sets.entries()) answers.set(name, told[index] ?? {});
  });

  const compare = async (name: string, set: OptionSet): Promise<void> => {
    const { request: python, error = "" } = answers.get(name) ?? {};
    const ours = await requestOf(set);
    const what = JSON.stringify({ set, error, python, ours }, undefined, 1);
    if (python === undefined) {
      const isMeant = Object.entries(PYTHON_REFUSES).some(
        ([words, applies]) => error.includes(words) && applies(set),
      );
      expect(isMeant, what).toBe(true);
      return;
    }
    for (const [difference, settle] of Object.entries(DIFFERENCES)) {
      if (settle({ set, python, ours })) seen.add(difference);
    }
    takeEmpty(python, "HyperParameters");
    takeEmpty(ours, "HyperParameters");
    expect(ours, what).toEqual(python);
  };

  for (const [name, set] of edges) {
    testWith(reason, `with ${name}`, () => compare(name, set));
  }

  testWith(reason, `with ${random.length} sets made at random`, async () => {
    for (const [name, set] of random) await compare(name, set);
  });

  testWith(reason, "and each difference that is named here is still there", () => {
    expect(seen).toEqual(new Set(Object.keys(DIFFERENCES)));
  });

  afterAll(() => answers.clear());
});

/** Ours, as it goes over the wire. Nothing is wrong with any set. */
async function requestOf({ options, inputs, experimentConfig }: OptionSet): Promise<Json> {
  const absent = Object.fromEntries(Object.keys(LEAST).map((name) => [name, undefined]));
  const { request, findings } = await planOf({
    options: { ...absent, ...options },
    inputs: inputsOf(inputs),
    fit: { jobName: "jobname", ...(experimentConfig !== undefined && { experimentConfig }) },
    session: { defaultBucket: "default-bucket" },
  });
  expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  return JSON.parse(JSON.stringify(request)) as Json;
}

function take(record: Json, name: string): unknown {
  const value = record[name];
  delete record[name];
  return value;
}

function takeEmpty(record: Json, name: string): boolean {
  const value = record[name];
  const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  if (isEmpty) delete record[name];
  return isEmpty;
}

function byCollection(a: Json, b: Json): number {
  return JSON.stringify(a).localeCompare(JSON.stringify(b));
}
