/** MLflow's own server, turning away, killed, or not there at all, while jobs are logged to it: nothing is lost in the end. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect } from "vitest";
import { Estimator, type TrainingJobEvent } from "../../src/index.ts";
import { MlflowClient } from "../../src/mlflow/index.ts";
import { type CloudFixture, startCloud, writeProgram } from "../helpers/cloud-fixture.ts";
import { ShakyServer } from "../helpers/shaky-server.ts";
import { askPython } from "./ask-python.ts";
import { MLFLOW, startMlflow } from "./mlflow.ts";
import { startUnless, testWith } from "./needs.ts";
import type { RunningServer } from "./server.ts";

const metricDefinitions = [{ Name: "loss", Regex: "loss=(\\S+)" }];

describe("a server in trouble", () => {
  let server: RunningServer | undefined;
  let fixture: CloudFixture;
  startUnless(
    MLFLOW.lacking,
    async () => {
      [fixture, server] = await Promise.all([startCloud(), startMlflow()]);
      await new MlflowClient({ trackingUri: server.url }).searchExperiments();
    },
    150_000,
  );
  afterAll(async () => {
    await server?.stop();
    await fixture?.stop();
  });

  /** Prints a value each half second until a file is there, and three more. */
  const untilFile = async (
    name: string,
  ): Promise<{ imageUri: string; end: () => Promise<void> }> => {
    const file = join(fixture.folder, `${name}.end`);
    const imageUri = await writeProgram(join(fixture.folder, name), {
      train: `#!/bin/sh
i=0
while [ $i -lt 3 ] || [ ! -e ${file} ]; do echo "loss=$((i += 1))"; sleep 0.5; done
for more in 1 2 3; do echo "loss=$((i += 1))"; done
echo '{}' > /opt/ml/model/model.json
`,
    });
    return { imageUri, end: () => writeFile(file, "") };
  };
  const fitTo = (
    trackingUri: string,
    imageUri: string,
    onEvent: (event: TrainingJobEvent) => void = () => {},
    strict = false,
  ) => {
    const session = fixture.cloud.session();
    const options = { session, imageUri, instanceType: "local", metricDefinitions };
    const estimator = new Estimator({ ...options, hyperparameters: { epochs: 3 } });
    const events: TrainingJobEvent[] = [];
    const job = estimator.fit(undefined, {
      logs: "None",
      mlflow: { trackingUri, experimentName: "outage", strict },
      onEvent(event) {
        events.push(event);
        onEvent(event);
      },
    });
    return { estimator, events, job };
  };
  /** The run has all that the job's events told, each value once. */
  const expectWhole = async (runId: string | undefined, events: readonly TrainingJobEvent[]) => {
    const question = { trackingUri: server?.url, runId, artifacts: true };
    // biome-ignore lint/suspicious/noExplicitAny: whatever Python says
    const [{ run, artifacts }] = await askPython<any>(MLFLOW.python, "mlflow_read.py", [question]);
    const told = events.flatMap((event) =>
      event.type === "metric" ? [[event.value, event.time.getTime(), event.step]] : [],
    );
    expect(told.length).toBeGreaterThan(5);
    expect(run.history).toEqual({ loss: told });
    expect(run.params).toEqual({ epochs: "3" });
    expect(run.info.status).toBe("FINISHED");
    expect(run.tags).toMatchObject({
      "sagemaker.training_job_arn": expect.stringMatching(/^arn:/),
      "sagemaker.training_job_status": "Completed",
    });
    expect(Object.keys(artifacts)).toEqual(["model/model.json", "run.json"]);
  };
  const warnings = (events: readonly TrainingJobEvent[]): string =>
    events
      .flatMap((event) =>
        event.type === "warning" && event.code === "mlflow" ? [event.message] : [],
      )
      .join("\n");

  testWith(MLFLOW.lacking, "that turns requests away now and then is not noticed", async () => {
    const way = await new ShakyServer(server?.url ?? "").open();
    // By request, not by chance: whoever asks at the same time does not make one request fail more often than another.
    const asked = new Map<string, number>();
    way.trouble = (request) => {
      const count = (asked.get(request) ?? 0) + 1;
      asked.set(request, count);
      return count % 9 === 3 ? "throttled" : count % 3 === 1 ? "busy" : undefined;
    };
    const { imageUri, end } = await untilFile("throttled");
    await end();
    const { job, events } = fitTo(way.url, imageUri);
    await expectWhole((await job).mlflowRun?.runId, events);
    expect(warnings(events)).toBe("");
    await way.close();
  });

  testWith(MLFLOW.lacking, "that is killed, or away, gets everything when it is back", async () => {
    const killed = async (): Promise<void> => {
      const { imageUri, end } = await untilFile("killed");
      let restarted: Promise<void> | undefined;
      const { job, events } = fitTo(server?.url ?? "", imageUri, ({ type }) => {
        if (type === "metric" && events.filter((event) => event.type === "metric").length === 3) {
          restarted = server?.restart().then(end);
        }
      });
      await expectWhole((await job).mlflowRun?.runId, events);
      await restarted;
      expect(warnings(events)).toContain("did not answer");
    };
    const away = async (): Promise<() => Promise<void>> => {
      const way = await new ShakyServer(server?.url ?? "").open();
      await way.close();
      const { imageUri, end } = await untilFile("away");
      await end();
      const { job, events } = fitTo(way.url, imageUri);
      const ended = await job;
      expect(ended.mlflowRun).toBeUndefined();
      expect(warnings(events)).toContain("The job starts without a run");
      expect(warnings(events)).toContain("job.flushMlflow() sends the rest");
      await expect(ended.flushMlflow()).rejects.toMatchObject({ errorCode: "UNAVAILABLE" });
      return async () => {
        await way.open();
        await expectWhole((await ended.flushMlflow())?.runId, events);
        await way.close();
      };
    };
    const strictly = async (): Promise<() => Promise<void>> => {
      const way = await new ShakyServer(server?.url ?? "").open();
      const { imageUri, end } = await untilFile("strictly");
      let isClosed = false;
      const { job, events, estimator } = fitTo(
        way.url,
        imageUri,
        ({ type }) => {
          if (type !== "metric" || isClosed) return;
          isClosed = true;
          void way.close().then(end);
        },
        true,
      );
      await expect(job).rejects.toMatchObject({ errorCode: "UNAVAILABLE" });
      expect(events.at(-1)).toMatchObject({ type: "end", status: "Completed" });
      return async () => {
        await way.open();
        const run = await estimator.latestTrainingJob?.flushMlflow();
        await expectWhole(run?.runId, events);
        await way.close();
      };
    };
    const [flushed, flushedStrictly] = await Promise.all([away(), strictly(), killed()]);
    await flushed();
    await flushedStrictly();
  });
});
