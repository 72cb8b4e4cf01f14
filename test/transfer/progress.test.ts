import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ProgressEvent } from "../../src/training/events.ts";
import { ProgressMeter } from "../../src/transfer/progress.ts";

function meter(totalBytes?: number) {
  const events: ProgressEvent[] = [];
  const clock = { now: 1_000_000 };
  const measured = new ProgressMeter({
    phase: "download",
    ...(totalBytes !== undefined && { totalBytes }),
    totalFiles: 2,
    onProgress: (event) => events.push(event),
    now: () => clock.now,
  });
  return { events, clock, measured };
}

describe("ProgressMeter", () => {
  it("tells rate and time left", () => {
    const { events, clock, measured } = meter(1000);
    clock.now += 1000;
    measured.addBytes(100);
    expect(events).toEqual([
      {
        type: "progress",
        time: new Date(1_001_000),
        phase: "download",
        bytes: 100,
        totalBytes: 1000,
        files: 0,
        totalFiles: 2,
        bytesPerSecond: 100,
        secondsLeft: 9,
      },
    ]);
  });

  it("tells no time left when the total, or the rate, is not known", () => {
    const { events, clock, measured } = meter();
    measured.addBytes(1);
    clock.now += 1000;
    measured.addBytes(1);
    expect(events[0]).toMatchObject({ bytesPerSecond: 0 });
    expect(events.every((event) => !("secondsLeft" in event) && !("totalBytes" in event))).toBe(
      true,
    );
  });

  it("forgets what was more than a few seconds ago, so that a stall shows", () => {
    const { events, clock, measured } = meter(10_000);
    for (let second = 0; second < 10; second += 1) {
      clock.now += 1000;
      measured.addBytes(second < 4 ? 1000 : 0);
    }
    expect(events.at(-1)?.bytesPerSecond).toBe(0);
    expect(events[3]?.bytesPerSecond).toBe(1000);
  });

  it("keeps quiet between two events, but always tells the end", () => {
    const { events, clock, measured } = meter(100);
    for (let count = 0; count < 100; count += 1) {
      clock.now += 10;
      measured.addBytes(1);
    }
    measured.addFile();
    measured.addFile();
    expect(events.length).toBeLessThanOrEqual(6);
    measured.end();
    expect(events.at(-1)).toMatchObject({ bytes: 100, files: 2, secondsLeft: 0 });
  });

  it("never tells a negative or infinite figure", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(20_000), fc.integer({ min: -100, max: 100_000 }))),
        (steps) => {
          const { events, clock, measured } = meter(50_000);
          for (const [time, bytes] of steps) {
            clock.now += time;
            measured.addBytes(bytes);
          }
          for (const { bytesPerSecond, secondsLeft = 0 } of events) {
            expect(bytesPerSecond).toBeGreaterThanOrEqual(0);
            expect(Number.isFinite(bytesPerSecond)).toBe(true);
            expect(secondsLeft).toBeGreaterThanOrEqual(0);
          }
        },
      ),
    );
  });

  it("costs nothing when nobody listens", () => {
    const silent = new ProgressMeter({ phase: "stage" });
    silent.addBytes(1);
    silent.addFile();
    silent.end();
  });
});
