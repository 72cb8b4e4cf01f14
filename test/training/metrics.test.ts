import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MetricScanner } from "../../src/training/metrics.ts";

const time = new Date(0);

function values(regex: string, lines: readonly string[], host = "algo-1"): unknown[] {
  const scanner = new MetricScanner([{ Name: "m", Regex: regex }], time);
  return lines.flatMap((text) =>
    scanner
      .scan({ type: "log", time, host, text })
      .map((event) => (event.type === "metric" ? event.value : event.code)),
  );
}

describe("metric definitions", () => {
  it("find the number that the first group captures", () => {
    expect(values("loss=([0-9.e-]+)", ["x", "loss=0.5", "a loss=1e-3, loss=7"])).toEqual([
      0.5, 1e-3,
    ]);
  });

  it("take the whole match where there is no group", () => {
    expect(values("[0-9]+", ["epoch 12"])).toEqual([12]);
  });

  it("count the values of each metric on each host", () => {
    const scanner = new MetricScanner(
      [
        { Name: "a", Regex: "a=(\\d+)" },
        { Name: "b", Regex: "b=(\\d+)" },
      ],
      time,
    );
    const scan = (host: string, text: string): unknown[] =>
      scanner.scan({ type: "log", time, host, text });
    scan("algo-1", "a=1 b=1");
    scan("algo-1", "a=2");
    expect(scan("algo-2", "a=3")).toMatchObject([{ name: "a", host: "algo-2", step: 0 }]);
    expect(scan("algo-1", "a=4 b=5")).toMatchObject([
      { name: "a", value: 4, step: 2 },
      { name: "b", value: 5, step: 1 },
    ]);
  });

  it("take what Python and C print for numbers that are not finite", () => {
    expect(values("m=(\\S+)", ["m=nan", "m=-inf", "m=Infinity"])).toEqual([
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
  });

  it("read every number that JavaScript prints", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        expect(values("m=(\\S+)", [`m=${value}`])).toEqual([
          value === 0 ? expect.closeTo(0) : value,
        ]);
      }),
    );
  });

  it("understand Python's named groups and flags", () => {
    expect(values("(?i)LOSS=(?P<value>[0-9.]+)", ["loss=2"])).toEqual([2]);
  });

  it("that cannot be read are told once, and the others still count", () => {
    const scanner = new MetricScanner(
      [
        { Name: "broken", Regex: "(" },
        { Name: "good", Regex: "(\\d+)" },
      ],
      time,
    );
    expect(scanner.warnings()).toMatchObject(
      [{ code: "metric-definition", message: /broken/ }].map(({ code, message }) => ({
        code,
        message: expect.stringMatching(message),
      })),
    );
    expect(scanner.warnings()).toEqual([]);
    expect(scanner.scan({ type: "log", time, host: "algo-1", text: "5" })).toHaveLength(1);
  });

  it("that match no number are told once", () => {
    expect(values("m=(\\S+)", ["m=high", "m=low", "m=1"])).toEqual(["metric-definition", 1]);
  });
});
