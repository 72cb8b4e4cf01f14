/** Runs the jobs with one engine, as whichever user it was started, and prints what was seen: `jobs-worker.ts <JSON>`. */

import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { chooseEngine } from "../../../src/local/engine/choose.ts";
import { processesWith } from "../../helpers/processes.ts";
import { kill } from "../../helpers/runner-job.ts";
import { type JobCloud, startJobCloud } from "../../helpers/wire-jobs.ts";
import type { EngineName, Evidence, WorkerLine } from "./evidence.ts";
import { JOBS, type JobName, type Scene } from "./jobs.ts";

/** What the worker is told. */
export interface WorkerOrder {
  readonly engine: EngineName;
  readonly jobs: readonly JobName[];
}

/** How long to wait for what must come to an end, on a busy machine; and for what goes on, to be sure. In milliseconds. */
const PATIENCE = 60_000;
const GOES_ON_AFTER = 1000;
/** Between SIGTERM and SIGKILL: long enough for a busy machine to run a trap. In seconds. */
const GRACE = 3;

const print = (line: WorkerLine): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

/** The processes of a mark that go on; they are ended then, since nobody else would. */
async function survivors(mark: string, patience = PATIENCE): Promise<string> {
  const deadline = Date.now() + patience;
  let left = await processesWith(mark);
  while (left.length > 0 && Date.now() < deadline) {
    await delay(50);
    left = await processesWith(mark);
  }
  for (const pid of left) kill(pid);
  return left.length === 0 ? "none" : "some";
}

/** Whether a folder is removed, which may be a moment after the job's end. */
async function gone(folder: string): Promise<string> {
  for (const deadline = Date.now() + PATIENCE; Date.now() < deadline; await delay(50)) {
    if (!existsSync(folder)) return "gone";
  }
  return "left";
}

const hostsFolder = (cloud: JobCloud, job: string): string =>
  join(cloud.root, "sagemaker/training-jobs", job, "hosts");

/** What an object or a file says, or that there is none. */
const orNone = (text: string | undefined): string => text?.trim() ?? "none";

/** Which of the places of this machine hold what the job wrote; it is removed. */
async function written({ mark, outside, program }: Scene): Promise<string> {
  const places = { "/tmp": "/tmp", "/dev/shm": "/dev/shm", outside, program };
  const found: string[] = [];
  for (const [name, folder] of Object.entries(places)) {
    const path = join(folder, mark);
    if (!existsSync(path)) continue;
    found.push(name);
    await rm(path);
  }
  return found.join(" ");
}

/** Kills the job's runner, and tells what is left of the job once it is known to have failed. */
async function orphan(cloud: JobCloud, name: string, mark: string): Promise<Evidence["seen"]> {
  await cloud.said(name, "ready");
  const [runner] = await processesWith(`${cloud.root}\0${name}\0`);
  const engines = await processesWith(hostsFolder(cloud, name));
  if (runner === undefined) throw new Error(`${name} has no runner`);
  process.kill(runner, "SIGKILL");
  await cloud.end(name);
  const processes = await survivors(mark);
  const inTmp = await readdir("/tmp");
  const litter = inTmp.filter((file) => engines.some((pid) => file.startsWith(`prooted-${pid}-`)));
  const mounts = (await readFile("/proc/mounts", "utf8")).includes(cloud.folder);
  return {
    processes,
    mounts: mounts ? "some" : "none",
    files: litter.length > 0 || existsSync(hostsFolder(cloud, name)) ? "some" : "none",
  };
}

/** What is done while a job runs, and what is seen when it has ended. */
async function attend(cloud: JobCloud, job: JobName, scene: Scene): Promise<Evidence["seen"]> {
  const { mark, engine } = scene;
  switch (job) {
    case "ordinary": {
      const before = await stat("/opt/ml").catch(() => undefined);
      await cloud.end(job);
      const after = await stat("/opt/ml").catch(() => undefined);
      return {
        written: await written(scene),
        optMl: before?.mtimeMs === after?.mtimeMs ? "as it was" : "changed",
        object: orNone(await cloud.text("data/a")),
        user: String(process.getuid?.()),
        notes: JSON.stringify(await cloud.cloud.session().local?.notes?.(job)),
        hosts: await gone(hostsFolder(cloud, job)),
      };
    }
    case "failing":
      await cloud.end(job);
      return {
        checkpoint: orNone(await cloud.text("usual/step")),
        processes: await survivors(mark, engine === "process" ? GOES_ON_AFTER : PATIENCE),
      };
    case "place":
      await cloud.end(job);
      return {
        checkpoint: orNone(await cloud.text("place/step")),
        machine: existsSync("/conformance") ? "has it" : "none",
      };
    case "stopped":
      await cloud.said(job, "ready");
      await cloud.sagemaker.stopTrainingJob({ TrainingJobName: job });
      await cloud.end(job);
      return { processes: await survivors(mark) };
    case "orphaned":
      return await orphan(cloud, job, mark);
    case "greedy":
      print({ greedy: { mark, go: join(scene.program, "go-1") } });
      await cloud.end(job);
      return {};
    default:
      return {};
  }
}

async function evidenceOf(cloud: JobCloud, job: JobName, scene: Scene): Promise<Evidence> {
  const { script, request } = JOBS[job];
  try {
    await cloud.create(script, { TrainingJobName: job, ...request(scene) });
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { ...{ status: "Refused", reason }, logs: [], output: [], seen: {} };
  }
  const seen = await attend(cloud, job, scene);
  const { TrainingJobStatus: status = "", FailureReason: reason = "" } = await cloud.end(job);
  const below = `out/${job}/output/`;
  const output = (await cloud.keys(below)).map((key) => key.slice(below.length));
  return { status, reason, logs: Object.values(await cloud.lines(job)), output, seen };
}

async function listen(): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve());
  });
  return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function freePort(): Promise<number> {
  const server = await listen();
  const port = portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function main({ engine, jobs }: WorkerOrder): Promise<void> {
  const missing = await chooseEngine(engine, process.env["PATH"] ?? "").then(
    () => undefined,
    (error: unknown) => String(error),
  );
  if (missing !== undefined) {
    print({ missing });
    return;
  }
  const cloud = await startJobCloud({ engine, stopGraceSeconds: GRACE });
  const taken = await listen();
  try {
    await cloud.put("data/a", "aa\n");
    await cloud.put("data/b", "bb\n");
    for (const place of ["usual", "place"]) await cloud.put(`${place}/step`, "1\n");
    const outside = join(cloud.folder, "outside");
    await mkdir(outside);
    const free = await freePort();
    const evidence = await Promise.all(
      jobs.map(async (job, index) => {
        const scene: Scene = {
          ...{ engine, outside, takenPort: portOf(taken), freePort: free, launcher: process.pid },
          program: join(cloud.folder, "programs", job),
          mark: `9${process.pid}0${index}`,
        };
        return [job, await evidenceOf(cloud, job, scene)] as const;
      }),
    );
    print({ evidence: Object.fromEntries(evidence) });
  } finally {
    taken.close();
    await cloud.stop();
  }
}

main(JSON.parse(process.argv[2] ?? "") as WorkerOrder).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
