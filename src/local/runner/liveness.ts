/** Whether a job's runner lives, and what is to be said of the job when it does not. */

import { lstat, open } from "node:fs/promises";
import { join } from "node:path";
import { removeTree } from "../remove-tree.ts";
import type { JobEntry, JobEntryOf } from "../services/sagemaker/job.ts";
import type { JobStore } from "../services/sagemaker/job-store.ts";
import { cut } from "./failure-reason.ts";
import { processStartTime } from "./process-identity.ts";
import { ask } from "./runner-socket.ts";

/** How long an answer is waited for, in milliseconds. A runner that only does not answer is not dead. */
const ANSWER_LIMIT = 1000;
/** A job that nobody has started a runner for by then has lost whoever made it. In milliseconds. */
const LAUNCH_LIMIT = 5000;
/** The end of runner.err that is told. */
const LAST_BYTES = 4096;
const LAST_LINES = 5;
const REASON_LIMIT = 1024;

/**
 * Looks after a job's runner: when it is dead, or was never started, the job ends as Failed with the reason. Of several who look at the
 * same time the first one's word counts. What a dead runner left is removed. To be called before a job's state is told.
 *
 * @param store - the local cloud's jobs
 * @param name - the training job's name; one that is not there is nothing to do
 */
export async function reconcile(store: JobStore, name: string): Promise<void> {
  const record = await store.record(name);
  if (record === undefined) return;
  const entries = await store.entries(name);
  if (entries.some(({ type }) => type === "end")) {
    await tidy(store, name, entries);
    return;
  }
  const problem = await problemOf(entries, record.createdAt);
  if (problem === undefined) return;
  const at = Date.now();
  const words = await lastWords(store.jobFolder(name));
  await store.append(name, {
    type: "end",
    at,
    status: "Failed",
    secondaryStatus: "Failed",
    message: "Training job failed",
    failureReason: cut(
      `InternalServerError: ${problem}${words === "" ? "" : ` Its last words: ${words}`}`,
      REASON_LIMIT,
    ),
    ...(find(entries, "training-started") && { trainingEndTime: at }),
  });
  await removeLitter(litterOf(store, name, entries));
}

/**
 * Removes what the runner of a job that has ended would have removed itself, had it not died right after the end was written.
 *
 * @param entries - the job's, with its `end`
 */
export async function tidy(
  store: JobStore,
  name: string,
  entries: readonly JobEntry[],
): Promise<void> {
  const litter = litterOf(store, name, entries);
  const found = await Promise.all(litter.map(async (path) => await isThere(path)));
  if (!found.includes(true)) return;
  const runner = find(entries, "runner");
  if (runner === undefined || !(await isAlive(runner))) await removeLitter(litter);
}

/** The containers end with their runner: their files are nobody's then, and neither is its socket. */
function litterOf(store: JobStore, name: string, entries: readonly JobEntry[]): string[] {
  const socket = find(entries, "runner")?.socket ?? "";
  return [join(store.jobFolder(name), "hosts"), ...(socket === "" ? [] : [socket])];
}

async function removeLitter(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await removeTree(path).catch(() => undefined);
  }
}

async function isThere(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}

/** What is wrong with the runner; undefined when it lives, or may still come. */
async function problemOf(
  entries: readonly JobEntry[],
  createdAt: number,
): Promise<string | undefined> {
  const runner = find(entries, "runner");
  if (runner !== undefined) {
    const answer = runner.socket === "" ? "dead" : await ask(runner.socket, "ping", ANSWER_LIMIT);
    if (answer === "answered" || answer === "silent") return undefined;
    // A socket can be swept away by who tidies up temporary files: the process itself is the second witness.
    if (await isAlive(runner)) return undefined;
    return `The local runner of the job (process ${runner.pid}) has died.`;
  }
  const launched = find(entries, "launched");
  if (launched !== undefined) {
    if (await isAlive(launched)) return undefined;
    return `The local runner of the job (process ${launched.pid}) ended before it began.`;
  }
  // Also when the clock was set back.
  return Math.abs(Date.now() - createdAt) > LAUNCH_LIMIT
    ? "The local runner of the job was never started: whoever created the job ended before that."
    : undefined;
}

async function isAlive({
  pid,
  startTime,
}: Pick<JobEntryOf<"runner">, "pid" | "startTime">): Promise<boolean> {
  return startTime !== "" && (await processStartTime(pid)) === startTime;
}

function find<T extends JobEntry["type"]>(
  entries: readonly JobEntry[],
  type: T,
): JobEntryOf<T> | undefined {
  return entries.find((entry): entry is JobEntryOf<T> => entry.type === type);
}

/** The end of what the runner wrote to its error output, on one line. */
async function lastWords(jobFolder: string): Promise<string> {
  const file = await open(join(jobFolder, "runner.err"), "r").catch(() => undefined);
  if (file === undefined) return "";
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - LAST_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LAST_BYTES), 0, LAST_BYTES, start);
    const lines = buffer.toString("utf8", 0, bytesRead).split("\n");
    return lines
      .map((line) => line.trim())
      .filter((line) => line !== "")
      .slice(-LAST_LINES)
      .join(" | ");
  } finally {
    await file.close();
  }
}

/**
 * Asks for a job's end: writes it down, and wakes the runner, which also finds it there by itself.
 *
 * @param store - the local cloud's jobs
 * @param name - the training job's name
 * @throws Error when there is no such job
 */
export async function requestStop(store: JobStore, name: string): Promise<void> {
  const before = await store.entries(name);
  if (before.some(({ type }) => type === "end")) return;
  await store.append(name, { type: "stop-requested", at: Date.now() });
  // Read again: a runner that began in between has not seen the request, but has said by now where to reach it.
  const runner = find(await store.entries(name), "runner");
  if (runner !== undefined && runner.socket !== "") {
    await ask(runner.socket, "stop", ANSWER_LIMIT);
  }
}
