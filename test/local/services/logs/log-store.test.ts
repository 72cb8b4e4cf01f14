import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeName, encodeName } from "../../../../src/local/services/logs/log-names.ts";
import {
  type LogPage,
  readBackward,
  readForward,
} from "../../../../src/local/services/logs/log-reader.ts";
import { LogStore } from "../../../../src/local/services/logs/log-store.ts";
import { compiled } from "../../../helpers/child-program.ts";

const GROUP = "/aws/sagemaker/TrainingJobs";
const STREAM = "Job-1/algo-1-1700000000";

let folder: string;
let store: LogStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "logs-"));
  store = new LogStore(join(folder, "logs"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const texts = (page: LogPage): string[] => page.events.map(({ event }) => event.message);
const path = (): string => store.streamPath(GROUP, STREAM);
const append = (...messages: string[]): void =>
  store.append(
    GROUP,
    STREAM,
    messages.map((message, index) => ({ timestamp: index + 1, message })),
  );

describe("LogStore", () => {
  it("does nothing on disk until something is written", async () => {
    expect(await readdir(folder)).toEqual([]);
    expect(await store.groups()).toEqual([]);
    expect(await store.streamNames(GROUP)).toEqual([]);
  });

  it("creates group and stream with the first event", async () => {
    append("one");

    expect((await store.groups()).map(({ name }) => name)).toEqual([GROUP]);
    expect(await store.streamNames(GROUP)).toEqual([STREAM]);
    expect(await store.streamNames(GROUP, "Job-2")).toEqual([]);
    expect(texts(await readForward(path(), 0))).toEqual(["one"]);
  });

  it("creates a group and a stream once", () => {
    expect(store.createStream(GROUP, STREAM)).toBe("no-group");
    expect(store.createGroup(GROUP)).toBe("created");
    expect(store.createGroup(GROUP)).toBe("exists");
    expect(store.createStream(GROUP, STREAM)).toBe("created");
    expect(store.createStream(GROUP, STREAM)).toBe("exists");
  });

  it("leaves no drafts behind", async () => {
    store.createGroup(GROUP);
    store.createGroup(GROUP);
    store.createStream(GROUP, STREAM);
    store.createStream(GROUP, STREAM);

    const entries = await readdir(join(folder, "logs"), { recursive: true });
    expect(entries.filter((name) => name.includes("incomplete"))).toEqual([]);
  });

  it("tells a stream's creation, first and last event", async () => {
    const before = Date.now();
    append("one", "two", "three");

    expect((await store.stream(GROUP, STREAM))?.createdAt).toBeGreaterThanOrEqual(before);
    const { first, last } = await store.ends(GROUP, STREAM);
    expect([first?.message, last?.message]).toEqual(["one", "three"]);
    expect(last?.ingestionTime).toBeGreaterThanOrEqual(before);
    expect(await store.stream(GROUP, "other")).toBeUndefined();
  });

  it("keeps a name that is too long for a file name", async () => {
    const long = `${"é".repeat(200)}/algo-1`;
    store.append(GROUP, long, [{ timestamp: 1, message: "x" }]);

    expect(await store.streamNames(GROUP)).toEqual([long]);
    expect((await store.stream(GROUP, long))?.name).toBe(long);
  });

  it("tells names apart that differ by case only", async () => {
    store.append(GROUP, "job/a", [{ timestamp: 1, message: "small" }]);
    store.append(GROUP, "JOB/a", [{ timestamp: 1, message: "large" }]);

    expect(
      (await readdir(join(folder, "logs", encodeName(GROUP)))).map((n) => n.toLowerCase()),
    ).toHaveLength(3);
    expect(new Set(await store.streamNames(GROUP))).toEqual(new Set(["job/a", "JOB/a"]));
  });

  it("loses and tears nothing when four processes append to one stream", async () => {
    const script = `
      const { LogStore } = await import(process.argv[1]);
      const [, , folder, group, stream, worker] = process.argv;
      const store = new LogStore(folder);
      for (let i = 0; i < 500; i += 1) {
        store.append(group, stream, [
          { timestamp: i, message: worker + ":" + i + ":" + "x".repeat(i % 7 === 0 ? 9000 : 80) },
          { timestamp: i, message: worker + ":" + i + ":b" },
        ]);
      }`;
    const module = pathToFileURL(compiled("src/local/services/logs/log-store.ts"));
    const workers = [1, 2, 3, 4].map(async (worker) => {
      const child = spawn(
        process.execPath,
        [
          "--input-type=module",
          "-e",
          script,
          module.href,
          join(folder, "logs"),
          GROUP,
          STREAM,
          `w${worker}`,
        ],
        { stdio: ["ignore", "ignore", "inherit"] },
      );
      const [code] = await once(child, "exit");
      expect(code).toBe(0);
    });
    await Promise.all(workers);

    const messages: string[] = [];
    for (let offset = 0, atEnd = false; !atEnd; ) {
      const page = await readForward(path(), offset);
      messages.push(...texts(page));
      offset = page.end;
      atEnd = page.atEnd;
    }
    expect(messages).toHaveLength(4000);
    for (const worker of ["w1", "w2", "w3", "w4"]) {
      const own = messages.filter((message) => message.startsWith(`${worker}:`));
      expect(own.map((message) => Number(message.split(":")[1]))).toEqual(
        Array.from({ length: 1000 }, (_, i) => Math.floor(i / 2)),
      );
    }
  }, 60_000);
});

describe("reading a stream", () => {
  it("goes on from where a page ended, and costs nothing when nothing is new", async () => {
    append("one", "two");
    const first = await readForward(path(), 0);
    const again = await readForward(path(), first.end);
    append("three");
    const third = await readForward(path(), again.end);

    expect([texts(first), texts(again), texts(third)]).toEqual([["one", "two"], [], ["three"]]);
    expect(again.end).toBe(first.end);
  });

  it("says that nothing more will come once the stream is closed, wherever the reader stands", async () => {
    append("one", "two");
    const open = await readForward(path(), 0);
    store.closeStream(GROUP, STREAM);

    expect(open).toMatchObject({ atEnd: true, closed: false });
    const more = await readForward(path(), open.end);
    expect(more).toMatchObject({ events: [], atEnd: true, closed: true });
    expect(await readForward(path(), more.end)).toMatchObject({ end: more.end, closed: true });
    expect(await readForward(path(), 0)).toMatchObject({ closed: true });
    expect(await readForward(path(), 0, { limit: 2 })).toMatchObject({ closed: true });
    expect(await readForward(path(), 0, { limit: 1 })).toMatchObject({
      atEnd: false,
      closed: false,
    });
    expect(await readBackward(path(), Number.POSITIVE_INFINITY)).toMatchObject({ closed: true });
  });

  it("is open again when something comes after all", async () => {
    append("one");
    store.closeStream(GROUP, STREAM);
    const { end } = await readForward(path(), 0);
    append("late");

    const page = await readForward(path(), end);
    expect([texts(page), page.closed]).toEqual([["late"], false]);
  });

  it("waits for the newline of a line that is still being written", async () => {
    append("one");
    await appendFile(path(), '{"t":1,"i":1,"m":"ha');
    const page = await readForward(path(), 0);
    const tail = await readBackward(path(), Number.POSITIVE_INFINITY);
    await appendFile(path(), 'lf"}\n');

    expect([texts(page), texts(tail)]).toEqual([["one"], ["one"]]);
    expect(tail.end).toBe(page.end);
    expect(texts(await readForward(path(), page.end))).toEqual(["half"]);
  });

  it("steps over a line that a killed writer tore", async () => {
    append("one");
    await appendFile(path(), '{"t":1,"i":1,"m":"torn\n');
    append("two");

    expect(texts(await readForward(path(), 0))).toEqual(["one", "two"]);
    expect(texts(await readBackward(path(), Number.POSITIVE_INFINITY))).toEqual(["one", "two"]);
  });

  it("ends a page at the service's 1 MiB, and never gives an empty one while there is more", async () => {
    const large = "x".repeat(400 * 1024);
    append(large, large, large, "y".repeat(2 * 1024 * 1024), "z");

    const first = await readForward(path(), 0);
    const second = await readForward(path(), first.end);
    const third = await readForward(path(), second.end);
    const fourth = await readForward(path(), third.end);
    expect([first, second, third, fourth].map((page) => page.events.length)).toEqual([2, 1, 1, 1]);
    expect([first.atEnd, fourth.atEnd]).toEqual([false, true]);
  });

  it("stops looking after so many bytes, and goes on from there without a gap", async () => {
    append(...Array.from({ length: 50 }, (_, i) => `line ${i}`));
    const accept = ({ message }: { message: string }): boolean => message === "line 49";

    const forward: string[] = [];
    let pages = 0;
    for (let offset = 0, atEnd = false; !atEnd; pages += 1) {
      const page = await readForward(path(), offset, { accept, scanBytes: 200 });
      forward.push(...texts(page));
      ({ end: offset, atEnd } = page);
    }
    expect(forward).toEqual(["line 49"]);
    expect(pages).toBeGreaterThan(5);
  });

  it("reads the same events forwards and backwards, in pages of any size", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: "binary", maxLength: 30 }), { maxLength: 40 }),
        fc.integer({ min: 1, max: 10 }),
        fc.boolean(),
        async (messages, limit, close) => {
          const stream = `s-${Math.random()}`;
          store.createGroup(GROUP);
          store.createStream(GROUP, stream);
          for (const message of messages) store.append(GROUP, stream, [{ timestamp: 1, message }]);
          if (close) store.closeStream(GROUP, stream);
          const file = store.streamPath(GROUP, stream);

          const forward: string[] = [];
          let page = await readForward(file, 0, { limit });
          forward.push(...texts(page));
          while (!page.atEnd) {
            page = await readForward(file, page.end, { limit });
            forward.push(...texts(page));
          }
          const backward: string[] = [];
          let back = await readBackward(file, Number.POSITIVE_INFINITY, { limit });
          expect([back.end, back.closed]).toEqual([page.end, close]);
          backward.unshift(...texts(back));
          while (back.start > 0) {
            back = await readBackward(file, back.start, { limit });
            backward.unshift(...texts(back));
          }
          const kept = messages.map((message) => Buffer.from(message).toString());
          expect(forward.map((m) => Buffer.from(m).toString())).toEqual(kept);
          expect(backward.map((m) => Buffer.from(m).toString())).toEqual(kept);
          expect(page.closed).toBe(close);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("reads a stream that is not there as empty", async () => {
    expect(await readForward(path(), 7)).toMatchObject({ events: [], end: 7, atEnd: true });
    expect(await readBackward(path(), Number.POSITIVE_INFINITY)).toMatchObject({
      events: [],
      end: 0,
    });
  });
});

describe("file names of streams and groups", () => {
  it("stand for one name each, are short, and are safe on every disk", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", minLength: 1, maxLength: 512 }), (name) => {
        const encoded = encodeName(name);
        expect(encoded).toMatch(/^(?!\.)[a-z0-9_\-.%~]{1,200}$/);
        const decoded = decodeName(encoded);
        if (decoded !== undefined) expect(decoded).toBe(name);
        else expect(encoded).toMatch(/^~[0-9a-f]{64}$/);
      }),
    );
  });
});
