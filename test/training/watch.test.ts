import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Session } from "../../src/session.ts";
import { StatusReader } from "../../src/training/status-lines.ts";
import type { WatchOptions } from "../../src/training/status-poller.ts";
import { watchJob } from "../../src/training/watch.ts";
import type { JobClock } from "../helpers/job-clock.ts";
import { answer, JobWire, refusal, type WireJob } from "../helpers/job-wire.ts";

let wire: JobWire;
let clock: JobClock;
let session: Session;
let gaps: { code: string; message: string }[];

beforeEach(async () => {
  wire = new JobWire();
  clock = wire.clock;
  session = await wire.session();
  gaps = [];
});

afterEach(() => {
  wire.dispose();
});

async function watch(name: string, options: Partial<WatchOptions> = {}): Promise<string[]> {
  const seen: string[] = [];
  const statuses = new StatusReader();
  const gap = (one: { code: string; message: string }): void => void gaps.push(one);
  for await (const description of watchJob(session, name, { clock, onGap: gap, ...options })) {
    seen.push(...statuses.statuses(description).map(({ secondaryStatus }) => secondaryStatus));
  }
  return seen;
}

/** A job that trains from its second minute to `endMs`, and then uploads for a minute. */
function script(name: string, endMs: number): WireJob {
  const job = wire.job(name);
  clock.after(60_000, () => job.pass("Downloading", "Downloading input data"));
  clock.after(80_000, () => job.pass("Training", "Training in progress"));
  clock.after(endMs, () => job.pass("Uploading", "Uploading generated training model"));
  clock.after(endMs + 60_000, () => job.end("Completed"));
  return job;
}

const ALL = ["Starting", "Downloading", "Training", "Uploading", "Completed"];

describe("watching a job", () => {
  it("sees every status of a job that is not in a hurry, and ends with it", async () => {
    script("job", 600_000);
    expect(await clock.run(watch("job"))).toEqual(ALL);
  });

  it("asks less and less often while nothing changes", async () => {
    script("job", 3_600_000);
    await clock.run(watch("job"));
    const times = wire.calls.map(({ at }) => at);
    const waits = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(waits[0]).toBeLessThanOrEqual(10_500);
    expect(Math.max(...waits)).toBeLessThanOrEqual(40_000);
    expect(Math.max(...waits)).toBeGreaterThan(25_000);
    expect(wire.calls.length).toBeLessThan(160);
  });

  it("sees the end within seconds however long the job uploads", async () => {
    const job = wire.job("job");
    clock.after(60_000, () => job.pass("Uploading", "Uploading generated training model"));
    clock.after(1_200_000, () => job.end("Completed"));
    await clock.run(watch("job"));
    const ended = Number(job.fields["TrainingEndTime"]) * 1000;
    const seen = wire.calls.at(-1)?.at ?? 0;
    expect(seen - ended).toBeLessThanOrEqual(11_000);
  });

  it("asks as often as the caller says", async () => {
    script("job", 100_000);
    await clock.run(watch("job", { pollIntervalMs: 1000 }));
    expect(wire.count("DescribeTrainingJob")).toBeGreaterThan(95);
  });

  it("costs one list for many jobs, and a Describe for what changed", async () => {
    const names = Array.from({ length: 20 }, (_, index) => `job-${index}`);
    for (const name of names) script(name, 3_600_000);
    const seen = await clock.run(Promise.all(names.map((name) => watch(name))));
    for (const one of seen) expect(one).toEqual(ALL);
    // An hour of 20 jobs: alone, each would take some 130 calls.
    const describes = wire.count("DescribeTrainingJob");
    expect(describes).toBeLessThan(20 * 40);
    expect(wire.count("ListTrainingJobs")).toBeGreaterThan(20);
  });

  it("describes instead when the caller may not list", async () => {
    const names = ["job-1", "job-2", "job-3"];
    for (const name of names) script(name, 300_000);
    wire.fault = ({ operation }) =>
      operation === "ListTrainingJobs"
        ? refusal("AccessDeniedException", "not authorized to perform: sagemaker:ListTrainingJobs")
        : undefined;
    const seen = await clock.run(Promise.all(names.map((name) => watch(name))));
    for (const one of seen) expect(one.at(-1)).toBe("Completed");
    expect(wire.count("ListTrainingJobs")).toBe(1);
  });

  it("does not miss a change that a lagging list does not show", async () => {
    const names = ["job-1", "job-2", "job-3"];
    for (const name of names) script(name, 300_000);
    wire.fault = ({ operation }) =>
      operation === "ListTrainingJobs" ? answer(200, { TrainingJobSummaries: [] }) : undefined;
    const seen = await clock.run(Promise.all(names.map((name) => watch(name))));
    for (const one of seen) expect(one.at(-1)).toBe("Completed");
  });

  it("does not page through everybody's jobs for a few", async () => {
    const names = ["job-1", "job-2", "job-3"];
    for (let other = 0; other < 1000; other += 1) wire.job(`other-${other}`);
    for (const name of names) script(name, 300_000);
    await clock.run(Promise.all(names.map((name) => watch(name))));
    const lists = wire.calls.filter(({ operation }) => operation === "ListTrainingJobs");
    expect(Math.max(...lists.map(({ input }) => Number(input["NextToken"] ?? 0)))).toBe(100);
  });

  it("survives throttling, the service's faults, dropped connections, silence and foreign answers", async () => {
    script("job", 600_000);
    const faults = [
      refusal("ThrottlingException", "Rate exceeded"),
      refusal("InternalFailure", "oops", 500),
      Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }),
      { status: 502, headers: { "content-type": "text/html" }, body: Buffer.from("<html>") },
      "hang" as const,
      refusal("ExpiredTokenException", "The security token included in the request is expired"),
    ];
    let call = 0;
    wire.fault = () => {
      call += 1;
      return call % 2 === 0 ? faults[(call / 2) % faults.length] : undefined;
    };
    const seen = await clock.run(watch("job"));
    expect(seen.at(-1)).toBe("Completed");
    expect(new Set(gaps.map(({ code }) => code))).toEqual(new Set(["api-retry", "api-recovered"]));
    expect(gaps[0]?.message).toMatch(
      /Could not describe training job job: .*Trying again; the job goes on/,
    );
  });

  it("waits between attempts for a random part of a growing time", async () => {
    script("job", 30_000);
    clock.chance = 0.999;
    wire.fault = ({ at }) =>
      at < clock.now() + 1 && wire.calls.length < 9
        ? refusal("ThrottlingException", "Rate exceeded")
        : undefined;
    await clock.run(watch("job"));
    const times = wire.calls.slice(0, 9).map(({ at }) => at);
    const waits = times.slice(1).map((at, index) => Math.round((at - (times[index] ?? 0)) / 1000));
    expect(waits).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
  });

  it("tells a gap once, not at every attempt", async () => {
    script("job", 600_000);
    wire.fault = ({ at }) =>
      at - Date.parse("2026-01-31T12:00:00Z") < 200_000
        ? refusal("ThrottlingException", "Rate exceeded")
        : undefined;
    await clock.run(watch("job"));
    expect(gaps.map(({ code }) => code)).toEqual(["api-retry", "api-recovered"]);
  });

  it("asks for new credentials when the old ones have expired", async () => {
    let keys = 0;
    const renewing = await wire.session({
      credentials: async () => {
        keys += 1;
        return { accessKeyId: `key-${keys}`, secretAccessKey: "secret" };
      },
    });
    script("job", 60_000);
    wire.fault = ({ at, operation }) =>
      operation === "DescribeTrainingJob" && keys === 1 && at > Date.parse("2026-01-31T12:00:30Z")
        ? refusal("ExpiredTokenException", "The security token included in the request is expired")
        : undefined;
    const seen: string[] = [];
    const watching = (async () => {
      for await (const one of watchJob(renewing, "job", { clock }))
        seen.push(one.SecondaryStatus ?? "");
    })();
    await clock.run(watching);
    expect(seen.at(-1)).toBe("Completed");
    expect(keys).toBeGreaterThan(1);
  });

  it("survives a sign-in that runs out on the way, but not one that never was", async () => {
    script("job", 120_000);
    const unknown = refusal(
      "UnrecognizedClientException",
      "The security token included in the request is invalid.",
    );
    const start = clock.now();
    wire.fault = ({ at }) => (at > start + 20_000 && at < start + 60_000 ? unknown : undefined);
    expect((await clock.run(watch("job"))).at(-1)).toBe("Completed");
    wire.fault = () => unknown;
    await expect(clock.run(watch("job"))).rejects.toThrow(/does not know these credentials/);
  });

  it("gives a job's tags five minutes to spread before a refusal counts", async () => {
    script("job", 600_000);
    const start = clock.now();
    wire.fault = ({ at }) =>
      at < start + 240_000 ? refusal("AccessDeniedException", "not authorized") : undefined;
    const seen = await clock.run(watch("job", { createdAt: start }));
    expect(seen.at(-1)).toBe("Completed");
    expect(gaps.map(({ code }) => code)).toEqual(["access-not-yet"]);
  });

  it("takes a refusal as one after five minutes, and for a job that it did not start", async () => {
    script("job", 600_000);
    wire.fault = () => refusal("AccessDeniedException", "not authorized");
    await expect(clock.run(watch("job"))).rejects.toThrow(/lacks this permission/);
    const start = clock.now();
    await expect(clock.run(watch("job", { createdAt: start }))).rejects.toThrow(
      /lacks this permission/,
    );
    expect(clock.now() - start).toBeGreaterThanOrEqual(300_000);
  });

  it("rejects with the signal's reason, whatever it is waiting for", async () => {
    script("job", 600_000);
    for (const hang of [false, true]) {
      const controller = new AbortController();
      const reason = new Error("enough");
      wire.fault = () => (hang ? "hang" : undefined);
      clock.after(12_000, () => controller.abort(reason));
      await expect(clock.run(watch("job", { signal: controller.signal }))).rejects.toBe(reason);
    }
  });

  it("lets one wait of many end without the others", async () => {
    const controller = new AbortController();
    for (const name of ["a", "b", "c"]) script(name, 300_000);
    clock.after(100_000, () => controller.abort(new Error("enough")));
    const waits = Promise.allSettled([
      watch("a"),
      watch("b", { signal: controller.signal }),
      watch("c"),
    ]);
    const [a, b, c] = await clock.run(waits);
    expect([a?.status, b?.status, c?.status]).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });
});
