/** MLflow's own Python clients, with AWS's plugin, on the local cloud's managed servers. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect } from "vitest";
import { Estimator } from "../../src/index.ts";
import { MlflowClient } from "../../src/mlflow/index.ts";
import { type CloudFixture, ROLE, startCloud } from "../helpers/cloud-fixture.ts";
import { MLFLOW, MLFLOW_2, SAGEMAKER_PLUGIN } from "./mlflow.ts";
import { startUnless, testWith } from "./needs.ts";
import { behaviourNames, runBehaviours, type Told } from "./python.ts";

const PROGRAM = "mlflow_managed.py";

for (const { name, python, lacking } of [
  { name: "the current MLflow", ...MLFLOW },
  { name: "MLflow 2", ...MLFLOW_2 },
]) {
  describe(`the Python client of ${name}, with AWS's plugin`, () => {
    const reason = lacking ?? SAGEMAKER_PLUGIN.lacking;
    let fixture: CloudFixture | undefined;
    let told: Told | undefined;
    startUnless(
      reason,
      async () => {
        fixture = await startCloud({ region: "eu-west-1" });
        const server = await fixture.cloud.listen();
        try {
          told = await runBehaviours(PROGRAM, server.url, { python });
        } finally {
          await server.close();
        }
      },
      270_000,
    );
    afterAll(() => fixture?.stop());

    for (const behaviour of behaviourNames(PROGRAM)) {
      testWith(reason, behaviour, () => {
        const problem = told?.problems.get(behaviour);
        if (problem !== null) expect.fail(problem ?? `It did not come so far: ${told?.stderr}`);
      });
    }

    // To start Python in a job takes a while: once is enough.
    if (python !== MLFLOW.python) return;
    testWith(reason, "goes on with fit()'s run inside a local job, as the job's role", async () => {
      if (fixture === undefined) throw new Error("There is no cloud.");
      const { cloud, folder, sagemaker } = fixture;
      const { TrackingServerArn: trackingUri = "" } = await sagemaker.createMlflowTrackingServer({
        TrackingServerName: "jobs",
        ArtifactStoreUri: "s3://managed-mlflow/jobs",
        RoleArn: ROLE,
      });
      const program = join(folder, "program");
      await mkdir(program);
      const script = [
        `#!${python}`,
        "import sys",
        `sys.path.insert(0, ${JSON.stringify(SAGEMAKER_PLUGIN.folder)})`,
        "import mlflow",
        "with mlflow.start_run():",
        '    mlflow.log_metric("from_the_job", 7)',
        '    mlflow.log_text("x", "inside.txt")',
      ];
      await writeFile(join(program, "train"), `${script.join("\n")}\n`, { mode: 0o755 });
      const session = cloud.session();
      const estimator = new Estimator({
        imageUri: program,
        instanceType: "local",
        session,
        environment: { MLFLOW_DISABLE_TELEMETRY: "true" },
      });
      const job = await estimator.fit(undefined, { logs: "None", mlflow: { trackingUri } });

      const client = new MlflowClient({ trackingUri, session });
      const { runId = "" } = job.mlflowRun ?? {};
      const run = await client.getRun(runId);
      expect(run.data.metrics).toEqual({ from_the_job: 7 });
      expect(run.info.status).toBe("FINISHED");
      const paths = (await client.listArtifacts(runId)).map(({ path }) => path);
      expect(paths).toEqual(["inside.txt", "run.json"]);
    });
  });
}
