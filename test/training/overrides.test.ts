import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeOverrides } from "../../src/training/overrides.ts";

/** Anything that JSON carries, as one object. */
const json = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 });

describe("overrides", () => {
  it.each<[what: string, request: object, over: Record<string, unknown>, merged: object]>([
    ["merge objects", { a: { b: 1, c: 2 } }, { a: { c: 3, d: 4 } }, { a: { b: 1, c: 3, d: 4 } }],
    ["replace lists", { a: [1, 2] }, { a: [3] }, { a: [3] }],
    ["replace values", { a: 1 }, { a: "x" }, { a: "x" }],
    [
      "take out what is null",
      { a: 1, b: { c: 1, d: 2 } },
      { a: null, b: { c: null } },
      { b: { d: 2 } },
    ],
    ["leave alone what is undefined", { a: 1 }, { a: undefined }, { a: 1 }],
    ["make what is not there", {}, { a: { b: { c: 1 } } }, { a: { b: { c: 1 } } }],
    ["put an object in a value's place", { a: 1 }, { a: { b: 1 } }, { a: { b: 1 } }],
    ["put an object in a list's place", { a: [1] }, { a: { b: 1 } }, { a: { b: 1 } }],
    [
      "leave no null of an object that was not there",
      {},
      { a: { b: null, c: 1 } },
      { a: { c: 1 } },
    ],
    ["keep falsy values", { a: true, b: 5 }, { a: false, b: 0 }, { a: false, b: 0 }],
  ])("%s", (_, request, over, merged) => {
    expect(mergeOverrides(request, over)).toEqual(merged);
  });

  it("that say nothing change nothing", () => {
    fc.assert(
      fc.property(json, (request) => {
        expect(mergeOverrides(request, {})).toEqual(request);
      }),
    );
  });

  it("are done when they are done", () => {
    fc.assert(
      fc.property(json, json, (request, over) => {
        const once = mergeOverrides(request, over);

        expect(mergeOverrides(once, over)).toEqual(once);
      }),
    );
  });

  it("change neither of the two, now or later", () => {
    const request = { a: { b: 1 }, l: [1] };
    const over = { a: { c: [1] }, m: [{ x: 1 }] };
    const merged = mergeOverrides(request, over) as unknown as {
      a: { c: number[] };
      m: { x: number }[];
    };
    merged.a.c.push(2);
    (merged.m[0] as { x: number }).x = 9;

    expect(request).toEqual({ a: { b: 1 }, l: [1] });
    expect(over).toEqual({ a: { c: [1] }, m: [{ x: 1 }] });
  });

  it("cannot reach what all objects have", () => {
    const over = JSON.parse('{"__proto__": {"polluted": true}}') as Record<string, unknown>;
    const merged = mergeOverrides({}, over);

    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect(Object.keys(merged)).toEqual(["__proto__"]);
  });
});
