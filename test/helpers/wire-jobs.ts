/** Training jobs of a local cloud over the wire: created, waited for, their objects and logs read. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type {
  CreateTrainingJobRequest,
  DescribeTrainingJobResponse,
} from "@aws-sdk/client-sagemaker";
import type { LocalCloudOptions } from "../../src/local/local-cloud.ts";
import { type CloudFixture, eventually, ROLE, startCloud, writeProgram } from "./cloud-fixture.ts";

/** A test's own patience with one job, in milliseconds. */
const PATIENCE = 60_000;

/** A cloud with the bucket `bucket`, and jobs whose program is one `train`. */
export interface JobCloud extends CloudFixture {
  /** Creates a job of this script, which may wait until {@link JobCloud.go} is called: `wait_for 1`. @returns its name */
  create(script: string, over?: Partial<CreateTrainingJobRequest>): Promise<string>;
  /** Lets a job's program pass its `wait_for` of that number. */
  go(name: string, step: number): Promise<void>;
  /** The job once it has ended. */
  end(name: string): Promise<DescribeTrainingJobResponse>;
  /** {@link JobCloud.create} and {@link JobCloud.end}. */
  run(
    script: string,
    over?: Partial<CreateTrainingJobRequest>,
  ): Promise<DescribeTrainingJobResponse & { readonly TrainingJobName: string }>;
  put(key: string, body: string): Promise<void>;
  /** The text of an object; undefined when there is none. */
  text(key: string): Promise<string | undefined>;
  keys(prefix: string): Promise<string[]>;
  /** Waits until an object has this text. */
  becomes(key: string, text: string | undefined): Promise<void>;
  /** The lines of each of a job's log streams, by the streams' names. */
  lines(name: string): Promise<Record<string, string[]>>;
  /** Waits until a line of the job's log holds this text. */
  said(name: string, text: string): Promise<void>;
}

/** What every script begins with: `$ml` is its /opt/ml. */
const PRELUDE = `#!/bin/sh
ml=\${SAGEMAKER_BASE_DIR:-/opt/ml}
here=$(dirname "$0")
wait_for() { while [ ! -e "$here/go-$1" ]; do sleep 0.05; done; }
`;

/** Starts a cloud. */
export async function startJobCloud(options: LocalCloudOptions = {}): Promise<JobCloud> {
  const cloud = await startCloud(options);
  await cloud.s3.createBucket({ Bucket: "bucket" });
  let count = 0;
  const program = (name: string): string => join(cloud.folder, "programs", name);
  const create: JobCloud["create"] = async (script, over = {}) => {
    count += 1;
    const TrainingJobName = over.TrainingJobName ?? `job-${count}`;
    const folder = await writeProgram(program(TrainingJobName), { train: `${PRELUDE}${script}\n` });
    await cloud.sagemaker.createTrainingJob({
      TrainingJobName,
      RoleArn: ROLE,
      AlgorithmSpecification: { TrainingImage: folder, TrainingInputMode: "File" },
      OutputDataConfig: { S3OutputPath: "s3://bucket/out" },
      ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 5 },
      StoppingCondition: { MaxRuntimeInSeconds: 600 },
      ...over,
    });
    return TrainingJobName;
  };
  const end: JobCloud["end"] = async (TrainingJobName) =>
    await eventually(
      async () => {
        const job = await cloud.sagemaker.describeTrainingJob({ TrainingJobName });
        const runs = ["InProgress", "Stopping"].includes(job.TrainingJobStatus ?? "");
        return runs ? undefined : job;
      },
      `${TrainingJobName} has ended`,
      PATIENCE,
    );
  const text: JobCloud["text"] = async (Key) => {
    try {
      const { Body } = await cloud.s3.getObject({ Bucket: "bucket", Key });
      return await Body?.transformToString();
    } catch (error) {
      if (error instanceof Error && error.name === "NoSuchKey") return undefined;
      throw error;
    }
  };
  const lines: JobCloud["lines"] = async (name) => {
    const logGroupName = "/aws/sagemaker/TrainingJobs";
    const { logStreams = [] } = await cloud.logs
      .describeLogStreams({ logGroupName, logStreamNamePrefix: `${name}/` })
      .catch(() => ({ logStreams: [] }));
    const found: Record<string, string[]> = {};
    for (const { logStreamName = "" } of logStreams) {
      const { events = [] } = await cloud.logs.getLogEvents({
        ...{ logGroupName, logStreamName, startFromHead: true },
      });
      found[logStreamName] = events.map(({ message }) => message ?? "");
    }
    return found;
  };
  return {
    ...cloud,
    ...{ create, end, text, lines },
    go: async (name, step) => await writeFile(join(program(name), `go-${step}`), ""),
    run: async (script, over) => {
      const name = await create(script, over);
      return { ...(await end(name)), TrainingJobName: name };
    },
    put: async (Key, Body) => {
      await cloud.s3.putObject({ Bucket: "bucket", Key, Body });
    },
    keys: async (Prefix) => {
      const { Contents = [] } = await cloud.s3.listObjectsV2({ Bucket: "bucket", Prefix });
      return Contents.map(({ Key }) => Key ?? "");
    },
    becomes: async (key, wanted) => {
      await eventually(
        async () => ((await text(key)) === wanted ? true : undefined),
        `${key} is ${wanted ?? "gone"}`,
        PATIENCE,
      );
    },
    said: async (name, wanted) => {
      await eventually(
        async () => {
          const said = Object.values(await lines(name)).flat();
          return said.some((line) => line.includes(wanted)) ? true : undefined;
        },
        `${name} says ${wanted}`,
        PATIENCE,
      );
    },
  };
}
