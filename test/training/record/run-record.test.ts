import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { JsonInput, TrainingJob } from "../../../src/index.ts";
import { ObjectStore } from "../../../src/local/services/s3/object-store.ts";
import { recordEnd } from "../../../src/training/record/finish-record.ts";
import { changeRecord, readRecord } from "../../../src/training/record/record-store.ts";
import { runDigest } from "../../../src/training/record/run-digest.ts";
import type { RunRecord } from "../../../src/training/run-record.ts";
import { eventually, writeProgram } from "../../helpers/cloud-fixture.ts";
import {
  BUCKET,
  denied,
  listener,
  type RunsFixture,
  startRuns,
  TRAIN,
} from "../../helpers/recorded-runs.ts";

const QUIET = { logs: "None" } as const;

let runs: RunsFixture;

beforeEach(async () => {
  runs = await startRuns();
});

afterEach(async () => {
  await runs.stop();
});

async function tags(arn: string): Promise<Record<string, string | undefined>> {
  const { Tags = [] } = await runs.sagemaker.listTags({ ResourceArn: arn });
  return Object.fromEntries(Tags.map(({ Key = "", Value }) => [Key, Value]));
}

describe("a run that fit() waits for", () => {
  it("leaves what went in and what came of it beside its output, and its digest as a tag", async () => {
    await runs.s3.createBucket({ Bucket: "mine" });
    await runs.s3.putObject({ Bucket: "mine", Key: "test/a.csv", Body: "1,2" });
    const estimator = runs.estimator({ hyperparameters: { epochs: 3 } });
    const plan = await estimator.plan({ train: new JsonInput({ a: 1 }), test: "s3://mine/test/" });

    const job = await estimator.fit(
      { train: new JsonInput({ a: 1 }), test: "s3://mine/test/" },
      QUIET,
    );

    const record = await runs.record(job);
    expect(record).toMatchObject({
      schemaVersion: 1,
      job: { name: job.name, arn: job.arn },
      request: { ...plan.request, TrainingJobName: job.name },
      redacted: [],
      image: { kind: "program", uri: runs.program, digest: expect.stringMatching(/^sha256:/) },
      channels: {
        train: { source: "staged", files: 1, digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
        test: { source: "s3", uri: "s3://mine/test/", files: 1, bytes: 3 },
      },
      versions: { node: process.versions.node },
      outcome: {
        status: "Completed",
        secondaryStatus: "Completed",
        metrics: { loss: 0.5 },
        artifacts: [
          {
            uri: `s3://${BUCKET}/${job.name}/output/model.tar.gz`,
            etag: expect.any(String),
            checksums: { CRC64NVME: expect.stringMatching(/^[A-Za-z0-9+/]{11}=$/) },
          },
        ],
      },
    });
    expect(record.digest).toEqual(runDigest(record));
    expect(await tags(job.arn)).toEqual({ "sagemaker-estimator:run-digest": record.digest.value });
    await expect(job.runRecord()).resolves.toEqual(record);
  });

  it("tells the outcome by the time that the end is told", async () => {
    let atEnd: RunRecord | undefined;
    await runs.estimator().fit(undefined, {
      logs: "None",
      async onEvent(event) {
        if (event.type !== "end") return;
        const { Contents = [] } = await runs.s3.listObjectsV2({ Bucket: BUCKET });
        const key = Contents.find(({ Key }) => Key?.endsWith("/run.json"))?.Key;
        atEnd = JSON.parse(await runs.text(`s3://${BUCKET}/${key}`));
      },
    });
    expect(atEnd?.outcome?.status).toBe("Completed");
  });

  it("has the reason of its failure, without its secrets", async () => {
    const program = await writeProgram(join(runs.folder, "failing"), {
      train: `#!/bin/sh
printf 'cannot log in with %s' "$DB_PASSWORD" > "\${SAGEMAKER_BASE_DIR:-/opt/ml}/output/failure"
exit 3
`,
    });
    const estimator = runs.estimator({
      imageUri: program,
      environment: { DB_PASSWORD: "correct-horse" },
    });

    await expect(estimator.fit(undefined, QUIET)).rejects.toThrow("exit code");

    const { name } = estimator.latestTrainingJob as TrainingJob;
    const text = await runs.text(`s3://${BUCKET}/${name}/run.json`);
    expect(text).not.toContain("correct-horse");
    const { outcome } = JSON.parse(text) as RunRecord;
    expect(outcome?.status).toBe("Failed");
    expect(outcome?.failureReason).toContain("cannot log in with [redacted]");
  });

  it("is not recorded when that is not wanted", async () => {
    const job = await runs.estimator().fit(undefined, { ...QUIET, runRecord: false });

    await expect(runs.record(job)).rejects.toThrow();
    expect(await tags(job.arn)).toEqual({});
    await expect(job.runRecord()).rejects.toThrow(`${job.name} has no run record at s3://`);
  });
});

/** As if nobody had seen the end: the record without its outcome. */
async function forgetOutcome(job: TrainingJob): Promise<RunRecord["outcome"]> {
  const { outcome, ...without } = await runs.record(job);
  const Key = `${job.name}/run.json`;
  await runs.s3.putObject({ Bucket: BUCKET, Key, Body: JSON.stringify(without) });
  return outcome;
}

describe("a run that nobody waits for", () => {
  it("holds the checksums that S3 keeps of its artifacts", async () => {
    const job = await runs.estimator().fit(undefined, QUIET);
    await forgetOutcome(job);
    const { ChecksumSHA256 } = await runs.s3.putObject({
      Bucket: BUCKET,
      Key: `${job.name}/output/model.tar.gz`,
      Body: "another model",
      ChecksumAlgorithm: "SHA256",
    });
    expect(ChecksumSHA256).toMatch(/^[A-Za-z0-9+/]{43}=$/);

    const attached = await TrainingJob.attach(job.name, { session: runs.cloud.session() });
    await attached.wait({ logs: false });

    const { outcome } = await runs.record(job);
    expect(outcome?.artifacts).toMatchObject([
      { bytes: "another model".length, checksums: { SHA256: ChecksumSHA256 } },
    ]);
  });

  it("is recorded when fit() returns, and the runner adds the outcome", async () => {
    const job = await runs.estimator().fit(undefined, { wait: false, logs: "None" });

    const first = await runs.record(job);
    expect(first.job.name).toBe(job.name);

    await eventually(async () => {
      const { TrainingJobStatus } = await runs.sagemaker.describeTrainingJob({
        TrainingJobName: job.name,
      });
      return TrainingJobStatus === "Completed" ? true : undefined;
    }, "the job has ended");
    const { outcome, ...rest } = await runs.record(job);
    expect(outcome).toMatchObject({ status: "Completed", metrics: { loss: 0.5 } });
    expect(outcome?.artifacts).toHaveLength(1);
    expect({ ...rest, outcome: first.outcome }).toEqual({ outcome: undefined, ...first });
  });

  it("gets its outcome from whoever attaches and waits, where no runner has added it", async () => {
    const job = await runs.estimator().fit(undefined, QUIET);
    const outcome = await forgetOutcome(job);

    const attached = await TrainingJob.attach(job.name, { session: runs.cloud.session() });
    await attached.wait({ logs: false });

    const record = await runs.record(job);
    expect(record.outcome?.artifacts).toHaveLength(1);
    expect(record.outcome).toMatchObject({ ...outcome, artifacts: expect.anything() });
  });

  it.each([
    [
      "follows its events",
      async (job: TrainingJob) => {
        for await (const event of job.events()) expect(event.time).toBeInstanceOf(Date);
      },
    ],
    [
      "reads its log to the end",
      async (job: TrainingJob) => {
        for await (const { text } of job.logs()) expect(text).not.toBe("");
      },
    ],
    ["stops it and waits", (job: TrainingJob) => job.stop({ wait: true })],
  ])("gets its outcome from whoever attaches and %s", async (_, see) => {
    const job = await runs.estimator().fit(undefined, QUIET);
    await forgetOutcome(job);
    await see(await TrainingJob.attach(job.name, { session: runs.cloud.session() }));
    expect((await runs.record(job)).outcome).toMatchObject({ status: "Completed" });
  });

  it("gets its outcome from whoever reads the record after the end", async () => {
    const job = await runs.estimator().fit(undefined, QUIET);
    await forgetOutcome(job);

    expect((await job.runRecord()).outcome?.status).toBe("Completed");
    expect((await runs.record(job)).outcome?.status).toBe("Completed");
  });
});

describe("several writers", () => {
  it("lose nothing of each other's", async () => {
    const job = await runs.estimator().fit(undefined, QUIET);
    const { outcome: _, ...without } = await runs.record(job);
    const uri = `s3://${BUCKET}/${job.name}/run.json`;
    const Key = `${job.name}/run.json`;
    await runs.s3.putObject({ Bucket: BUCKET, Key, Body: JSON.stringify(without) });
    const description = await job.describe();
    const sessions = [1, 2, 3].map(() => runs.cloud.session());

    await Promise.all([
      ...sessions.map((session) => recordEnd(session, description)),
      ...sessions.map((session, index) =>
        changeRecord(session, uri, (record) => ({ ...record, [`note${index}`]: index }), {}),
      ),
    ]);

    const found = (await readRecord(runs.cloud.session(), uri))?.record;
    expect(found).toMatchObject({ note0: 0, note1: 1, note2: 2 });
    expect(found?.outcome).toMatchObject({ status: "Completed", metrics: { loss: 0.5 } });
  });

  it("write no more than is new", async () => {
    const job = await runs.estimator().fit(undefined, QUIET);
    runs.calls.length = 0;

    await (await TrainingJob.attach(job.name, { session: runs.cloud.session() })).wait({
      logs: false,
    });

    expect(runs.calls.filter((call) => call.startsWith("PUT"))).toEqual([]);
  });
});

describe("a write that is refused", () => {
  it("is told, and the job trains all the same", async () => {
    runs.intercept = (call) =>
      call === "AddTags" || (/^PUT /.test(call) && /run\.json|\/runs\//.test(call))
        ? denied(call)
        : undefined;
    const { codes, events, options } = listener();

    const job = await runs.estimator().fit(undefined, options);

    expect(job.result?.status).toBe("Completed");
    expect(new Set(codes())).toEqual(new Set([...codes(), "run-index", "run-record", "run-tag"]));
    expect(events.at(-1)?.type).toBe("end");
  });

  it("of the outcome is told as well", async () => {
    let puts = 0;
    const objects = new ObjectStore(join(runs.root, "s3"));
    runs.intercept = async (call) => {
      const key = /\/([^/]+\/run\.json)/.exec(call)?.[1];
      if (key === undefined) return undefined;
      if (call.startsWith("PUT")) {
        puts += 1;
        return puts > 1 ? denied(call) : undefined;
      }
      // As if the runner had not been there.
      const opened = await objects.open(BUCKET, key);
      const text = await opened?.handle.readFile("utf8");
      await opened?.handle.close();
      const { outcome: _, ...without } = JSON.parse(text ?? "{}");
      return { status: 200, headers: { etag: '"x"' }, body: JSON.stringify(without) };
    };
    const { codes, events, options } = listener();

    const job = await runs.estimator().fit(undefined, options);

    expect(job.result?.status).toBe("Completed");
    expect(codes()).toContain("run-record");
    expect(events.at(-1)?.type).toBe("end");
  });

  it("says nothing of jobs that were started without a record", async () => {
    const job = await runs.estimator().fit(undefined, { ...QUIET, runRecord: false });
    runs.intercept = (call) => (/run\.json/.test(call) ? denied(call) : undefined);
    const { codes, options } = listener();

    const attached = await TrainingJob.attach(job.name, { session: runs.cloud.session() });
    await attached.wait(options);

    expect(codes()).not.toContain("run-record");
  });

  it("leaves the record of another job alone", async () => {
    await runs.s3.createBucket({ Bucket: "mine" });
    const other = { schemaVersion: 1, job: { name: "x", arn: "arn:x" }, request: {}, channels: {} };
    const Key = "taken/run.json";
    await runs.s3.putObject({ Bucket: "mine", Key, Body: JSON.stringify(other) });
    const { events, options } = listener();

    await runs
      .estimator({ outputPath: "s3://mine/" })
      .fit(undefined, { ...options, jobName: "taken" });

    expect(events).toContainEqual(
      expect.objectContaining({
        code: "run-record",
        message: expect.stringContaining("lies that of another job, arn:x"),
      }),
    );
    expect(JSON.parse(await runs.text(`s3://mine/${Key}`))).toEqual(other);
  });
});

describe("the code of a run", () => {
  it("is told by the commit that the program folder is at, and whether it has changed since", async () => {
    const git = (...args: string[]): void => {
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
        cwd: runs.program,
      });
    };
    git("init", "--quiet", "--initial-branch=main");
    git("add", ".");
    git("commit", "--quiet", "-m", "first");
    git("remote", "add", "origin", "https://me:hunter22@git.example.com/repo.git");

    const clean = await runs.record(await runs.estimator().fit(undefined, QUIET));
    await writeFile(join(runs.program, "more.txt"), "x");
    const dirty = await runs.record(await runs.estimator().fit(undefined, QUIET));

    expect(clean.code?.git).toMatchObject({
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
      branch: "main",
      dirty: false,
    });
    expect(JSON.stringify(clean)).not.toContain("hunter22");
    expect(dirty.code?.git).toEqual({ ...clean.code?.git, dirty: true });
    expect(dirty.digest.value).not.toBe(clean.digest.value);
  });

  it("is told by the digest of what script mode delivered", async () => {
    const source = await writeProgram(join(runs.folder, "source"), { "main.sh": TRAIN });
    const options = { sourceDir: source, entryPoint: "main.sh" };

    const first = await runs.record(await runs.estimator(options).fit(undefined, QUIET));
    await writeFile(join(source, "main.sh"), `${TRAIN}exit 0\n`);
    const second = await runs.record(await runs.estimator(options).fit(undefined, QUIET));

    expect(first.code?.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(second.code?.digest).not.toBe(first.code?.digest);
    expect(second.digest.value).not.toBe(first.digest.value);
  });
});

describe("secrets", () => {
  it("are in none of what is left behind or told", async () => {
    const secrets = ["correct-horse", "battery-staple", `hf_${"a1B2".repeat(8)}`] as const;
    const estimator = runs.estimator({
      hyperparameters: { password: secrets[0], nested: { api_key: secrets[1] } },
      environment: {
        DB_PASSWORD: secrets[0],
        INDEX: `https://me:${secrets[1]}@host/`,
        X: secrets[2],
      },
      containerEntryPoint: ["train"],
      containerArguments: [`--password=${secrets[0]}`, "--api-key", secrets[1]],
      tags: { client_secret: secrets[0] },
    });
    const { events, options } = listener();

    const job = await estimator.fit(undefined, { ...options, reuse: true });

    const { Contents = [] } = await runs.s3.listObjectsV2({ Bucket: BUCKET });
    const texts = await Promise.all(
      Contents.filter(({ Key }) => Key?.endsWith(".json")).map(({ Key }) =>
        runs.text(`s3://${BUCKET}/${Key}`),
      ),
    );
    const { client_secret: _, ...own } = await tags(job.arn);
    // What the program itself prints is its own affair.
    const told = events.filter(({ type }) => type === "warning" || type === "note");
    const left = JSON.stringify([texts, own, told]);
    expect(texts.length).toBeGreaterThan(0);
    for (const secret of secrets) expect(left).not.toContain(secret);
  });
});

describe("where nothing else needs the default bucket", () => {
  it("it is not made for the record's sake", async () => {
    await runs.s3.createBucket({ Bucket: "mine" });
    await writeFile(join(runs.folder, "x.csv"), "1");
    const { codes, options } = listener();

    await runs.estimator({ outputPath: "s3://mine/out" }).fit(undefined, options);

    const { Buckets = [] } = await runs.s3.listBuckets({});
    expect(Buckets.map(({ Name }) => Name)).toEqual(["mine"]);
    expect(codes().filter((code) => code.startsWith("run-"))).toEqual([]);
  });
});
