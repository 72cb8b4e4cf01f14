/** Training jobs on disk: a folder a job, whole or absent, and a journal that any process appends to. */

import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { hasCode } from "../s3/node-errors.ts";
import { entryLines, parseEntryLines } from "./entry-lines.ts";
import type { JobEntry, JobRecord } from "./job.ts";

const RECORD_FILE = "job.json";
const JOURNAL_FILE = "journal.ndjson";
/** The service's pattern, but for its rule on a dash at the end: what keeps a name inside the store. */
const JOB_NAME = /^[a-zA-Z0-9][a-zA-Z0-9-]{0,62}$/;
/** Unlike the flag `a` it does not create: a job that was removed stays removed. */
const APPEND_EXISTING = constants.O_WRONLY | constants.O_APPEND;

/**
 * The training jobs of a local cloud. Any number of processes read and write them without a daemon.
 *
 * @example
 * ```ts
 * const jobs = new JobStore(join(root, "sagemaker"));
 * if (await jobs.create(record, [{ type: "status", at: Date.now(), status: "InProgress", secondaryStatus: "Starting", message: "Starting the training job" }])) {
 *   await launchRunner(root, record.name);
 * }
 * ```
 */
export class JobStore {
  readonly #jobs: string;
  readonly #makeRoot: () => void;

  /**
   * @param folder - `<root>/sagemaker`; nothing is read or written yet
   * @param makeRoot - makes what `folder` lies in, before a job is made. Default: nothing more than the folders themselves
   */
  constructor(folder: string, makeRoot: () => void = () => {}) {
    this.#makeRoot = makeRoot;
    this.#jobs = join(resolve(folder), "training-jobs");
  }

  /** The folder of a job. @throws RangeError when `name` is no job name */
  jobFolder(name: string): string {
    if (!JOB_NAME.test(name)) throw new RangeError(`"${name}" is no training job name`);
    return join(this.#jobs, name);
  }

  /**
   * Creates a job with its first entries: whole when its name becomes visible, or not at all.
   *
   * @returns false when the name is taken; among racing processes exactly one gets true
   */
  async create(record: JobRecord, first: readonly JobEntry[]): Promise<boolean> {
    const folder = this.jobFolder(record.name);
    // Job names begin with a letter or a digit, so a dot keeps it out of every listing.
    const draft = join(this.#jobs, `.${randomUUID()}.incomplete`);
    this.#makeRoot();
    await mkdir(draft, { recursive: true });
    try {
      await writeFile(join(draft, RECORD_FILE), `${JSON.stringify(record, null, 2)}\n`);
      await writeFile(join(draft, JOURNAL_FILE), entryLines(first));
      // A folder is renamed onto no folder but an empty one, and a job's never is empty.
      await rename(draft, folder);
      return true;
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      if (hasCode(error, "ENOTEMPTY", "EEXIST")) return false;
      throw error;
    }
  }

  /** What was fixed when the job was created; undefined when there is no such job. */
  async record(name: string): Promise<JobRecord | undefined> {
    const text = await this.#read(name, RECORD_FILE);
    return text === undefined ? undefined : (JSON.parse(text) as JobRecord);
  }

  /** What has happened to the job so far, as {@link settleEntries} reads it. */
  async entries(name: string): Promise<readonly JobEntry[]> {
    return settleEntries(parseEntryLines((await this.#read(name, JOURNAL_FILE)) ?? ""));
  }

  /** Adds entries in one write, which other processes' writes cannot tear apart. @throws when there is no such job */
  async append(name: string, ...entries: readonly JobEntry[]): Promise<void> {
    const file = await open(join(this.jobFolder(name), JOURNAL_FILE), APPEND_EXISTING);
    try {
      await file.writeFile(entryLines(entries));
    } finally {
      await file.close();
    }
  }

  /** The names of all jobs, in no order. */
  async names(): Promise<string[]> {
    const names = await readdir(this.#jobs).catch((error: unknown) => {
      if (hasCode(error, "ENOENT")) return [];
      throw error;
    });
    return names.filter((name) => JOB_NAME.test(name));
  }

  async #read(name: string, file: string): Promise<string | undefined> {
    if (!JOB_NAME.test(name)) return undefined;
    return await readFile(join(this.#jobs, name, file), "utf8").catch((error: unknown) => {
      if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
      throw error;
    });
  }
}

/**
 * What counts of a journal that several processes wrote to: nothing after the first `end` but tags (they come before it then, so that
 * an `end` always is the last entry); of several requests to stop the first; and no progress after it, since the runner may
 * have spoken of some before it heard.
 */
export function settleEntries(entries: readonly JobEntry[]): JobEntry[] {
  const settled: JobEntry[] = [];
  let end: JobEntry | undefined;
  let stopping = false;
  let toldStopping = false;
  for (const entry of entries) {
    if (entry.type === "tags" || entry.type === "untag") {
      settled.push(entry);
    } else if (end !== undefined) {
    } else if (entry.type === "end") {
      end = entry;
    } else if (entry.type === "stop-requested") {
      if (!stopping) settled.push(entry);
      stopping = true;
    } else if (entry.type === "status") {
      const told = entry.status === "Stopping" ? toldStopping : stopping || toldStopping;
      if (!told) settled.push(entry);
      if (entry.status === "Stopping") toldStopping = true;
    } else {
      settled.push(entry);
    }
  }
  if (end !== undefined) settled.push(end);
  return settled;
}
