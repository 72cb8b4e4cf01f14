/** An MLflow that takes connections and says nothing keeps nobody: not `fit()`, not Ctrl-C, not the process, not the job. */

import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { LocalCloud } from "../../../src/local/index.ts";
import type { FitMlflowOptions } from "../../../src/training/mlflow-options.ts";
import {
  type CloudFixture,
  eventually,
  startCloud,
  writeProgram,
} from "../../helpers/cloud-fixture.ts";
import { elsewhere } from "../../helpers/elsewhere.ts";
import type { MlflowProgram } from "../../helpers/mlflow-program.ts";
import { type PrintedLine, runMlflowProgram } from "../../helpers/run-mlflow-program.ts";
import { ShakyServer } from "../../helpers/shaky-server.ts";

/** Nobody who leaves waits for a whole patience of the end, which is 60 s; slow machines are given some of it. */
const SOON_MS = 25_000;

let fixture: CloudFixture;
let program = "";

beforeAll(async () => {
  fixture = await startCloud();
  program = await writeProgram(join(fixture.folder, "program"), {
    train:
      "#!/bin/sh\nwhile ! test -e /opt/ml/input/data/never; do echo loss=0.5; sleep 0.3; done\n",
  });
});
afterAll(() => fixture.stop());

async function shakyServer(): Promise<ShakyServer> {
  const server = await new LocalCloud({ root: join(fixture.folder, "runs") }).listen();
  const way = await new ShakyServer(server.url).open();
  onTestFinished(async () => {
    await way.close();
    await server.close();
  });
  return way;
}

function fitTo(trackingUri: string, options: object): NonNullable<MlflowProgram["fit"]> {
  const mlflow: FitMlflowOptions = { trackingUri };
  const metricDefinitions = [{ Name: "loss", Regex: "loss=([0-9.]+)" }];
  return { options: { baseJobName: "silent", metricDefinitions, ...options }, mlflow };
}

/** A job whose launcher logs. */
async function service() {
  const { url, close, options } = await elsewhere(fixture.root, program);
  onTestFinished(close);
  return { url, options };
}

const isRunNote = ({ type, code }: PrintedLine): boolean => type === "note" && code === "mlflow";

describe("a silent server", () => {
  it.each(["SIGINT", "an abort"])("holds nobody up who leaves by %s", async (leaving) => {
    const [way, { url, options }] = [await shakyServer(), await service()];
    let leftAt = 0;
    const fit = fitTo(way.url, options);
    const ended = await runMlflowProgram(
      { endpoint: url, fit, ...(leaving === "SIGINT" ? {} : { does: "leave" }) },
      { cwd: fixture.folder },
      (line, child) => {
        if (isRunNote(line)) way.trouble = () => "silent";
        if (line.type !== "metric" || leftAt > 0) return;
        leftAt = Date.now();
        if (leaving === "SIGINT") child.kill("SIGINT");
      },
    );
    expect(Date.now() - leftAt).toBeLessThan(SOON_MS);
    expect(ended.code).toBe(leaving === "SIGINT" ? 130 : 1);
    expect(way.requests).toContain("POST /api/2.0/mlflow/runs/create");
  });

  it("holds up neither a program that does not wait nor the job, which tells of it", async () => {
    const way = await shakyServer();
    const ending = await writeProgram(join(fixture.folder, "ending"), {
      train: "#!/bin/sh\necho loss=0.5\nsleep 2\n",
    });
    const fit = fitTo(way.url, { imageUri: ending, instanceType: "local" });
    let startedAt = 0;
    const { code, lines, done } = await runMlflowProgram(
      { root: fixture.root, fit: { ...fit, wait: false } },
      { cwd: fixture.folder },
      (line) => {
        if (!isRunNote(line)) return;
        way.trouble = () => "silent";
        startedAt = Date.now();
      },
    );
    expect(Date.now() - startedAt).toBeLessThan(SOON_MS);
    expect(code).toBe(0);
    expect(lines.filter(({ type }) => type === "warning").map(({ message }) => message)).toEqual([
      expect.stringContaining(`${way.url} did not answer in time`),
    ]);
    const TrainingJobName = done?.name ?? "";
    await eventually(
      async () => {
        const { TrainingJobStatus } = await fixture.sagemaker.describeTrainingJob({
          TrainingJobName,
        });
        return TrainingJobStatus === "Completed" ? true : undefined;
      },
      "the job's end",
      SOON_MS,
    );
    const notes = await fixture.cloud.session().local?.notes?.(TrainingJobName);
    expect(notes?.map(({ code: word }) => word)).toContain("mlflow");
  });
});
