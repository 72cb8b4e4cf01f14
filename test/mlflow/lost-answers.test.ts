import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Listening } from "../../src/local/wire/http-server.ts";
import { MlflowClient } from "../../src/mlflow/index.ts";
import { type CloudFixture, startCloud } from "../helpers/cloud-fixture.ts";
import { ShakyServer } from "../helpers/shaky-server.ts";

let fixture: CloudFixture;
let server: Listening;
let proxy: ShakyServer;
let client: MlflowClient;

beforeAll(async () => {
  fixture = await startCloud();
  server = await fixture.cloud.listen();
  proxy = await new ShakyServer(server.url).open();
  client = new MlflowClient({ trackingUri: proxy.url, retry: { retries: 3, baseMs: 1 } });
});
afterAll(async () => {
  await proxy.close();
  await server.close();
  await fixture.stop();
});

/** The next answers to these calls are lost. */
function lose(calls: Record<string, number>): void {
  proxy.trouble = (request) => {
    const name = request.replace("POST /api/2.0/mlflow/", "");
    const left = calls[name] ?? 0;
    calls[name] = left - 1;
    return left > 0 ? "lost on the way back" : undefined;
  };
}

describe("an answer that is lost", () => {
  it("makes no second run: the first one is found", async () => {
    const experimentId = await client.createExperiment("lost");
    await client.createRun(experimentId, { runName: "other" });
    lose({ "runs/create": 2 });

    const { info } = await client.createRun(experimentId, { runName: "glm", tags: { a: "b" } });

    const { items } = await client.searchRuns([experimentId], { filter: "run_name = 'glm'" });
    expect(items.map((run) => run.info.runId)).toEqual([info.runId]);
    expect(items[0]?.data.tags).toMatchObject({ a: "b" });
    expect(proxy.requests.filter((request) => request.endsWith("/runs/create"))).toHaveLength(2);
  });

  it("of the look itself is asked for again", async () => {
    const experimentId = await client.createExperiment("lost twice");
    lose({ "runs/create": 1, "runs/search": 2 });

    await client.createRun(experimentId);

    expect((await client.searchRuns([experimentId])).items).toHaveLength(1);
  });
});
