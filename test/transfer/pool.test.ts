import { setImmediate as tick } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anySignal, Budget, forEachBounded } from "../../src/transfer/pool.ts";

describe("forEachBounded", () => {
  it("works on every item, never on more than the limit at a time", async () => {
    let underWay = 0;
    let most = 0;
    const done: number[] = [];
    const failures = await forEachBounded([1, 2, 3, 4, 5, 6, 7], { limit: 3 }, async (item) => {
      underWay += 1;
      most = Math.max(most, underWay);
      await tick();
      underWay -= 1;
      done.push(item);
    });
    expect(failures).toEqual([]);
    expect(new Set(done)).toEqual(new Set([1, 2, 3, 4, 5, 6, 7]));
    expect(most).toBe(3);
  });

  it("begins nothing new after a failure, lets what is under way end, and tells every failure", async () => {
    const begun: number[] = [];
    const failures = await forEachBounded([1, 2, 3, 4, 5], { limit: 2 }, async (item) => {
      begun.push(item);
      await tick();
      throw new Error(`item ${item}`);
    });
    expect(begun).toEqual([1, 2]);
    expect(failures.map(({ item, error }) => [item, (error as Error).message])).toEqual([
      [1, "item 1"],
      [2, "item 2"],
    ]);
  });

  it("rejects with the signal's reason when all that was under way has ended", async () => {
    const controller = new AbortController();
    const ended: number[] = [];
    const working = forEachBounded(
      [1, 2, 3],
      { limit: 1, signal: controller.signal },
      async (item) => {
        controller.abort(new Error("enough"));
        await tick();
        ended.push(item);
      },
    );
    await expect(working).rejects.toThrow("enough");
    expect(ended).toEqual([1]);
  });
});

describe("Budget", () => {
  it("never gives more than there is, and serves first come first", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 15 })), async (amounts) => {
        const budget = new Budget(10);
        let held = 0;
        const order: number[] = [];
        await Promise.all(
          amounts.map(async (amount, index) => {
            const release = await budget.acquire(amount);
            order.push(index);
            held += Math.min(amount, 10);
            expect(held).toBeLessThanOrEqual(10);
            await tick();
            held -= Math.min(amount, 10);
            release();
            release();
          }),
        );
        expect(order).toEqual(amounts.map((_, index) => index));
        expect(held).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  it("lets those behind go on when somebody gives up waiting", async () => {
    const budget = new Budget(2);
    const release = await budget.acquire(1);
    const controller = new AbortController();
    const large = budget.acquire(2, controller.signal);
    const small = budget.acquire(1);
    controller.abort(new Error("gave up"));
    await expect(large).rejects.toThrow("gave up");
    (await small)();
    release();
    (await budget.acquire(2))();
    await expect(budget.acquire(1, AbortSignal.abort(new Error("before")))).rejects.toThrow(
      "before",
    );
  });
});

describe("anySignal", () => {
  it("takes as many listeners as there are requests, and passes the reason on", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on("warning", onWarning);
    const controller = new AbortController();
    const signal = anySignal(undefined, controller.signal);
    for (let count = 0; count < 100; count += 1) {
      signal.addEventListener("abort", () => {});
    }
    await tick();
    process.off("warning", onWarning);
    controller.abort("reason");
    expect(signal.reason).toBe("reason");
    expect(warnings).toEqual([]);
    expect(anySignal().aborted).toBe(false);
  });
});
