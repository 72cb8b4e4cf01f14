/** A program that says what its channels gave it, for tests of them. */

import type { Channel, CreateTrainingJobRequest } from "@aws-sdk/client-sagemaker";
import type { JobCloud } from "./wire-jobs.ts";

/** What a host got in one channel. */
export interface ChannelReport {
  /** Of File and FastFile mode: each file's text by its path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Of File mode: the list beside the folder. */
  readonly list?: readonly unknown[];
  /** Of Pipe mode: the first epochs, as text. */
  readonly epochs?: readonly string[];
}

/** A job's end, and what each of its hosts got: by channel. */
export interface Reported {
  readonly status: string | undefined;
  readonly reason: string | undefined;
  readonly hosts: readonly Readonly<Record<string, ChannelReport>>[];
}

/** Reads two epochs of each pipe, as a program does that has to wait for them. */
const PROGRAM = `
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
const { ml } = process.env;
const data = ml + "/input/data/";
const report = {};
const walk = (folder, name, files) => {
  for (const entry of readdirSync(folder + name)) {
    if (statSync(folder + name + entry).isDirectory()) walk(folder, name + entry + "/", files);
    else files[name + entry] = readFileSync(folder + name + entry, "utf8");
  }
  return files;
};
const config = JSON.parse(readFileSync(ml + "/input/config/inputdataconfig.json", "utf8"));
for (const [name, { TrainingInputMode: mode }] of Object.entries(config)) {
  if (mode !== "Pipe") {
    report[name] = { files: walk(data + name + "/", "", {}) };
    if (mode === "File") report[name].list = JSON.parse(readFileSync(data + name + "-manifest", "utf8"));
    continue;
  }
  report[name] = { epochs: [0, 1].map((epoch) => {
    const pipe = data + name + "_" + epoch;
    while (!existsSync(pipe)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    return readFileSync(pipe, "latin1");
  }) };
}
console.log(JSON.stringify(report));
`;

/** A channel of `s3://bucket/…`. */
export function channelOf(
  name: string,
  uri: string,
  over: Partial<Channel> = {},
  source: Partial<NonNullable<NonNullable<Channel["DataSource"]>["S3DataSource"]>> = {},
): Channel {
  return {
    ChannelName: name,
    DataSource: {
      S3DataSource: { S3DataType: "S3Prefix", S3Uri: `s3://bucket/${uri}`, ...source },
    },
    ...over,
  };
}

/** Runs a job of these channels. */
export async function reportOf(
  cloud: JobCloud,
  channels: readonly Channel[],
  over: Partial<CreateTrainingJobRequest> = {},
): Promise<Reported> {
  const job = await cloud.run(`export ml; exec node --input-type=module -e '${PROGRAM}'`, {
    InputDataConfig: [...channels],
    ...over,
  });
  const streams = Object.values(await cloud.lines(job.TrainingJobName));
  return {
    status: job.TrainingJobStatus,
    reason: job.FailureReason,
    // A job that failed may have said nothing.
    hosts: streams.map((lines) => JSON.parse(lines.join("") || "{}") as Reported["hosts"][number]),
  };
}
