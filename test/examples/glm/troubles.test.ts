import { describe, expect, it } from "vitest";
import { type Figures, type Fit, fitGlm } from "../../../examples/glm/container/lib/glm.mjs";
import { prepare } from "../../../examples/glm/container/lib/preparation.mjs";
import { table } from "./models.ts";

const options = { maxIterations: 25, tolerance: 1e-8 };

/** Fits a configuration to CSV text. */
async function fitCsv(config: object, csv: string, override: object = {}): Promise<Fit> {
  const { problem, names } = prepare(config, table(csv));
  return fitGlm(problem, names, { ...options, ...override });
}

describe("a fit that goes wrong", () => {
  it("says of complete separation which estimates have no end", async () => {
    const rows = Array.from({ length: 20 }, (_, i) => `${i - 9.5},${i > 9 ? 1 : 0}`);

    const result = await fitCsv(
      { target: "y", predictors: ["x"], family: "binomial" },
      `x,y\n${rows.join("\n")}`,
    );

    expect(result.converged).toBe(false);
    expect(result.warnings[0]).toMatch(/^separation: the estimates of x grow without end/);
  });

  it.each(["logit", "probit", "cloglog"])(
    "says of a level with one outcome that its estimate has no end, with the link %s",
    async (link) => {
      const rows = Array.from({ length: 60 }, (_, i) => {
        const group = ["a", "b", "c"][i % 3];
        return `${group},${group === "c" ? 0 : i % 2}`;
      });

      const result = await fitCsv(
        { target: "y", predictors: ["group"], family: "binomial", link },
        `group,y\n${rows.join("\n")}`,
      );

      expect(result.converged).toBe(false);
      expect(result.warnings[0]).toMatch(/^separation: the estimates of groupc grow without end/);
    },
  );

  it("says the same of a level whose counts are all 0", async () => {
    const rows = Array.from({ length: 30 }, (_, i) => `${"abc"[i % 3]},${i % 3 === 1 ? 0 : i % 5}`);

    const result = await fitCsv(
      { target: "y", predictors: ["group"], family: "poisson" },
      `group,y\n${rows.join("\n")}`,
    );

    expect(result.converged).toBe(false);
    expect(result.warnings[0]).toMatch(/^separation: the estimates of groupb grow without end/);
  });

  it("warns of fitted probabilities that are 0 or 1 to a computer's eye", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => `${i === 0 ? 900 : i % 4},${i % 2}`);

    const result = await fitCsv(
      { target: "y", predictors: ["x"], family: "binomial", constraints: { x: { min: 1 } } },
      `x,y\n${rows.join("\n").replace("900,0", "900,1")}`,
    );

    expect(result.warnings).toContain("fitted probabilities are numerically 0 or 1.");
  });

  it("has an end under a constraint", async () => {
    const rows = Array.from({ length: 20 }, (_, i) => `${i - 9.5},${i > 9 ? 1 : 0}`);

    const result = await fitCsv(
      { target: "y", predictors: ["x"], family: "binomial", constraints: { x: { max: 1 } } },
      `x,y\n${rows.join("\n")}`,
    );

    expect(result.converged).toBe(true);
    expect(result.warnings).toEqual([]);
    expect(result.coefficients[1]).toEqual({
      name: "x",
      estimate: 1,
      standardError: null,
      statistic: null,
      pValue: null,
      atBound: true,
    });
  });

  it("names each column that others determine, and those others", () => {
    const csv = "a,b,c,d,y\n1,2,3,0,1\n2,1,3,0,2\n3,5,8,0,1\n4,2,6,0,5\n5,9,14,0,3\n6,1,7,0,3";

    expect(() =>
      prepare({ target: "y", predictors: ["a", "b", "c", "d"], family: "gaussian" }, table(csv)),
    ).toThrow(
      [
        "The model cannot be trained: 2 problems.",
        "  - config.predictors: the column of c is determined by a, b; leave one of them out.",
        "  - config.predictors: the column of d is 0 in all rows; leave it out.",
      ].join("\n"),
    );
  });

  it("finds a column that is constant beside the intercept, but not without one", async () => {
    const csv = "x,y\n2,1\n2,2\n2,3\n2,4";
    const config = { target: "y", predictors: ["x"], family: "gaussian" };

    expect(() => prepare(config, table(csv))).toThrow(
      "the column of x is determined by (Intercept)",
    );
    const result = await fitCsv({ ...config, intercept: false }, csv);
    expect(result.coefficients[0]?.estimate).toBeCloseTo(1.25, 12);
  });

  it("says when there are fewer rows than coefficients", () => {
    const config = { target: "y", predictors: ["x", "z"], family: "gaussian" };

    expect(() => prepare(config, table("x,z,y\n1,2,3\n2,3,5"))).toThrow(
      "2 rows cannot determine 3 coefficients",
    );
  });

  it("has no standard errors when there are as many rows as coefficients", async () => {
    const result = await fitCsv(
      { target: "y", predictors: ["x"], family: "gaussian" },
      "x,y\n1,2\n3,4",
    );

    expect(result.degreesOfFreedom).toBe(0);
    expect(result.dispersion).toBeNull();
    expect(result.coefficients[1]).toMatchObject({ standardError: null, pValue: null });
    expect(result.coefficients[1]?.estimate).toBeCloseTo(1, 12);
  });

  it("says when it has not converged in the iterations that it was given", async () => {
    const rows = Array.from({ length: 20 }, (_, i) => `${i},${(i * i) % 7}`);

    const result = await fitCsv(
      { target: "y", predictors: ["x"], family: "poisson" },
      `x,y\n${rows.join("\n")}`,
      { maxIterations: 2 },
    );

    expect(result.converged).toBe(false);
    expect(result.iterations).toBe(2);
    expect(result.warnings).toEqual([
      "no convergence in 2 iterations; raise the hyperparameter maxIterations.",
    ]);
  });

  it("reaches the same fit with a tolerance below what doubles can tell apart", async () => {
    const rows = Array.from({ length: 20 }, (_, i) => `${i},${(i * i) % 7}`);
    const config = { target: "y", predictors: ["x"], family: "poisson" };

    const result = await fitCsv(config, `x,y\n${rows.join("\n")}`, { tolerance: 1e-300 });

    expect(result.converged).toBe(true);
    expect(result.warnings).toEqual([]);
  });

  it("halves steps that leave the family's range, where R finds no valid coefficients", async () => {
    const deviances: number[] = [];

    const result = await fitCsv(
      { target: "y", predictors: ["x", "z"], family: "gamma", link: "inverse" },
      "x,z,y\n0,1,0.1\n1,5,5\n2,3,30\n3,2,80\n4,0,1\n5,1,200\n7,2,0.01",
      { onIteration: (_: number, { deviance }: Figures) => deviances.push(deviance) },
    );

    // R's glm(), given start = c(0.0305, -0.0042, 0.0059).
    expect(result.converged).toBe(true);
    expect(result.deviance).toBeCloseTo(35.8336047338, 8);
    expect(result.coefficients[1]?.estimate).toBeCloseTo(-0.00416375, 7);
    expect(deviances).toEqual(deviances.toSorted((a, b) => b - a));
  });

  it.each([
    ["poisson", "sqrt"],
    ["poisson", "identity"],
  ])("says when the best fit lies at the end of the range of %s with %s", async (family, link) => {
    const result = await fitCsv(
      { target: "y", predictors: ["x"], family, link },
      "x,y\n0,1\n1,0\n2,0\n3,0\n4,2\n5,8\n6,15\n7,22\n8,37\n9,60",
      { maxIterations: 200 },
    );

    expect(result.converged).toBe(false);
    expect(result.warnings[0]).toMatch(/^no convergence: .* the best fit lies at its end/);
    expect(result.mu.every((mean) => mean > 0)).toBe(true);
  });

  it("says when the means to start from are outside the link's range", async () => {
    const config = { target: "y", predictors: ["x"], family: "gaussian", link: "log" };

    await expect(fitCsv(config, "x,y\n1,-1\n2,-2\n3,-2.5")).rejects.toThrow(
      "family gaussian with link log finds no means to start from",
    );
  });

  it("starts from the mean where a response has no link of its own", async () => {
    const result = await fitCsv(
      { target: "y", predictors: ["x"], family: "gaussian", link: "log" },
      "x,y\n0,0\n1,2\n2,4\n3,9\n4,17",
    );

    expect(result.converged).toBe(true);
    expect(result.deviance).toBeLessThan(3);
  });

  it("stops after the iteration under way when it is told to, with the estimates so far", async () => {
    const controller = new AbortController();
    const rows = Array.from({ length: 20 }, (_, i) => `${i},${(i * i) % 7}`);

    const result = await fitCsv(
      { target: "y", predictors: ["x"], family: "poisson" },
      `x,y\n${rows.join("\n")}`,
      { signal: controller.signal, onIteration: () => controller.abort() },
    );

    expect(result).toMatchObject({ iterations: 1, converged: false });
    expect(result.warnings).toEqual([
      "stopped after 1 iterations: the estimates are those of the last one.",
    ]);
  });

  it("has no AIC when counts are no whole numbers, and says so", async () => {
    const result = await fitCsv(
      { target: "y", predictors: ["x"], family: "poisson" },
      "x,y\n1,1.5\n2,2\n3,2.5\n4,4",
    );

    expect(result.aic).toBeNull();
    expect(result.logLikelihood).toBeNull();
    expect(result.warnings).toEqual(["2 responses are no whole counts, so there is no AIC."]);
  });

  it("says when weights and proportions make no whole successes", async () => {
    const result = await fitCsv(
      { target: "y", predictors: ["x"], weights: "w", family: "binomial" },
      "x,y,w\n1,0.5,3\n2,0.25,4\n3,0.5,2\n4,0.75,8",
    );

    expect(result.warnings).toEqual([
      "1 rows have no whole number of successes (weight times response); AIC rounds them.",
    ]);
  });
});
