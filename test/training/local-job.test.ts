import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UnexpectedStatusError } from "../../src/errors.ts";
import { Estimator } from "../../src/estimator.ts";
import type { TrainingJobEvent } from "../../src/training/events.ts";
import type { FitOptions } from "../../src/training/fit-options.ts";
import type { LogsOptions } from "../../src/training/job-options.ts";
import { TrainingJob } from "../../src/training/training-job.ts";
import { compiled } from "../helpers/child-program.ts";
import {
  type CloudFixture,
  eventually,
  startCloud,
  writeProgram,
} from "../helpers/cloud-fixture.ts";

let fixture: CloudFixture;

beforeEach(async () => {
  fixture = await startCloud();
});

afterEach(async () => {
  await fixture.stop();
});

async function estimator(train: string, more: { maxRun?: number } = {}): Promise<Estimator> {
  const imageUri = await writeProgram(join(fixture.folder, "program"), {
    train: `#!/bin/sh\n${train}\n`,
  });
  return new Estimator({
    imageUri,
    instanceType: "local",
    session: fixture.cloud.session(),
    metricDefinitions: [{ Name: "loss", Regex: "loss=([0-9.]+)" }],
    ...more,
  });
}

const QUIET: FitOptions = { logs: "None" };

describe("a job on this machine", () => {
  it("is followed to its end: statuses, every line, metrics, model", async () => {
    const events: TrainingJobEvent[] = [];
    const made = await estimator(
      "for i in 1 2 3; do echo loss=0.$i; sleep 0.2; done; echo m > /opt/ml/model/m; echo bye",
    );
    const job = await made.fit(undefined, {
      ...QUIET,
      onEvent: (event) => void events.push(event),
    });
    expect(job.result).toMatchObject({ status: "Completed", secondaryStatus: "Completed" });
    expect(await job.modelData()).toMatch(/\/output\/model\.tar\.gz$/);
    const lines = events.flatMap((event) => (event.type === "log" ? [event.text] : []));
    expect(lines).toEqual(["loss=0.1", "loss=0.2", "loss=0.3", "bye"]);
    const metrics = events.flatMap((event) => (event.type === "metric" ? [event.value] : []));
    expect(metrics).toEqual([0.1, 0.2, 0.3]);
    const kinds = events.map((event) =>
      event.type === "status" ? event.secondaryStatus : event.type,
    );
    expect(kinds.lastIndexOf("log")).toBeLessThan(kinds.indexOf("Uploading"));
    expect(kinds.slice(-2)).toEqual(["Completed", "end"]);
  });

  it("that fails throws its reason, its exit code and its last lines", async () => {
    const made = await estimator("echo starting; echo 'cannot open claims.csv' >&2; exit 3");
    const error = await made.fit(undefined, QUIET).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnexpectedStatusError);
    const failure = error as UnexpectedStatusError;
    expect(failure.exitCode).toBe(3);
    expect(failure.logTail).toEqual(["starting", "cannot open claims.csv"]);
    expect(failure.logsLocation).toContain(join(fixture.root, "sagemaker", "training-jobs"));
  });

  it("that is stopped resolves, and says that it was asked for", async () => {
    const made = await estimator("trap 'exit 0' TERM; echo up; while :; do sleep 0.1; done");
    const job = await made.fit(undefined, { wait: false });
    for await (const { text } of job.logs()) {
      if (text === "up") break;
    }
    await job.stop({ wait: true });
    await job.stop();
    expect(await job.wait({ logs: false })).toMatchObject({
      status: "Stopped",
      stopReason: "Requested",
    });
  });

  it("that ran too long resolves, and says so", async () => {
    const made = await estimator("trap 'exit 0' TERM; while :; do sleep 0.1; done", { maxRun: 1 });
    const job = await made.fit(undefined, QUIET);
    expect(job.result).toMatchObject({ status: "Stopped", stopReason: "MaxRuntimeExceeded" });
  });

  it("is come back to by whoever knows its name", async () => {
    const made = await estimator("echo one; sleep 0.5; echo two");
    const { name } = await made.fit(undefined, { wait: false });
    const job = await TrainingJob.attach(name, { session: fixture.cloud.session() });
    const lines: string[] = [];
    for await (const { text } of job.logs()) lines.push(text);
    expect(lines).toEqual(["one", "two"]);
    expect(await job.wait({ logs: false })).toMatchObject({ status: "Completed" });
  });

  it("goes on after Ctrl-C, which says how to come back", async () => {
    const program = await writeProgram(join(fixture.folder, "slow"), {
      train: "#!/bin/sh\ntrap 'exit 0' TERM\necho up\nwhile :; do sleep 0.1; done\n",
    });
    const script = join(fixture.folder, "launch.mjs");
    await writeFile(
      script,
      `import { Estimator } from ${JSON.stringify(compiled("src/estimator.ts"))};
import { LocalCloud } from ${JSON.stringify(compiled("src/local/index.ts"))};
const session = new LocalCloud({ root: ${JSON.stringify(fixture.root)} }).session();
await new Estimator({ imageUri: ${JSON.stringify(program)}, instanceType: "local", session }).fit();
console.log("deployed");`,
    );
    const child = spawn(process.execPath, [script]);
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes("[algo-1] up")) child.kill("SIGINT");
    });
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString();
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code).toBe(130);
    expect(out).not.toContain("deployed");
    const [, name = ""] = /const job = await TrainingJob\.attach\("([^"]+)"/.exec(err) ?? [];
    expect(err).toContain(`Training job ${name} is InProgress (Training) and goes on.`);
    const job = await TrainingJob.attach(name, { session: fixture.cloud.session() });
    expect((await job.describe()).TrainingJobStatus).toBe("InProgress");
    await job.stop({ wait: true });
  });

  it("shows a line soon after it was printed", async () => {
    const made = await estimator(
      "sleep 0.3; for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.15; done",
    );
    const delays: number[] = [];
    await made.fit(undefined, {
      ...QUIET,
      onEvent: (event) => {
        if (event.type === "log") delays.push(Date.now() - event.time.getTime());
      },
    });
    expect(delays).toHaveLength(8);
    // No assertion on speed: but a line never waits for the next status.
    const median = delays.sort((a, b) => a - b)[4] ?? 0;
    expect(median).toBeLessThan(5000);
  });
});

describe("the log of a job that runs", () => {
  it("is what is there by now, or its last lines, and then what comes", async () => {
    const made = await estimator("for i in 1 2 3; do echo $i; done; while :; do sleep 0.1; done");
    const job = await made.fit(undefined, { wait: false });
    const texts = async (options: LogsOptions): Promise<string[]> => {
      const read: string[] = [];
      for await (const { text } of job.logs(options)) read.push(text);
      return read;
    };
    await eventually(
      async () => ((await texts({ follow: false })).length === 3 ? true : undefined),
      "three lines are there",
    );
    expect((await job.describe()).TrainingJobStatus).toBe("InProgress");
    expect(await texts({ follow: false, tail: 2 })).toEqual(["2", "3"]);
    expect(await texts({ follow: false, tail: 0 })).toEqual([]);
    expect(await texts({ follow: false, host: "algo-2" })).toEqual([]);

    const followed = texts({ tail: 1 });
    await job.stop({ wait: true });
    expect(await followed).toEqual(["3"]);
    expect(await texts({ tail: 2, follow: false })).toEqual(["2", "3"]);
  });

  it("refuses a tail that is no count", async () => {
    const made = await estimator("echo hello");
    const job = await made.fit(undefined, { wait: false });

    await expect(job.logs({ tail: -1 }).next()).rejects.toThrow(
      "tail: A whole number of lines is expected, 0 or more.",
    );
  });
});

describe("what is known of a job", () => {
  it("is told without secrets, and as text; on this machine it costs nothing", async () => {
    const made = await estimator("echo hello");
    const job = await made.fit(undefined, QUIET);

    expect(await job.describeText({ width: 100 })).toMatch(
      /^Status +Completed\n.*^Instances +1 x local$.*^Log +job\.logs\(\), and the job's folder$/ms,
    );
    expect((await job.describe({ redact: true })).TrainingJobName).toBe(job.name);
    expect(await job.cost()).toMatchObject({ amountUsd: 0 });
  });
});

describe("a job's artifacts", () => {
  it("are brought home, and what is there is not written over unless told to", async () => {
    const made = await estimator(
      "mkdir -p /opt/ml/output/data; echo model > /opt/ml/model/m.txt; echo plot > /opt/ml/output/data/p.svg",
    );
    const job = await made.fit(undefined, QUIET);
    const folder = join(fixture.folder, "brought");
    const phases = new Set<string>();
    const onEvent = (event: TrainingJobEvent): void =>
      void phases.add(event.type === "progress" ? event.phase : event.type);
    await job.downloadModel(folder, { progress: false, onEvent });
    await job.downloadOutput(folder, { progress: false });
    expect(phases).toEqual(new Set(["download"]));
    expect((await readdir(folder)).sort()).toEqual(["m.txt", "p.svg"]);
    expect(await readFile(join(folder, "m.txt"), "utf8")).toBe("model\n");
    await expect(job.downloadModel(folder, { progress: false })).rejects.toThrow(/m\.txt/);
    await job.downloadModel(folder, { progress: false, overwrite: true });
  });

  it("that are not there are told", async () => {
    const made = await estimator("echo no model");
    const job = await made.fit(undefined, QUIET);
    const folder = join(fixture.folder, "brought");
    await expect(job.downloadModel(folder, { progress: false })).rejects.toThrow(/no model/);
    await expect(job.downloadOutput(folder, { progress: false })).rejects.toThrow(/no output/);
    expect(existsSync(folder)).toBe(false);
  });

  it("are not asked for while the job runs", async () => {
    const made = await estimator("trap 'exit 0' TERM; while :; do sleep 0.1; done");
    const job = await made.fit(undefined, { wait: false });
    await expect(job.downloadModel(fixture.folder)).rejects.toThrow(
      /is InProgress and has no model/,
    );
    await expect(job.downloadOutput(fixture.folder)).rejects.toThrow(
      /is InProgress and has no output/,
    );
  });
});

describe("a job whose runner was killed", () => {
  it("ends the wait as Failed, with what it had printed", async () => {
    const made = await estimator("echo up; while :; do sleep 0.1; done");
    const job = await made.fit(undefined, { wait: false });
    const waiting = job.wait({ logs: false }).catch((thrown: unknown) => thrown);
    const pid = await eventually(async () => {
      const folder = join(fixture.root, "sagemaker", "training-jobs", job.name);
      const journal = await readFile(join(folder, "journal.ndjson"), "utf8");
      const runner = journal
        .split("\n")
        .filter((line) => line.includes('"runner"'))
        .map((line) => JSON.parse(line) as { type: string; pid: number })
        .find(({ type }) => type === "runner");
      return journal.includes('"Training"') ? runner?.pid : undefined;
    }, "the job trains");
    process.kill(pid, "SIGKILL");
    const error = await waiting;
    expect(error).toBeInstanceOf(UnexpectedStatusError);
    expect((error as UnexpectedStatusError).failureReason).toMatch(/runner/i);
  });
});
