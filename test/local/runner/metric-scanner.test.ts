import { describe, expect, it } from "vitest";
import { MetricScanner } from "../../../src/local/runner/metric-scanner.ts";

const scanner = (Regex: string): MetricScanner => new MetricScanner([{ Name: "m", Regex }]);
const values = (entries: readonly { readonly value: number }[]): number[] =>
  entries.map(({ value }) => value);

describe("metrics in log lines", () => {
  it("are what the first group captures", () => {
    expect(scanner("loss=([0-9.]+);").scan("epoch 1 loss=0.25; done", 5)).toEqual([
      { type: "metric", at: 5, name: "m", value: 0.25 },
    ]);
  });

  it("take every form of a number, and nothing that is none", () => {
    for (const [text, value] of [
      ["1e-3", 0.001],
      ["-2", -2],
      ["+.5", 0.5],
    ] as const) {
      expect(values(scanner("m=(\\S+)").scan(`m=${text}`, 1))).toEqual([value]);
    }
    for (const text of ["nan", "inf", "abc", "1,5"]) {
      expect(scanner("m=(\\S+)").scan(`m=${text}`, 1)).toEqual([]);
    }
    expect(scanner("m=( *)").scan("m= ", 1)).toEqual([]);
    expect(scanner("no group").scan("no group", 1)).toEqual([]);
  });

  it("are found by every definition that matches", () => {
    const both = new MetricScanner([
      { Name: "a", Regex: "a=(\\d+)" },
      { Name: "b", Regex: "b=(\\d+)" },
    ]);
    expect(both.scan("a=1 b=2", 1).map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("are written in bounds, and the last value always", () => {
    const metrics = scanner("m=(\\d+)");
    let written = 0;
    for (let index = 0; index < 1_000_000; index += 1) {
      written += metrics.scan(`m=${index}`, index).length;
    }
    // 1,000 seconds at a thousand values a second.
    expect(written).toBeLessThan(400);
    expect(values(metrics.rest())).toEqual([999_999]);
    expect(metrics.rest()).toEqual([]);
  });

  it("that are not written count in the statistics of the next that is", () => {
    const metrics = scanner("m=(-?\\d+)");
    const entries = [5, -1, 3, 8].flatMap((value, index) =>
      metrics.scan(`m=${value}`, index * 500),
    );

    expect([...entries, ...metrics.rest()]).toEqual([
      { type: "metric", at: 0, name: "m", value: 5 },
      {
        ...{ type: "metric", at: 1000, name: "m", value: 3 },
        statistics: { count: 2, sum: 2, min: -1, max: 3 },
      },
      { type: "metric", at: 1500, name: "m", value: 8 },
    ]);
  });

  it("understand the definitions of other languages", () => {
    expect(values(scanner("(?P<v>\\d+) points").scan("3 points", 1))).toEqual([3]);
    expect(values(scanner("(?i)LOSS=(\\d+)").scan("loss=4", 1))).toEqual([4]);
  });

  it("name a definition that cannot be read, and go on with the others", () => {
    const metrics = new MetricScanner([
      { Name: "bad", Regex: "(" },
      { Name: "good", Regex: "g=(\\d)" },
    ]);
    expect(metrics.unreadable.map(({ name }) => name)).toEqual(["bad"]);
    expect(values(metrics.scan("g=7", 1))).toEqual([7]);
  });

  it("take no time that grows with the square of a line", () => {
    const metrics = scanner(".*loss=(\\d+)x");
    const start = process.cpuUsage().user;
    metrics.scan("loss=".repeat(50_000), 1);
    expect((process.cpuUsage().user - start) / 1e6).toBeLessThan(5);
  });
});
