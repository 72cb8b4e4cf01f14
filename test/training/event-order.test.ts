/** What may be relied on of the order of a job's events, whenever its two services answer. */

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Session } from "../../src/session.ts";
import type { LogEvent, StatusEvent, TrainingJobEvent } from "../../src/training/events.ts";
import type { EventsOptions } from "../../src/training/job-options.ts";
import { TrainingJob } from "../../src/training/training-job.ts";
import { JobWire, refusal } from "../helpers/job-wire.ts";

let wire: JobWire;
let session: Session;

beforeEach(async () => {
  wire = new JobWire();
  session = await wire.session();
});

afterEach(() => {
  wire.dispose();
});

async function eventsOf(
  one: JobWire,
  from: Session,
  options: EventsOptions = {},
  name = "job",
  onEvent: (event: TrainingJobEvent) => void = () => {},
): Promise<TrainingJobEvent[]> {
  const all: TrainingJobEvent[] = [];
  const reading = (async () => {
    const job = new TrainingJob(name, from, { clock: one.clock });
    for await (const event of job.events(options)) {
      all.push(event);
      onEvent(event);
    }
  })();
  await one.clock.run(reading);
  return all;
}

/** Statuses and lines in the words of the tests, in the order in which they were told. */
function told(events: readonly TrainingJobEvent[]): string[] {
  return events.flatMap((event) =>
    event.type === "status" ? [event.secondaryStatus] : event.type === "log" ? [event.text] : [],
  );
}

const isStatus = (event: TrainingJobEvent): event is StatusEvent => event.type === "status";
const isLine = (event: TrainingJobEvent): event is LogEvent => event.type === "log";
const ENDS = new Set(["Completed", "Failed", "Stopped"]);

/** What of the promised order does not hold. */
function breaches(events: readonly TrainingJobEvent[]): string[] {
  const statuses = events.filter(isStatus);
  const found: string[] = [];
  for (const [index, event] of events.entries()) {
    if (!isLine(event)) continue;
    for (const status of statuses) {
      const isBefore = events.indexOf(status) < index;
      const mustBeBefore = !ENDS.has(status.status) && status.time <= event.time;
      if (mustBeBefore && !isBefore) found.push(`${event.text} before ${status.secondaryStatus}`);
      if (ENDS.has(status.status) && isBefore) found.push(`${event.text} after the end`);
    }
  }
  return found;
}

describe("a status comes before the lines that were printed while it lasted", () => {
  it("when the log can be read long before the next look at the job", async () => {
    const job = wire.job("job");
    job.pass("Downloading", "Downloading the training image");
    wire.clock.after(31_000, () => {
      job.pass("Training", "Training in progress.");
      job.print("algo-1", "first");
    });
    wire.clock.after(33_000, () => job.print("algo-1", "second"));
    wire.clock.after(95_000, () => {
      job.pass("Stopping", "Stopping the training job");
      job.print("algo-1", "saving");
    });
    wire.clock.after(185_000, () => job.end("Stopped"));

    const events = await eventsOf(wire, session, { pollIntervalMs: 60_000 });

    expect(told(events)).toEqual([
      ...["Starting", "Downloading", "Training", "first", "second", "Stopping", "saving"],
      "Stopped",
    ]);
  });

  it("when the look that was under way says what was the case before", async () => {
    const job = wire.job("job");
    job.pass("Downloading", "Downloading the training image");
    // Asked at 5 s, answered at 25 s; the line comes between.
    wire.delayMs = (operation) => (operation === "DescribeTrainingJob" ? 20_000 : 0);
    wire.clock.after(28_000, () => {
      job.pass("Training", "Training in progress.");
      job.print("algo-1", "first");
    });
    wire.clock.after(90_000, () => job.end("Completed"));

    const events = await eventsOf(wire, session, { pollIntervalMs: 5000 });

    expect(told(events)).toEqual(["Starting", "Downloading", "Training", "first", "Completed"]);
  });

  it("for each attempt of a job that was interrupted", async () => {
    const job = wire.job("job");
    const attempt = (at: number, line: string): void => {
      wire.clock.after(at, () => job.pass("Training", "Training in progress."));
      wire.clock.after(at + 1, () => job.print("algo-1", line));
    };
    job.pass("Downloading", "Downloading input data");
    attempt(20_000, "one");
    wire.clock.after(40_000, () => {
      job.pass("Interrupted", "Interrupted");
      job.restart("algo-1");
    });
    attempt(61_000, "two");
    wire.clock.after(90_000, () => job.end("Completed"));

    const events = await eventsOf(wire, session, { pollIntervalMs: 120_000 });

    expect(told(events)).toEqual([
      ...["Starting", "Downloading", "Training", "one", "Interrupted", "Training", "two"],
      "Completed",
    ]);
  });

  it("when a message that changed is younger than the status that follows it", async () => {
    const job = wire.job("job");
    job.pass("Training", "Training in progress.");
    wire.clock.after(10_000, () => {
      const [, training] = job.fields["SecondaryStatusTransitions"] as Record<string, unknown>[];
      job.pass("Stopping", "Stopping the training job");
      Object.assign(training ?? {}, { StatusMessage: "Training was told to stop." });
      job.print("algo-1", "saving");
      job.fields["LastModifiedTime"] = wire.clock.now() / 1000 + 5;
    });
    wire.clock.after(60_000, () => job.end("Stopped"));

    const events = await eventsOf(wire, session, { pollIntervalMs: 4000 });

    expect(told(events)).toEqual([
      ...["Starting", "Training", "Training", "Stopping", "saving", "Stopped"],
    ]);
  });
});

describe("the end", () => {
  it("comes after all lines, with the status that says so", async () => {
    const job = wire.job("job");
    job.pass("Training", "Training in progress.");
    wire.clock.after(10_000, () => job.print("algo-1", "early"));
    wire.clock.after(20_000, () => job.end("Completed"));
    // CloudWatch shows it late, and its time is after the end.
    wire.clock.after(29_000, () => job.print("algo-1", "late"));

    const events = await eventsOf(wire, session);

    expect(told(events)).toEqual(["Starting", "Training", "early", "late", "Completed"]);
    expect(events.at(-1)).toMatchObject({ type: "end", status: "Completed" });
  });
});

describe("the order costs", () => {
  /** Asked to look once an hour: what is beyond that, lines asked for. */
  const RARELY = { pollIntervalMs: 3_600_000 };

  it("a look for each reading that brought lines, and none where there are none", async () => {
    const job = wire.job("job");
    job.pass("Training", "Training in progress.");
    for (let n = 0; n < 5; n += 1) {
      wire.clock.after(60_000 * (n + 1), () => job.print("algo-1", `a${n}`, `b${n}`, `c${n}`));
    }
    wire.clock.after(400_000, () => job.end("Completed"));

    const events = await eventsOf(wire, session, RARELY);

    expect(events.filter(isLine)).toHaveLength(15);
    // The first and the last are the wait's own.
    expect(wire.count("DescribeTrainingJob")).toBe(2 + 5);
  });

  it("a look in five seconds where a job prints all the time, and no line waits longer", async () => {
    const job = wire.job("job");
    job.pass("Training", "Training in progress.");
    for (let second = 1; second < 120; second += 1) {
      wire.clock.after(second * 1000, () => job.print("algo-1", `second ${second}`));
    }
    wire.clock.after(120_000, () => job.end("Completed"));
    const waited: number[] = [];

    const events = await eventsOf(wire, session, RARELY, "job", (event) => {
      if (isLine(event)) waited.push(wire.clock.now() - event.time.getTime());
    });

    expect(events.filter(isLine)).toHaveLength(119);
    expect(breaches(events)).toEqual([]);
    expect(wire.count("DescribeTrainingJob")).toBeLessThanOrEqual(2 + 120 / 5);
    // It is read within two seconds and a half, and waits for the next look.
    expect(Math.max(...waited)).toBeLessThanOrEqual(2500 + 5000);
  });

  it("nothing where a look has been made since the lines were printed", async () => {
    const job = wire.job("job");
    job.pass("Training", "Training in progress.");
    // CloudWatch shows lines eight seconds late: looks that are made anyway have seen their statuses.
    for (let second = 1; second < 60; second += 1) {
      const time = wire.clock.now() + second * 1000;
      wire.clock.after(second * 1000 + 8000, () => job.printAt(time, "algo-1", `second ${second}`));
    }
    wire.clock.after(70_000, () => job.end("Completed"));

    const events = await eventsOf(wire, session, { pollIntervalMs: 5000 });

    expect(events.filter(isLine)).toHaveLength(59);
    expect(breaches(events)).toEqual([]);
    expect(wire.count("DescribeTrainingJob")).toBeLessThanOrEqual(2 + 70 / 5);
  });

  it("one look for a long log that is caught up with", async () => {
    wire.pageLimit = 10;
    const job = wire.job("job");
    job.pass("Training", "Training in progress.");
    job.print("algo-1", ...Array.from({ length: 500 }, (_, n) => `line ${n}`));
    wire.clock.after(3_600_000, () => {});
    await wire.clock.run(wire.clock.sleep(3_600_000));
    wire.clock.after(60_000, () => job.end("Completed"));

    const events = await eventsOf(wire, session, RARELY);

    expect(events.filter(isLine)).toHaveLength(500);
    // The first look and the last: what was printed an hour ago, the first has seen the statuses of.
    expect(wire.count("DescribeTrainingJob")).toBe(2);
  });

  it("no more than a list in five seconds where many jobs print", async () => {
    const names = Array.from({ length: 12 }, (_, n) => `job-${n}`);
    for (const name of names) {
      const job = wire.job(name);
      job.pass("Training", "Training in progress.");
      for (let second = 1; second < 60; second += 1) {
        wire.clock.after(second * 1000, () => job.print("algo-1", `second ${second}`));
      }
      wire.clock.after(60_000, () => job.end("Completed"));
    }

    const all = await wire.clock.run(
      Promise.all(
        names.map(async (name) => {
          const events: TrainingJobEvent[] = [];
          const job = new TrainingJob(name, session, { clock: wire.clock });
          for await (const event of job.events()) events.push(event);
          return events;
        }),
      ),
    );

    expect(all.flatMap((events) => breaches(events))).toEqual([]);
    expect(all.every((events) => events.filter(isLine).length === 59)).toBe(true);
    // Twelve looks at the beginning, twelve at the end.
    expect(wire.count("DescribeTrainingJob")).toBe(24);
    expect(wire.count("ListTrainingJobs")).toBeLessThanOrEqual(60 / 5 + 1);
  });
});

describe("lines go on", () => {
  it("while the service does not say how the job is", async () => {
    const job = wire.job("job");
    job.pass("Training", "Training in progress.");
    let sawLine = false;
    wire.fault = ({ operation, at }) =>
      operation === "DescribeTrainingJob" && at > start && !sawLine
        ? refusal("ThrottlingException", "Rate exceeded")
        : undefined;
    const start = wire.clock.now();
    wire.clock.after(10_000, () => job.print("algo-1", "line"));
    wire.clock.after(20_000, () => job.end("Completed"));

    // Without the line, the service would be throttling for ever.
    const events = await eventsOf(wire, session, {}, "job", ({ type }) => {
      sawLine ||= type === "log";
    });

    expect(told(events)).toEqual(["Starting", "Training", "line", "Completed"]);
    expect(events).toContainEqual(expect.objectContaining({ code: "api-retry" }));
  });
});

describe("whenever the services answer", () => {
  const delay = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 15_000 }));
  const moment = fc.integer({ min: 0, max: 120_000 });
  const history = fc.record({
    /** When the job passes to a further status, never twice at once; the last is its end. */
    passes: fc.uniqueArray(moment, { minLength: 2, maxLength: 8 }),
    prints: fc.array(fc.record({ at: moment, host: fc.constantFrom("algo-1", "algo-2") }), {
      maxLength: 40,
    }),
    describe: fc.array(delay, { minLength: 1, maxLength: 8 }),
    read: fc.array(delay, { minLength: 1, maxLength: 8 }),
    pollIntervalMs: fc.option(fc.integer({ min: 500, max: 90_000 }), { nil: undefined }),
    /** How late CloudWatch shows lines. */
    lagMs: delay,
    /** How far the services' clock is ahead of the caller's. */
    skewMs: fc.integer({ min: -200_000, max: 200_000 }),
  });

  it("the order holds, and no line and no status is missing", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(history, async (given) => {
        const { passes, prints, describe: late, read, lagMs, skewMs, ...poll } = given;
        const one = new JobWire();
        one.skewMs = skewMs;
        try {
          const own = await one.session();
          let [described, reads] = [0, 0];
          one.delayMs = (operation) => {
            if (operation === "DescribeTrainingJob") return late[described++ % late.length] ?? 0;
            return operation === "GetLogEvents" ? (read[reads++ % read.length] ?? 0) : 0;
          };
          const job = one.job("job");
          job.pass("Downloading", "Downloading the training image");
          const end = Math.max(...passes);
          for (const [index, at] of passes.toSorted((a, b) => a - b).entries()) {
            one.clock.after(at, () =>
              index === passes.length - 1
                ? job.end("Completed")
                : job.pass(index % 2 === 0 ? "Training" : "Interrupted", `step ${index}`),
            );
          }
          const printed = prints.filter(({ at }) => at <= end);
          for (const [index, { at, host }] of printed.entries()) {
            const time = one.clock.now() + at + skewMs;
            one.clock.after(at + lagMs, () => job.printAt(time, host, `line ${index}`));
          }

          const events = await eventsOf(one, own, {
            ...(poll.pollIntervalMs !== undefined && { pollIntervalMs: poll.pollIntervalMs }),
            logGrace: { minMs: 60_000, maxMs: 120_000 },
          });

          expect(breaches(events)).toEqual([]);
          expect(events.filter(isLine)).toHaveLength(printed.length);
          expect(events.filter(isStatus)).toHaveLength(passes.length + 2);
          const times = events.filter(isStatus).map(({ time }) => time.getTime());
          expect(times).toEqual(times.toSorted((a, b) => a - b));
        } finally {
          one.dispose();
        }
      }),
      { numRuns: 30 },
    );
  });
});
