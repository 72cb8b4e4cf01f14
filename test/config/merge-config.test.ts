import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeConfigs, sourceOf, valueAt } from "../../src/config/merge-config.ts";
import type { SagemakerConfig } from "../../src/config/sagemaker-config.ts";

const names = fc.constantFrom("SageMaker", "TrainingJob", "Tags", "a", "__proto__", "constructor");
const leaf = fc.oneof(fc.string(), fc.boolean(), fc.array(fc.string(), { maxLength: 3 }));
const { mapping } = fc.letrec((tie) => ({
  mapping: fc
    .array(fc.tuple(names, fc.oneof({ maxDepth: 4 }, leaf, tie("mapping"))), { maxLength: 4 })
    // Object.fromEntries makes `__proto__` a member like any other.
    .map((entries) => Object.fromEntries(entries) as object),
}));
const config = mapping as fc.Arbitrary<SagemakerConfig>;

/** Every path that ends at something without members, and what is there. */
function leaves(value: unknown, path: readonly string[] = []): [readonly string[], unknown][] {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([name, member]) => leaves(member, [...path, name]))
    : [[path, value]];
}

describe("merging configurations", () => {
  it("takes mappings together, however deep, and replaces lists and values", () => {
    const merged = mergeConfigs([
      {
        SageMaker: {
          TrainingJob: {
            RoleArn: "admin",
            Environment: { A: "1", B: "2" },
            VpcConfig: { Subnets: ["a", "b"], SecurityGroupIds: ["s"] },
            Tags: [{ Key: "team", Value: "x" }],
          },
        },
      },
      {
        SageMaker: {
          TrainingJob: {
            Environment: { B: "3" },
            VpcConfig: { Subnets: ["c"] },
            Tags: [{ Key: "user", Value: "y" }],
          },
        },
      },
    ]);

    expect(merged).toEqual({
      SageMaker: {
        TrainingJob: {
          RoleArn: "admin",
          Environment: { A: "1", B: "3" },
          VpcConfig: { Subnets: ["c"], SecurityGroupIds: ["s"] },
          Tags: [{ Key: "user", Value: "y" }],
        },
      },
    });
  });

  it("lets every value of the later one win, and keeps what only the earlier one has", () => {
    fc.assert(
      fc.property(config, config, (under, over) => {
        const merged = mergeConfigs([under, over]);

        for (const [path, value] of leaves(over)) {
          expect(valueAt(merged, path)).toEqual(value);
        }
        for (const [path, value] of leaves(under)) {
          const hidden = path.some((_, index) => {
            const there = valueAt(over, path.slice(0, index + 1));
            return there !== undefined && (index === path.length - 1 || !isObject(there));
          });
          if (!hidden) expect(valueAt(merged, path)).toEqual(value);
        }
      }),
    );
  });

  it("is the same in one go and in steps, and changes nothing that it was given", () => {
    fc.assert(
      fc.property(config, config, config, (first, second, third) => {
        const before = structuredClone([first, second, third]);

        const atOnce = mergeConfigs([first, second, third]);

        expect(mergeConfigs([mergeConfigs([first, second]), third])).toEqual(atOnce);
        expect([first, second, third]).toEqual(before);
        expect(({} as { a?: unknown }).a).toBeUndefined();
      }),
    );
  });

  it("knows which source a value came from", () => {
    const sources = [
      { name: "admin", config: { SageMaker: { TrainingJob: { RoleArn: "a" } } } },
      { name: "user", config: { SageMaker: { TrainingJob: { EnableNetworkIsolation: false } } } },
    ];

    expect(sourceOf(sources, ["SageMaker", "TrainingJob", "RoleArn"])).toBe("admin");
    expect(sourceOf(sources, ["SageMaker", "TrainingJob", "EnableNetworkIsolation"])).toBe("user");
    expect(sourceOf(sources, ["SageMaker", "TrainingJob", "Tags"])).toBeUndefined();
  });
});

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
