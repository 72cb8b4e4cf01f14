/** The runner: the process that owns one training job. `node main.js <root> <job name>`; it loads little before its first word. */

import { realpathSync, rmSync, statSync } from "node:fs";
import type { Server } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runOrPendingOf } from "../../training/mlflow-options.ts";
import type { RunRecord } from "../../training/run-record.ts";
import { removeTree } from "../remove-tree.ts";
import type { JobEntry, JobRecord } from "../services/sagemaker/job.ts";
import { JobStore } from "../services/sagemaker/job-store.ts";
import { cut } from "./failure-reason.ts";
import { JournalWriter } from "./journal-writer.ts";
import type { RunnerRun } from "./mlflow-run.ts";
import { processStartTime } from "./process-identity.ts";
import { listenForQuestions } from "./runner-socket.ts";
import { StopControl } from "./stop-control.ts";

/** How often the journal is looked at for a request to stop whose messenger did not get through. In milliseconds. */
const LOOK_INTERVAL = 1000;
const REASON_LIMIT = 1024;

async function main(givenRoot: string, name: string): Promise<void> {
  // Links are resolved once, here: a sandbox could not follow them.
  const root = realpathSync(givenRoot);
  const store = new JobStore(join(root, "sagemaker"));
  const job = await store.record(name);
  if (job === undefined) throw new Error(`There is no training job ${name} under ${root}`);
  const jobFolder = store.jobFolder(name);
  const stop = new StopControl();
  const { path, server } = await listenForQuestions(jobFolder, () => stop.stop("Requested"));
  try {
    const journal = new JournalWriter(store, name);
    journal.write({
      ...{ type: "runner", at: Date.now(), pid: process.pid, socket: path },
      startTime: (await processStartTime(process.pid)) ?? "",
    });
    await journal.settled();
    // Loaded while the journal is read.
    const training = import("./training.ts");
    // Only now: whoever asks for a stop after this look finds the socket in the journal.
    if (!isOurs(await store.entries(name))) return;
    await own({ store, job, jobFolder, journal, stop, root, training });
  } finally {
    await closeSocket(server, path);
  }
}

/** A job that has ended, or that another runner owns, is left alone. */
function isOurs(entries: readonly JobEntry[]): boolean {
  const first = entries.find(({ type }) => type === "runner");
  return first?.type === "runner" && first.pid === process.pid && entries.at(-1)?.type !== "end";
}

interface Ownership {
  readonly store: JobStore;
  readonly job: JobRecord;
  readonly jobFolder: string;
  readonly journal: JournalWriter;
  readonly stop: StopControl;
  readonly root: string;
  readonly training: Promise<typeof import("./training.ts")>;
}

async function own(ownership: Ownership): Promise<void> {
  const { store, job, jobFolder, journal, stop, root } = ownership;
  const stopLooking = watchJournal(store, job.name, jobFolder, stop);
  let end: Extract<JobEntry, { readonly type: "end" }>;
  let run: RunnerRun | undefined;
  try {
    await look(store, job.name, stop);
    const { runTraining } = await ownership.training;
    run = await openRun(ownership);
    const { line: onLine } = run ?? {};
    end = await Promise.race([
      runTraining({ root, job, jobFolder, journal, stop, launcher: launcher(), onLine }),
      brokenOff(),
    ]);
    await journal.settled();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    end = internalError(error, await store.entries(job.name));
  } finally {
    stopLooking();
  }
  const record = await recordOutcome(ownership, end);
  await run?.ended([...(await store.entries(job.name)), end], record);
  await journal.settled();
  await store.append(job.name, end);
  await removeTree(join(jobFolder, "hosts")).catch(() => undefined);
}

/** The job's run in MLflow; most jobs have none, and load nothing for it. */
async function openRun({ job, jobFolder, journal }: Ownership): Promise<RunnerRun | undefined> {
  const environment = job.request["Environment"] as Readonly<Record<string, string>> | undefined;
  const found = runOrPendingOf(environment);
  if (found?.byRunner !== true) return undefined;
  const { openRunnerRun } = await import("./mlflow-run.ts");
  return await openRunnerRun(found, job, jobFolder, (message) => journal.warn("mlflow", message));
}

/** The job's run record tells its end before anybody can see it. That it cannot be written fails no job. */
async function recordOutcome(
  { store, job, journal, root }: Ownership,
  end: Extract<JobEntry, { readonly type: "end" }>,
): Promise<RunRecord | undefined> {
  try {
    const { addOutcome } = await import("./run-outcome.ts");
    return await addOutcome(join(root, "s3"), job, [...(await store.entries(job.name)), end]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    journal.warn("run-record", `The outcome was not added to the run record: ${message}`);
    await journal.settled();
    return undefined;
  }
}

/** Of the launcher's environment a job gets no more than this. */
function launcher(): { readonly path: string; readonly lang: string | undefined } {
  return { path: process.env["PATH"] ?? "", lang: process.env["LANG"] };
}

/** Rejects when this process is told to end, or when something throws that nobody waits for. */
function brokenOff(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      process.once(signal, () => reject(new Error(`The local runner was ended by ${signal}.`)));
    }
    process.on("uncaughtException", reject);
    process.on("unhandledRejection", reject);
  });
}

function watchJournal(
  store: JobStore,
  name: string,
  jobFolder: string,
  stop: StopControl,
): () => void {
  const file = join(jobFolder, "journal.ndjson");
  let seen = 0;
  const timer = setInterval(() => {
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? seen;
    if (size === seen) return;
    seen = size;
    look(store, name, stop).catch(() => undefined);
  }, LOOK_INTERVAL);
  return () => clearInterval(timer);
}

async function look(store: JobStore, name: string, stop: StopControl): Promise<void> {
  const entries = await store.entries(name);
  if (entries.some(({ type }) => type === "stop-requested")) stop.stop("Requested");
}

function internalError(
  error: unknown,
  entries: readonly JobEntry[],
): Extract<JobEntry, { readonly type: "end" }> {
  const at = Date.now();
  const message = error instanceof Error ? error.message : String(error);
  return {
    ...{ type: "end", at, status: "Failed", secondaryStatus: "Failed" },
    message: "Training job failed",
    failureReason: cut(`InternalServerError: ${message}`, REASON_LIMIT),
    ...(entries.some(({ type }) => type === "training-started") && { trainingEndTime: at }),
  };
}

async function closeSocket(server: Server | undefined, path: string): Promise<void> {
  server?.close();
  if (path !== "") rmSync(path, { force: true });
}

/** Importing this file starts nothing; being run does. */
function isEntry(): boolean {
  const program = process.argv[1];
  return (
    program !== undefined && realpathSync(program) === realpathSync(fileURLToPath(import.meta.url))
  );
}

const [, , root, name] = process.argv;
if (root !== undefined && name !== undefined && isEntry()) {
  main(root, name).then(
    // What is left (a container that would not end, a connection) ends with this process.
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
}
