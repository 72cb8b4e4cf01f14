import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { appendFile, chmod, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { launchRunner } from "../../../src/local/runner/launch.ts";
import { reconcile, requestStop } from "../../../src/local/runner/liveness.ts";
import { processStartTime } from "../../../src/local/runner/process-identity.ts";
import { ask, listenForQuestions } from "../../../src/local/runner/runner-socket.ts";
import { entryOf, exists, kill, TestCloud, until } from "../../helpers/runner-job.ts";

const PATIENCE = 120_000;
let cloud: TestCloud;
let count = 0;
beforeAll(async () => {
  cloud = await TestCloud.create();
});
afterAll(async () => {
  await cloud.remove();
});

const LONG = "#!/bin/sh\necho ready; sleep 100";
const newName = (): string => `live-${++count}`;

/** A job whose program runs, and its runner's entry. */
async function running(): Promise<{
  readonly name: string;
  readonly pid: number;
  readonly socket: string;
}> {
  const name = await cloud.start({ name: newName(), program: { train: LONG } });
  await cloud.line(name, "ready");
  const runner = entryOf(await cloud.entries(name), "runner");
  if (runner === undefined) throw new Error("No runner has spoken");
  return { name, pid: runner.pid, socket: runner.socket };
}

describe("a runner that lives", () => {
  it(
    "is left alone, also while it sleeps",
    async () => {
      const { name, pid, socket } = await running();
      await reconcile(cloud.jobs, name);
      expect(entryOf(await cloud.entries(name), "end")).toBeUndefined();
      expect(await ask(socket, "ping", 5000)).toBe("answered");
      process.kill(pid, "SIGSTOP");
      try {
        expect(await ask(socket, "ping", 200)).toBe("silent");
        await reconcile(cloud.jobs, name);
        expect(entryOf(await cloud.entries(name), "end")).toBeUndefined();
      } finally {
        process.kill(pid, "SIGCONT");
      }
      kill(pid);
      expect((await cloud.end(name)).status).toBe("Failed");
    },
    PATIENCE,
  );

  it(
    "is found by its process when its socket was swept away, and still hears of a stop",
    async () => {
      const name = await cloud.start({
        ...{ name: newName(), stopGraceSeconds: 0.1 },
        program: { train: LONG },
      });
      await cloud.line(name, "ready");
      const runner = entryOf(await cloud.entries(name), "runner");
      await rm(runner?.socket ?? "");
      await reconcile(cloud.jobs, name);
      expect(entryOf(await cloud.entries(name), "end")).toBeUndefined();
      await requestStop(cloud.jobs, name);
      expect((await cloud.end(name)).status).toBe("Stopped");
    },
    PATIENCE,
  );

  it(
    "outlives whoever launched it",
    async () => {
      const name = await cloud.create({
        name: newName(),
        program: { train: "#!/bin/sh\necho ready; sleep 1; echo done" },
      });
      // Here the runner is run from its source too, as it is outside of these tests.
      const { SAGEMAKER_ESTIMATOR_RUNNER: _, ...sourceOnly } = process.env;
      const source = new URL("../../../src/local/runner/launch.ts", import.meta.url).href;
      const script = `import(${JSON.stringify(source)}).then(async (m) => { await m.launchRunner(${JSON.stringify(cloud.root)}, "${name}"); console.log("launched"); setInterval(() => {}, 1000); })`;
      const launcher = spawn(
        process.execPath,
        ["--import", import.meta.resolve("tsx"), "-e", script],
        { env: sourceOnly, stdio: ["ignore", "pipe", "inherit"] },
      );
      await new Promise((resolve) => launcher.stdout.once("data", resolve));
      launcher.kill("SIGKILL");
      expect((await cloud.end(name)).status).toBe("Completed");
      expect(await cloud.log(name)).toEqual(["ready", "done"]);
    },
    PATIENCE,
  );

  it(
    "gets nothing of the launcher's environment that a program should not see",
    async () => {
      process.env["AWS_SECRET_ACCESS_KEY"] = "the-launcher's";
      try {
        const { pid, name } = await running();
        if (process.platform === "linux") {
          const environment = await readFile(`/proc/${pid}/environ`, "latin1");
          expect(environment).not.toContain("AWS_");
          expect(environment).not.toContain("VITEST");
        }
        kill(pid);
        await cloud.end(name);
      } finally {
        delete process.env["AWS_SECRET_ACCESS_KEY"];
      }
    },
    PATIENCE,
  );
});

describe("a runner that dies", () => {
  it(
    "leaves a Failed job with the reason and its last words, and none of its processes",
    async () => {
      const marker = `7${process.pid}`;
      const name = await cloud.start({
        name: newName(),
        program: { train: `#!/bin/sh\nsleep ${marker} & echo ready; sleep ${marker}` },
      });
      await cloud.line(name, "ready");
      const runner = entryOf(await cloud.entries(name), "runner");
      await appendFile(join(cloud.jobs.jobFolder(name), "runner.err"), "first\nFatal: heap\n");
      kill(runner?.pid ?? Number.NaN);
      const end = await cloud.end(name);
      expect(end).toMatchObject({ status: "Failed", secondaryStatus: "Failed" });
      expect(end.failureReason).toBe(
        `InternalServerError: The local runner of the job (process ${runner?.pid}) has died. Its last words: first | Fatal: heap`,
      );
      expect(end.trainingEndTime).toBeDefined();
      await until(() => !existsSync(runner?.socket ?? ""));
      await until(() => !existsSync(join(cloud.jobs.jobFolder(name), "hosts")));
      if (process.platform !== "linux") return;
      await until(async () => {
        for (const pid of (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry))) {
          const line = await readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "");
          if (line.includes(`sleep\0${marker}`)) return false;
        }
        return true;
      });
    },
    PATIENCE,
  );

  it(
    "is known to be dead also when its process id was given to another",
    async () => {
      const name = await cloud.create({ name: newName(), program: { train: LONG } });
      await cloud.jobs.append(name, {
        ...{ type: "runner", at: Date.now(), socket: "/nowhere/x.sock" },
        ...{ pid: process.pid, startTime: "another" },
      });
      await reconcile(cloud.jobs, name);
      expect(entryOf(await cloud.entries(name), "end")?.failureReason).toContain("has died");
    },
    PATIENCE,
  );

  it(
    "before it began is told with what it said",
    async () => {
      const name = await cloud.create({ name: newName(), program: { train: LONG } });
      const record = join(cloud.jobs.jobFolder(name), "job.json");
      await rename(record, `${record}.away`);
      await launchRunner(cloud.root, name);
      const launched = entryOf(await cloud.entries(name), "launched");
      await until(() => !exists(launched?.pid ?? Number.NaN));
      await rename(`${record}.away`, record);
      const { failureReason } = await cloud.end(name);
      expect(failureReason).toContain("ended before it began. Its last words:");
      expect(failureReason).toContain(`There is no training job ${name}`);
    },
    PATIENCE,
  );

  it(
    "at any moment leaves a job that ends, whoever looks",
    async () => {
      const names: string[] = [];
      for (const delay of [20, 150, 300, 380, 450, 520, 600]) {
        const name = await cloud.start({ name: newName(), program: { train: LONG } });
        names.push(name);
        await new Promise((resolve) => setTimeout(resolve, delay));
        const entries = await cloud.entries(name);
        kill((entryOf(entries, "runner") ?? entryOf(entries, "launched"))?.pid ?? Number.NaN);
      }
      for (const name of names) {
        await Promise.all([cloud.end(name), cloud.end(name), cloud.end(name)]);
        const end = entryOf(await cloud.entries(name), "end");
        expect(end?.status).toBe("Failed");
        expect(end?.failureReason).toMatch(/^InternalServerError: The local runner of the job/);
      }
    },
    PATIENCE,
  );

  it(
    "by a signal that it hears says so itself",
    async () => {
      const { name, pid } = await running();
      process.kill(pid, "SIGTERM");
      const { failureReason } = await cloud.end(name);
      expect(failureReason).toBe("InternalServerError: The local runner was ended by SIGTERM.");
    },
    PATIENCE,
  );
});

describe("a runner that never came", () => {
  it(
    "is waited for at first, and then told of",
    async () => {
      const name = await cloud.create({ name: newName(), program: { train: LONG } });
      await reconcile(cloud.jobs, name);
      expect(entryOf(await cloud.entries(name), "end")).toBeUndefined();
      expect((await cloud.end(name)).failureReason).toContain("was never started");
    },
    PATIENCE,
  );

  it(
    "comes too late for a job that has ended",
    async () => {
      const name = await cloud.create({ name: newName(), program: { train: LONG } });
      const end = await cloud.end(name);
      await launchRunner(cloud.root, name);
      const launched = async (): Promise<number | undefined> => {
        const text = await readFile(join(cloud.jobs.jobFolder(name), "journal.ndjson"), "utf8");
        return Number(/"launched".*?"pid":(\d+)/.exec(text)?.[1]);
      };
      const pid = (await launched()) ?? Number.NaN;
      await until(() => !exists(pid));
      expect(await cloud.entries(name)).toContainEqual(end);
      expect(await cloud.log(name)).toBeUndefined();
    },
    PATIENCE,
  );

  it("since it could not be started fails the job at once", async () => {
    const name = await cloud.create({ name: newName(), program: { train: LONG } });
    const { execPath } = process;
    process.execPath = "/nowhere/node";
    try {
      await expect(launchRunner(cloud.root, name)).rejects.toThrow(/could not be started.*ENOENT/);
    } finally {
      process.execPath = execPath;
    }
    expect(entryOf(await cloud.entries(name), "end")?.failureReason).toContain("ENOENT");
  });
});

describe("a job that nobody knows", () => {
  it("has nothing to reconcile, and cannot be stopped", async () => {
    await reconcile(cloud.jobs, "nobody");
    await expect(requestStop(cloud.jobs, "nobody")).rejects.toThrow(/ENOENT/);
  });
});

describe("the socket", () => {
  it("is in a folder of this user's alone, with a short name", async () => {
    const { path, server } = await listenForQuestions(
      `/jobs/${"long/".repeat(100)}`,
      () => undefined,
    );
    expect(path).toContain(`/sagemaker-${userInfo().uid}/`);
    expect(path.length).toBeLessThanOrEqual(103);
    server?.close();
  });

  it("replaces what a dead runner left, and never a live one's", async () => {
    const folder = await mkdtemp(join(tmpdir(), "socket-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    // On macOS, and wherever a user has one, it is not /tmp: the second place is no way around a name that is taken.
    vi.stubEnv("TMPDIR", folder);
    onTestFinished(() => void vi.unstubAllEnvs());
    const first = await listenForQuestions(folder, () => undefined);
    const second = await listenForQuestions(folder, () => undefined);
    expect(second.path).toBe("");
    expect(await ask(first.path, "ping", 5000)).toBe("answered");
    // As after kill -9: the file stays, and nobody listens.
    const script = `require("net").createServer().listen(${JSON.stringify(join(folder, "dead"))}, () => process.kill(process.pid, "SIGKILL"))`;
    await new Promise((resolve) => spawn(process.execPath, ["-e", script]).once("exit", resolve));
    expect(await ask(join(folder, "dead"), "ping", 5000)).toBe("dead");
    first.server?.close();
  });

  it("tells a stop, and does not answer nonsense for ever", async () => {
    let stopped = false;
    const { path, server } = await listenForQuestions("/jobs/stop-me", () => {
      stopped = true;
    });
    expect(await ask(path, "stop", 5000)).toBe("answered");
    expect(stopped).toBe(true);
    server?.close();
    expect(await ask("/nowhere/at/all", "ping", 5000)).toBe("dead");
  });

  it.skipIf(process.getuid?.() === 0)(
    "of another user is unknown (skipped as root, who may ask all)",
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "socket-"));
      await chmod(folder, 0o000);
      expect(await ask(join(folder, "x"), "ping", 1000)).toBe("unknown");
      await chmod(folder, 0o700);
      await rm(folder, { recursive: true });
    },
  );
});

it("a process is known by when it started", async () => {
  const own = await processStartTime(process.pid);
  expect(own).toBeDefined();
  expect(await processStartTime(process.pid)).toBe(own);
  expect(await processStartTime(2 ** 30)).toBeUndefined();
});
