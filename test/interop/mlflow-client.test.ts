import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect } from "vitest";
import { MlflowClient, type MlflowClientOptions, MlflowError } from "../../src/mlflow/index.ts";
import { ShakyServer } from "../helpers/shaky-server.ts";
import { askPython } from "./ask-python.ts";
import { ADMIN, MLFLOW, startMlflow } from "./mlflow.ts";
import { startUnless, testWith } from "./needs.ts";
import type { RunningServer } from "./server.ts";

const SERVERS = [
  { name: "the current MLflow", basicAuth: false },
  { name: "the current MLflow with basic authentication", basicAuth: true },
  { name: "a folder", basicAuth: false, folder: true },
];

type Place = Pick<RunningServer, "url" | "stop">;

async function temporaryFolder(): Promise<Place> {
  const path = await mkdtemp(join(tmpdir(), "mlruns "));
  const stop = () => rm(path, { recursive: true });
  return { url: pathToFileURL(join(path, "runs é")).href, stop };
}

/** Half a second is enough for what is passing on this machine. */
const RETRY = { retries: 3, baseMs: 100 };

for (const { name, basicAuth, folder = false } of SERVERS) {
  describe(`MlflowClient on ${name}`, () => {
    let server: Place | undefined;
    let options: MlflowClientOptions = {};
    startUnless(
      MLFLOW.lacking,
      async () => {
        server = folder ? await temporaryFolder() : await startMlflow({ basicAuth });
        options = { trackingUri: server.url, retry: RETRY, ...(basicAuth && ADMIN) };
      },
      150_000,
    );
    afterAll(() => server?.stop());

    /** What MLflow's own client reads. */
    const read = async (question: {
      experimentName?: string;
      runId?: string;
      modelName?: string;
      artifacts?: true;
    }) => {
      const env = basicAuth
        ? {
            MLFLOW_TRACKING_USERNAME: ADMIN.username,
            MLFLOW_TRACKING_PASSWORD: ADMIN.password,
          }
        : {};
      const asked = { trackingUri: options.trackingUri, env, ...question };
      // biome-ignore lint/suspicious/noExplicitAny: whatever Python says
      const [answer] = await askPython<any>(MLFLOW.python, "mlflow_read.py", [asked]);
      return answer;
    };

    testWith(MLFLOW.lacking, "logs what Python reads back", async () => {
      const client = new MlflowClient(options);
      const experimentId = await client.createExperiment("pricing", {
        tags: { team: "actuaries" },
      });
      const { info } = await client.createRun(experimentId, {
        runName: "glm",
        startTime: 1_7150_000_000_000,
        tags: { "mlflow.source.name": "train.mjs" },
      });
      const { runId } = info;
      for (let step = 0; step < 2500; step += 1) {
        await client.logMetric(runId, "deviance", 1 / (step + 1), { step, timestamp: 1e12 + step });
      }
      const times = { timestamp: 1e12 };
      await client.logMetric(runId, "odd", Number.NaN, times);
      await client.logMetric(runId, "large", Number.POSITIVE_INFINITY, { ...times, step: 1 });
      await client.logMetric(runId, "small/é mean", 5e-324, { ...times, step: -3 });
      for (let index = 0; index < 250; index += 1) await client.logParam(runId, `p${index}`, index);
      await client.setTag(runId, "note", 'line 1\nline 2 \u{1F600} "quoted"');
      await client.logInputs(runId, [
        {
          dataset: {
            name: "train",
            digest: "0123456789ab",
            sourceType: "s3",
            source: JSON.stringify({ uri: "s3://bucket/train.csv" }),
          },
          tags: [{ key: "mlflow.data.context", value: "training" }],
        },
      ]);
      await client.setTerminated(runId, "FINISHED", { endTime: 1_7150_000_060_000 });

      const { experiment, run } = await read({ experimentName: "pricing", runId });
      expect(experiment).toMatchObject({ experimentId, lifecycleStage: "active" });
      expect(experiment.tags).toMatchObject({ team: "actuaries" });
      expect(run.info).toEqual({
        runName: "glm",
        status: "FINISHED",
        startTime: 1_7150_000_000_000,
        endTime: 1_7150_000_060_000,
        experimentId,
        lifecycleStage: "active",
      });
      expect(run.history.deviance).toHaveLength(2500);
      expect(run.history.deviance[2499]).toEqual([1 / 2500, 1e12 + 2499, 2499]);
      expect(run.history.odd).toEqual([["nan", 1e12, 0]]);
      // Databases have no infinity: MLflow keeps the largest number.
      expect(run.history.large).toEqual([[folder ? "inf" : Number.MAX_VALUE, 1e12, 1]]);
      expect(run.history["small/é mean"]).toEqual([[5e-324, 1e12, -3]]);
      expect(Object.keys(run.params)).toHaveLength(250);
      expect(run.params).toMatchObject({ p0: "0", p249: "249" });
      expect(run.tags).toMatchObject({
        note: 'line 1\nline 2 \u{1F600} "quoted"',
        "mlflow.source.name": "train.mjs",
      });
      expect(run.datasets).toEqual([
        {
          name: "train",
          digest: "0123456789ab",
          sourceType: "s3",
          source: '{"uri": "s3://bucket/train.csv"}'.replace(": ", ":"),
          tags: { "mlflow.data.context": "training" },
        },
      ]);

      const own = await client.getRun(runId);
      expect(own.data.params).toEqual(run.params);
      expect(own.data.metrics["deviance"]).toBe(1 / 2500);
      expect(await client.getMetricHistory(runId, "deviance")).toHaveLength(2500);
    });

    testWith(
      MLFLOW.lacking,
      "keeps artifacts that Python brings back, and brings back its own",
      async () => {
        const client = new MlflowClient(options);
        const { info } = await client.createRun(await client.setExperiment("artifacts"));
        const { runId } = info;
        const here = await mkdtemp(join(tmpdir(), "artifacts-"));
        try {
          await mkdir(join(here, "tree/deep er"), { recursive: true });
          const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));
          await writeFile(join(here, "tree/a.bin"), bytes);
          await writeFile(join(here, "tree/deep er/é 1.txt"), "text\n");
          await writeFile(join(here, "tree/empty"), "");
          await client.logArtifact(runId, join(here, "tree/a.bin"), "model");
          await client.logArtifacts(runId, join(here, "tree"), "tree");
          await client.logText(runId, "# Fit", "notes/fit.md");
          await client.logDict(runId, { beta: [1, 2] }, "coefficients.json");
          await client.logFigure(runId, "<svg/>", "plots/fit.svg");
          await client.logText(runId, "again", "notes/fit.md");

          const { artifacts } = await read({ runId, artifacts: true });
          expect(
            Object.fromEntries(
              Object.entries(artifacts).map(([path, hex]) => [path, String(hex).length / 2]),
            ),
          ).toEqual({
            "coefficients.json": '{\n  "beta": [\n    1,\n    2\n  ]\n}\n'.length,
            "model/a.bin": bytes.length,
            "notes/fit.md": 5,
            "plots/fit.svg": 6,
            "tree/a.bin": bytes.length,
            "tree/deep er/é 1.txt": 5,
            "tree/empty": 0,
          });
          expect(Buffer.from(artifacts["tree/a.bin"], "hex").equals(bytes)).toBe(true);

          expect(await client.listArtifacts(runId)).toEqual([
            { path: "coefficients.json", isDir: false, fileSize: 33 },
            ...["model", "notes", "plots", "tree"].map((path) => ({ path, isDir: true })),
          ]);
          const tree = await client.downloadArtifacts(runId, "tree", join(here, "back"));
          expect(tree).toBe(join(here, "back/tree"));
          expect(await readFile(join(tree, "deep er/é 1.txt"), "utf8")).toBe("text\n");
          expect((await readFile(join(tree, "a.bin"))).equals(bytes)).toBe(true);
          expect((await stat(join(tree, "empty"))).size).toBe(0);
          const note = await client.downloadArtifacts(runId, "notes/fit.md", join(here, "back"));
          expect(await readFile(note, "utf8")).toBe("again");
          await client.downloadArtifacts(runId, "", join(here, "all"));
          expect((await readdir(join(here, "all"))).toSorted()).toEqual([
            ...["coefficients.json", "model", "notes", "plots", "tree"],
          ]);

          await expect(
            client.downloadArtifacts(runId, "nothing/there", join(here, "back")),
          ).rejects.toMatchObject({ errorCode: "RESOURCE_DOES_NOT_EXIST" });
          await expect(client.logText(runId, "x", "../x")).rejects.toThrow(/leads out/);
          await expect(client.logArtifact(runId, join(here, "none"))).rejects.toThrow(
            /Nothing was logged/,
          );
          await expect(client.logArtifact(runId, join(here, "tree"))).rejects.toThrow(
            /use logArtifacts/,
          );
        } finally {
          await rm(here, { recursive: true });
        }
      },
    );

    testWith(MLFLOW.lacking, "registers models that Python reads back", async () => {
      const client = new MlflowClient(options);
      const { info } = await client.createRun(await client.setExperiment("registry"));
      const { runId, artifactUri } = info;
      await client.createRegisteredModel("claims é", {
        description: "by region",
        tags: { team: "actuaries", camelCase: "kept" },
      });
      const source = `${artifactUri}/model`;
      const first = await client.createModelVersion("claims é", source, {
        runId,
        description: "the first",
        tags: { kind: "glm" },
      });
      await client.createModelVersion("claims é", "s3://models/2/model.tar.gz");
      const copy = await client.createModelVersion("claims é", "models:/claims é/1");
      await client.deleteModelVersion("claims é", 2);
      await client.setRegisteredModelAlias("claims é", "champion", first.version);
      await client.transitionModelVersionStage("claims é", first.version, "Production");
      await client.setModelVersionTag("claims é", copy.version, "aic", 12.5);
      await client.deleteModelVersionTag("claims é", copy.version, "none");

      const { model } = await read({ modelName: "claims é" });
      expect(model).toMatchObject({
        description: "by region",
        tags: { team: "actuaries", camelCase: "kept" },
        aliases: { champion: "1" },
      });
      const version = { source, runId, status: "READY", created: expect.any(Number) };
      expect(model.versions).toEqual([
        {
          ...version,
          version: "1",
          description: "the first",
          stage: "Production",
          tags: { kind: "glm" },
          aliases: ["champion"],
        },
        expect.objectContaining({ version: "3", runId, tags: { aic: "12.5" }, stage: "None" }),
      ]);

      expect(await client.getModelVersionDownloadUri("claims é", 3)).toBe(source);
      expect((await client.getModelVersionByAlias("claims é", "champion")).version).toBe("1");
      const latest = await client.getLatestVersions("claims é", ["Production"]);
      expect(latest.map((each) => each.description)).toEqual(["the first"]);
      const { items } = await client.searchModelVersions({
        filter: "tags.kind = 'glm' and name LIKE 'claims%'",
        orderBy: ["name ASC", "version_number DESC"],
      });
      expect(items.map((each) => each.version)).toEqual(["1"]);
      await client.updateRegisteredModel("claims é", { description: "anew" });
      await client.setRegisteredModelTag("claims é", "team", "pricing");
      await client.deleteRegisteredModelTag("claims é", "camelCase");
      const renamed = await client.renameRegisteredModel("claims é", "claims");
      expect(renamed).toMatchObject({ name: "claims", description: "anew" });
      const models = await client.searchRegisteredModels({ filter: "tags.team = 'pricing'" });
      expect(models.items.map(({ name }) => name)).toEqual(["claims"]);
      expect(models.items[0]?.tags).toEqual({ team: "pricing" });
      await client.deleteRegisteredModelAlias("claims", "champion");
      await client.deleteRegisteredModel("claims");
      for (const gone of [
        () => client.getRegisteredModel("claims"),
        () => client.getModelVersion("claims", 1),
        () => client.createModelVersion("claims", "s3://models/3"),
      ]) {
        await expect(gone()).rejects.toMatchObject({
          errorCode: "RESOURCE_DOES_NOT_EXIST",
          message: expect.stringContaining("not found"),
        });
      }
    });

    // A folder has no answers to lose.
    if (!folder) {
      testWith(MLFLOW.lacking, "makes nothing twice when an answer is lost", async () => {
        const proxy = await new ShakyServer(server?.url ?? "").open();
        try {
          const client = new MlflowClient({ ...options, trackingUri: proxy.url });
          const experimentId = await client.setExperiment("lost");
          await client.createRegisteredModel("lost");
          const lost = new Set<string>();
          proxy.trouble = (request) => {
            if (!/(?:runs|model-versions)\/create$/.test(request) || lost.has(request)) return;
            lost.add(request);
            return "lost on the way back";
          };

          const { info } = await client.createRun(experimentId);
          const { version } = await client.createModelVersion("lost", "s3://models/1");

          expect(lost.size).toBe(2);
          const runs = await client.searchRuns([experimentId]);
          expect(runs.items.map((run) => run.info.runId)).toEqual([info.runId]);
          const versions = await client.searchModelVersions({ filter: "name = 'lost'" });
          expect(versions.items.map((each) => each.version)).toEqual([version]);
        } finally {
          await proxy.close();
        }
      });
    }

    testWith(MLFLOW.lacking, "finds, makes and restores experiments by name", async () => {
      const client = new MlflowClient(options);
      const made = await client.setExperiment("sweep");
      expect(await client.setExperiment("sweep")).toBe(made);

      await client.deleteExperiment(made);
      expect((await client.getExperiment(made)).lifecycleStage).toBe("deleted");
      expect(await client.setExperiment("sweep")).toBe(made);
      expect((await client.getExperimentByName("sweep"))?.lifecycleStage).toBe("active");
      expect(await client.getExperimentByName("nobody's")).toBeUndefined();
      await client.setExperimentTag(made, "owner", "me");
      await client.renameExperiment(made, "sweep 2");
      expect(await client.getExperiment(made)).toMatchObject({
        name: "sweep 2",
        tags: { owner: "me" },
      });
      const { items } = await client.searchExperiments({ filter: "name LIKE 'sweep%'" });
      expect(items.map(({ name }) => name)).toEqual(["sweep 2"]);
      await expect(client.createExperiment("sweep 2")).rejects.toMatchObject({
        errorCode: "RESOURCE_ALREADY_EXISTS",
        status: 400,
      });
    });

    testWith(MLFLOW.lacking, "searches runs page by page, deletes and restores them", async () => {
      const client = new MlflowClient(options);
      const experimentId = await client.setExperiment("search");
      const runs: string[] = [];
      for (const alpha of [0.1, 0.2, 0.3]) {
        const { info } = await client.createRun(experimentId, { runName: `alpha ${alpha}` });
        await client.logBatch(info.runId, {
          params: [{ key: "alpha", value: String(alpha) }],
          metrics: [{ key: "aic", value: 100 * alpha, timestamp: Date.now(), step: 0 }],
        });
        runs.push(info.runId);
      }
      const search = { filter: "metrics.aic < 25", orderBy: ["metrics.aic DESC"], maxResults: 1 };
      const first = await client.searchRuns([experimentId], search);
      expect(first.items.map(({ data }) => data.params["alpha"])).toEqual(["0.2"]);
      const second = await client.searchRuns([experimentId], {
        ...search,
        ...(first.nextPageToken !== undefined && { pageToken: first.nextPageToken }),
      });
      expect(second.items.map(({ data }) => data.params["alpha"])).toEqual(["0.1"]);

      const [gone = ""] = runs;
      await client.deleteRun(gone);
      expect((await client.searchRuns([experimentId])).items).toHaveLength(2);
      const deleted = await client.searchRuns([experimentId], { viewType: "DELETED_ONLY" });
      expect(deleted.items.map(({ info }) => info.runId)).toEqual([gone]);
      await client.restoreRun(gone);
      expect((await client.searchRuns([experimentId])).items).toHaveLength(3);
      await client.updateRun(gone, { runName: "back" });
      expect((await client.getRun(gone)).info).toMatchObject({
        runName: "back",
        status: "RUNNING",
      });
    });

    testWith(
      MLFLOW.lacking,
      "tells refusals in MLflow's words, and what else was logged is there",
      async () => {
        const client = new MlflowClient(options);
        const experimentId = await client.setExperiment("refusals");
        const { info } = await client.createRun(experimentId);
        await client.logParam(info.runId, "family", "poisson");
        await client.flush();
        await client.logParam(info.runId, "link", "log");
        await client.logParam(info.runId, "family", "gamma");
        await client.logMetric(info.runId, "aic", 7);

        await expect(client.flush()).rejects.toSatisfy(
          (error) =>
            MlflowError.isInstance(error) &&
            error.errorCode === "INVALID_PARAMETER_VALUE" &&
            /Changing param values is not allowed/.test(error.message),
        );
        const { data } = await client.getRun(info.runId);
        expect(data.params).toEqual({ family: "poisson", link: "log" });
        expect(data.metrics).toEqual({ aic: 7 });
        await expect(client.getRun("0".repeat(32))).rejects.toMatchObject({
          errorCode: "RESOURCE_DOES_NOT_EXIST",
        });
      },
    );
  });
}

describe("a server that wants a password", () => {
  let server: RunningServer | undefined;
  startUnless(
    MLFLOW.lacking,
    async () => {
      server = await startMlflow({ basicAuth: true });
    },
    150_000,
  );
  afterAll(() => server?.stop());

  testWith(MLFLOW.lacking, "says so to whoever has none, and what to set", async () => {
    const client = new MlflowClient({ trackingUri: server?.url ?? "" });
    await expect(client.getExperiment("0")).rejects.toThrow(
      /status 401: it wants other credentials. Set MLFLOW_TRACKING_USERNAME/,
    );
    const url = new URL(server?.url ?? "");
    url.username = ADMIN.username;
    url.password = "wrong-word";
    const wrong = new MlflowClient({ trackingUri: url.href });
    await expect(wrong.getExperiment("0")).rejects.not.toThrow(/wrong-word/);
    url.password = ADMIN.password;
    const right = new MlflowClient({ trackingUri: url.href });
    expect((await right.getExperiment("0")).name).toBe("Default");
  });
});
