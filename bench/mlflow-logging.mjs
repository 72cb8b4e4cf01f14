/**
 * Points of a metric logged per second, until all of them are there: one at a time, and in batches. Peer: MLflow's own Python client on
 * the same server, turn by turn, where `.ci/install-interop` has installed it; MLflow's own server, and the local cloud.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { tsImport } from "tsx/esm/api";
import {
  load,
  median,
  printTable,
  quantile,
  report,
  rounds,
  temporaryFolder,
  timed,
} from "./harness.mjs";

const POINTS = 2000;
const ROUNDS = 10;
/** Of Python's one at a time, a tenth of the points a round: MLflow's server takes 18 to 95 a second. */
const SLOW_POINTS = POINTS / ROUNDS;
const { MlflowClient } = await load("mlflow/index.js");
const { MLFLOW, startMlflow } = await tsImport("../test/interop/mlflow.ts", import.meta.url);
const folder = temporaryFolder();

/** What a child prints, line by line. */
function linesOf(child) {
  return createInterface({ input: child.stdout })[Symbol.asyncIterator]();
}

async function startCloud() {
  const serve = fileURLToPath(new URL("serve-cloud.mjs", import.meta.url));
  const child = spawn(process.execPath, [serve, join(folder, "cloud")], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, BENCH_BUILT: "1" },
  });
  const { value: url } = await linesOf(child).next();
  return { url, stop: () => child.stdin.end() };
}

async function startPython() {
  const program = fileURLToPath(new URL("mlflow_logging.py", import.meta.url));
  const child = spawn(MLFLOW.python, [program], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = linesOf(child);
  await lines.next();
  return {
    async log(work) {
      child.stdin.write(`${JSON.stringify(work)}\n`);
      const { value } = await lines.next();
      return work.points / JSON.parse(value);
    },
    async stop() {
      const exit = once(child, "exit");
      child.stdin.end();
      await exit;
    },
  };
}

/** Points per second. */
async function ours({ trackingUri, oneAtATime }) {
  const client = new MlflowClient({ trackingUri });
  const { info } = await client.createRun("0");
  const timestamp = Date.now();
  const ms = await timed(async () => {
    if (oneAtATime) {
      for (let step = 0; step < POINTS; step += 1) {
        await client.logMetric(info.runId, "loss", step / 7, { step });
      }
    } else {
      const metrics = Array.from({ length: POINTS }, (_, step) => ({
        ...{ key: "loss", value: step / 7, timestamp, step },
      }));
      await client.logBatch(info.runId, { metrics });
    }
    await client.flush();
  });
  await client.setTerminated(info.runId);
  return (POINTS / ms) * 1000;
}

async function compare(place, trackingUri) {
  const one = { trackingUri, oneAtATime: true };
  const batches = { trackingUri, oneAtATime: false };
  const oneAtATime = { logMetric: () => ours(one) };
  const inBatches = { logBatch: () => ours(batches) };
  if (python !== undefined && place !== "a folder") {
    oneAtATime["Python, log_metric"] = () => python.log({ ...one, points: SLOW_POINTS });
    inBatches["Python, log_batch"] = () => python.log({ ...batches, points: POINTS });
  }
  for (const [title, goal, works] of [
    ["one at a time", "at least 100 x Python's", oneAtATime],
    ["in batches", "at least Python's", inBatches],
  ]) {
    // The first of each is slower, and not what is asked here.
    for (const work of Object.values(works)) await work();
    const times = await rounds(ROUNDS, works);
    report(`points to ${place}, ${title}`, {
      peer: Object.keys(works).at(-1),
      unit: "points/s",
      times,
      digits: 0,
    });
    const [own, peers] = Object.values(times);
    if (peers === undefined) continue;
    // The machine is not equally fast all the time; two neighbours have the same luck.
    const pairs = own.map((rate, round) => rate / peers[round]);
    printTable([
      {
        [`to peer, ${title}`]: "of each pair",
        median: `${median(pairs).toFixed(1)} x`,
        "10 %": `${quantile(pairs, 0.1).toFixed(1)} x`,
        "90 %": `${quantile(pairs, 0.9).toFixed(1)} x`,
      },
    ]);
    console.log(`goal: ${goal}\n`);
  }
}

const python = MLFLOW.lacking === undefined ? await startPython() : undefined;
if (python === undefined) console.log(`no peer: ${MLFLOW.lacking}\n`);
const cloud = await startCloud();
if (python !== undefined) {
  // As `mlflow server` starts it by itself, and with one process to answer, by which Python's client has its answers sooner.
  for (const workers of [4, 1]) {
    const mlflow = await startMlflow({ workers });
    await compare(`MLflow's server (workers: ${workers})`, mlflow.url);
    await mlflow.stop();
  }
}
await compare("the local cloud", cloud.url);
await compare("a folder", join(folder, "mlruns"));
await python?.stop();
cloud.stop();
