import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Listening } from "../../src/local/wire/http-server.ts";
import { MlflowClient } from "../../src/mlflow/index.ts";
import { type CloudFixture, startCloud } from "../helpers/cloud-fixture.ts";
import { seededRandom } from "../helpers/random.ts";
import { ShakyServer, type Trouble } from "../helpers/shaky-server.ts";

let fixture: CloudFixture;
let server: Listening;
let shaky: ShakyServer;
let client: MlflowClient;

beforeAll(async () => {
  fixture = await startCloud();
  server = await fixture.cloud.listen();
  shaky = await new ShakyServer(server.url).open();
  // What Retry-After asks for is cut too.
  const retry = { retries: 40, baseMs: 2, capMs: 20 };
  client = new MlflowClient({ trackingUri: shaky.url, bufferMs: 5, retry });
});
afterAll(async () => {
  await shaky.close();
  await server.close();
  await fixture.stop();
});

const STEPS = Array.from({ length: 12_000 }, (_, step) => step);

/** What is there, read by another way. */
async function stepsOf(runId: string): Promise<number[]> {
  const direct = new MlflowClient({ trackingUri: server.url });
  return (await direct.getMetricHistory(runId, "loss")).map(({ step }) => step);
}

async function newRun(): Promise<string> {
  shaky.trouble = () => undefined;
  return (await client.createRun(await client.setExperiment("shaky"))).info.runId;
}

describe("a server that fails at half of what is asked, in every way", () => {
  it("loses nothing, doubles nothing, and keeps the order", async () => {
    const runId = await newRun();
    const random = seededRandom(20_261_130);
    const troubles: readonly Trouble[] = [
      ...["throttled", "busy", "lost on the way there"],
      ...["lost on the way back", "cut short"],
    ] as Trouble[];
    const struck = new Set<Trouble>();
    shaky.trouble = () => {
      const trouble = troubles[Math.floor(random() * 2 * troubles.length)];
      if (trouble !== undefined) struck.add(trouble);
      return trouble;
    };

    for (const step of STEPS) {
      await client.logMetric(runId, "loss", 1 / (step + 1), { step });
      if (step % 1000 === 0) await client.logParam(runId, `p${step}`, step);
    }
    const file = join(fixture.folder, "large.bin");
    await writeFile(file, Buffer.alloc(2_000_000, 7));
    await client.logArtifact(runId, file);
    await client.setTerminated(runId);

    expect(struck.size).toBe(troubles.length);
    expect(await stepsOf(runId)).toEqual(STEPS);
    const { info, data } = await client.getRun(runId);
    expect(info.status).toBe("FINISHED");
    expect(Object.keys(data.params)).toHaveLength(12);
    expect(await client.listArtifacts(runId)).toEqual([
      { path: "large.bin", isDir: false, fileSize: 2_000_000 },
    ]);
  });
});

describe("a connection that is lost while the server still works", () => {
  it("doubles nothing, though the same comes again meanwhile", async () => {
    const runId = await newRun();
    const metrics = STEPS.slice(0, 1000).flatMap((step) =>
      ["loss", "other/loss"].map((key) => ({ key, value: step, timestamp: 1, step })),
    );
    const send = (some: typeof metrics) =>
      fetch(`${server.url}/api/2.0/mlflow/runs/log-batch`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ metrics: some, run_id: runId }),
      });

    for (const first of [0, 1000]) {
      const some = metrics.slice(first, first + 1000);
      const answers = await Promise.all(Array.from({ length: 8 }, () => send(some)));
      expect(answers.map(({ status }) => status)).toEqual(Array.from(answers, () => 200));
    }

    expect(await stepsOf(runId)).toEqual(STEPS.slice(0, 1000));
  });
});

describe("a server that dies in the midst of it", () => {
  it("and comes back before the attempts are over is not noticed", async () => {
    const runId = await newRun();
    let isBack: Promise<unknown> | undefined;
    shaky.trouble = (request) => {
      if (request.endsWith("log-batch") && isBack === undefined) {
        isBack = shaky.close().then(() => shaky.open());
        return "lost on the way back";
      }
      return undefined;
    };

    for (const step of STEPS) await client.logMetric(runId, "loss", step, { step });
    await client.flush();

    expect(isBack).toBeDefined();
    expect(await stepsOf(runId)).toEqual(STEPS);
  });

  it("and stays away longer is told, keeps what was logged, and what is logged meanwhile", async () => {
    const runId = await newRun();
    const client = new MlflowClient({ trackingUri: shaky.url, retry: { retries: 2, baseMs: 2 } });
    const half = STEPS.length / 2;
    for (const step of STEPS.slice(0, 500)) await client.logMetric(runId, "loss", step, { step });
    await client.flush();
    await shaky.close();
    for (const step of STEPS.slice(500, half))
      await client.logMetric(runId, "loss", step, { step });
    await expect(client.flush()).rejects.toMatchObject({ errorCode: "UNAVAILABLE" });
    await expect(client.setTerminated(runId)).rejects.toMatchObject({ errorCode: "UNAVAILABLE" });
    await shaky.open();
    for (const step of STEPS.slice(half)) await client.logMetric(runId, "loss", step, { step });
    await client.setTerminated(runId);

    expect(await stepsOf(runId)).toEqual(STEPS);
    expect((await client.getRun(runId)).info.status).toBe("FINISHED");
  });
});
