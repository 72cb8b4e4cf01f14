import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Listening } from "../../../../src/local/wire/http-server.ts";
import { MlflowClient } from "../../../../src/mlflow/index.ts";
import { type CloudFixture, startCloud } from "../../../helpers/cloud-fixture.ts";

let fixture: CloudFixture;
let server: Listening;
let client: MlflowClient;

beforeAll(async () => {
  fixture = await startCloud();
  server = await fixture.cloud.listen();
  client = new MlflowClient({ trackingUri: server.url, retry: { retries: 0 } });
});
afterAll(async () => {
  await server.close();
  await fixture.stop();
});

const call = async (method: string, path: string, body?: unknown): Promise<[number, unknown]> => {
  const answer = await fetch(`${server.url}${path}`, {
    method,
    ...(body !== undefined && {
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: { "content-type": "application/json" },
    }),
  });
  const text = await answer.text();
  return [answer.status, text.startsWith("{") ? JSON.parse(text) : text];
};
const post = (path: string, body: unknown) => call("POST", `/api/2.0/mlflow/${path}`, body);

describe("the local cloud as a tracking server", () => {
  it("keeps what a client logs, in a folder that MLflow reads", async () => {
    const experimentId = await client.setExperiment("pricing");
    const { info } = await client.createRun(experimentId, { runName: "glm", tags: { a: "b" } });
    const { runId } = info;
    for (let step = 0; step < 1200; step += 1)
      await client.logMetric(runId, "loss", 1 / (step + 1), { step });
    await client.logMetric(runId, "odd", Number.NEGATIVE_INFINITY);
    await client.logParam(runId, "family", "poisson");
    await client.logInputs(runId, [
      { dataset: { name: "d", digest: "12345678", sourceType: "s3", source: "{}" }, tags: [] },
    ]);
    await client.setTerminated(runId, "KILLED");

    const run = await client.getRun(runId);
    expect(run.info).toMatchObject({
      status: "KILLED",
      runName: "glm",
      artifactUri: `mlflow-artifacts:/${experimentId}/${runId}/artifacts`,
    });
    expect(run.data.metrics).toEqual({ loss: 1 / 1200, odd: Number.NEGATIVE_INFINITY });
    expect(run.data.params).toEqual({ family: "poisson" });
    expect(run.inputs.datasetInputs).toHaveLength(1);
    expect(await client.getMetricHistory(runId, "loss")).toHaveLength(1200);
    await client.logText(runId, "# A fit", "notes/fit.md");
    expect(await client.listArtifacts(runId, "notes")).toEqual([
      { path: "notes/fit.md", isDir: false, fileSize: 7 },
    ]);
    const { items } = await client.searchRuns([experimentId], {
      filter: "metrics.loss < 1 and tags.a = 'b'",
    });
    expect(items.map(({ info: { runName } }) => runName)).toEqual(["glm"]);

    const folder = new MlflowClient({ trackingUri: join(fixture.root, "mlruns") });
    expect((await folder.getRun(runId)).data).toEqual(run.data);
  });

  it("keeps artifacts, and gives no file of the store but those", async () => {
    const { info } = await client.createRun("0");
    const { runId } = info;
    const tree = join(fixture.folder, "tree");
    await mkdir(join(tree, "a b"), { recursive: true });
    await writeFile(join(tree, "a b/x.bin"), Buffer.alloc(3_000_000, 7));
    await client.logArtifacts(runId, tree, "tree");
    await client.logText(runId, "é", "note.txt");

    expect(await client.listArtifacts(runId)).toEqual([
      { path: "note.txt", isDir: false, fileSize: 2 },
      { path: "tree", isDir: true },
    ]);
    const back = await client.downloadArtifacts(runId, "", join(fixture.folder, "back"));
    expect((await readFile(join(back, "tree/a b/x.bin"))).equals(Buffer.alloc(3_000_000, 7))).toBe(
      true,
    );
    const stored = join(fixture.root, "mlruns/0", runId, "artifacts");
    expect((await readdir(stored)).toSorted()).toEqual(["note.txt", "tree"]);
    expect(await call("GET", `/api/2.0/mlflow/artifacts/list?run_id=${runId}&path=tree`)).toEqual([
      200,
      {
        root_uri: `mlflow-artifacts:/0/${runId}/artifacts`,
        files: [{ path: "tree/a b", is_dir: true }],
      },
    ]);

    const route = "/api/2.0/mlflow-artifacts/artifacts";
    for (const path of [
      `0/${runId}/meta.yaml`,
      `0/${runId}/artifacts/%2e%2e/meta.yaml`,
      `0/${runId}/artifacts/..%2f..%2f..%2f..%2f.gitignore`,
      ".trash/x/artifacts/y",
      "%E0%A4",
    ]) {
      expect((await call("GET", `${route}/${path}`))[0], path).toBe(400);
      expect((await call("PUT", `${route}/${path}`, "x"))[0], path).toBe(400);
    }
    expect(
      (await call("GET", `/api/2.0/mlflow/artifacts/list?run_id=${runId}&path=../..`))[0],
    ).toBe(400);
    expect((await call("GET", `${route}/0/${runId}/artifacts/none`))[0]).toBe(404);
    expect((await call("PUT", `${route}/0/${runId}/artifacts/`, "x"))[0]).toBe(400);
    for (const [method, path, status] of [
      ["PUT", "note.txt/below", 400],
      ["PUT", "note.txt/be/low", 400],
      ["PUT", "tree", 400],
      ["PUT", "x".repeat(300), 400],
      ["DELETE", "note.txt/below", 200],
    ] as const) {
      const answer = await call(method, `${route}/0/${runId}/artifacts/${path}`, "x");
      expect(answer[0], `${method} ${path}`).toBe(status);
    }
    await expect(client.logText(runId, "x", "a/..")).rejects.toThrow(/names no file/);
    expect((await call("DELETE", `${route}/0/${runId}/artifacts/note.txt`))[0]).toBe(200);
    expect((await client.listArtifacts(runId)).map(({ path }) => path)).toEqual(["tree"]);
  });

  it("refuses in MLflow's form what it cannot take, and nothing of it is there", async () => {
    const { info } = await client.createRun("0");
    const run_id = info.runId;
    const point = { key: "m", value: 1, timestamp: 1, step: 0 };
    const refusals: readonly [path: string, body: unknown][] = [
      ["runs/log-batch", "not json"],
      ["runs/log-batch", "[]"],
      ["runs/log-batch", { run_id, metrics: [{ ...point, value: "abc" }] }],
      ["runs/log-batch", { run_id, metrics: [{ ...point, step: 1.5 }] }],
      ["runs/log-batch", { run_id, metrics: [{ ...point, key: "../m" }] }],
      ["runs/log-batch", { run_id, params: [{ key: "p", value: 1 }] }],
      ["runs/log-batch", { run_id, metrics: Array.from({ length: 1001 }, () => point) }],
      [
        "runs/log-batch",
        {
          run_id,
          params: [
            { key: "p", value: "1" },
            { key: "p", value: "2" },
          ],
        },
      ],
      ["runs/log-batch", { metrics: [point] }],
      ["runs/update", { run_id, status: "DONE" }],
      ["runs/search", { experiment_ids: ["0"], filter: "nonsense" }],
      ["runs/search", { experiment_ids: ["0"], max_results: 0 }],
      ["experiments/create", {}],
    ];
    for (const [path, body] of refusals) {
      const [status, answer] = await post(path, body);
      expect([status, answer], `${path} ${JSON.stringify(body).slice(0, 80)}`).toEqual([
        400,
        { error_code: "INVALID_PARAMETER_VALUE", message: expect.any(String) },
      ]);
    }
    const { data } = await client.getRun(run_id);
    expect([data.metrics, data.params]).toEqual([{}, {}]);
    expect(await post("runs/update", { run_id: "../../x" })).toEqual([
      404,
      { error_code: "RESOURCE_DOES_NOT_EXIST", message: expect.any(String) },
    ]);
    expect(await post("logged-models", {})).toEqual([
      404,
      {
        error_code: "ENDPOINT_NOT_FOUND",
        message: expect.stringContaining("run an MLflow server"),
      },
    ]);
  });

  it("is not sent what is no status, and no value of a parameter or a tag", async () => {
    const { info } = await client.createRun("0");
    const { runId } = info;
    const any = (value: unknown) => value as string;
    const refusals: readonly [words: RegExp, call: () => Promise<unknown>][] = [
      [
        /"finished".*FINISHED, FAILED, KILLED/,
        () => client.setTerminated(runId, "finished" as "FAILED"),
      ],
      [/"RUNNING" for a run's end/, () => client.setTerminated(runId, "RUNNING" as "FAILED")],
      [/"DONE".*RUNNING, SCHED/, () => client.updateRun(runId, { status: "DONE" as "FAILED" })],
      [/parameter p .*type object/, () => client.logParam(runId, "p", any({ a: 1 }))],
      [/tag t .*undefined/, () => client.setTag(runId, "t", any(undefined))],
      [
        /tag t .*null.* tag u /,
        () => client.createRun("0", { tags: { t: any(null), u: any([]) } }),
      ],
      [/tag t .*undefined/, () => client.createExperiment("x", { tags: { t: any(undefined) } })],
      [/tag t .*function/, () => client.setExperimentTag("0", "t", any(String))],
      [/tag t .*undefined/, () => client.setRegisteredModelTag("x", "t", any(undefined))],
    ];
    for (const [words, call] of refusals) {
      const message = expect.stringMatching(words);
      const refusal = { errorCode: "INVALID_PARAMETER_VALUE", message };
      await expect(call(), String(call)).rejects.toMatchObject(refusal);
    }
    await client.logBatch(runId, { params: [{ key: "n", value: any(1n) }] });
    await client.setTag(runId, "b", false);

    const run = await client.getRun(runId);
    expect(run.info).toMatchObject({ status: "RUNNING" });
    expect(run.info.endTime).toBeUndefined();
    expect(run.data.params).toEqual({ n: "1" });
    expect(run.data.tags).toMatchObject({ b: "false" });
    expect(await client.getExperimentByName("x")).toBeUndefined();
  });

  it("leaves a bucket called api to S3", async () => {
    const { s3 } = fixture.clients({ endpoint: server.url });
    await s3.createBucket({ Bucket: "api" });
    await s3.putObject({ Bucket: "api", Key: "2.0/mlflow/runs/get", Body: "mine" });

    const { Body } = await s3.getObject({ Bucket: "api", Key: "2.0/mlflow/runs/get" });
    expect(await Body?.transformToString()).toBe("mine");
  });

  it("is well, and says of which release its API is", async () => {
    expect(await call("GET", "/health")).toEqual([200, "OK"]);
    expect(await call("GET", "/version")).toEqual([200, expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
  });
});
