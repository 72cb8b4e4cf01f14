import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { heldLines } from "../../src/training/held-lines.ts";

describe("lines that are held back", () => {
  it("are the last ones, in their order", () => {
    fc.assert(
      fc.property(fc.nat(20), fc.array(fc.string(), { maxLength: 60 }), (most, texts) => {
        const held = heldLines(most);
        for (const text of texts) {
          held?.add({ type: "log", time: new Date(0), host: "algo-1", text });
        }
        const last = most === 0 ? [] : texts.slice(-most);
        expect(held?.lines().map(({ text }) => text)).toEqual(last);
      }),
    );
  });

  it("are none where none are asked for", () => {
    expect(heldLines(undefined)).toBeUndefined();
  });
});
