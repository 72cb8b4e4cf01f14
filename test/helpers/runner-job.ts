/** A local cloud's state in a folder of its own, and jobs that real runner processes run in it. */

import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { launchRunner } from "../../src/local/runner/launch.ts";
import { reconcile } from "../../src/local/runner/liveness.ts";
import { processStartTime } from "../../src/local/runner/process-identity.ts";
import { parseLine } from "../../src/local/services/logs/log-line.ts";
import { decodeName } from "../../src/local/services/logs/log-names.ts";
import { ObjectStore } from "../../src/local/services/s3/object-store.ts";
import type {
  EngineChoice,
  JobEntry,
  JobEntryOf,
  JobRecord,
} from "../../src/local/services/sagemaker/job.ts";
import { JobStore } from "../../src/local/services/sagemaker/job-store.ts";
import { unpackTarGz } from "../../src/transfer/archive.ts";

/** How long a test waits for what must come. In milliseconds. */
const PATIENCE = 60_000;

/** What a job is made of, where a test cares. */
export interface TestJob {
  /** Default: `job`. */
  readonly name?: string;
  /** The programs of the program folder: name and text. A text that begins with `#!` may be run. */
  readonly program: Readonly<Record<string, string>>;
  /** Beside the usual request. */
  readonly request?: Readonly<Record<string, unknown>>;
  readonly engine?: EngineChoice;
  readonly stopGraceSeconds?: number;
}

/** The state of a local cloud in a temporary folder. */
export class TestCloud {
  readonly root: string;
  readonly objects: ObjectStore;
  readonly jobs: JobStore;

  private constructor(root: string) {
    this.root = root;
    this.objects = new ObjectStore(join(root, "s3"));
    this.jobs = new JobStore(join(root, "sagemaker"));
  }

  static async create(): Promise<TestCloud> {
    const root = join(await mkdtemp(join(tmpdir(), "runner-")), "state");
    await mkdir(root);
    const cloud = new TestCloud(root);
    await cloud.objects.createBucket("bucket", { region: "us-east-1" });
    return cloud;
  }

  /** Removes it; jobs that still run are ended first. */
  async remove(): Promise<void> {
    for (const name of await this.jobs.names()) {
      const entries = await this.jobs.entries(name);
      const runner = entryOf(entries, "runner");
      // The id alone may be another's by now.
      const isItself = async (): Promise<boolean> =>
        runner !== undefined && (await processStartTime(runner.pid)) === runner.startTime;
      if (!(await isItself())) continue;
      if (entryOf(entries, "end") === undefined) kill(runner?.pid ?? Number.NaN);
      await until(async () => !(await isItself()));
    }
    await rm(dirname(this.root), { recursive: true, force: true, maxRetries: 5 });
  }

  async put(key: string, body: string): Promise<void> {
    await this.objects.put("bucket", key, Buffer.from(body));
  }

  /** Writes the program folder and creates the job; nothing runs yet. */
  async create(job: TestJob): Promise<string> {
    const { name = "job", engine = "auto", stopGraceSeconds = 120 } = job;
    const program = join(dirname(this.root), `${name}-program`);
    for (const [file, text] of Object.entries(job.program)) {
      const path = join(program, file);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
      if (text.startsWith("#!")) await chmod(path, 0o755);
    }
    const record: JobRecord = {
      ...{ name, engine, stopGraceSeconds, program },
      arn: `arn:aws:sagemaker:us-east-1:123456789012:training-job/${name}`,
      createdAt: Date.now(),
      account: "123456789012",
      region: "us-east-1",
      request: {
        TrainingJobName: name,
        RoleArn: "arn:aws:iam::123456789012:role/test",
        AlgorithmSpecification: { TrainingImage: "test:1", TrainingInputMode: "File" },
        OutputDataConfig: { S3OutputPath: "s3://bucket/out" },
        ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 30 },
        StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
        ...job.request,
      },
    };
    const created = await this.jobs.create(record, [
      {
        ...{ type: "status", at: record.createdAt, status: "InProgress" },
        ...{ secondaryStatus: "Starting", message: "Starting the training job" },
      },
    ]);
    if (!created) throw new Error(`${name} is taken`);
    return name;
  }

  /** Creates a job and starts its runner. */
  async start(job: TestJob): Promise<string> {
    const name = await this.create(job);
    await launchRunner(this.root, name);
    return name;
  }

  /** Runs a job to its end. */
  async run(job: TestJob): Promise<JobEntryOf<"end">> {
    return await this.end(await this.start(job));
  }

  /** Waits for a job's end, as one who looks at it does. */
  async end(name: string): Promise<JobEntryOf<"end">> {
    return await until(async () => {
      await reconcile(this.jobs, name);
      return entryOf(await this.jobs.entries(name), "end");
    });
  }

  /** Waits for an entry. */
  async entry(name: string, matches: (entry: JobEntry) => boolean): Promise<JobEntry> {
    return await until(async () => (await this.jobs.entries(name)).find(matches));
  }

  async entries(name: string): Promise<readonly JobEntry[]> {
    return await this.jobs.entries(name);
  }

  /** The messages of a job's statuses. */
  async statuses(name: string): Promise<string[]> {
    return (await this.entries(name)).flatMap((entry) =>
      entry.type === "status" || entry.type === "end"
        ? [`${entry.secondaryStatus} - ${entry.message}`]
        : [],
    );
  }

  /** The lines of a host's log; undefined when it has none. */
  async log(name: string, host = "algo-1"): Promise<string[] | undefined> {
    return (await this.#logFile(name, host))?.lines;
  }

  /** Whether a host's log is marked as ended, after its last line. */
  async isLogClosed(name: string, host = "algo-1"): Promise<boolean> {
    return (await this.#logFile(name, host))?.closed ?? false;
  }

  /** Waits for a line of a host's log. */
  async line(name: string, text: string, host = "algo-1"): Promise<string> {
    return await until(async () =>
      (await this.log(name, host))?.find((line) => line.includes(text)),
    );
  }

  async #logFile(
    name: string,
    host: string,
  ): Promise<{ lines: string[]; closed: boolean } | undefined> {
    const logs = join(this.root, "logs");
    for (const group of await readdir(logs).catch(() => [])) {
      for (const file of await readdir(join(logs, group))) {
        if (!decodeName(file.replace(/\.ndjson$/, ""))?.startsWith(`${name}/${host}-`)) continue;
        const text = await readFile(join(logs, group, file), "utf8");
        const parsed = text.split("\n").map((line) => parseLine(line));
        return {
          lines: parsed.flatMap((entry) => (typeof entry === "object" ? [entry.message] : [])),
          closed: parsed.findLast((entry) => entry !== undefined) === "end",
        };
      }
    }
    return undefined;
  }

  /** The keys below a prefix. */
  async keys(prefix: string): Promise<string[]> {
    return (await this.objects.list("bucket", { prefix })).objects.map(({ key }) => key);
  }

  /** The text of an object. */
  async text(key: string): Promise<string> {
    const object = await this.objects.get("bucket", key);
    if (object === undefined) throw new Error(`No object ${key}`);
    return await readFile(object.bodyPath, "utf8");
  }

  /** The files of an archive in S3: path and text. */
  async archive(key: string): Promise<Record<string, string>> {
    const opened = await this.objects.open("bucket", key);
    if (opened === undefined) throw new Error(`No object ${key}`);
    const folder = await mkdtemp(join(dirname(this.root), "archive-"));
    await unpackTarGz(opened.handle.createReadStream(), folder);
    const names = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile());
    const texts: Record<string, string> = {};
    for (const file of files) {
      const path = join(file.parentPath, file.name);
      texts[path.slice(folder.length + 1)] = await readFile(path, "utf8");
    }
    return texts;
  }
}

/** The first entry of a type. */
export function entryOf<T extends JobEntry["type"]>(
  entries: readonly JobEntry[],
  type: T,
): JobEntryOf<T> | undefined {
  return entries.find((entry): entry is JobEntryOf<T> => entry.type === type);
}

/** Waits until `look` finds something. */
export async function until<T>(look: () => Promise<T> | T): Promise<NonNullable<T> & {}> {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (Date.now() > deadline) throw new Error("It did not come to pass");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Whether there is such a process, a dead one that nobody has noticed not counted. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Ends a process at once. */
export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
