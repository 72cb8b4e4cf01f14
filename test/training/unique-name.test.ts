import { describe, expect, it } from "vitest";
import { uniqueName } from "../../src/training/unique-name.ts";

const NOON = Date.parse("2026-01-31T12:00:00.000Z");

describe("a name that no other call was given", () => {
  it("bears the time", () => {
    expect(uniqueName("glm", NOON)).toBe("glm-2026-01-31-12-00-00-000");
  });

  it("moves on by a millisecond where the base has that time already", () => {
    const names = Array.from({ length: 3 }, () => uniqueName("moves", NOON));

    expect(names).toEqual([
      "moves-2026-01-31-12-00-00-000",
      "moves-2026-01-31-12-00-00-001",
      "moves-2026-01-31-12-00-00-002",
    ]);
  });

  it("is not moved by names of another base", () => {
    uniqueName("one", NOON);

    expect(uniqueName("another", NOON)).toBe("another-2026-01-31-12-00-00-000");
  });

  it("counts bases as they stand in the name, where long ones are cut", () => {
    const base = "x".repeat(60);

    expect(uniqueName(`${base}a`, NOON)).not.toBe(uniqueName(`${base}b`, NOON));
  });

  it("never repeats when the clock was set back", () => {
    const before = uniqueName("set-back", NOON);
    const names = [-1000, -500, 0].map((ms) => uniqueName("set-back", NOON + ms));

    expect(new Set([before, ...names]).size).toBe(4);
  });
});
