/** A million points, one at a time, by programs whose memory ends at 48 MB: to a folder, and to a server that has no more either. */

import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, inject, it } from "vitest";
import { MlflowClient } from "../../src/mlflow/index.ts";
import { folderWith, type Running, startProgram } from "../helpers/child-program.ts";

const POINTS = 1_000_000;
/** The points themselves would take twice that and more. */
const CAP = "--max-old-space-size=48";

const LOGGING = `
import { MlflowClient } from "sagemaker-estimator/mlflow";
const [trackingUri, points] = process.argv.slice(2);
const client = new MlflowClient({ trackingUri });
const { info } = await client.createRun("0");
for (let step = 0; step < Number(points); step += 1) await client.logMetric(info.runId, "loss", step / 7, { step });
await client.setTerminated(info.runId);
console.log("run", info.runId);
`;

const SERVING = `
import { LocalCloud } from "sagemaker-estimator/local";
const { url } = await new LocalCloud({ root: process.argv[2] }).listen();
console.log("url", url);
`;

async function start(code: string, ...args: string[]): Promise<Running> {
  const place = await folderWith({ "program.mjs": code }, inject("userProject"));
  const folder = await folderWith({});
  return startProgram(process.execPath, [CAP, join(place, "program.mjs"), ...args], folder);
}

/** Whether the file of the metric has each point once, in order. */
async function expectAllPoints(folder: string, runId: string): Promise<void> {
  const file = createReadStream(join(folder, "0", runId, "metrics/loss"));
  let step = 0;
  for await (const line of createInterface({ input: file })) {
    const [, value, written] = line.split(" ");
    if (Number(written) !== step || Number(value) !== step / 7) break;
    step += 1;
  }
  expect(step).toBe(POINTS);
}

describe("a million points of a metric", () => {
  it("go to a folder in flat memory", { timeout: 300_000 }, async () => {
    const folder = join(await folderWith({}), "mlruns");

    const program = await start(LOGGING, folder, String(POINTS));

    const { code, stdout, stderr } = await program.ended;
    expect([code, stderr]).toEqual([0, ""]);
    await expectAllPoints(folder, stdout.trim().replace("run ", ""));
  });

  it("go to a server, and are read there, in flat memory", { timeout: 300_000 }, async () => {
    const root = join(await folderWith({}), "cloud");
    const server = await start(SERVING, root);
    const [, url = ""] = await server.printed(/url (\S+)/);

    const program = await start(LOGGING, url, String(POINTS));

    const { code, stdout, stderr } = await program.ended;
    expect([code, stderr]).toEqual([0, ""]);
    const runId = stdout.trim().replace("run ", "");
    await expectAllPoints(join(root, "mlruns"), runId);
    let read = 0;
    for await (const { step } of new MlflowClient({ trackingUri: url }).metricHistory(
      runId,
      "loss",
    )) {
      if (step === read) read += 1;
    }
    expect(read).toBe(POINTS);
    expect(server.child.exitCode).toBeNull();
  });
});
