/** A local cloud in a folder of its own, with the AWS SDK's clients, for tests over the wire. */

import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { S3 } from "@aws-sdk/client-s3";
import { SageMaker } from "@aws-sdk/client-sagemaker";
import { STS } from "@aws-sdk/client-sts";
import { LocalCloud, type LocalCloudOptions } from "../../src/local/local-cloud.ts";

/** What the clients are made from. */
export interface ClientOptions {
  readonly endpoint?: string;
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

/** The AWS SDK's clients. */
export interface CloudClients {
  readonly s3: S3;
  readonly sagemaker: SageMaker;
  readonly logs: CloudWatchLogs;
  readonly sts: STS;
}

/** A local cloud and its clients, in the process. */
export interface CloudFixture extends CloudClients {
  readonly cloud: LocalCloud;
  /** A folder for the test's own files, removed by `stop()`; the cloud's root lies in it. */
  readonly folder: string;
  /** The cloud's root. */
  readonly root: string;
  /** The SDK's clients over another way: `{ endpoint }` speaks HTTP, else in the process. */
  clients(options?: ClientOptions): CloudClients;
  /** Ends jobs that still run, closes clients, removes the folder. */
  stop(): Promise<void>;
}

/** The role that tests name. */
export const ROLE = "arn:aws:iam::123456789012:role/SageMaker";

/**
 * Starts a cloud.
 *
 * @param options - as `LocalCloud` takes them; `stopGraceSeconds` is 1 unless given
 */
export async function startCloud(options: LocalCloudOptions = {}): Promise<CloudFixture> {
  const folder = await mkdtemp(join(tmpdir(), "cloud-"));
  const cloud = new LocalCloud({
    root: join(folder, ".sagemaker-local"),
    stopGraceSeconds: 1,
    ...options,
  });
  const made: { destroy(): void }[] = [];
  const clients = ({ endpoint, credentials }: ClientOptions = {}): CloudClients => {
    const config = {
      region: cloud.region,
      credentials: credentials ?? { accessKeyId: "test", secretAccessKey: "test" },
      ...(endpoint === undefined ? { requestHandler: cloud.requestHandler } : { endpoint }),
    };
    const all = {
      s3: new S3({ ...config, forcePathStyle: endpoint !== undefined }),
      sagemaker: new SageMaker(config),
      logs: new CloudWatchLogs(config),
      sts: new STS(config),
    };
    made.push(...Object.values(all));
    return all;
  };
  const own = clients();
  return {
    ...own,
    cloud,
    folder,
    root: cloud.root,
    clients,
    async stop() {
      try {
        await endJobs(own.sagemaker);
      } finally {
        for (const client of made) client.destroy();
        await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      }
    },
  };
}

/**
 * Asks again and again until there is an answer.
 *
 * @param ask - gives `undefined` while there is none
 * @param what - for the error when the time is over
 */
export async function eventually<T>(
  ask: () => Promise<T | undefined>,
  what: string,
  timeoutMs = 20_000,
): Promise<T> {
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await delay(20)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
  }
  throw new Error(`Not within ${timeoutMs} ms: ${what}`);
}

/**
 * Writes a program folder; each file is executable.
 *
 * @param folder - where; made if it is not there
 * @param files - text by name: `{ train: "#!/bin/sh\necho hello\n" }`
 */
export async function writeProgram(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    await chmod(path, 0o755);
  }
  return folder;
}

async function endJobs(sagemaker: SageMaker): Promise<void> {
  const unfinished = async (): Promise<string[]> => {
    const { TrainingJobSummaries: jobs = [] } = await sagemaker.listTrainingJobs({
      MaxResults: 100,
    });
    return jobs
      .filter(({ TrainingJobStatus: status }) => status === "InProgress" || status === "Stopping")
      .map(({ TrainingJobName }) => TrainingJobName ?? "");
  };
  for (const TrainingJobName of await unfinished()) {
    // It may have ended since it was listed.
    await sagemaker.stopTrainingJob({ TrainingJobName }).catch(() => {});
  }
  await eventually(
    async () => ((await unfinished()).length === 0 ? true : undefined),
    "all jobs have ended",
  );
}
