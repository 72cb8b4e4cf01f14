import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  normalQuantile,
  normalUpperTail,
  studentTwoSided,
  studentUpperQuantile,
} from "../../../examples/glm/container/lib/distributions.mjs";
import { type Figures, type Fit, fitGlm } from "../../../examples/glm/container/lib/glm.mjs";
import { logGamma } from "../../../examples/glm/container/lib/log-gamma.mjs";
import { prepare } from "../../../examples/glm/container/lib/preparation.mjs";
import { readCsvFiles } from "../../../examples/glm/container/lib/table.mjs";

/** What R says of a model; made by .ci/reference/glm. */
interface Reference {
  readonly name: string;
  readonly data: string;
  readonly config: object;
  readonly expected: {
    readonly coefficients: readonly {
      readonly name: string;
      readonly estimate: number;
      readonly standardError: number | null;
      readonly statistic: number | null;
      readonly pValue: number | null;
      readonly atBound?: boolean;
    }[];
    readonly covariance?: readonly (readonly number[])[];
    readonly dispersion: number;
    readonly deviance: number;
    readonly nullDeviance?: number;
    readonly aic: number;
    readonly logLikelihood?: number;
    readonly degreesOfFreedom: number;
    readonly fitted?: readonly number[];
    /** After the first iterations. */
    readonly iterations?: readonly Figures[];
  };
}

function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}`, import.meta.url), "utf8")) as T;
}

async function fitReference(
  { data, config }: Reference,
  onIteration?: (iteration: number, figures: Figures) => void,
): Promise<Fit> {
  const path = fileURLToPath(new URL(`../../../${data}`, import.meta.url));
  const { problem, names } = prepare(config, await readCsvFiles([path]));
  const options = { maxIterations: 100, tolerance: 1e-8 };
  return fitGlm(problem, names, { ...options, ...(onIteration && { onIteration }) });
}

/** Agreement relative to the expected value, or within `floor` of it where it is near 0. */
function expectClose(
  actual: number | null,
  expected: number | null,
  relative: number,
  floor = 0,
): void {
  if (expected === null || actual === null) {
    expect(actual).toBe(expected);
    return;
  }
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(relative * Math.abs(expected) + floor);
}

describe("the figures of R's glm()", () => {
  const references = fixture<Reference[]>("fits.json");

  it("cover every family with each of its links", () => {
    const pairs = references.map(({ config }) => {
      const { family, link } = config as { family: string; link: string };
      return `${family} ${link}`;
    });

    expect([...new Set(pairs)].sort()).toEqual([
      "binomial cloglog",
      "binomial log",
      "binomial logit",
      "binomial probit",
      "gamma identity",
      "gamma inverse",
      "gamma log",
      "gaussian identity",
      "gaussian inverse",
      "gaussian log",
      "poisson identity",
      "poisson log",
      "poisson sqrt",
    ]);
  });

  it.each(references)("are met by $name", async (reference) => {
    const { expected } = reference;

    const told: Figures[] = [];
    const fit = await fitReference(reference, (_, figures) => void told.push(figures));

    expect(fit.converged).toBe(true);
    expect(fit.coefficients.map(({ name }) => name)).toEqual(
      expected.coefficients.map(({ name }) => name),
    );
    expected.coefficients.forEach((coefficient, j) => {
      const actual = fit.coefficients[j];
      const standardError = coefficient.standardError ?? 0;
      // An estimate near 0 is compared on the scale of its standard error.
      expectClose(actual?.estimate ?? null, coefficient.estimate, 1e-8, 1e-9 * standardError);
      expectClose(actual?.standardError ?? null, coefficient.standardError, 1e-8);
      expectClose(actual?.statistic ?? null, coefficient.statistic, 1e-8, 1e-8);
      expectClose(actual?.pValue ?? null, coefficient.pValue, 1e-6, 1e-300);
      expect(actual?.atBound).toBe(false);
    });
    fit.covariance.forEach((row, i) => {
      row.forEach((value, j) => {
        const scale =
          (expected.coefficients[i]?.standardError ?? 0) *
          (expected.coefficients[j]?.standardError ?? 0);
        expectClose(value, expected.covariance?.[i]?.[j] ?? null, 1e-8, 1e-8 * scale);
      });
    });
    expectClose(fit.dispersion, expected.dispersion, 1e-9);
    expectClose(fit.deviance, expected.deviance, 1e-11);
    expectClose(fit.nullDeviance, expected.nullDeviance ?? null, 1e-10);
    expectClose(fit.aic, expected.aic, 1e-11);
    expectClose(fit.logLikelihood, expected.logLikelihood ?? null, 1e-11);
    expect(fit.degreesOfFreedom).toBe(expected.degreesOfFreedom);
    expected.fitted?.forEach((mean, i) => {
      expectClose(fit.mu[i] ?? null, mean, 1e-8);
    });
    expect(expected.iterations).toHaveLength(2);
    expected.iterations?.forEach(({ deviance, aic }, i) => {
      expectClose(told[i]?.deviance ?? null, deviance, 1e-11);
      expectClose(told[i]?.aic ?? null, aic, 1e-11);
    });
    expect(told.at(-1)).toEqual({ deviance: fit.deviance, aic: fit.aic });
  });

  it.each(fixture<Reference[]>("constrained.json"))(
    "are met under constraints by $name",
    async (reference) => {
      const { expected } = reference;

      const fit = await fitReference(reference);

      expect(fit.warnings).toEqual([]);
      expect(fit.converged).toBe(true);
      expected.coefficients.forEach((coefficient, j) => {
        const actual = fit.coefficients[j];
        const standardError = coefficient.standardError ?? 0;
        expect(actual).toMatchObject({ name: coefficient.name, atBound: coefficient.atBound });
        expectClose(actual?.estimate ?? null, coefficient.estimate, 1e-8, 1e-9 * standardError);
        expectClose(actual?.standardError ?? null, coefficient.standardError, 1e-7);
        expectClose(actual?.statistic ?? null, coefficient.statistic, 1e-7, 1e-8);
        expectClose(actual?.pValue ?? null, coefficient.pValue, 1e-5, 1e-300);
      });
      expectClose(fit.dispersion, expected.dispersion, 1e-8);
      expectClose(fit.deviance, expected.deviance, 1e-11);
      expectClose(fit.aic, expected.aic, 1e-11);
      expect(fit.degreesOfFreedom).toBe(expected.degreesOfFreedom);
    },
  );
});

describe("the distributions of R", () => {
  const tables = fixture<Record<string, number[][]>>("distributions.json");
  /** Each row: arguments, then the value. */
  const rows = (name: string): { args: number[]; value: number }[] =>
    (tables[name] ?? []).map((row) => ({
      args: row.slice(0, -1),
      value: row.at(-1) ?? Number.NaN,
    }));

  it("give the tail of the normal distribution", () => {
    for (const { args, value } of rows("normalUpperTail")) {
      expectClose(normalUpperTail(args[0] ?? Number.NaN), value, 1e-13);
    }
    expect(normalUpperTail(Number.POSITIVE_INFINITY)).toBe(0);
    expect(normalUpperTail(Number.NaN)).toBeNaN();
  });

  it("give the quantiles of the normal distribution", () => {
    for (const { args, value } of rows("normalQuantile")) {
      expectClose(normalQuantile(args[0] ?? Number.NaN), value, 1e-13, 1e-15);
    }
    expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
    expect(normalQuantile(-1)).toBeNaN();
  });

  it("give the tails of Student's t distribution", () => {
    for (const { args, value } of rows("studentTwoSided")) {
      const [t = 0, degreesOfFreedom = 0] = args;
      expectClose(studentTwoSided(t, degreesOfFreedom), value, 1e-9, 1e-300);
    }
    expect(studentTwoSided(0, 5)).toBe(1);
    expect(studentTwoSided(Number.POSITIVE_INFINITY, 5)).toBe(0);
    expect(studentTwoSided(1, 0)).toBeNaN();
  });

  it("give the quantiles of Student's t distribution", () => {
    for (const { args, value } of rows("studentUpperQuantile")) {
      const [tail = 0, degreesOfFreedom = 0] = args;
      expectClose(studentUpperQuantile(tail, degreesOfFreedom), value, 1e-10);
    }
  });

  it("give the logarithm of the gamma function", () => {
    for (const { args, value } of rows("logGamma")) {
      expectClose(logGamma(args[0] ?? Number.NaN), value, 1e-13, 1e-14);
    }
    expect(logGamma(0)).toBe(Number.POSITIVE_INFINITY);
    expect(logGamma(-1)).toBeNaN();
  });
});
