import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Session } from "../../src/session.ts";
import type { LogEvent } from "../../src/training/events.ts";
import { LOG_GROUP } from "../../src/training/log-group.ts";
import { LogSource } from "../../src/training/log-source.ts";
import { LogReader, type LogReaderOptions } from "../../src/training/logs.ts";
import type { JobClock } from "../helpers/job-clock.ts";
import { answer, JobWire, refusal } from "../helpers/job-wire.ts";

const ENDED = { longAgo: false, mayHavePrinted: true };

let wire: JobWire;
let clock: JobClock;
let session: Session;
let gaps: string[];

beforeEach(async () => {
  wire = new JobWire();
  clock = wire.clock;
  session = await wire.session();
  gaps = [];
});

afterEach(() => {
  wire.dispose();
});

function reader(job: string, options: Partial<LogReaderOptions> = {}): LogReader {
  const made = new LogReader(session, job, {
    clock,
    hosts: 1,
    onGap: ({ code }) => gaps.push(code),
    onCut: (message) => gaps.push(message),
    ...options,
  });
  made.open();
  return made;
}

async function collect(lines: AsyncIterable<LogEvent>): Promise<string[]> {
  const texts: string[] = [];
  for await (const { host, text } of lines) texts.push(`${host} ${text}`);
  return texts;
}

/** The lines of a reader that is told of the end after so many milliseconds. */
async function readUntil(made: LogReader, ms: number, end = ENDED): Promise<string[]> {
  clock.after(ms, () => made.finish(end));
  return await clock.run(collect(made.lines()));
}

/** GetLogEvents answers this until told otherwise. */
function pages(
  byToken: Readonly<Record<string, { lines: readonly string[]; next: string }>>,
): void {
  wire.fault = ({ operation, input }) => {
    if (operation === "DescribeLogStreams") {
      return answer(200, { logStreams: [{ logStreamName: "job/algo-1-1" }] });
    }
    const page = byToken[String(input["nextToken"] ?? "start")];
    return page === undefined
      ? refusal("InvalidParameterException", "The specified nextToken is invalid.")
      : answer(200, {
          events: page.lines.map((message) => ({ timestamp: 1, message })),
          nextForwardToken: page.next,
        });
  };
}

describe("the reader of a job's log", () => {
  it("gives every line once, in the order in which it was printed", async () => {
    const job = wire.job("job");
    const expected: string[] = [];
    for (let line = 0; line < 200; line += 1) {
      expected.push(`algo-1 line ${line}`);
      clock.after(line * 700, () => job.print("algo-1", `line ${line}`));
    }
    expect(await readUntil(reader("job"), 141_000)).toEqual(expected);
  });

  it("follows empty pages as long as their token is new", async () => {
    pages({
      start: { lines: [], next: "a" },
      a: { lines: [], next: "b" },
      b: { lines: ["one"], next: "c" },
      c: { lines: [], next: "d" },
      d: { lines: ["two"], next: "e" },
      e: { lines: [], next: "e" },
    });
    // All in one turn: for a job that ended long ago there is no other.
    const longAgo = { longAgo: true, mayHavePrinted: true };
    expect(await readUntil(reader("job"), 0, longAgo)).toEqual(["algo-1 one", "algo-1 two"]);
  });

  it("reads no page again while a stream stands still", async () => {
    const job = wire.job("job");
    job.print("algo-1", "only");
    await readUntil(reader("job"), 60_000);
    const tokens = wire.calls
      .filter(({ operation }) => operation === "GetLogEvents")
      .map(({ input }) => input["nextToken"]);
    // One read from the head; each later one asks at the end.
    expect(tokens.filter((token) => token === undefined)).toHaveLength(1);
    expect(new Set(tokens).size).toBe(2);
  });

  it("merges hosts by time and keeps the order of each", async () => {
    const job = wire.job("job");
    for (const line of [1, 2, 3]) {
      job.print("algo-1", `a${line}`);
      job.print("algo-2", `b${line}`);
    }
    const texts = await readUntil(reader("job", { hosts: 2 }), 0);
    expect(texts.map((text) => text.slice(-2))).toEqual(["a1", "b1", "a2", "b2", "a3", "b3"]);
  });

  it("keeps a stream's own order when its times do not", async () => {
    wire.logs.append(LOG_GROUP, "job/algo-1-1", [
      { timestamp: 3, message: "first" },
      { timestamp: 1, message: "second" },
    ]);
    expect(await readUntil(reader("job"), 0)).toEqual(["algo-1 first", "algo-1 second"]);
  });

  it("picks up a host that prints late", async () => {
    const job = wire.job("job");
    job.print("algo-1", "early");
    clock.after(300_000, () => job.print("algo-2", "late"));
    const texts = await readUntil(reader("job", { hosts: 2 }), 400_000);
    expect(texts).toEqual(["algo-1 early", "algo-2 late"]);
  });

  it("picks up the new stream of a host that was restarted, after the former one", async () => {
    const job = wire.job("job");
    job.print("algo-1", "before");
    clock.after(200_000, () => {
      job.restart("algo-1");
      job.print("algo-1", "after");
    });
    clock.after(280_000, () => job.print("algo-1", "later"));
    const texts = await readUntil(reader("job"), 400_000);
    expect(texts).toEqual(["algo-1 before", "algo-1 after", "algo-1 later"]);
  });

  it("reads both streams of a restarted host in order when it comes late", async () => {
    const job = wire.job("job");
    job.print("algo-1", "one", "two");
    clock.after(1000, () => {
      job.restart("algo-1");
      job.print("algo-1", "three");
    });
    await clock.run(clock.sleep(5000));
    const made = reader("job");
    made.finish(ENDED);
    expect(await clock.run(collect(made.lines()))).toEqual([
      "algo-1 one",
      "algo-1 two",
      "algo-1 three",
    ]);
  });

  it("finds all streams of a job that has more than a page of them", async () => {
    const job = wire.job("job");
    for (let host = 1; host <= 120; host += 1) job.print(`algo-${host}`, "hello");
    const texts = await readUntil(reader("job", { hosts: 120 }), 0);
    expect(new Set(texts).size).toBe(120);
    expect(texts).toHaveLength(120);
  });

  it("ends a list of streams whose token comes back", async () => {
    pages({ start: { lines: ["one"], next: "a" }, a: { lines: [], next: "a" } });
    const inner = wire.fault;
    wire.fault = (call) =>
      call.operation === "DescribeLogStreams"
        ? answer(200, { logStreams: [{ logStreamName: "job/algo-1-1" }], nextToken: "again" })
        : inner(call);
    expect(await readUntil(reader("job"), 0)).toEqual(["algo-1 one"]);
    expect(wire.count("DescribeLogStreams")).toBeLessThan(30);
  });

  it("lists the streams seldom once every host has one", async () => {
    const job = wire.job("job");
    job.print("algo-1", "hello");
    await readUntil(reader("job"), 3_600_000);
    // An hour: one a minute, and those of the last seconds.
    expect(wire.count("DescribeLogStreams")).toBeLessThan(70);
  });

  it("waits for a log group that is not there yet", async () => {
    const job = wire.job("job");
    clock.after(20_000, () => job.print("algo-1", "hello"));
    expect(await readUntil(reader("job"), 60_000)).toEqual(["algo-1 hello"]);
  });

  it("makes no call before a container may print", async () => {
    const made = new LogReader(session, "job", { clock, hosts: 1 });
    const lines = clock.run(collect(made.lines()));
    clock.after(600_000, () => made.finish({ longAgo: false, mayHavePrinted: false }));
    expect(await lines).toEqual([]);
    expect(wire.count("DescribeLogStreams")).toBe(1);
  });

  it("outlasts throttling, the service's faults, dropped connections and foreign answers", async () => {
    const job = wire.job("job");
    job.print("algo-1", "one");
    clock.after(30_000, () => job.print("algo-1", "two"));
    const faults = [
      refusal("ThrottlingException", "Rate exceeded"),
      Object.assign(new Error("socket hang up"), { code: "ECONNRESET" }),
      refusal("InternalFailure", "oops", 500),
      { status: 502, headers: { "content-type": "text/html" }, body: Buffer.from("<html></html>") },
      refusal("ExpiredTokenException", "The security token included in the request is expired"),
      "hang" as const,
    ];
    let call = 0;
    wire.fault = () => {
      call += 1;
      return call % 2 === 0 ? faults[(call / 2) % faults.length] : undefined;
    };
    const texts = await readUntil(reader("job"), 120_000);
    expect(texts).toEqual(["algo-1 one", "algo-1 two"]);
    expect(gaps).toContain("api-retry");
    expect(gaps).toContain("api-recovered");
  });

  it.each(["DescribeLogStreams", "GetLogEvents"])(
    "asks again where %s is answered without its list, in place of taking it for the end",
    async (operation) => {
      wire.job("job").print("algo-1", "one");
      let struck = false;
      wire.fault = (call) => {
        if (struck || call.operation !== operation) return undefined;
        struck = true;
        return { status: 200, headers: {}, body: Buffer.from("") };
      };
      const source = new LogSource(session, "job", { clock });
      const read = async () => {
        const [stream] = await source.streams();
        return await source.page(stream?.name ?? "");
      };
      expect((await clock.run(read())).events).toMatchObject([{ message: "one" }]);
      expect(struck).toBe(true);
    },
  );

  it("finds its place again by time when its token has expired", async () => {
    const job = wire.job("job");
    wire.logs.append(LOG_GROUP, "job/algo-1-1", [
      { timestamp: 5, message: "a" },
      { timestamp: 7, message: "b" },
      { timestamp: 7, message: "c" },
    ]);
    let expired = false;
    clock.after(60_000, () => {
      expired = true;
      wire.logs.append(LOG_GROUP, "job/algo-1-1", [
        { timestamp: 7, message: "d" },
        { timestamp: 9, message: "e" },
      ]);
    });
    wire.fault = ({ operation, input }) => {
      if (operation === "GetLogEvents" && expired && input["nextToken"] !== undefined) {
        expired = false;
        return refusal("InvalidParameterException", "The specified nextToken is expired.");
      }
      return undefined;
    };
    expect(job.name).toBe("job");
    const texts = await readUntil(reader("job"), 120_000);
    expect(texts).toEqual(["a", "b", "c", "d", "e"].map((text) => `algo-1 ${text}`));
  });

  it("tells at once that the log may not be read", async () => {
    wire.fault = () =>
      refusal("AccessDeniedException", "not authorized to perform: logs:DescribeLogStreams");
    await expect(clock.run(collect(reader("job").lines()))).rejects.toThrow(
      /lacks this permission/,
    );
  });

  it("rejects with the signal's reason", async () => {
    const controller = new AbortController();
    const made = reader("job", { signal: controller.signal });
    clock.after(30_000, () => controller.abort(new Error("enough")));
    await expect(clock.run(collect(made.lines()))).rejects.toThrow("enough");
  });

  it("gives what it has when it is asked to flush", async () => {
    const job = wire.job("job");
    const made = reader("job");
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { text } of made.lines()) seen.push(text);
    })();
    await clock.run(clock.sleep(10_000));
    job.print("algo-1", "printed before the status");
    await clock.run(made.flush());
    expect(seen).toEqual(["printed before the status"]);
    made.finish({ longAgo: true, mayHavePrinted: true });
    await clock.run(reading);
  });

  it("gives one host's lines, and nothing older, when asked to", async () => {
    const job = wire.job("job");
    job.print("algo-1", "old");
    await clock.run(clock.sleep(60_000));
    const startTime = new Date(clock.now() - 1000);
    job.print("algo-1", "new");
    job.print("algo-2", "other");
    expect(await readUntil(reader("job", { host: "algo-1", startTime, hosts: 2 }), 0)).toEqual([
      "algo-1 new",
    ]);
  });
});

describe("the end of a log", () => {
  /** How long after the end the reader ended, in milliseconds. */
  async function endsAfter(made: LogReader, end = ENDED): Promise<{ ms: number; texts: string[] }> {
    const from = clock.now();
    made.finish(end);
    const texts = await clock.run(collect(made.lines()));
    return { ms: clock.now() - from, texts };
  }

  it("is waited for at least 15 s, with two reads 5 s apart that find the same", async () => {
    const job = wire.job("job");
    job.print("algo-1", "hello");
    const { ms } = await endsAfter(reader("job"));
    expect(ms).toBeGreaterThanOrEqual(15_000);
    expect(ms).toBeLessThan(21_000);
  });

  it("comes later while lines still come", async () => {
    const job = wire.job("job");
    job.print("algo-1", "hello");
    clock.after(14_000, () => job.print("algo-1", "the traceback"));
    clock.after(19_000, () => job.print("algo-1", "its last line"));
    const { ms, texts } = await endsAfter(reader("job"));
    expect(texts).toEqual(["algo-1 hello", "algo-1 the traceback", "algo-1 its last line"]);
    expect(ms).toBeGreaterThanOrEqual(25_000);
    expect(ms).toBeLessThan(31_000);
  });

  it("finds a stream that appears only then", async () => {
    const job = wire.job("job");
    clock.after(9000, () => job.print("algo-1", "the only line"));
    const { texts } = await endsAfter(reader("job"));
    expect(texts).toEqual(["algo-1 the only line"]);
  });

  it("is waited for at most 60 s, and says when the log was still growing", async () => {
    const job = wire.job("job");
    for (let second = 0; second < 300; second += 1) {
      clock.after(second * 1000, () => job.print("algo-1", `line ${second}`));
    }
    const { ms } = await endsAfter(reader("job"));
    expect(ms).toBeGreaterThanOrEqual(60_000);
    expect(ms).toBeLessThan(70_000);
    expect(gaps.join()).toMatch(/still growing 60 s after/);
  });

  it("is waited for as long as the caller says", async () => {
    const job = wire.job("job");
    job.print("algo-1", "hello");
    const grace = { intervalMs: 1000, minMs: 2000, maxMs: 3000 };
    expect((await endsAfter(reader("job", { grace }))).ms).toBeLessThan(4000);
  });

  it("is there at once when every stream is marked closed", async () => {
    const job = wire.job("job");
    job.print("algo-1", "one");
    job.print("algo-2", "two");
    job.close();
    const { ms, texts } = await endsAfter(reader("job", { hosts: 2 }));
    expect(texts).toEqual(["algo-1 one", "algo-2 two"]);
    expect(ms).toBeLessThan(100);
  });

  it("is there at once for a job that never had a container", async () => {
    wire.job("job");
    const { ms } = await endsAfter(reader("job"), { longAgo: false, mayHavePrinted: false });
    expect(ms).toBeLessThan(100);
  });

  it("is there at once for a job that ended long ago", async () => {
    const job = wire.job("job");
    job.print("algo-1", "hello");
    const { ms, texts } = await endsAfter(reader("job"), { longAgo: true, mayHavePrinted: true });
    expect(texts).toEqual(["algo-1 hello"]);
    expect(ms).toBeLessThan(100);
  });

  it("is read however long the log is, and however long that takes", async () => {
    const job = wire.job("job");
    const count = 12_000;
    wire.pageLimit = 100;
    const lines = Array.from({ length: count }, (_, index) => `line ${index}`);
    job.print("algo-1", ...lines);
    const made = reader("job");
    made.finish(ENDED);
    const texts: string[] = [];
    const reading = (async () => {
      for await (const { text } of made.lines()) {
        texts.push(text);
        // The grace is long over before the last page.
        if (texts.length % 2000 === 0) await clock.sleep(40_000);
      }
    })();
    await clock.run(reading);
    expect(texts).toHaveLength(count);
    expect(texts.at(-1)).toBe(`line ${count - 1}`);
  });

  it("does not wait for a service that gives new tokens for ever", async () => {
    let token = 0;
    wire.fault = ({ operation }) => {
      token += 1;
      return operation === "DescribeLogStreams"
        ? answer(200, { logStreams: [{ logStreamName: "job/algo-1-1" }] })
        : answer(200, { events: [], nextForwardToken: `t${token}` });
    };
    const { ms } = await endsAfter(reader("job"));
    expect(ms).toBeLessThan(70_000);
  });
});

describe("whatever happens on the way", () => {
  const print = fc.record({
    afterMs: fc.integer({ min: 0, max: 400_000 }),
    host: fc.constantFrom("algo-1", "algo-2", "algo-3"),
    lines: fc.integer({ min: 1, max: 12 }),
    restarts: fc.boolean(),
  });
  const story = fc.record({
    prints: fc.array(print, { minLength: 1, maxLength: 25 }),
    pageLimit: fc.integer({ min: 1, max: 5 }),
    faultEvery: fc.integer({ min: 2, max: 9 }),
    closes: fc.boolean(),
  });

  it("every line comes once, and each host's in order", { timeout: 120_000 }, async () => {
    const check = async ({ prints, pageLimit, faultEvery, closes }: Story): Promise<void> => {
      const told = new JobWire();
      try {
        told.pageLimit = pageLimit;
        let calls = 0;
        told.fault = () => {
          calls += 1;
          return calls % faultEvery === 0
            ? refusal("ThrottlingException", "Rate exceeded")
            : undefined;
        };
        const job = told.job("job");
        const expected = new Map<string, string[]>();
        let count = 0;
        for (const one of [...prints].sort((a, b) => a.afterMs - b.afterMs)) {
          told.clock.after(one.afterMs, () => {
            const texts = Array.from({ length: one.lines }, () => String(count++));
            expected.set(one.host, [...(expected.get(one.host) ?? []), ...texts]);
            if (one.restarts) job.restart(one.host);
            job.print(one.host, ...texts);
          });
        }
        const made = new LogReader(await told.session(), "job", { clock: told.clock, hosts: 3 });
        made.open();
        told.clock.after(400_001, () => {
          if (closes) job.close();
          made.finish(ENDED);
        });
        const seen = new Map<string, string[]>();
        const reading = (async () => {
          for await (const { host, text } of made.lines()) {
            seen.set(host, [...(seen.get(host) ?? []), text]);
          }
        })();
        await told.clock.run(reading);
        expect(Object.fromEntries(seen)).toEqual(Object.fromEntries(expected));
      } finally {
        told.dispose();
      }
    };
    await fc.assert(fc.asyncProperty(story, check), { numRuns: 6 });
  });
});

interface Story {
  readonly prints: readonly {
    readonly afterMs: number;
    readonly host: string;
    readonly lines: number;
    readonly restarts: boolean;
  }[];
  readonly pageLimit: number;
  readonly faultEvery: number;
  readonly closes: boolean;
}
