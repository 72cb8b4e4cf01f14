import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect } from "vitest";
import { Estimator } from "../../src/index.ts";
import { MlflowClient } from "../../src/mlflow/index.ts";
import { type CloudFixture, startCloud } from "../helpers/cloud-fixture.ts";
import { MLFLOW, MLFLOW_2 } from "./mlflow.ts";
import { startUnless, testWith } from "./needs.ts";
import { behaviourNames, runBehaviours, type Told } from "./python.ts";

const PROGRAM = "mlflow_client.py";

for (const { name, python, lacking } of [
  { name: "the current MLflow", ...MLFLOW },
  { name: "MLflow 2", ...MLFLOW_2 },
]) {
  describe(`the Python client of ${name} on the local cloud`, () => {
    let fixture: CloudFixture | undefined;
    let told: Told | undefined;
    startUnless(
      lacking,
      async () => {
        fixture = await startCloud();
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
      testWith(lacking, behaviour, () => {
        const problem = told?.problems.get(behaviour);
        if (problem !== null) expect.fail(problem ?? `It did not come so far: ${told?.stderr}`);
      });
    }

    testWith(lacking, "goes on with a run inside a local job, with nothing set up", async () => {
      const cloud = fixture?.cloud;
      if (cloud === undefined || fixture === undefined) throw new Error("There is no cloud.");
      const client = new MlflowClient({ trackingUri: join(fixture.root, "mlruns") });
      const { info } = await client.createRun(await client.setExperiment("jobs"));
      const program = join(fixture.folder, `program-${name.replace(/\W/g, "")}`);
      await mkdir(program);
      const script = [
        `#!${python}`,
        "import mlflow",
        "with mlflow.start_run():",
        '    mlflow.log_metric("from_the_job", 7)',
        '    mlflow.log_text("x", "inside.txt")',
      ];
      await writeFile(join(program, "train"), `${script.join("\n")}\n`, { mode: 0o755 });
      const estimator = new Estimator({
        imageUri: program,
        instanceType: "local",
        session: cloud.session(),
        environment: { MLFLOW_RUN_ID: info.runId, MLFLOW_DISABLE_TELEMETRY: "true" },
      });
      await estimator.fit(undefined, { logs: "None" });

      const run = await client.getRun(info.runId);
      expect(run.data.metrics).toEqual({ from_the_job: 7 });
      expect(run.info.status).toBe("FINISHED");
      expect((await client.listArtifacts(info.runId)).map(({ path }) => path)).toEqual([
        "inside.txt",
      ]);
    });
  });
}
