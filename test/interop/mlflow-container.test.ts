/** A program inside a job, in JavaScript, on MLflow's own server: behind a password, with artifacts in S3. */

import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, inject } from "vitest";
import type { Listening } from "../../src/local/wire/http-server.ts";
import { folderWith, startProgram } from "../helpers/child-program.ts";
import { type CloudFixture, startCloud } from "../helpers/cloud-fixture.ts";
import { askPython } from "./ask-python.ts";
import { ADMIN, MLFLOW, startMlflow } from "./mlflow.ts";
import { startUnless, testWith } from "./needs.ts";
import type { RunningServer } from "./server.ts";

const PROGRAM = `
import { mlflow, runTraining } from "sagemaker-estimator/container";
await runTraining(async () => {
  console.log(await mlflow.runId());
  await mlflow.logParams({ family: "poisson", levels: ["a", "b"] });
  for (let step = 0; step < 2500; step += 1) {
    await mlflow.logMetric("deviance", 1 / (step + 1), { step, timestamp: 1e12 + step });
  }
  mlflow.setTag("note", "é");
  await mlflow.logFigure("<svg/>", "plots/a fit é.svg");
  await mlflow.logArtifact(process.argv[1], "code");
});
`;

describe("a program inside a job", () => {
  let fixture: CloudFixture | undefined;
  let s3: Listening | undefined;
  let server: RunningServer | undefined;
  startUnless(
    MLFLOW.lacking,
    async () => {
      fixture = await startCloud();
      await fixture.s3.createBucket({ Bucket: "artifacts" });
      s3 = await fixture.cloud.listen();
      const artifactsInS3 = { uri: "s3://artifacts/runs", endpoint: s3.url };
      server = await startMlflow({ basicAuth: true, artifactsInS3 });
    },
    150_000,
  );
  afterAll(async () => {
    await server?.stop();
    await s3?.close();
    await fixture?.stop();
  });

  testWith(MLFLOW.lacking, "logs a run of its own, which Python reads back", async () => {
    if (server === undefined || fixture === undefined) throw new Error("There is no server.");
    const place = await folderWith({ "program.mjs": PROGRAM }, inject("userProject"));
    const env = {
      MLFLOW_TRACKING_URI: server.url,
      MLFLOW_TRACKING_USERNAME: ADMIN.username,
      MLFLOW_TRACKING_PASSWORD: ADMIN.password,
    };
    const program = startProgram(
      process.execPath,
      [join(place, "program.mjs")],
      await folderWith({}),
      { ...env, MLFLOW_EXPERIMENT_NAME: "pricing", TRAINING_JOB_NAME: "glm-1" },
    );

    const { code, stdout, stderr } = await program.ended;
    expect([code, stderr]).toEqual([0, ""]);
    const runId = stdout.trim();
    const question = { trackingUri: server.url, env, experimentName: "pricing", runId };
    // biome-ignore lint/suspicious/noExplicitAny: whatever Python says
    const [{ run }] = await askPython<any>(MLFLOW.python, "mlflow_read.py", [question]);
    expect(run.info).toMatchObject({ runName: "glm-1", status: "FINISHED" });
    expect(run.params).toEqual({ family: "poisson", levels: '["a","b"]' });
    expect(run.tags).toMatchObject({ note: "é", "sagemaker.training_job_name": "glm-1" });
    expect(run.history.deviance).toEqual(
      Array.from({ length: 2500 }, (_, step) => [1 / (step + 1), 1e12 + step, step]),
    );

    const { Contents = [] } = await fixture.s3.listObjectsV2({ Bucket: "artifacts" });
    const root = `runs/${run.info.experimentId}/${runId}/artifacts`;
    expect(Contents.map(({ Key }) => Key)).toEqual([
      `${root}/code/program.mjs`,
      `${root}/plots/a fit é.svg`,
    ]);
    const code_ = await fixture.s3.getObject({
      Bucket: "artifacts",
      Key: `${root}/code/program.mjs`,
    });
    expect(await text(code_.Body as NodeJS.ReadableStream)).toBe(PROGRAM);
  });
});
