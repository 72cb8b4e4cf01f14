/**
 * A channel of 1,000 objects and one of 100,000, in each input mode, on one host and shared out over two: from the call of `fit()` to its
 * return, and the most memory that the launcher and the job's runner ever had. Peer: `cp -r` of as many files of the same size, in the same
 * round.
 */

import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { load, printTable, temporaryFolder, timed, writeProgram } from "./harness.mjs";

const FEW = 1_000;
const MANY = 100_000;
const BODY = Buffer.alloc(1024, "x");
const AT_ONCE = 16;
/** More files than a folder of a careful owner has, fewer than make each of them slow. */
const IN_A_FOLDER = 1_000;
const { ObjectStore } = await load("local/services/s3/object-store.js");
const run = promisify(execFile);
const folder = temporaryFolder();
const root = join(folder, "cloud");
const key = (index) =>
  `${String(Math.floor(index / IN_A_FOLDER)).padStart(3, "0")}/${String(index).padStart(6, "0")}.bin`;

/** Counts what it gets, in files or in bytes, and says so, once the launcher has found the runner. */
const program = writeProgram(
  join(folder, "program"),
  `#!/bin/sh
while [ ! -e "$(dirname "$0")/go-$TRAINING_JOB_NAME" ]; do sleep 0.02; done
cd "\${SAGEMAKER_BASE_DIR:-/opt/ml}/input/data"
if [ -d train ]; then find train -type f | wc -l; else cat train_0 | wc -c; fi
`,
);

async function fill(count) {
  const store = new ObjectStore(join(root, "s3"));
  await store.createBucket(`bucket-${count}`, { region: "us-east-1" });
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < count; index = next++) {
      await store.put(`bucket-${count}`, `data/${key(index)}`, BODY);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  for (let index = 0; index < count; index += 1) {
    const path = join(folder, `files-${count}`, key(index));
    if (index % IN_A_FOLDER === 0) mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, BODY);
  }
}

/** One job, from a process of its own whose memory nothing else has swollen. */
async function job(count, { inputMode, hosts }) {
  const child = fork(fileURLToPath(new URL("huge-channel-launcher.mjs", import.meta.url)), {
    env: { ...process.env, BENCH_BUILT: "1" },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  child.send({ root, program, input: `s3://bucket-${count}/data/`, inputMode, hosts });
  const [result] = await once(child, "message");
  await once(child, "exit");
  if (result.error !== undefined) throw new Error(result.error);
  const wanted = inputMode === "Pipe" ? count * BODY.length : count;
  if (result.counted !== wanted) throw new Error(`${result.counted} instead of ${wanted}`);
  return result;
}

const CASES = {
  "File, one host": { inputMode: "File", hosts: 1 },
  "FastFile, one host": { inputMode: "FastFile", hosts: 1 },
  "Pipe, one host": { inputMode: "Pipe", hosts: 1 },
  "File, two hosts, sharded": { inputMode: "File", hosts: 2 },
  "Pipe, two hosts, sharded": { inputMode: "Pipe", hosts: 2 },
};

for (const count of [FEW, MANY]) {
  console.log(`filled with ${count} objects in ${(await timed(() => fill(count))).toFixed(0)} ms`);
}
const rows = [];
for (const [name, how] of Object.entries(CASES)) {
  const few = await job(FEW, how);
  const many = await job(MANY, how);
  const copy = join(folder, "copy");
  const peer = await timed(() => run("cp", ["-r", join(folder, `files-${MANY}`), copy]));
  rmSync(copy, { recursive: true });
  rows.push({
    [`${MANY} objects of 1 KiB`]: name,
    "fit() s": (many.time / 1000).toFixed(1),
    "cp -r s": (peer / 1000).toFixed(1),
    "to peer": `${(many.time / peer).toFixed(1)} x`,
    "runner MiB": many.runner.toFixed(0),
    "of 1,000": few.runner.toFixed(0),
    "launcher MiB": many.launcher.toFixed(0),
    "of 1,000 ": few.launcher.toFixed(0),
  });
}
printTable(rows);
console.log();
