import { describe, expect, it, vi } from "vitest";
import type { LogBatch } from "../../src/mlflow/core/entities.ts";
import { MlflowError } from "../../src/mlflow/core/mlflow-error.ts";
import { RunWriter } from "../../src/mlflow/core/run-writer.ts";

const point = (step: number) => ({ key: "loss", value: 1 / (step + 1), timestamp: 1, step });
const refusal = new MlflowError("INVALID_PARAMETER_VALUE", "no", { status: 400 });
const silence = new MlflowError("UNAVAILABLE", "nobody answered");

/** A writer, and what came through it. */
function writerTo(
  answer: (batch: LogBatch, call: number, signal: AbortSignal) => unknown,
  { mostWaiting = 10_000, dropsOldest = false } = {},
) {
  const sent: LogBatch[] = [];
  const failures: unknown[] = [];
  let calls = 0;
  const writer = new RunWriter({
    send: async (batch, signal) => {
      calls += 1;
      const error = await answer(batch, calls, signal);
      if (error !== undefined) throw error;
      sent.push(batch);
    },
    delayMs: 1,
    mostWaiting,
    dropsOldest,
    onFailure: (error) => void failures.push(error),
  });
  const steps = () => sent.flatMap(({ metrics = [] }) => metrics.map(({ step }) => step));
  return { writer, sent, failures, steps };
}

describe("what is logged one at a time", () => {
  it("goes in batches, in order, with nothing missing", async () => {
    const { writer, sent, steps } = writerTo(() => undefined);

    for (let step = 0; step < 2500; step += 1) await writer.log({ metrics: [point(step)] });
    await writer.flush();

    expect(steps()).toEqual(Array.from({ length: 2500 }, (_, step) => step));
    expect(sent.length).toBeLessThan(10);
    expect(writer.waiting).toBe(0);
  });

  it("goes by itself after a while", async () => {
    const { writer, steps } = writerTo(() => undefined);

    await writer.log({ metrics: [point(0)] });

    await vi.waitFor(() => expect(steps()).toEqual([0]));
  });

  it("waits in memory up to a bound, and whoever logs more waits too", async () => {
    let most = 0;
    const { writer, steps } = writerTo(
      () => {
        most = Math.max(most, writer.waiting);
      },
      { mostWaiting: 1500 },
    );

    for (let step = 0; step < 10_000; step += 1) await writer.log({ metrics: [point(step)] });
    await writer.flush();

    expect(most).toBeLessThanOrEqual(1501);
    expect(steps()).toHaveLength(10_000);
  });
});

describe("flush", () => {
  it("waits for what was logged before it, however much is logged meanwhile", async () => {
    const { writer, steps } = writerTo(({ metrics = [] }) => {
      for (const { step } of metrics) void writer.log({ metrics: [point(step + 1)] });
    });

    await writer.log({ metrics: [point(0)] });
    await writer.flush();

    expect(steps()).toEqual([0]);
  });

  it("sends all there is before it tells what was refused", async () => {
    const { writer, steps } = writerTo(({ metrics = [] }, call) => {
      if (call === 1) void writer.log({ metrics: [point(1)] }).then(() => flushed());
      return metrics.some(({ step }) => step === 0) ? refusal : undefined;
    });
    let second: Promise<void> | undefined;
    const flushed = () => {
      second = writer.flush();
    };

    await writer.log({ metrics: [point(0)] });

    await expect(writer.flush()).rejects.toBe(refusal);
    await expect(second).rejects.toBe(refusal);
    expect(steps()).toEqual([1]);
  });
});

describe("what no server answered for", () => {
  it("is held in bounded memory: whoever logs into a full writer is told, and nothing of that is taken", async () => {
    const { writer, steps } = writerTo((_, call) => (call <= 2 ? silence : undefined), {
      mostWaiting: 3,
    });

    for (const step of [0, 1, 2]) await writer.log({ metrics: [point(step)] });
    await expect(writer.flush()).rejects.toBe(silence);
    await expect(writer.log({ metrics: [point(3)] })).rejects.toBe(silence);
    expect(writer.waiting).toBe(3);

    await writer.log({ metrics: [point(4)] });
    await writer.flush();
    expect(steps()).toEqual([0, 1, 2, 4]);
  });

  it("may give place to newer points, but for parameters, tags and what may have come there", async () => {
    let answer: MlflowError | undefined = silence;
    const { writer, sent, steps } = writerTo(() => answer, {
      mostWaiting: 5000,
      dropsOldest: true,
    });
    await writer.log({ params: [{ key: "family", value: "poisson" }], metrics: [point(0)] });
    await expect(writer.flush()).rejects.toBe(silence);

    for (let step = 1; step < 20_000; step += 1) await writer.log({ metrics: [point(step)] });

    expect(writer.waiting).toBeLessThanOrEqual(5000);
    answer = undefined;
    await writer.flush();
    expect(sent[0]).toMatchObject({ params: [{ key: "family" }], metrics: [{ step: 0 }] });
    const [first, ...rest] = steps();
    expect(first).toBe(0);
    expect(rest).toEqual(Array.from(rest, (_, index) => 20_000 - rest.length + index));
    expect(writer.dropped).toBe(20_000 - 1 - rest.length);
  });

  it("is kept, and sent by the next flush: the same batch first", async () => {
    const tried: LogBatch[] = [];
    const { writer, sent, steps } = writerTo((batch, call) => {
      tried.push(batch);
      return call === 1 ? silence : undefined;
    });

    await writer.log({ metrics: [point(0)] });
    await expect(writer.flush()).rejects.toBe(silence);
    await writer.log({ metrics: [point(1)] });
    await writer.flush();

    expect(steps()).toEqual([0, 1]);
    expect(sent[0]).toBe(tried[0]);
  });

  it("is cut off and kept when nobody waits for it any more", async () => {
    const cutOff: unknown[] = [];
    const { writer, failures, steps } = writerTo((_batch, call, signal) =>
      call > 1
        ? undefined
        : new Promise((resolve) => {
            signal.addEventListener("abort", () => {
              cutOff.push(signal.reason);
              resolve(signal.reason);
            });
          }),
    );
    await writer.log({ metrics: [point(0)] });
    const [one, other] = [new AbortController(), new AbortController()];
    const [first, second] = [writer.flush(one.signal), writer.flush(other.signal)];

    one.abort("one leaves");
    await expect(first).rejects.toBe("one leaves");
    expect(cutOff).toEqual([]);
    other.abort("the last leaves");
    await expect(second).rejects.toBe("the last leaves");
    await vi.waitFor(() => expect(cutOff).toEqual(["the last leaves"]));

    await writer.flush();
    expect(steps()).toEqual([0]);
    expect(failures).toEqual([]);
  });

  it("is told to whoever listens, when nobody waits", async () => {
    const { writer, failures } = writerTo(() => silence);

    await writer.log({ metrics: [point(0)] });

    await vi.waitFor(() => expect(failures).toEqual([silence]));
    expect(writer.waiting).toBe(1);
  });
});

describe("what a server refuses", () => {
  it("is dropped and told, and takes nothing else with it", async () => {
    const { writer, sent, steps } = writerTo(({ params = [] }) =>
      params.some(({ key }) => key === "bad") ? refusal : undefined,
    );

    await writer.log({
      metrics: [point(0), point(1)],
      params: ["good", "bad", "fine"].map((key) => ({ key, value: "1" })),
      tags: [{ key: "t", value: "1" }],
    });

    await expect(writer.flush()).rejects.toBe(refusal);
    await writer.flush();
    expect(sent.flatMap(({ params = [] }) => params.map(({ key }) => key))).toEqual([
      "good",
      "fine",
    ]);
    expect(sent.flatMap(({ tags = [] }) => tags)).toHaveLength(1);
    expect(steps()).toEqual([0, 1]);
  });

  it("is not looked for among entries when the run itself is refused", async () => {
    let calls = 0;
    const gone = new MlflowError("RESOURCE_DOES_NOT_EXIST", "No such run", { status: 404 });
    const { writer } = writerTo(() => {
      calls += 1;
      return gone;
    });

    await writer.log({ metrics: Array.from({ length: 1000 }, (_, step) => point(step)) });

    await expect(writer.flush()).rejects.toBe(gone);
    expect([calls, writer.waiting]).toEqual([1, 0]);
  });

  it("is found among many points", async () => {
    const { writer, steps } = writerTo(({ metrics = [] }) =>
      metrics.some(({ step }) => step === 77) ? refusal : undefined,
    );

    await writer.log({ metrics: Array.from({ length: 1000 }, (_, step) => point(step)) });

    await expect(writer.flush()).rejects.toBe(refusal);
    await writer.flush();
    expect(steps()).toHaveLength(999);
    expect(steps()).not.toContain(77);
  });
});
