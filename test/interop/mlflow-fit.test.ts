/** What `fit()` logs to MLflow's own servers, as MLflow's own Python client reads it. */

import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect } from "vitest";
import { Estimator, type EstimatorOptions, TrainingJob } from "../../src/index.ts";
import { MlflowClient } from "../../src/mlflow/index.ts";
import {
  type CloudFixture,
  eventually,
  startCloud,
  writeProgram,
} from "../helpers/cloud-fixture.ts";
import { processesWith } from "../helpers/processes.ts";
import { type PrintedLine, runMlflowProgram } from "../helpers/run-mlflow-program.ts";
import { askPython } from "./ask-python.ts";
import { ADMIN, MLFLOW, startMlflow } from "./mlflow.ts";
import { startUnless, testWith } from "./needs.ts";
import type { RunningServer } from "./server.ts";

const QUIET = { logs: "None" } as const;
const METRICS = ["loss", "val:rmse", "odd", "big"];
const metricDefinitions = METRICS.map((Name) => ({ Name, Regex: `\\b${Name}=(\\S+)` }));
/** Two points of each metric, far enough from each other for the first to be logged by itself. */
const TRAIN = `#!/bin/sh
env
echo "loss=0.5 val:rmse=2.5 odd=nan big=inf"
sleep 3
echo "loss=0.25 val:rmse=1.25 odd=1 big=-inf"
echo "term,estimate" > /opt/ml/output/data/table.csv
echo '{"a":1}' > /opt/ml/model/model.json
`;
const LONG = "é".repeat(7000);
/** What the metrics are, as databases have them: there is no infinity. */
const VALUES: Readonly<Record<string, readonly (number | string)[]>> = {
  loss: [0.5, 0.25],
  "val:rmse": [2.5, 1.25],
  odd: ["nan", 1],
  big: [Number.MAX_VALUE, -Number.MAX_VALUE],
};

for (const basicAuth of [false, true]) {
  describe(`fit() on MLflow's own server, ${basicAuth ? "with" : "without"} basic authentication`, () => {
    let server: RunningServer | undefined;
    let fixture: CloudFixture;
    startUnless(
      MLFLOW.lacking,
      async () => {
        [fixture, server] = await Promise.all([startCloud(), startMlflow({ basicAuth })]);
        // Its first answer takes it long: no run is waited for as long as that.
        const access = basicAuth ? ADMIN : {};
        await new MlflowClient({ trackingUri: server.url, ...access }).searchExperiments();
      },
      150_000,
    );
    afterAll(async () => {
      await server?.stop();
      await fixture?.stop();
    });

    const signedIn = basicAuth
      ? {
          MLFLOW_TRACKING_USERNAME: ADMIN.username,
          MLFLOW_TRACKING_PASSWORD: ADMIN.password,
        }
      : {};
    const read = async (question: {
      readonly experimentName?: string;
      readonly runId?: string;
    }) => {
      const asked = { trackingUri: server?.url, env: signedIn, artifacts: true, ...question };
      // biome-ignore lint/suspicious/noExplicitAny: whatever Python says
      const [answer] = await askPython<any>(MLFLOW.python, "mlflow_read.py", [asked]);
      return answer;
    };

    testWith(MLFLOW.lacking, "logs all of a job, exactly, and no secret anywhere", async () => {
      const program = await writeProgram(join(fixture.folder, "program"), { train: TRAIN });
      const data = join(fixture.folder, "data");
      await mkdir(data);
      await writeFile(join(data, "train.csv"), "x,y\n1,2\n");
      const seen: string[] = [];
      let looked: Promise<void> | undefined;
      const { code, lines, done, output } = await runMlflowProgram(
        {
          root: fixture.root,
          fit: {
            options: {
              ...{ imageUri: program, instanceType: "local", instanceCount: 2, metricDefinitions },
              hyperparameters: { epochs: 3, glm: { family: "poisson", terms: ["a", "b"] } },
            },
            inputs: { train: data, config: { json: { target: "y", n: { m: true }, LONG } } },
            mlflow: {
              ...{ trackingUri: server?.url ?? "", experimentName: "claims é" },
              ...{ runName: "first", tags: { team: "actuaries" } },
            },
          },
        },
        { cwd: fixture.folder, env: signedIn },
        ({ type }, launcher) => {
          if (type === "metric")
            looked ??= lookAround(launcher.pid).then((all) => void seen.push(...all));
        },
      );
      expect([code, output]).toEqual([0, expect.anything()]);
      await looked;
      const { trackingUri, runId = "" } = done?.run ?? {};
      expect(trackingUri).toBe(server?.url);
      const job = await TrainingJob.attach(done?.name ?? "", { session: fixture.cloud.session() });
      const record = await job.runRecord();
      const { experiment, run, artifacts } = await read({ experimentName: "claims é", runId });

      expect(run.info).toEqual({
        ...{ runName: "first", status: "FINISHED", lifecycleStage: "active" },
        ...{ experimentId: experiment.experimentId, startTime: expect.any(Number) },
        endTime: Date.parse(record.outcome?.trainingEndedAt ?? ""),
      });
      expect(run.params).toEqual({
        ...{ epochs: "3", "glm.family": "poisson", "glm.terms": '["a","b"]' },
        ...{ "config.target": "y", "config.n.m": "true" },
        "config.LONG": "7000 characters: see the artifact parameters/config.LONG.txt",
      });
      expect(run.history).toEqual(historyOf(lines));
      const { image, digest } = record;
      const channels = Object.entries(record.channels);
      expect(run.tags).toEqual({
        team: "actuaries",
        "mlflow.runName": "first",
        "mlflow.source.type": "JOB",
        "mlflow.source.name": program,
        "mlflow.user": userInfo().username,
        "mlflow.clientRequestToken": expect.any(String),
        "sagemaker.training_job_name": job.name,
        "sagemaker.training_job_arn": job.arn,
        "sagemaker.training_job_status": "Completed",
        "sagemaker.secondary_status": "Completed",
        "sagemaker.region": "us-east-1",
        "sagemaker.instance_type": "local",
        "sagemaker.instance_count": "2",
        "sagemaker.image_uri": program,
        "sagemaker.image_digest": image.digest,
        "sagemaker.run_digest": digest.value,
        "sagemaker.output_s3_uri": (record.request["OutputDataConfig"] as { S3OutputPath: string })
          .S3OutputPath,
        "sagemaker.model_s3_uri": await job.modelData(),
        "sagemaker.training_seconds": String(record.outcome?.trainingSeconds),
        "sagemaker.billable_seconds": String(record.outcome?.billableSeconds),
        ...Object.fromEntries(
          channels.flatMap(([name, { uri, digest: data }]) => [
            [`sagemaker.channel.${name}.uri`, uri],
            [`sagemaker.channel.${name}.digest`, data],
          ]),
        ),
      });
      expect(channels.map(([name]) => name).sort()).toEqual(["config", "train"]);
      expect(run.datasets).toHaveLength(2);
      expect(run.datasets).toEqual(
        expect.arrayContaining(
          channels.map(([name, { uri, digest: data = "" }]) => ({
            name,
            digest: data.slice(0, 36),
            sourceType: "s3",
            source: JSON.stringify({ uri }),
            tags: { "mlflow.data.context": name },
          })),
        ),
      );
      const texts = Object.entries(artifacts).map(([path, hex]) => [
        path,
        Buffer.from(String(hex), "hex").toString("utf8"),
      ]);
      expect(Object.fromEntries(texts)).toEqual({
        "model/model.json": '{"a":1}\n',
        "output/table.csv": "term,estimate\n",
        "parameters/config.LONG.txt": LONG,
        "run.json": `${JSON.stringify(record, undefined, 2)}\n`,
      });

      // The job's programs were told where the run is, and all that anybody kept or told knows no password.
      const told = lines.filter(({ type }) => type === "log").map((line) => JSON.stringify(line));
      // The other server checks a password for seconds where the machine is busy: its run may come after the job's start.
      const late = basicAuth && !told.join().includes("MLFLOW_RUN_ID=");
      expect(told.join()).toContain(
        late ? "SAGEMAKER_ESTIMATOR_MLFLOW_PENDING={" : `MLFLOW_RUN_ID=${runId}`,
      );
      expect(told.join()).toContain(`MLFLOW_TRACKING_URI=${server?.url}`);
      const warned = lines.filter(
        ({ type, code: word }) => type === "warning" && word === "plan:mlflow",
      );
      expect(warned.map(({ message }) => message)).toEqual(
        basicAuth ? [expect.stringContaining("does not go into the job's environment")] : [],
      );
      expect(seen.join()).toContain("PATH=");
      const { stdout: kept } = await promisify(execFile)(
        "grep",
        ["-rhoaE", SECRET, fixture.folder],
        {
          maxBuffer: 2 ** 24,
        },
      ).catch(() => ({ stdout: "" }));
      expect([
        kept,
        ...[output, seen.join("\n")].filter((text) => new RegExp(SECRET).test(text)),
      ]).toEqual([""]);
    });

    /** The environments of all processes that have to do with the job, but for its launcher. */
    const lookAround = async (launcher: number | undefined): Promise<string[]> => {
      const pids = (await processesWith(fixture.root)).filter((pid) => pid !== launcher);
      return await Promise.all(
        pids.map((pid) => readFile(`/proc/${pid}/environ`, "latin1").catch(() => "")),
      );
    };

    if (basicAuth) return;

    const estimator = (train: string, options: Partial<EstimatorOptions> = {}) =>
      writeProgram(join(fixture.folder, `program-${Math.random()}`), {
        train: `#!/bin/sh\n${train}\n`,
      }).then(
        (imageUri) =>
          new Estimator({
            ...{ session: fixture.cloud.session(), imageUri, instanceType: "local" },
            ...{ baseJobName: "glm", metricDefinitions, ...options },
          }),
      );

    testWith(
      MLFLOW.lacking,
      "ends runs as their jobs end, whoever waits, below their parent",
      async () => {
        const trackingUri = server?.url ?? "";
        const client = new MlflowClient({ trackingUri });
        const experimentId = await client.setExperiment("sweep");
        const { info: parent } = await client.createRun(experimentId, { runName: "sweep" });
        const mlflow = { trackingUri, parentRunId: parent.runId };

        const failing = await estimator("echo loss=1; echo no >&2; exit 3");
        await expect(failing.fit(undefined, { ...QUIET, mlflow })).rejects.toThrow("exit code: 3");
        const stopping = await estimator("echo loss=2; exec sleep 60");
        const stopped = await stopping.fit(undefined, { ...QUIET, wait: false, mlflow });
        await eventually(async () => {
          const { data } = await client.getRun(stopped.mlflowRun?.runId ?? "");
          return data.metrics["loss"];
        }, "a value of a job that nobody waits for");
        await stopped.stop({ wait: true });
        const alone = await (await estimator("echo loss=3")).fit(undefined, {
          ...{ ...QUIET, wait: false, mlflow },
        });
        await eventually(async () => {
          const { data } = await client.getRun(alone.mlflowRun?.runId ?? "");
          return data.tags["sagemaker.training_job_status"];
        }, "the end of a run that nobody waits for");

        const runs = await Promise.all(
          [failing.latestTrainingJob, stopped, alone].map(
            async (job) => (await read({ runId: job?.mlflowRun?.runId ?? "" })).run,
          ),
        );
        expect(runs.map(({ info, metrics }) => [info.status, info.experimentId, metrics])).toEqual([
          ["FAILED", experimentId, { loss: 1 }],
          ["KILLED", experimentId, { loss: 2 }],
          ["FINISHED", experimentId, { loss: 3 }],
        ]);
        expect(runs.map(({ tags }) => tags["mlflow.parentRunId"])).toEqual(
          Array.from(runs, () => parent.runId),
        );
        expect(runs[0].tags["sagemaker.failure_reason"]).toContain("exit code: 3");
        expect(runs.map(({ history }) => history.loss.length)).toEqual([1, 1, 1]);
      },
    );

    testWith(
      MLFLOW.lacking,
      "needs no option where the process has MLflow's variables",
      async () => {
        const program = await writeProgram(join(fixture.folder, "variables"), {
          train: "#!/bin/sh\necho loss=0.5\n",
        });
        const options = { imageUri: program, instanceType: "local", metricDefinitions };
        const { done } = await runMlflowProgram(
          { root: fixture.root, fit: { options } },
          {
            cwd: fixture.folder,
            env: { MLFLOW_TRACKING_URI: server?.url ?? "", MLFLOW_EXPERIMENT_NAME: "variables" },
          },
        );
        const { runId = "" } = done?.run ?? {};
        const { experiment, run } = await read({ experimentName: "variables", runId });
        expect(run.info).toMatchObject({
          ...{ experimentId: experiment.experimentId, status: "FINISHED", runName: done?.name },
        });
        expect(run.metrics).toEqual({ loss: 0.5 });
      },
    );
  });
}

/** The password in the forms that it may have come about in. */
const SECRET = `${ADMIN.password}|${Buffer.from(`${ADMIN.username}:${ADMIN.password}`).toString("base64")}`;

/** The history of each metric, as the events of a job tell it. */
function historyOf(lines: readonly PrintedLine[]): Record<string, unknown[]> {
  const history: Record<string, unknown[]> = {};
  for (const { type, name = "", host, step = 0, time = "" } of lines) {
    if (type !== "metric") continue;
    const key = host === "algo-1" ? name : `${name}/${host}`;
    history[key] = [...(history[key] ?? []), [VALUES[name]?.[step], Date.parse(time), step]];
  }
  expect(Object.keys(history)).toHaveLength(2 * METRICS.length);
  return history;
}
