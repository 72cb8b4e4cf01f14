import { XMLParser } from "fast-xml-parser";
import { describe, expect, it } from "vitest";
import type { ModelFile } from "../../../examples/glm/container/lib/model.mjs";
import { coefficientPlot } from "../../../examples/glm/container/lib/plot.mjs";

function modelWith(
  coefficients: ModelFile["coefficients"],
  family: ModelFile["family"],
): ModelFile {
  return {
    schemaVersion: 1,
    family,
    link: "log",
    target: 'Claims & "losses"',
    predictors: [],
    factors: {},
    offset: null,
    weights: null,
    intercept: true,
    coefficients,
    covariance: [],
    dispersion: 1,
    deviance: 1,
    nullDeviance: 1,
    aic: 1,
    degreesOfFreedom: 5,
    iterations: 1,
    converged: true,
    rows: 10,
  };
}

const coefficient = (
  name: string,
  estimate: number,
  standardError: number | null,
): ModelFile["coefficients"][number] => ({
  name,
  estimate,
  standardError,
  statistic: null,
  pValue: null,
  atBound: standardError === null,
});

/** The tick labels and the interval lines of a plot. */
function read(svg: string): {
  ticks: number[];
  titles: string[];
  circles: number;
  diamonds: number;
} {
  new XMLParser({ ignoreAttributes: false }).parse(svg, true);
  const ticks = [...svg.matchAll(/text-anchor="middle" fill="#374151">([−\d.]+)</g)].map(
    ([, text]) => Number(text?.replace("−", "-")),
  );
  // The first title is the picture's own.
  const [, ...titles] = [...svg.matchAll(/<title>(.*?)<\/title>/g)].map(([, text]) => text ?? "");
  return {
    ticks,
    titles,
    circles: svg.split("<circle").length - 1,
    diamonds: svg.split("<path").length - 1,
  };
}

describe("the coefficient plot", () => {
  it("shows each estimate with its interval, on an axis that covers them and 0", () => {
    const svg = coefficientPlot(
      modelWith([coefficient("Age<25", -1.82, 0.1), coefficient("x", 0.5, 0.2)], "poisson"),
    );

    const { ticks, titles, circles, diamonds } = read(svg);
    expect(titles).toEqual([
      "Age&lt;25: -1.82000 (-2.016 to -1.624)",
      "x: 0.500000 (0.1080 to 0.8920)",
    ]);
    expect({ circles, diamonds }).toEqual({ circles: 2, diamonds: 0 });
    expect(ticks[0]).toBeLessThanOrEqual(-2.016);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(0.892);
    expect(ticks).toContain(0);
    expect(svg).toContain("Claims &amp; &quot;losses&quot;");
  });

  it("widens the intervals by Student's t where the dispersion is estimated", () => {
    const { titles } = read(coefficientPlot(modelWith([coefficient("x", 1, 1)], "gaussian")));

    // qt(0.975, 5) is 2.5706.
    expect(titles).toEqual(["x: 1.00000 (-1.571 to 3.571)"]);
  });

  it("marks a coefficient at its bound, which has no interval", () => {
    const svg = coefficientPlot(modelWith([coefficient("x", 0.5, null)], "poisson"));

    expect(read(svg)).toMatchObject({
      titles: ["x: 0.500000 (at its bound)"],
      circles: 0,
      diamonds: 1,
    });
    expect(svg).toContain("at its bound</text>");
  });

  it.each([0, 1e-9, 123_456])("is a picture too when all estimates are %d", (estimate) => {
    const svg = coefficientPlot(modelWith([coefficient("x", estimate, null)], "gamma"));

    expect(svg).not.toMatch(/NaN|Infinity/);
    expect(read(svg).ticks.length).toBeGreaterThan(1);
  });

  it("shortens a long name", () => {
    const svg = coefficientPlot(modelWith([coefficient("n".repeat(80), 1, 0.1)], "poisson"));

    expect(svg).toContain(`>${"n".repeat(31)}…</text>`);
  });
});
