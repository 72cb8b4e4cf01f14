import fc from "fast-check";
import { formatMetrics, metricDefinitions, printMetrics } from "sagemaker-estimator/container";
import { describe, expect, it } from "vitest";

const name = fc
  .string({ minLength: 1, maxLength: 30, unit: "binary" })
  .filter((text) => !/[\s=;]/.test(text));

/** What SageMaker does: the first group of a definition's first match in a line. */
function valueIn(line: string, regex: string): number | undefined {
  const value = new RegExp(regex).exec(line)?.[1];
  return value === undefined ? undefined : Number(value);
}

describe("metrics", () => {
  it("are found by their definitions, whatever their names and values", () => {
    fc.assert(
      fc.property(
        fc.dictionary(name, fc.double({ noNaN: true, noDefaultInfinity: true }), {
          minKeys: 1,
          maxKeys: 5,
        }),
        (values) => {
          const line = formatMetrics(values);
          for (const { Name, Regex } of metricDefinitions(Object.keys(values))) {
            // -0 is printed as 0.
            expect(valueIn(line, Regex)).toBe((values[Name] ?? Number.NaN) + 0);
          }
        },
      ),
    );
  });

  it("are printed as name=value; on one line", () => {
    const lines: string[] = [];

    printMetrics(
      { iteration: 3, deviance: 51.42003275, tiny: 2e-7 },
      { write: (l) => lines.push(l) },
    );

    expect(lines).toEqual(["iteration=3; deviance=51.42003275; tiny=2e-7;"]);
  });

  it("are not found in the middle of another name", () => {
    const [deviance] = metricDefinitions(["deviance"]);

    expect(valueIn("nullDeviance=3; test:deviance=2;", deviance?.Regex ?? "")).toBeUndefined();
    expect(valueIn("[algo-1] deviance=1;", deviance?.Regex ?? "")).toBe(1);
  });

  it("keep within the service's 500 characters, however much must be escaped", () => {
    const [definition] = metricDefinitions(["[".repeat(200)]);

    expect(definition?.Regex.length).toBeLessThanOrEqual(500);
  });

  it("are printed but not found when they are not finite", () => {
    const line = formatMetrics({ loss: Number.NaN, bound: Number.POSITIVE_INFINITY });

    expect(line).toBe("loss=NaN; bound=Infinity;");
    for (const { Regex } of metricDefinitions(["loss", "bound"])) {
      expect(valueIn(line, Regex)).toBeUndefined();
    }
  });

  it("refuse names that a line cannot hold, and names given twice", () => {
    for (const bad of ["", "a b", "a=b", "a;b", "a\nb", "x".repeat(201)]) {
      expect(() => metricDefinitions([bad])).toThrow(RangeError);
      expect(() => formatMetrics({ [bad]: 1 })).toThrow(RangeError);
    }
    expect(() => metricDefinitions(["a", "a"])).toThrow('metric name "a" comes twice');
  });
});
