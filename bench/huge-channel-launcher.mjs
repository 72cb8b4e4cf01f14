/** The launcher of `huge-channel.mjs`: one job, and what it took. */

import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { load, timed } from "./harness.mjs";

const { Estimator, TrainingInput } = await load("index.js");
const { LocalCloud } = await load("local/index.js");
/** More often than a peak could be missed by: what is read only ever grows. */
const LOOK_MS = 20;

const [{ root, program, input, inputMode, hosts }] = await once(process, "message");

/** The most memory that a process ever had, in MiB; undefined when it has ended. */
async function peak(pid) {
  const text = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kib = /VmHWM:\s+(\d+) kB/.exec(text)?.[1];
  return kib === undefined ? undefined : Number(kib) / 1024;
}

/** Follows the job's runner, as its journal names it, to its end. */
async function runnerPeak(name) {
  const journal = join(root, "sagemaker/training-jobs", name, "journal.ndjson");
  let pid;
  while (pid === undefined) {
    await delay(LOOK_MS);
    const lines = (await readFile(journal, "utf8").catch(() => "")).split("\n");
    const line = lines.find((text) => text.includes('"type":"runner"'));
    if (line !== undefined) pid = JSON.parse(line).pid;
  }
  await writeFile(join(program, `go-${name}`), "");
  let last = 0;
  for (let now = await peak(pid); now !== undefined; now = await peak(pid)) {
    last = now;
    await delay(LOOK_MS);
  }
  return last;
}

const cloud = new LocalCloud({ root, images: { "count:1": program } });
const estimator = new Estimator({
  session: cloud.session(),
  imageUri: "count:1",
  instanceType: "local",
  instanceCount: hosts,
});
const channel = new TrainingInput(input, {
  inputMode,
  ...(hosts > 1 && { distribution: "ShardedByS3Key" }),
});
const jobName = `job-${process.pid}`;
const runner = runnerPeak(jobName);
let counted = 0;
try {
  const time = await timed(() =>
    estimator.fit(
      { train: channel },
      {
        jobName,
        logs: "None",
        onEvent: (event) => {
          if (event.type === "log") counted += Number(event.text);
        },
      },
    ),
  );
  process.send({ time, counted, launcher: await peak(process.pid), runner: await runner });
} catch (error) {
  process.send({ error: String(error) });
}
process.disconnect();
