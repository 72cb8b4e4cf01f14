/** An independent reading of the service's model, botocore's: what it refuses is an error here at the right option, and nothing else is. */

import fc from "fast-check";
import { describe, expect } from "vitest";
import type { Finding } from "../../src/errors.ts";
import { CREATE_TRAINING_JOB } from "../../src/training/create-training-job.model.ts";
import { inputsOf, LEAST, type OptionSet, optionSets } from "../helpers/option-sets.ts";
import { type PlanCase, planOf } from "../helpers/plan-case.ts";
import { askPython } from "./ask-python.ts";
import { installed, lacking } from "./installed.ts";
import { DEBUG_LIMITS } from "./limits/debug.ts";
import { INPUT_LIMITS } from "./limits/input.ts";
import { JOB_LIMITS } from "./limits/job.ts";
import { PLACE_LIMITS } from "./limits/place.ts";
import { SERVICE_LIMITS } from "./limits/service.ts";
import type { Limit } from "./limits/values.ts";
import { startUnless, testWith } from "./needs.ts";

const PYTHON = installed("python/bin/python");
const reason = lacking(PYTHON);

/** What botocore says of one request. */
interface Judgement {
  readonly refused: string | null;
  readonly breaches: readonly string[];
}

/** A request, what we say of it, and what botocore does. */
interface Judged extends Judgement {
  readonly request: unknown;
  /** The paths of our errors. */
  readonly errors: readonly string[];
}

const LIMITS = [
  ...JOB_LIMITS,
  ...PLACE_LIMITS,
  ...INPUT_LIMITS,
  ...DEBUG_LIMITS,
  ...SERVICE_LIMITS,
];
const sets = fc.sample(optionSets("all"), { numRuns: 300, seed: 20_260_102 });
const limits = LIMITS.flatMap((limit) => limit.values.map((value) => ({ limit, value })));
const combinations = fc.sample(fc.subarray([...LIMITS], { minLength: 2, maxLength: 6 }), {
  numRuns: 150,
  seed: 20_260_103,
});

describe("botocore", () => {
  let model: unknown;
  let judgedSets: Judged[] = [];
  let judgedLimits: Judged[] = [];

  startUnless(reason, async () => {
    [{ model } = { model: undefined }] = await askPython<{ model: unknown }>(
      PYTHON,
      "service_model.py",
      [{ model: true }],
    );
    const cases = [...sets.map(caseOf), ...limits.map(({ limit, value }) => given(limit, value))];
    const judged = await judge(cases, [...sets.map(() => undefined), ...limits]);
    judgedSets = judged.slice(0, sets.length);
    judgedLimits = judged.slice(sets.length);
  });

  testWith(reason, "has the same model of CreateTrainingJob, member by member", () => {
    expect(plain(CREATE_TRAINING_JOB)).toEqual(plain(model));
  });

  testWith(reason, `accepts what is made of ${sets.length} good option sets`, () => {
    const faults = judgedSets.filter(
      ({ refused, breaches, errors }) =>
        refused !== null || breaches.length > 0 || errors.length > 0,
    );

    expect(faults).toEqual([]);
  });

  for (const limit of LIMITS) {
    testWith(reason, `and we agree on ${shortened(limit.path)}`, () => {
      for (const [index, one] of limits.entries()) {
        if (one.limit !== limit) continue;
        const judged = judgedLimits[index] as Judged;
        const what = JSON.stringify({ value: one.value, ...judged }).slice(0, 2000);
        const isRefused = judged.refused !== null || judged.breaches.length > 0;

        expect(judged.errors.length > 0, what).toBe(isRefused);
        for (const path of judged.errors) expect(path, what).toBe(limit.path);
        for (const member of judged.breaches) expect(member, what).toBe(limit.member);
      }
    });
  }

  testWith(reason, "all that it refuses is told at once", async () => {
    for (const chosen of combinations) {
      let all: PlanCase = {};
      const expected = new Set<string>();
      for (const limit of chosen) {
        const index = limits.findIndex(
          (one, at) => one.limit === limit && (judgedLimits[at]?.errors.length ?? 0) > 0,
        );
        const more = index === -1 ? undefined : merged(all, given(limit, limits[index]?.value));
        if (more === undefined) continue;
        all = more;
        expected.add(limit.path);
      }
      const { findings } = await planOf(all);
      const errors = findings.filter(({ severity }) => severity === "error");

      // Rules on options that exclude each other may add to it.
      expect(errors.map(({ path }) => path)).toEqual(expect.arrayContaining([...expected]));
    }
  });
});

/** Plans each case and has botocore look at its request as it would go over the wire. */
async function judge(
  cases: readonly PlanCase[],
  tried: readonly ((typeof limits)[number] | undefined)[],
): Promise<Judged[]> {
  const plans = [];
  for (const [index, one] of cases.entries()) {
    const { request, findings } = await planOf(one);
    plans.push({ request: withMisgiven(request, findings, tried[index]), findings });
  }
  const judgements = await askPython<Judgement>(
    PYTHON,
    "service_model.py",
    plans.map(({ request }) => ({ request })),
  );
  return plans.map(({ request, findings }, index) => ({
    request,
    errors: findings.filter(({ severity }) => severity === "error").map(({ path }) => path),
    ...(judgements[index] as Judgement),
  }));
}

/** A value of another kind than the option's never gets into our request: botocore is to see it all the same. */
function withMisgiven(
  request: object,
  findings: readonly Finding[],
  tried: (typeof limits)[number] | undefined,
): object {
  const isMisgiven = findings.some(
    ({ path, message }) => path === tried?.limit.path && / is expected, not /.test(message),
  );
  if (tried === undefined || !isMisgiven) return request;
  const names = tried.limit.member.split(".");
  const whole = structuredClone(request) as Record<string, unknown>;
  let place = whole;
  for (const name of names.slice(0, -1)) {
    place[name] ??= {};
    place = place[name] as Record<string, unknown>;
  }
  place[names.at(-1) ?? ""] = tried.value;
  return whole;
}

function caseOf({ options, inputs, experimentConfig }: OptionSet): PlanCase {
  const absent = Object.fromEntries(Object.keys(LEAST).map((name) => [name, undefined]));
  return {
    options: { ...absent, ...options },
    inputs: inputsOf(inputs),
    fit: { jobName: "jobname", ...(experimentConfig && { experimentConfig }) },
  };
}

function given(limit: Limit, value: unknown): PlanCase {
  return limit.given?.(value) ?? { options: { [limit.path]: value } };
}

/** Both cases in one, unless they speak of the same things. */
function merged(a: PlanCase, b: PlanCase): PlanCase | undefined {
  const names = Object.keys(b.options ?? {});
  const isSame =
    names.some((name) => Object.hasOwn(a.options ?? {}, name)) ||
    (a.inputs !== undefined && b.inputs !== undefined) ||
    (a.fit !== undefined && b.fit !== undefined);
  // One that takes the image or the instances away speaks of them.
  return isSame ? undefined : { ...a, ...b, options: { ...a.options, ...b.options } };
}

/** A model without what says nothing (a least length of 0, no required members), its lists in order. */
function plain(shape: unknown): unknown {
  if (Array.isArray(shape))
    return shape.map(plain).toSorted((a, b) => (String(a) < String(b) ? -1 : 1));
  if (typeof shape !== "object" || shape === null) return shape;
  const { type, min, required, secret: _, ...rest } = shape as Record<string, unknown>;
  const isNumber = type === "integer" || type === "long";
  const more = {
    ...rest,
    ...(type !== undefined && { type }),
    ...(min === undefined || (min === 0 && !isNumber) ? {} : { min }),
    ...(Array.isArray(required) && required.length > 0 && { required }),
  };
  return Object.fromEntries(Object.entries(more).map(([name, value]) => [name, plain(value)]));
}

function shortened(path: string): string {
  return path.length > 80 ? `${path.slice(0, 60)}… (${path.length} characters)` : path;
}
