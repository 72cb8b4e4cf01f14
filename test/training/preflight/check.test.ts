import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MissingClientError } from "../../../src/aws/optional.ts";
import { type Check, runChecks } from "../../../src/training/preflight/check.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function check(path: string, run: Check["run"]): Check {
  return { path, what: `whether ${path} is well`, run };
}

const silent = () => new Promise<never>(() => {});

describe("runChecks", () => {
  it("keeps the order of the checks, whichever ends first", async () => {
    const found = (message: string) => [{ severity: "error" as const, path: "x", message }];
    const slow = check("slow", async () => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return found("slow");
    });

    const running = runChecks([slow, check("fast", async () => found("fast"))], undefined);
    await vi.advanceTimersByTimeAsync(10);

    expect((await running).map(({ message }) => message)).toEqual(["slow", "fast"]);
  });

  it("gives up what does not answer in time, without failing", async () => {
    const running = runChecks([check("role", silent)], undefined);
    await vi.advanceTimersByTimeAsync(5_000);

    expect(await running).toEqual([
      {
        severity: "note",
        path: "role",
        message: "It was not checked whether role is well: there was no answer within 5 s.",
      },
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("names the package that is missing", async () => {
    const missing = async () => {
      throw new MissingClientError("@aws-sdk/client-iam");
    };

    expect(await runChecks([check("role", missing)], undefined)).toEqual([
      {
        severity: "note",
        path: "role",
        message: "It was not checked whether role is well: @aws-sdk/client-iam is not installed.",
        hint: "To have it checked: npm install @aws-sdk/client-iam.",
      },
    ]);
  });

  it("cuts what a service says at length", async () => {
    const wordy = async () => {
      throw new Error("x".repeat(5_000));
    };

    const [note] = await runChecks([check("role", wordy)], undefined);

    expect(note?.message.length).toBeLessThan(400);
  });

  it("rejects with the reason of the caller's signal, and begins nothing after it", async () => {
    const controller = new AbortController();
    const running = runChecks([check("role", silent)], controller.signal);
    controller.abort(new Error("enough"));

    await expect(running).rejects.toThrow("enough");
    const begun = vi.fn(async () => []);
    await expect(runChecks([check("role", begun)], controller.signal)).rejects.toThrow("enough");
    expect(begun).not.toHaveBeenCalled();
  });
});
