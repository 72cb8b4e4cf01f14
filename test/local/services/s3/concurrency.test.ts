import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomInt } from "node:crypto";
import { readdirSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ObjectStore } from "../../../../src/local/services/s3/object-store.ts";
import { compiled } from "../../../helpers/child-program.ts";

/** A longer run finds rarer things: S3_CONCURRENCY_SECONDS=300 npx vitest run test/local/services/s3/concurrency. */
const SECONDS = Number(process.env["S3_CONCURRENCY_SECONDS"] ?? 8);
const WORKERS = 4;
const BUCKET = "contested";
const program = compiled("test/local/services/s3/concurrency-worker.ts");

interface Fact {
  readonly fact: string;
  readonly worker: string;
  readonly key?: string;
  readonly id?: string | null;
  readonly count?: number;
  readonly upload?: string;
  readonly ms?: number;
}

/** What a worker process said, and whether it was killed while it said more. */
interface Life {
  readonly worker: string;
  readonly process: ChildProcess;
  readonly facts: Fact[];
  killed: boolean;
  errors: string;
  readonly ended: Promise<void>;
}

function start(folder: string, worker: string): Life {
  const child = spawn(process.execPath, [program, folder, BUCKET, worker], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const facts: Fact[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => facts.push(JSON.parse(line) as Fact));
  const ended = Promise.all([
    new Promise<void>((resolve) => lines.once("close", resolve)),
    new Promise<void>((resolve) => child.once("exit", () => resolve())),
  ]).then(() => {});
  const life: Life = { worker, process: child, facts, killed: false, errors: "", ended };
  child.stderr.on("data", (chunk: Buffer) => {
    life.errors += chunk.toString();
  });
  return life;
}

describe("Four processes on one store, killed at random", () => {
  let folder = "";
  const lives: Life[] = [];
  const facts = (name: string): Fact[] =>
    lives.flatMap((life) => life.facts.filter(({ fact }) => fact === name));

  beforeAll(
    async () => {
      folder = await mkdtemp(join(tmpdir(), "s3-concurrency-"));
      const store = new ObjectStore(folder);
      await store.createBucket(BUCKET, { region: "us-east-1" });
      await store.put(BUCKET, "counter", Buffer.from("0"));

      let births = 0;
      const running = Array.from({ length: WORKERS }, () => {
        births += 1;
        return start(folder, `w${births}`);
      });
      lives.push(...running);
      const end = Date.now() + SECONDS * 1_000;
      while (Date.now() < end) {
        await sleep(randomInt(20, 900));
        const place = randomInt(WORKERS);
        const victim = running[place];
        // A worker is given time to come to work before it may die.
        if (victim === undefined || victim.facts.length < randomInt(1, 200)) continue;
        victim.killed = true;
        victim.process.kill("SIGKILL");
        births += 1;
        const next = start(folder, `w${births}`);
        running[place] = next;
        lives.push(next);
      }
      for (const life of running) {
        life.killed = true;
        life.process.kill("SIGKILL");
      }
      await Promise.all(lives.map((life) => life.ended));
    },
    SECONDS * 1_000 + 60_000,
  );
  afterAll(async () => {
    for (const life of lives) life.process.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  });

  it("ends no process but those that were killed, and all of them got on", () => {
    const store = readdirSync(join(folder, "buckets"));
    const work = lives.map(({ facts: told }) => told.length);
    const slowest = Math.max(...facts("slowest").map(({ ms }) => ms ?? 0));
    console.log(
      `${lives.length} lives, ${work.reduce((a, b) => a + b)} facts, slowest action ${slowest} ms`,
    );

    expect(lives.map(({ errors }) => errors).join("")).toBe("");
    expect(store).toHaveLength(1);
    expect(facts("alive").length).toBeGreaterThan(WORKERS);
  });

  it("shows no process a body that disagrees with its ETag, an unsorted page or a lost write", () => {
    expect(facts("broken")).toEqual([]);
  });

  it("lets one writer of If-None-Match: * win", async () => {
    const store = new ObjectStore(folder);
    const winners = new Map<string, string[]>();
    for (const { key = "", id } of facts("first-won")) {
      winners.set(key, [...(winners.get(key) ?? []), id ?? ""]);
    }

    expect(winners.size).toBeGreaterThan(0);
    expect(facts("first-lost").length).toBeGreaterThan(0);
    expect([...winners.values()].filter((ids) => ids.length !== 1)).toEqual([]);
    for (const [key, [id]] of winners) {
      const opened = await store.open(BUCKET, key);
      const text = (await opened?.handle.readFile())?.toString("latin1");
      await opened?.handle.close();
      expect(text?.split("\n").slice(0, 2)).toEqual([key, id]);
    }
  });

  it("counts each If-Match that was acknowledged once", async () => {
    const store = new ObjectStore(folder);
    const opened = await store.open(BUCKET, "counter");
    const count = Number(await opened?.handle.readFile("utf8"));
    await opened?.handle.close();
    const won = facts("count-won").map((fact) => fact.count ?? 0);

    expect(new Set(won).size).toBe(won.length);
    expect(count).toBeGreaterThanOrEqual(won.length);
    // Whoever was killed between its commit and its word counted too.
    expect(count).toBeLessThanOrEqual(won.length + lives.length);
  });

  it("completes an upload once", () => {
    const completed = facts("completed").map(({ upload }) => upload);

    expect(completed.length).toBeGreaterThan(0);
    expect(new Set(completed).size).toBe(completed.length);
  });

  it("keeps every write that was acknowledged", async () => {
    const store = new ObjectStore(folder);
    for (const life of lives) {
      const states = new Map<string, { done: string | null; trying: string | null | undefined }>();
      for (const { fact, key = "", id = null } of life.facts) {
        const state = states.get(key) ?? { done: null, trying: undefined };
        if (fact === "own-try") states.set(key, { ...state, trying: id });
        if (fact === "own-done") states.set(key, { done: id, trying: undefined });
      }
      for (const [key, { done, trying }] of states) {
        const opened = await store.open(BUCKET, key);
        const text = (await opened?.handle.readFile())?.toString("latin1");
        await opened?.handle.close();
        const id = text?.split("\n")[1] ?? null;
        expect([done, trying], key).toContain(id);
      }
    }
  });

  it("leaves every object whole", async () => {
    const store = new ObjectStore(folder);
    const { objects } = await store.list(BUCKET);

    expect(objects.length).toBeGreaterThan(0);
    for (const info of objects) {
      const bytes = await readFile(info.bodyPath);
      expect(bytes.length).toBe(info.size);
      const md5 = createHash("md5").update(bytes).digest();
      const etag = info.parts
        ? `${createHash("md5").update(md5).digest("hex")}-1`
        : md5.toString("hex");
      expect(etag, info.key).toBe(info.etag);
    }
  });

  it("has compacted the journal on the way", async () => {
    const [bucket = ""] = await readdir(join(folder, "buckets"));
    const generations = (await readdir(join(folder, "buckets", bucket, "journal"))).filter((name) =>
      name.endsWith(".ndjson"),
    );

    expect(Number.parseInt(generations.sort().at(-1) ?? "", 10)).toBeGreaterThan(1);
  });
});
