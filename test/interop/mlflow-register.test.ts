/** A job's model in the registry of a real MLflow server, read back by MLflow's own client. */

import { join } from "node:path";
import { afterAll, expect } from "vitest";
import { Estimator } from "../../src/estimator.ts";
import type { TrainingJob } from "../../src/training/training-job.ts";
import { type CloudFixture, startCloud, writeProgram } from "../helpers/cloud-fixture.ts";
import { askPython } from "./ask-python.ts";
import { MLFLOW, startMlflow } from "./mlflow.ts";
import { startUnless, testWith } from "./needs.ts";
import type { RunningServer } from "./server.ts";

let server: RunningServer | undefined;
let fixture: CloudFixture | undefined;
let job: TrainingJob;

startUnless(
  MLFLOW.lacking,
  async () => {
    [server, fixture] = await Promise.all([startMlflow(), startCloud({ engine: "process" })]);
    const imageUri = await writeProgram(join(fixture.folder, "program"), {
      train: '#!/bin/sh\necho m > "$SM_MODEL_DIR/m"\n',
    });
    const session = fixture.cloud.session();
    const estimator = new Estimator({ imageUri, instanceType: "local", session });
    job = await estimator.fit(undefined, { logs: "None", mlflow: { trackingUri: server.url } });
  },
  150_000,
);
afterAll(async () => {
  await fixture?.stop();
  await server?.stop();
});

testWith(
  MLFLOW.lacking,
  "a model is one version of the job's run, with its alias, however many register it",
  async () => {
    const options = { name: "pricing", description: "A GLM", tags: { team: "a" } };
    await Promise.all(Array.from({ length: 4 }, () => job.registerModel(options)));
    const { mlflow, sagemaker } = await job.registerModel({ ...options, alias: "champion" });
    // biome-ignore lint/suspicious/noExplicitAny: whatever Python says
    const [told] = await askPython<any>(MLFLOW.python, "mlflow_read.py", [
      { trackingUri: server?.url, env: {}, modelName: "pricing" },
    ]);

    expect(mlflow).toMatchObject({ runId: job.mlflowRun?.runId, isNew: false });
    expect(sagemaker).toMatchObject({ version: 1, isNew: false });
    expect(told.model).toMatchObject({
      aliases: { champion: "1" },
      versions: [
        {
          ...{ version: "1", status: "READY", description: "A GLM", aliases: ["champion"] },
          ...{ runId: job.mlflowRun?.runId, source: await job.modelData() },
          tags: {
            team: "a",
            "sagemaker.training_job_name": job.name,
            "sagemaker.training_job_arn": job.arn,
            "sagemaker.model_package_arn": sagemaker.modelPackageArn,
          },
        },
      ],
    });
  },
);
