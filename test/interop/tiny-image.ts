/** The image "tiny:1": a program of a few lines that trains, fails or sleeps, as `TASK` says. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { type CloudClients, ROLE, writeProgram } from "../helpers/cloud-fixture.ts";
import { REGION } from "./client.ts";

/** The places come from the environment, since not each engine has an /opt/ml. */
const TRAIN = `#!/bin/sh
set -e
base=\${SAGEMAKER_BASE_DIR:-/opt/ml}
case "$TASK" in
  train)
    cp "$base/input/data/train/data.csv" "$base/input/config/hyperparameters.json" "$base/model/"
    echo "epochs are ü"
    echo "loss=0.5"
    echo "loss=0.25"
    echo "to stderr" >&2
    echo done
    ;;
  fail)
    printf "Column 'Claims' is missing. Columns: a, b" > "$base/output/failure"
    exit 7
    ;;
  sleep)
    echo saved > "$base/model/checkpoint"
    trap 'exit 0' TERM
    echo sleeping
    while :; do sleep 0.1; done
    ;;
esac
`;

const folders: string[] = [];

/** Writes the image's folder. */
export async function tinyImage(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "interop-program-"));
  folders.push(folder);
  return await writeProgram(folder, { train: TRAIN });
}

/** Starts a job that trains with the image, in a bucket of its own. */
export async function trainTiny(cloud: CloudClients, TrainingJobName: string): Promise<void> {
  await cloud.s3.createBucket({
    Bucket: TrainingJobName,
    CreateBucketConfiguration: { LocationConstraint: REGION },
  });
  await cloud.s3.putObject({ Bucket: TrainingJobName, Key: "input/data.csv", Body: "a\n" });
  const S3Uri = `s3://${TrainingJobName}/input/`;
  await cloud.sagemaker.createTrainingJob({
    TrainingJobName,
    AlgorithmSpecification: { TrainingImage: "tiny:1", TrainingInputMode: "File" },
    RoleArn: ROLE,
    InputDataConfig: [
      {
        ChannelName: "train",
        DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri } },
      },
    ],
    OutputDataConfig: { S3OutputPath: `s3://${TrainingJobName}/output/` },
    ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 60 },
    Environment: { TASK: "train" },
  });
}

/** Takes the folders away after the tests of a file. */
export function removeTinyImages(): void {
  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });
}
