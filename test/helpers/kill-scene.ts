/** A folder in which things are killed, and what must hold there after each kill. */

import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { S3 } from "@aws-sdk/client-s3";
import { SageMaker } from "@aws-sdk/client-sagemaker";
import { expect } from "vitest";
import { LocalCloud } from "../../src/local/local-cloud.ts";
import { unpackTarGz } from "../../src/transfer/archive.ts";
import { compiled } from "./child-program.ts";
import { eventually, writeProgram } from "./cloud-fixture.ts";
import {
  filesOfEndedJobs,
  mountsUnder,
  objectsOf,
  processesOf,
  sha256,
  tornLines,
} from "./kill-traces.ts";
import { repository } from "./repository.ts";

/** Within this a job must be told as ended, and everything of it gone. In milliseconds. */
const RECOVERY = 60_000;

/** It reads, speaks, leaves a process behind where a sandbox would end it, and writes checkpoint and model. */
const TRAIN = `#!/bin/sh
base="\${SAGEMAKER_BASE_DIR:-/opt/ml}"
[ $$ = 1 ] && setsid sleep 300 >/dev/null 2>&1 &
echo "epoch 1 loss=0.5"
[ -d "$base/checkpoints" ] && echo one >"$base/checkpoints/state"
sleep 0.2
echo "epoch 2 loss=0.25"
cp "$base"/input/data/training/* "$base/model/"
mkdir -p "$base/output/data" && echo done >"$base/output/data/result"
`;

/** A process that a test started. */
export interface Started {
  readonly child: ChildProcess;
  /** What it printed. */
  readonly text: () => string;
  readonly ended: Promise<void>;
}

/** One folder. */
export class KillScene {
  readonly folder: string;
  readonly root: string;
  readonly s3: S3;
  readonly sagemaker: SageMaker;
  readonly #logs: CloudWatchLogs;

  private constructor(folder: string) {
    this.folder = folder;
    this.root = join(folder, "root");
    const { requestHandler, region } = new LocalCloud({ root: this.root });
    const config = {
      region,
      requestHandler,
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
    };
    this.s3 = new S3({ ...config, forcePathStyle: true });
    this.sagemaker = new SageMaker(config);
    this.#logs = new CloudWatchLogs(config);
  }

  static async create(): Promise<KillScene> {
    const folder = await mkdtemp(join(tmpdir(), "kills-"));
    await writeProgram(join(folder, "program"), { train: TRAIN });
    const scene = new KillScene(folder);
    for (const Bucket of ["checkpoints", "inputs", "objects"]) {
      await scene.s3.createBucket({ Bucket });
    }
    return scene;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Data of a job, which no other has; in S3 already where it is not `fit()` that brings it there. */
  async data(job: string, isInS3 = false): Promise<void> {
    const folder = join(this.folder, "data", job);
    await mkdir(folder, { recursive: true });
    for (const [name, size] of Object.entries({ "large.bin": 700_000, "a.csv": 200, "b.csv": 9 })) {
      const Body = randomBytes(size);
      await writeFile(join(folder, name), Body);
      if (isInS3) await this.s3.putObject({ Bucket: "inputs", Key: `${job}/${name}`, Body });
    }
  }

  /** Starts one of the programs beside this file. */
  start(program: "kill-fit" | "kill-server", ...args: readonly string[]): Started {
    const path = compiled(`test/helpers/${program}.ts`);
    const child = spawn(process.execPath, [path, this.folder, ...args], {
      cwd: repository,
      stdio: ["pipe", "pipe", "pipe"],
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
    }
    child.stdin.on("error", () => {});
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    return { child, text: () => text, ended };
  }

  /** The process id of a job's runner, when it has been started. */
  async runner(job: string): Promise<number | undefined> {
    const path = join(this.root, "sagemaker", "training-jobs", job, "journal.ndjson");
    const journal = await readFile(path, "utf8").catch(() => "");
    const pid = /"type":"(?:launched|runner)".*?"pid":(\d+)/.exec(journal)?.[1];
    return pid === undefined ? undefined : Number(pid);
  }

  /** Every job reaches its end; a completed one has its model, any other its reason. Gives the statuses by name. */
  async settled(): Promise<Map<string, string>> {
    const { TrainingJobSummaries: jobs = [] } = await this.sagemaker.listTrainingJobs({
      MaxResults: 100,
    });
    const statuses = new Map<string, string>();
    for (const { TrainingJobName = "" } of jobs) {
      const job = await eventually(
        async () => {
          const found = await this.sagemaker.describeTrainingJob({ TrainingJobName });
          return found.TrainingJobStatus === "InProgress" ? undefined : found;
        },
        `${TrainingJobName} has ended`,
        RECOVERY,
      );
      statuses.set(TrainingJobName, job.TrainingJobStatus ?? "");
      if (job.TrainingJobStatus !== "Completed") {
        expect(job.FailureReason).toMatch(/^InternalServerError: The local runner of the job .+/);
      }
      await this.#model(TrainingJobName, job.TrainingJobStatus === "Completed");
      await this.#log(TrainingJobName);
    }
    return statuses;
  }

  /** The archive in S3 is whole, and there when it must be; what was downloaded is whole. */
  async #model(job: string, isNeeded: boolean): Promise<void> {
    const data = join(this.folder, "data", job);
    const { Buckets = [] } = await this.s3.listBuckets();
    const Bucket = Buckets.find(({ Name = "" }) => Name.startsWith("sagemaker-"))?.Name;
    const got = await this.s3
      .getObject({ Bucket, Key: `${job}/output/model.tar.gz` })
      .catch((error: Error) => {
        if (error.name === "NoSuchKey") return undefined;
        throw error;
      });
    expect(got !== undefined || !isNeeded, `${job} has a model`).toBe(true);
    const names = (await readdir(data)).sort();
    if (got?.Body !== undefined) {
      const folder = await mkdtemp(join(this.folder, "unpacked-"));
      await unpackTarGz(got.Body as AsyncIterable<Uint8Array>, folder);
      expect((await readdir(folder)).sort()).toEqual(names);
      await rm(folder, { recursive: true });
    }
    const home = join(this.folder, "models", job);
    for (const name of await readdir(home).catch(() => [])) {
      if (name.startsWith(".incomplete-")) continue;
      expect(sha256(await readFile(join(home, name))), `${job}: ${name}`).toBe(
        sha256(await readFile(join(data, name))),
      );
    }
  }

  async #log(job: string): Promise<void> {
    const logGroupName = "/aws/sagemaker/TrainingJobs";
    const read = async (): Promise<void> => {
      const { logStreams = [] } = await this.#logs.describeLogStreams({
        logGroupName,
        logStreamNamePrefix: `${job}/`,
      });
      for (const { logStreamName } of logStreams) {
        await this.#logs.getLogEvents({ logGroupName, logStreamName, startFromHead: true });
      }
    };
    await read().catch((error: Error) => {
      if (error.name !== "ResourceNotFoundException") throw error;
    });
  }

  /** Nothing is half written, and nothing runs or is mounted any more. */
  async clean(): Promise<void> {
    for (const { Name: bucket = "" } of (await this.s3.listBuckets()).Buckets ?? []) {
      await objectsOf(this.s3, bucket);
    }
    expect(await tornLines(this.root)).toEqual([]);
    expect(await mountsUnder(this.folder)).toEqual([]);
    let left: string[] = [];
    const deadline = Date.now() + RECOVERY;
    do {
      // Whoever looks at a job tidies up after its runner.
      await this.sagemaker.listTrainingJobs({});
      left = [...(await processesOf(this.folder)), ...(await filesOfEndedJobs(this.root))];
      if (left.length > 0) await delay(50);
    } while (left.length > 0 && Date.now() < deadline);
    expect(left).toEqual([]);
  }
}
