import {
  appendFile,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  BucketFold,
  type BucketRecord,
  type Entry,
  putRecord,
  type Verdict,
} from "../../../../src/local/services/s3/bucket-journal.ts";
import { type Fold, Journal, JournalGoneError } from "../../../../src/local/services/s3/journal.ts";
import { ObjectStore } from "../../../../src/local/services/s3/object-store.ts";

let root = "";
let folder = "";
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "s3-journal-"));
});
beforeEach(async () => {
  count += 1;
  folder = join(root, String(count));
  await Journal.create(folder);
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** As if it were in a process of its own. */
function open(where = folder): { fold: BucketFold; journal: Journal<BucketRecord, Verdict> } {
  const fold = new BucketFold();
  return { fold, journal: new Journal<BucketRecord, Verdict>(where, fold) };
}

/** An age cannot be given to a file, as that changes its inode now; so the clock of the reader goes on. */
async function anHourLater(work: () => Promise<unknown>): Promise<void> {
  const later = Date.now() + 3_700_000;
  const clock = vi.spyOn(Date, "now").mockReturnValue(later);
  try {
    await work();
  } finally {
    clock.mockRestore();
  }
}

const entry = (key: string, b: string, more: Partial<Entry> = {}): Entry => ({
  put: key,
  b,
  s: 1,
  e: `etag of ${b}`,
  t: 0,
  ...more,
});

const stateOf = ({ fold, journal }: ReturnType<typeof open>): Promise<string[]> =>
  journal.read(() => [...fold.snapshot()].map((line) => line.replace(/,"w":"[^"]*"/, "")));

const newest = async (): Promise<string> =>
  join(
    folder,
    (await readdir(folder))
      .filter((name) => name.endsWith("ndjson"))
      .sort()
      .at(-1) ?? "",
  );

describe("A journal", () => {
  it("shows every process what any has committed", async () => {
    const [a, b] = [open(), open()];
    await a.journal.append([putRecord(entry("k", "1"))]);
    expect(await b.journal.read(() => b.fold.get("k")?.b)).toBe("1");
    await b.journal.append([{ del: "k" }]);
    expect(await a.journal.read(() => a.fold.get("k"))).toBeUndefined();
  });

  it("goes on in a new generation, for those who were in the old one too", async () => {
    const [a, b, c] = [open(), open(), open()];
    await a.journal.append([putRecord(entry("k", "1")), putRecord(entry("\u{1f600}", "2"))]);
    await b.journal.read(() => true);
    await a.journal.compact();
    await a.journal.compact();
    await b.journal.append([putRecord(entry("l", "3"))]);

    expect(await readdir(folder)).toEqual(["0000000003.ndjson"]);
    for (const view of [a, b, c]) {
      expect(await view.journal.read(() => [...view.fold.keys])).toEqual(["k", "l", "\u{1f600}"]);
    }
  });

  it("is sealed by one who dies, and continued by the next", async () => {
    const [a, b] = [open(), open()];
    await a.journal.append([putRecord(entry("k", "1"))]);
    await appendFile(await newest(), '\n{"seal":true}\t\n');

    expect(await b.journal.read(() => b.fold.get("k")?.b)).toBe("1");
    expect(await readdir(folder)).toHaveLength(1);
    expect(await b.journal.append([putRecord(entry("l", "2"))])).toEqual([{ ok: true }]);
    expect(await a.journal.read(() => a.fold.get("l")?.b)).toBe("2");
    expect(await newest()).toContain("0000000002");
  });

  it("takes nothing that stands behind a seal", async () => {
    const a = open();
    await appendFile(
      await newest(),
      `\n{"seal":true}\t\n${JSON.stringify({ ...entry("late", "1"), w: "w" })}\t\n`,
    );
    await a.journal.append([putRecord(entry("k", "2"))]);

    expect(await a.journal.read(() => [...a.fold.keys])).toEqual(["k"]);
  });

  it("does not take an old generation that a sleeper brings back", async () => {
    const a = open();
    await a.journal.append([putRecord(entry("k", "1"))]);
    const first = await readFile(await newest());
    await a.journal.compact();
    await writeFile(join(folder, "0000000001.ndjson"), first);
    await a.journal.append([putRecord(entry("k", "2"))]);
    const b = open();

    expect(await b.journal.read(() => b.fold.get("k")?.b)).toBe("2");
  });

  it("compacts by itself when there is more of it than of the state", async () => {
    const a = open();
    for (let round = 0; round < 30; round += 1) {
      const batch = Array.from({ length: 100 }, (_, i) => putRecord(entry(`k${i}`, `${round}`)));
      await a.journal.append(batch);
    }

    expect(await newest()).toContain("0000000002");
    expect(await open().journal.read(() => true)).toBe(true);
    expect(await a.journal.read(() => a.fold.size)).toBe(100);
  });

  it("removes temporary files of the dead, once they are old", async () => {
    const a = open();
    const name = "0000000002.ndjson.x.incomplete";
    await writeFile(join(folder, name), "");
    await a.journal.compact();
    expect(await readdir(folder)).toContain(name);

    await anHourLater(() => a.journal.compact());
    expect(await readdir(folder)).not.toContain(name);
  });

  it("says when it is gone", async () => {
    const a = open();
    await a.journal.read(() => true);
    await rm(folder, { recursive: true });

    await expect(a.journal.read(() => true)).rejects.toThrow(JournalGoneError);
    await expect(a.journal.append([{ del: "k" }])).rejects.toThrow(JournalGoneError);
  });

  it("writes nothing when the last look before says no", async () => {
    const a = open();
    const refused = a.journal.append([putRecord(entry("k", "1"))], () => {
      throw new Error("too late");
    });

    await expect(refused).rejects.toThrow("too late");
    expect(await stateOf(open())).toEqual([]);
  });
});

describe("Whatever happened to a journal", () => {
  const key = fc.constantFrom("a", "b", 'quo"te', "back\\", "\u{10000}", "\uffee");
  const record = fc
    .tuple(
      key,
      fc.constantFrom("put", "first", "match", "del", "begin", "complete", "abort", "tag"),
      fc.integer({ min: 0, max: 3 }),
    )
    .map(([name, kind, n]): ((id: string) => BucketRecord) => {
      const upload = `upload${n}`;
      const etag = `etag of ${n}`;
      switch (kind) {
        case "put":
          return (id) => putRecord(entry(name, id, { m: { w: "x", '"}\t': "\n" } }));
        case "first":
          return (id) => putRecord(entry(name, id), { absent: true });
        case "match":
          return (id) => putRecord(entry(name, id), { etag });
        case "del":
          return () => ({ del: name });
        case "begin":
          return () => ({ begin: upload, k: name, t: 0 });
        case "complete":
          return (id) => putRecord(entry(name, id, { u: upload }));
        case "abort":
          return () => ({ abort: upload });
        default:
          return () => ({ tag: name, b: String(n), g: { t: "1" } });
      }
    });

  it("every process comes to the same state, and every writer knows its part of it", async () => {
    const step = fc.tuple(
      fc.integer({ min: 0, max: 2 }),
      fc.oneof({ weight: 8, arbitrary: record }, { weight: 1, arbitrary: fc.constant("compact") }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const where = await mkdtemp(join(root, "any-"));
        await Journal.create(where);
        const views = [open(where), open(where), open(where)];
        const model = new BucketFold();
        const work: Promise<unknown>[] = [];
        let id = 0;
        for (const [who, action] of steps) {
          const view = views[who];
          if (view === undefined) continue;
          if (typeof action === "string") {
            await view.journal.compact();
            continue;
          }
          id += 1;
          const made = action(String(id));
          const verdict = model.apply(JSON.stringify(made));
          const [told] = await view.journal.append([made]);
          expect(told).toEqual(verdict);
        }
        await Promise.all(work);
        const expected = [...model.snapshot()];
        for (const view of [...views, open(where)]) expect(await stateOf(view)).toEqual(expected);
        await rm(where, { recursive: true });
      }),
      { numRuns: 60 },
    );
  });

  it("cut off anywhere, it is its whole lines, and can be written on", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 12 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (makers, where) => {
          const source = await mkdtemp(join(root, "cut-"));
          await Journal.create(source);
          const writer = open(source);
          for (const [i, make] of makers.entries()) await writer.journal.append([make(String(i))]);
          const file = join(source, "0000000001.ndjson");
          const bytes = await readFile(file);
          const cut = 64 + Math.floor(where * (bytes.length - 64));
          await writeFile(file, bytes.subarray(0, cut));

          const model = new BucketFold();
          const lines = bytes.subarray(64, cut).toString().split("\n");
          // The last one is whole if all of it came but its line break.
          for (const line of lines) if (line.endsWith("\t")) model.apply(line);
          const reader = open(source);
          const late = putRecord(entry("late", "late"));
          model.apply(JSON.stringify(late));
          expect(await reader.journal.append([late])).toEqual([{ ok: true }]);

          const expected = [...model.snapshot()].map((line) => line.replace(/,"w":"[^"]{36}"/, ""));
          expect(await stateOf(reader)).toEqual(expected);
          await reader.journal.compact();
          expect(await stateOf(open(source))).toEqual(expected);
          await rm(source, { recursive: true });
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("A reader that comes while another loads", () => {
  it("never sees half a state", async () => {
    const a = open();
    const batch = Array.from({ length: 3_000 }, (_, i) => putRecord(entry(`key ${i}`, `${i}`)));
    await a.journal.append(batch);
    await a.journal.compact();
    const b = open();
    const sizes = await Promise.all([
      b.journal.read(() => b.fold.size),
      ...Array.from({ length: 20 }, async (_, i) => {
        await new Promise((resolve) => setImmediate(resolve));
        if (i === 10) await a.journal.compact();
        return await b.journal.read(() => b.fold.size);
      }),
    ]);

    expect(new Set(sizes)).toEqual(new Set([3_000]));
  });
});

describe("A fold of any kind", () => {
  it("is loaded from lines longer than one read", async () => {
    class Lines implements Fold<number> {
      lines: string[] = [];
      get size(): number {
        return this.lines.length;
      }
      clear(): void {
        this.lines = [];
      }
      restore(lines: string): void {
        this.lines.push(...lines.trimEnd().split("\n"));
      }
      apply(line: string): number {
        const { text }: { text: string } = JSON.parse(line);
        return this.lines.push(JSON.stringify({ text }));
      }
      snapshot(): readonly string[] {
        return this.lines;
      }
    }
    const where = join(root, "long");
    await Journal.create(where);
    const texts = ["é".repeat(900_000), "x", "\u{1f600}".repeat(300_000), "é".repeat(1_500_000)];
    const a = new Journal<{ text: string }, number>(where, new Lines());
    for (const text of texts) await a.append([{ text }]);
    await a.compact();
    const lines = new Lines();
    await new Journal<{ text: string }, number>(where, lines).read(() => true);

    expect(lines.lines.map((line) => (JSON.parse(line) as { text: string }).text === "")).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(lines.lines.every((line, i) => line === JSON.stringify({ text: texts[i] }))).toBe(true);
  });
});

describe("What dead processes left", () => {
  it("is swept once it is an hour old", async () => {
    const store = new ObjectStore(join(root, "sweep"));
    await store.createBucket("swept", { region: "us-east-1" });
    const { bodyPath } = await store.put("swept", "k", Buffer.from("kept"));
    const bodies = join(bodyPath, "..");
    const bucket = join(bodies, "..");
    await writeFile(join(bodies, "young"), "");
    await rm(join(bucket, "swept"));
    await anHourLater(() =>
      new ObjectStore(join(root, "sweep")).put("swept", "l", Buffer.from("x")),
    );

    const left = await readdir(bodies);
    expect(left).not.toContain("young");
    expect(left).toHaveLength(2);
    expect(await readFile(bodyPath, "utf8")).toBe("kept");
  });

  it("is looked for once an hour only", async () => {
    const store = new ObjectStore(join(root, "mark"));
    await store.createBucket("swept", { region: "us-east-1" });
    const { bodyPath } = await store.put("swept", "k", Buffer.from("x"));
    const mark = join(bodyPath, "..", "..", "swept");
    const past = new Date(Date.now() - 60_000);
    await utimes(mark, past, past);
    await new ObjectStore(join(root, "mark")).put("swept", "l", Buffer.from("x"));

    const { mtimeMs } = await stat(mark);
    expect(Math.round(mtimeMs)).toBe(past.getTime());
  });
});
