import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Estimator } from "../../src/index.ts";
import type { Listening } from "../../src/local/wire/http-server.ts";
import { MlflowClient, type Run } from "../../src/mlflow/index.ts";
import { folderWith, type Running, startProgram } from "../helpers/child-program.ts";
import { type CloudFixture, ROLE, startCloud, writeProgram } from "../helpers/cloud-fixture.ts";
import { ShakyServer } from "../helpers/shaky-server.ts";

let fixture: CloudFixture;
let server: Listening;
let client: MlflowClient;

beforeAll(async () => {
  fixture = await startCloud();
  server = await fixture.cloud.listen();
  client = new MlflowClient({ trackingUri: server.url });
});
afterAll(async () => {
  await server.close();
  await fixture.stop();
});

const HEAD =
  'import { mlflow, MlflowRun, fail, runTraining } from "sagemaker-estimator/container";\n';

/** Starts a program as a container of a job would. */
async function start(code: string, env: Readonly<Record<string, string>>): Promise<Running> {
  const program = await folderWith({ "program.mjs": `${HEAD}${code}` }, inject("userProject"));
  const baseDir = await folderWith({});
  return startProgram(process.execPath, [join(program, "program.mjs")], baseDir, env);
}

async function givenRun(name: string): Promise<string> {
  const { info } = await client.createRun(await client.setExperiment("given"), { runName: name });
  return info.runId;
}

/** The one run of an experiment. */
async function onlyRun(experiment: string): Promise<Run> {
  const { items } = await client.searchRuns([await client.setExperiment(experiment)]);
  expect(items).toHaveLength(1);
  return items[0] as Run;
}

describe("a program of a local job", () => {
  it("goes on with the run that the job was given, and leaves its end to who made it", async () => {
    const runId = await givenRun("whole");
    const folder = await folderWith({}, inject("userProject"));
    const program = await writeProgram(join(folder, "logging"), {
      "package.json": '{ "type": "module" }',
      train: `#!/usr/bin/env node
${HEAD}
import { mkdir, writeFile } from "node:fs/promises";
await runTraining(async (job) => {
  await mlflow.logParams(job.hyperparameters);
  for (let step = 0; step < 2500; step += 1) await mlflow.logMetric("deviance", 1 / (step + 1), { step });
  mlflow.logMetrics({ aic: 7.5, odd: NaN }, { step: 3, timestamp: 1e12 });
  mlflow.setTag("host", job.currentHost);
  const tree = job.outputDataDir;
  await mkdir(tree + "/deep", { recursive: true });
  await writeFile(tree + "/a.bin", Buffer.alloc(300_000, 7));
  await writeFile(tree + "/deep/empty", "");
  await mlflow.logArtifact(tree + "/a.bin", "model");
  await mlflow.logArtifacts(tree, "tree");
  mlflow.logText("# A fit", "notes/fit.md");
  mlflow.logDict({ beta: [1, 2] }, "coefficients.json");
  mlflow.logFigure("<svg/>", "plots/fit.svg");
});
`,
    });
    const estimator = new Estimator({
      imageUri: program,
      instanceType: "local",
      session: fixture.cloud.session(),
      hyperparameters: { family: "poisson", levels: ["a", "b"] },
      environment: { MLFLOW_RUN_ID: runId },
    });
    const job = await estimator.fit(undefined, { logs: "None" });

    expect((await job.describe()).TrainingJobStatus).toBe("Completed");
    const { info, data } = await client.getRun(runId);
    expect(info.status).toBe("RUNNING");
    expect(data.params).toEqual({ family: "poisson", levels: '["a","b"]' });
    expect(data.metrics).toEqual({ deviance: 1 / 2500, aic: 7.5, odd: Number.NaN });
    expect(data.tags).toMatchObject({ host: "algo-1" });
    const history = await client.getMetricHistory(runId, "deviance");
    expect(history.map(({ step }) => step)).toEqual(Array.from({ length: 2500 }, (_, i) => i));
    expect(await client.getMetricHistory(runId, "aic")).toEqual([
      { key: "aic", value: 7.5, step: 3, timestamp: 1e12 },
    ]);
    expect((await client.listArtifacts(runId)).map(({ path }) => path)).toEqual([
      ...["coefficients.json", "model", "notes", "plots", "tree"],
    ]);
    expect(await client.listArtifacts(runId, "tree")).toEqual([
      { path: "tree/a.bin", isDir: false, fileSize: 300_000 },
      { path: "tree/deep", isDir: true },
    ]);
  });
});

describe("a program of a job whose MLflow SageMaker manages", () => {
  it("signs what it logs as the job's role, and puts artifacts to URLs that the server signs", async () => {
    await fixture.s3.createBucket({ Bucket: "managed" });
    const { TrackingServerArn: trackingUri = "" } =
      await fixture.sagemaker.createMlflowTrackingServer({
        TrackingServerName: "claims",
        ArtifactStoreUri: "s3://managed/mlflow",
        RoleArn: ROLE,
      });
    const folder = await folderWith({}, inject("userProject"));
    const program = await writeProgram(join(folder, "signing"), {
      "package.json": '{ "type": "module" }',
      train: `#!/usr/bin/env node
${HEAD}
await runTraining(async () => {
  for (let step = 0; step < 10; step += 1) await mlflow.logMetric("deviance", step, { step });
  await mlflow.logArtifact(process.argv[1], "my code");
});
`,
    });
    const session = fixture.cloud.session();
    const estimator = new Estimator({ imageUri: program, instanceType: "local", session });
    const job = await estimator.fit(undefined, {
      logs: "None",
      mlflow: { trackingUri, experimentName: "claims" },
    });

    const runId = job.mlflowRun?.runId ?? "";
    const managed = new MlflowClient({ trackingUri, session });
    const { info, data } = await managed.getRun(runId);
    expect(info.artifactUri).toMatch(/^s3:\/\/managed\/mlflow\//);
    expect([info.status, data.metrics]).toEqual(["FINISHED", { deviance: 9 }]);
    expect(await managed.listArtifacts(runId, "my code")).toEqual([
      { path: "my code/train", isDir: false, fileSize: expect.any(Number) },
    ]);
  });
});

describe("a run that the program makes itself", () => {
  it.each([
    ["returns", "FINISHED", "await runTraining(async () => { mlflow.logMetric('loss', 1); });"],
    [
      "throws",
      "FAILED",
      `await runTraining(async () => {
        mlflow.logMetric("loss", 1);
        mlflow.logArtifact(process.argv[1]);
        throw new Error("no rows");
      });`,
    ],
    [
      "is stopped",
      "KILLED",
      `await runTraining(async (job, signal) => {
        const alive = setInterval(() => {}, 1000);
        mlflow.logMetric("loss", 1);
        console.log("working");
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        clearInterval(alive);
        mlflow.logParam("stopped", true);
      });`,
    ],
    ["ends without runTraining", "FINISHED", "mlflow.logMetric('loss', 1);"],
  ])("ends with it: one that %s leaves %s", async (how, status, code) => {
    const experiment = `own: ${how}`;
    const program = await start(code, {
      MLFLOW_TRACKING_URI: server.url,
      MLFLOW_EXPERIMENT_NAME: experiment,
      TRAINING_JOB_NAME: "glm-1",
    });
    if (how === "is stopped") {
      await program.printed(/working/);
      program.child.kill("SIGTERM");
    }

    const { code: exitCode, stderr } = await program.ended;
    expect([exitCode, stderr]).toEqual(
      how === "throws" ? [1, expect.stringMatching(/^Error: no rows/)] : [0, ""],
    );
    const { info, data } = await onlyRun(experiment);
    expect(info).toMatchObject({ status, runName: "glm-1" });
    expect(info.endTime).toBeGreaterThanOrEqual(info.startTime);
    expect(data.metrics).toEqual({ loss: 1 });
    expect(data.params).toEqual(how === "is stopped" ? { stopped: "true" } : {});
    const artifacts = await client.listArtifacts(info.runId);
    expect(artifacts.map(({ path }) => path)).toEqual(how === "throws" ? ["program.mjs"] : []);
    expect(data.tags).toMatchObject({
      "mlflow.source.type": "JOB",
      "sagemaker.training_job_name": "glm-1",
    });
  });
});

describe("without a run", () => {
  it.each([
    ["no server", "", /^MLflow: Nothing is logged: MLFLOW_TRACKING_URI is not set\..*\n$/],
    ["a folder", "file:./mlruns", /^MLflow: Nothing is logged: MLFLOW_TRACKING_URI is the folder/],
  ])("(%s) a program runs all the same, and is told once", async (_, uri, words) => {
    const program = await start(
      `await runTraining(async () => {
        for (let step = 0; step < 3; step += 1) await mlflow.logMetric("loss", 1, { step });
        await mlflow.logText("x", "x.txt");
        console.log(await mlflow.runId());
        await mlflow.flush();
      });`,
      { MLFLOW_TRACKING_URI: uri },
    );

    const { code, stdout, stderr } = await program.ended;
    expect([code, stdout]).toEqual([0, "undefined\n"]);
    expect(stderr).toMatch(words);
    expect(stderr.match(/MLflow:/g)).toHaveLength(1);
  });

  it("a strict one fails", async () => {
    const program = await start(
      "await runTraining(() => new MlflowRun({ strict: true }).logMetric('loss', 1));",
      {},
    );

    const { code, stderr } = await program.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^MlflowError: Nothing is logged: MLFLOW_TRACKING_URI is not set/);
  });
});

describe("a server that fails", () => {
  /** Five attempts within a few hundred milliseconds. */
  const QUICK =
    "new MlflowRun({ bufferMs: 10, retry: { retries: 1, baseMs: 20 }, endWaitMs: 3000 })";

  it("and comes back loses nothing of what was logged meanwhile, and is told once", async () => {
    const shaky = await new ShakyServer(server.url).open();
    const runId = await givenRun("shaky");
    const program = await start(
      `const run = ${QUICK};
      await runTraining(async () => {
        await run.logMetric("loss", 0, { step: 0 });
        await run.flush();
        console.log("logged");
        for await (const _ of process.stdin) break;
        for (let step = 1; step < 1500; step += 1) await run.logMetric("loss", step, { step });
        await run.logText("# A fit", "fit.md");
        await run.flush();
        console.log("down");
        process.stdin.destroy();
      });`,
      { MLFLOW_TRACKING_URI: shaky.url, MLFLOW_RUN_ID: runId },
    );
    await program.printed(/logged/);
    await shaky.close();
    program.child.stdin?.end("go on\n");
    await program.printed(/down/);
    await shaky.open();

    expect(await program.ended).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(
        /^MLflow: The MLflow server .* did not answer .* is kept, and sent when it answers\.\n$/,
      ),
    });
    const history = await client.getMetricHistory(runId, "loss");
    expect(history.map(({ step }) => step)).toEqual(Array.from({ length: 1500 }, (_, i) => i));
    expect(await client.listArtifacts(runId)).toHaveLength(1);
    await shaky.close();
  });

  it("and stays away does not fail the program, which says at its end what is lost", async () => {
    const program = await start(
      `const run = ${QUICK};
      await runTraining(async () => {
        run.logParam("family", "poisson");
        for (let step = 0; step < 10; step += 1) await run.logMetric("loss", step, { step });
        await run.logText("# A fit", "fit.md");
      });`,
      { MLFLOW_TRACKING_URI: "http://127.0.0.1:1", MLFLOW_RUN_ID: "0" },
    );

    const { code, stderr } = await program.ended;
    expect(code).toBe(0);
    expect(stderr.split("\n")).toEqual([
      expect.stringMatching(/^MLflow: The MLflow server .* ECONNREFUSED/),
      expect.stringMatching(
        /did not answer.* Lost at the end of the program: 11 metrics, parameters and tags, 1 artifacts\.$/,
      ),
      "",
    ]);
  });

  it("fails a strict program, with the server's words", async () => {
    const runId = await givenRun("strict");
    await client.logParam(runId, "family", "poisson");
    await client.flush();
    const program = await start(
      `const run = new MlflowRun({ strict: true });
      await runTraining(async () => {
        await run.logParam("family", "gamma");
        await run.logMetric("loss", 1);
      });`,
      { MLFLOW_TRACKING_URI: server.url, MLFLOW_RUN_ID: runId },
    );

    const { code, stderr } = await program.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^MlflowError: .*family/);
    expect((await client.getRun(runId)).data.metrics).toEqual({ loss: 1 });
  });

  it("holds nobody up who aborts", async () => {
    const program = await start(
      `await runTraining(async () => {
        const waiting = ${QUICK.replace("baseMs: 20", "baseMs: 60_000")}.logText("x", "x.txt", {
          signal: AbortSignal.timeout(50),
        });
        await waiting.catch((error) => console.log(error.name));
        process.exit();
      });`,
      { MLFLOW_TRACKING_URI: "http://127.0.0.1:1", MLFLOW_RUN_ID: "0" },
    );

    expect(await program.ended).toMatchObject({ code: 0, stdout: "TimeoutError\n" });
  });

  it("is no reason to be silent about what process.exit() takes away", async () => {
    const program = await start('mlflow.logMetric("loss", 1); fail("no rows");', {
      MLFLOW_TRACKING_URI: server.url,
      MLFLOW_RUN_ID: await givenRun("exit"),
    });

    const { code, stderr } = await program.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^no rows\nMLflow: Lost, since the process ended before it was sent: 1 metrics/,
    );
  });
});
