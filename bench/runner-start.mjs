/**
 * From the call that starts a job's runner to the runner's first line in the job's journal. Peer: a detached Node process that
 * does nothing but append a line to a file.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { BARE, load, report, rounds, sinceMs, temporaryFolder, writeProgram } from "./harness.mjs";

const ROUNDS = 20;
const { JobStore } = await load("local/services/sagemaker/job-store.js");
const { launchRunner } = await load("local/runner/launch.js");
const folder = temporaryFolder();
const root = join(folder, "cloud");
mkdirSync(root);
const program = writeProgram(join(folder, "program"), "#!/bin/sh\nexit 0\n");
const store = new JobStore(join(root, "sagemaker"));

async function until(isTrue) {
  for (let looks = 0; looks < 60_000; looks += 1) {
    if (isTrue()) return;
    await delay(1);
  }
  throw new Error("Not within a minute.");
}

async function runner(round) {
  const name = `bench-${round}`;
  await store.create(
    {
      name,
      arn: `arn:aws:sagemaker:us-east-1:123456789012:training-job/${name}`,
      createdAt: Date.now(),
      account: "123456789012",
      region: "us-east-1",
      request: {
        TrainingJobName: name,
        AlgorithmSpecification: { TrainingImage: "trivial:1", TrainingInputMode: "File" },
        OutputDataConfig: { S3OutputPath: "s3://bench/out" },
        ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 1 },
        StoppingCondition: { MaxRuntimeInSeconds: 60 },
        RoleArn: "arn:aws:iam::123456789012:role/SageMaker",
      },
      program,
      engine: "process",
      stopGraceSeconds: 1,
    },
    [],
  );
  const journal = join(store.jobFolder(name), "journal.ndjson");
  const has = (type) => readFileSync(journal, "utf8").includes(`"type":"${type}"`);
  const started = process.hrtime.bigint();
  await launchRunner(root, name);
  await until(() => has("runner"));
  const time = sinceMs(started);
  // The next round shall not share the machine with the rest of this one.
  await until(() => has("end"));
  return time;
}

async function node(round) {
  const path = join(folder, `line-${round}`);
  writeFileSync(path, "");
  const started = process.hrtime.bigint();
  const child = spawn(
    process.execPath,
    ["-e", `fs.appendFileSync(${JSON.stringify(path)}, "line\\n")`],
    {
      detached: true,
      env: BARE,
      stdio: "ignore",
    },
  );
  const exit = once(child, "exit");
  await until(() => readFileSync(path, "utf8") !== "");
  const time = sinceMs(started);
  await exit;
  return time;
}

await runner("warm-up");
await node("warm-up");
report("runner's start to its first journal line", {
  peer: "node -e appendFileSync",
  times: await rounds(ROUNDS, { "launchRunner()": runner, "node -e appendFileSync": node }),
});
