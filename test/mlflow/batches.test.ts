import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitBatch } from "../../src/mlflow/core/batches.ts";
import type { LogBatch } from "../../src/mlflow/core/entities.ts";
import { LIMITS } from "../../src/mlflow/core/limits.ts";
import { metricToWire } from "../../src/mlflow/core/wire-json.ts";

const text = (most: number) => fc.string({ unit: "binary", minLength: 1, maxLength: most });
const pair = (most: number) => fc.record({ key: text(20), value: text(most) });
const batch: fc.Arbitrary<LogBatch> = fc.record({
  metrics: fc.array(
    fc.record({
      key: text(20),
      value: fc.double(),
      timestamp: fc.nat({ max: 2 ** 42 }),
      step: fc.integer(),
    }),
    { maxLength: 2500 },
  ),
  params: fc.array(pair(6000), { maxLength: 250 }),
  tags: fc.array(pair(8000), { maxLength: 250 }),
});

describe("what is logged, cut into batches", () => {
  it("is all there, in order, and each batch is within MLflow's limits", () => {
    fc.assert(
      fc.property(batch, (given) => {
        const batches = splitBatch(given);

        expect(batches.flatMap(({ metrics = [] }) => metrics)).toEqual(given.metrics);
        expect(batches.flatMap(({ params = [] }) => params)).toEqual(given.params);
        expect(batches.flatMap(({ tags = [] }) => tags)).toEqual(given.tags);
        for (const { metrics = [], params = [], tags = [] } of batches) {
          const count = metrics.length + params.length + tags.length;
          expect(count).toBeGreaterThan(0);
          expect(count).toBeLessThanOrEqual(LIMITS.entriesPerBatch);
          expect(params.length).toBeLessThanOrEqual(LIMITS.paramsPerBatch);
          expect(tags.length).toBeLessThanOrEqual(LIMITS.tagsPerBatch);
          expect(new Set(params.map(({ key }) => key)).size).toBe(params.length);
          const message = {
            metrics: metrics.map(metricToWire),
            params,
            tags,
            run_id: "0".repeat(32),
          };
          expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThanOrEqual(
            LIMITS.requestBytes,
          );
        }
      }),
      { numRuns: 30 },
    );
  });

  it("is as few batches as the limits allow", () => {
    const metrics = Array.from({ length: 2000 }, (_, step) => ({
      key: "m",
      value: 1,
      timestamp: 1,
      step,
    }));

    expect(splitBatch({ metrics })).toHaveLength(2);
    expect(splitBatch({})).toEqual([]);
  });
});
