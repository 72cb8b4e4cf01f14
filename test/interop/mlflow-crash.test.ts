/** MLflow's own server, killed and started anew while it is logged to. */

import { afterAll, describe, expect } from "vitest";
import { MlflowClient } from "../../src/mlflow/index.ts";
import { ShakyServer } from "../helpers/shaky-server.ts";
import { MLFLOW, startMlflow } from "./mlflow.ts";
import { startUnless, testWith } from "./needs.ts";
import type { RunningServer } from "./server.ts";

const STEPS = Array.from({ length: 6000 }, (_, step) => step);

describe("a server that crashes in the midst of logging", () => {
  let server: RunningServer | undefined;
  startUnless(
    MLFLOW.lacking,
    async () => {
      server = await startMlflow();
    },
    150_000,
  );
  afterAll(() => server?.stop());

  testWith(MLFLOW.lacking, "loses nothing, doubles nothing, and keeps the order", async () => {
    if (server === undefined) throw new Error("There is no server.");
    const way = await new ShakyServer(server.url).open();
    const client = new MlflowClient({
      trackingUri: way.url,
      retry: { retries: 600, baseMs: 100, capMs: 500 },
    });
    const { info } = await client.createRun(await client.setExperiment("crash"));
    let batches = 0;
    let restarted: Promise<void> | undefined;
    way.trouble = (request) => {
      batches += request.endsWith("/log-batch") ? 1 : 0;
      // A batch takes the server some hundred milliseconds: it dies within the third.
      if (batches === 3) setTimeout(() => (restarted ??= server?.restart()), 30);
      return undefined;
    };
    for (const step of STEPS) {
      await client.logMetric(info.runId, "loss", 1 / (step + 1), { step, timestamp: 1e12 + step });
    }
    await client.setTerminated(info.runId);
    expect(restarted).toBeDefined();
    await restarted;

    const history = await client.getMetricHistory(info.runId, "loss");
    expect(history.map(({ step }) => step)).toEqual(STEPS);
    expect(history[2501]).toMatchObject({ value: 1 / 2502, timestamp: 1e12 + 2501 });
    expect((await client.getRun(info.runId)).info.status).toBe("FINISHED");
    await way.close();
  });
});
