import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JobEntry, JobRecord } from "../../../../src/local/services/sagemaker/job.ts";
import { JobStore, settleEntries } from "../../../../src/local/services/sagemaker/job-store.ts";

let folder: string;
let store: JobStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "jobs-"));
  store = new JobStore(folder);
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const record = (name: string): JobRecord => ({
  ...{ name, arn: `arn:${name}`, createdAt: 1, account: "123456789012", region: "us-east-1" },
  ...{ request: { TrainingJobName: name }, program: "/program", engine: "auto" },
  stopGraceSeconds: 120,
});
const status = (secondaryStatus: string, at = 1): JobEntry => ({
  ...{ type: "status", at, secondaryStatus, message: secondaryStatus },
  status: secondaryStatus === "Stopping" ? "Stopping" : "InProgress",
});
const end = (kind: "Completed" | "Failed" | "Stopped", at = 9): JobEntry => ({
  ...{ type: "end", at, status: kind, secondaryStatus: kind, message: kind },
});
const journal = (name: string): string => join(store.jobFolder(name), "journal.ndjson");

describe("creation", () => {
  it("keeps the record and the first entries", async () => {
    expect(await store.create(record("a"), [status("Starting")])).toBe(true);
    expect(await store.record("a")).toEqual(record("a"));
    expect(await store.entries("a")).toEqual([status("Starting")]);
    expect(await store.names()).toEqual(["a"]);
  });

  it("is refused when the name is taken, and leaves the first job as it was", async () => {
    await store.create(record("a"), [status("Starting")]);
    expect(await store.create({ ...record("a"), program: "/other" }, [])).toBe(false);
    expect((await store.record("a"))?.program).toBe("/program");
    expect(await readdir(join(folder, "training-jobs"))).toEqual(["a"]);
  });

  it("has one winner among many", async () => {
    const stores = Array.from({ length: 20 }, () => new JobStore(folder));
    const won = await Promise.all(stores.map((other) => other.create(record("a"), [])));
    expect(won.filter((first) => first)).toHaveLength(1);
  });

  it("shows no job that is not whole", async () => {
    await store.create(record("a"), []);
    const seen = new Set<string>();
    const creating = Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        store.create(record(`b${index}`), [status("Starting")]),
      ),
    );
    let done = false;
    void creating.then(() => {
      done = true;
    });
    while (!done) {
      for (const name of await store.names()) {
        seen.add(name);
        expect(await store.record(name)).toBeDefined();
        if (name !== "a") expect(await store.entries(name)).toHaveLength(1);
      }
    }
    await creating;
    expect(seen.size).toBeGreaterThan(0);
  });

  it("takes no name that leads elsewhere", async () => {
    for (const name of ["..", "../x", "a/b", "", ".x", "-a", "a".repeat(64)]) {
      await expect(store.create(record(name), [])).rejects.toThrow(RangeError);
      expect(await store.record(name)).toBeUndefined();
      expect(await store.entries(name)).toEqual([]);
    }
  });
});

describe("the journal", () => {
  beforeEach(async () => {
    await store.create(record("a"), [status("Starting")]);
  });

  it("has what several processes append, each entry whole", async () => {
    const stores = Array.from({ length: 8 }, () => new JobStore(folder));
    await Promise.all(
      stores.flatMap((other, writer) =>
        Array.from({ length: 20 }, (_, index) =>
          other.append("a", { type: "metric", at: index, name: `m${writer}`, value: index }),
        ),
      ),
    );
    expect(await store.entries("a")).toHaveLength(161);
  });

  it("loses nothing but a line that was torn", async () => {
    await appendFile(journal("a"), '{"type":"status","at":5,"sta');
    await store.append("a", status("Training"));
    await appendFile(journal("a"), "null\n42\n[]\nnonsense\n");
    expect(await store.entries("a")).toEqual([status("Starting"), status("Training")]);
  });

  it("is not brought back by an entry for a job that was removed", async () => {
    await rm(store.jobFolder("a"), { recursive: true });
    await expect(store.append("a", status("Training"))).rejects.toThrow(/ENOENT/);
    expect(await store.names()).toEqual([]);
  });

  it("ends with the first end", async () => {
    await store.append("a", end("Failed"));
    await store.append("a", end("Completed"), status("Uploading"));
    expect(await store.entries("a")).toEqual([status("Starting"), end("Failed")]);
    expect(await readFile(journal("a"), "utf8")).toContain("Completed");
  });

  it("takes tags after the end, and the end stays last", async () => {
    const tags: JobEntry = { type: "tags", at: 10, tags: { team: "a" } };
    await store.append("a", end("Completed"), tags);
    expect(await store.entries("a")).toEqual([status("Starting"), tags, end("Completed")]);
  });

  it("tells of no progress after a request to stop", async () => {
    const stop: JobEntry = { type: "stop-requested", at: 2 };
    await store.append("a", stop, status("Training"), stop, status("Stopping"), status("Stopping"));
    expect(await store.entries("a")).toEqual([status("Starting"), stop, status("Stopping")]);
  });

  it("is empty for a job that is not there, and for a record without one", async () => {
    expect(await store.entries("nobody")).toEqual([]);
    expect(await store.record("nobody")).toBeUndefined();
    await writeFile(join(folder, "training-jobs", "file"), "");
    expect(await store.record("file")).toBeUndefined();
  });
});

it("settles any journal to the same again, with one end at most, and it last", () => {
  const entry = fc.constantFrom<JobEntry>(
    status("Starting"),
    status("Stopping"),
    { type: "stop-requested", at: 1 },
    { type: "tags", at: 1, tags: {} },
    { type: "metric", at: 1, name: "m", value: 1 },
    end("Failed"),
    end("Stopped"),
  );
  fc.assert(
    fc.property(fc.array(entry), (entries) => {
      const settled = settleEntries(entries);
      expect(settleEntries(settled)).toEqual(settled);
      const ends = settled.filter(({ type }) => type === "end");
      expect(ends.length).toBeLessThanOrEqual(1);
      if (ends.length === 1) expect(settled.at(-1)).toBe(ends[0]);
    }),
  );
});

it("has no jobs before the first", async () => {
  expect(await store.names()).toEqual([]);
});
