import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeHyperparameters,
  encodeHyperparameters,
} from "../../src/training/hyperparameters.ts";

const encode = (values: Record<string, unknown>) =>
  encodeHyperparameters(values as Parameters<typeof encodeHyperparameters>[0]);

describe("hyperparameters on their way to the service", () => {
  it("keep strings as they are and write everything else as JSON", () => {
    const { encoded, findings } = encode({
      text: "hello",
      count: 25,
      rate: 1e-8,
      flag: false,
      none: null,
      list: ["a", 1],
      nested: { k: [true] },
    });

    expect(encoded).toEqual({
      text: "hello",
      count: "25",
      rate: "1e-8",
      flag: "false",
      none: "null",
      list: '["a",1]',
      nested: '{"k":[true]}',
    });
    expect(findings).toEqual([]);
  });

  it("leave undefined ones out", () => {
    expect(encode({ a: undefined, b: 1 }).encoded).toEqual({ b: "1" });
  });

  it("write dates as their toJSON does", () => {
    expect(encode({ at: new Date(0) }).encoded).toEqual({ at: '"1970-01-01T00:00:00.000Z"' });
  });

  it("keep a name that is also a property of every object", () => {
    const { encoded } = encode(JSON.parse('{"__proto__": 1}'));

    expect(Object.entries(encoded)).toEqual([["__proto__", "1"]]);
  });

  const loop: Record<string, unknown> = {};
  loop["self"] = loop;
  it.each([
    ["NaN", Number.NaN],
    ["-Infinity", Number.NEGATIVE_INFINITY],
    ["NaN", { deep: [Number.NaN] }],
    ["a bigint", 1n],
    ["a function", () => 1],
    ["a symbol", Symbol("x")],
    ["a Map (it would become {})", new Map()],
    [
      "a Float32Array (it would become an object; Array.from() makes an array of it)",
      { weights: new Float32Array([1]) },
    ],
    [
      "a Uint8Array (it would become an object; Array.from() makes an array of it)",
      Buffer.from("x"),
    ],
    ["a value that contains itself", loop],
  ])("refuse what JSON would drop or change: %s", (words, value) => {
    const { encoded, findings } = encode({ bad: value, good: 1 });

    expect(encoded).toEqual({ good: "1" });
    expect(findings).toEqual([
      expect.objectContaining({
        severity: "error",
        path: "hyperparameters.bad",
        message: `JSON cannot carry ${words}.`,
      }),
    ]);
  });

  it("may name the same object twice", () => {
    const shared = { a: 1 };

    expect(encode({ pair: [shared, shared] }).findings).toEqual([]);
  });

  it("come back as they were, unless a string reads as JSON", () => {
    const json = fc.jsonValue().filter((value) => typeof value !== "string");
    const text = fc.string().filter((value) => !isJson(value));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(json, text)), (values) => {
        const { encoded, findings } = encode(values);

        expect(findings).toEqual([]);
        // JSON has no -0.
        expect(decodeHyperparameters(encoded)).toEqual(
          Object.fromEntries(
            Object.entries(values).map(([name, value]) => [
              name,
              typeof value === "string" ? value : JSON.parse(JSON.stringify(value)),
            ]),
          ),
        );
      }),
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
