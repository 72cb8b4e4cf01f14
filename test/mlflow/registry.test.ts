import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Listening } from "../../src/local/wire/http-server.ts";
import { MlflowClient } from "../../src/mlflow/index.ts";
import { type CloudFixture, startCloud } from "../helpers/cloud-fixture.ts";
import { ShakyServer } from "../helpers/shaky-server.ts";

let fixture: CloudFixture;
let server: Listening;
let proxy: ShakyServer;

beforeAll(async () => {
  fixture = await startCloud();
  server = await fixture.cloud.listen();
  proxy = await new ShakyServer(server.url).open();
});
afterAll(async () => {
  await proxy.close();
  await server.close();
  await fixture.stop();
});

const PLACES = [
  { place: "a folder", uri: () => join(fixture.folder, "mlruns") },
  { place: "the local cloud", uri: () => proxy.url },
];

describe.each(PLACES)("the model registry of $place", ({ place, uri }) => {
  let client: MlflowClient;
  beforeAll(() => {
    client = new MlflowClient({ trackingUri: uri(), retry: { retries: 2, baseMs: 1 } });
  });

  it("keeps models, their versions and aliases", async () => {
    const { info } = await client.createRun("0");
    const made = await client.createRegisteredModel("pricing é", {
      description: "claims\nby region",
      tags: { team: "actuaries", "a/camelCase": "é" },
    });
    const source = `${info.artifactUri}/my model`;
    const first = await client.createModelVersion("pricing é", source, {
      runId: info.runId,
      runLink: "https://elsewhere/runs/1",
      description: "the first",
      tags: { kind: "glm" },
    });
    const second = await client.createModelVersion("pricing é", "s3://models/k/model.tar.gz");
    await client.setRegisteredModelAlias("pricing é", "champion", 1);
    await client.setModelVersionTag("pricing é", second.version, "aic", 12.5);
    await client.updateModelVersion("pricing é", 2, { description: "the second" });

    expect(made).toMatchObject({ name: "pricing é", latestVersions: [], aliases: {} });
    expect(first).toEqual({
      name: "pricing é",
      version: "1",
      creationTimestamp: expect.any(Number),
      lastUpdatedTimestamp: first.creationTimestamp,
      description: "the first",
      source,
      runId: info.runId,
      runLink: "https://elsewhere/runs/1",
      currentStage: "None",
      status: "READY",
      tags: expect.objectContaining({ kind: "glm" }),
      aliases: [],
    });
    const model = await client.getRegisteredModel("pricing é");
    expect(model).toMatchObject({
      description: "claims\nby region",
      tags: { team: "actuaries", "a/camelCase": "é" },
      aliases: { champion: "1" },
    });
    expect(model.latestVersions.map(({ version }) => version)).toEqual(["2"]);
    expect(await client.getModelVersionByAlias("pricing é", "champion")).toEqual({
      ...first,
      aliases: ["champion"],
    });
    expect((await client.getModelVersionByAlias("pricing é", "latest")).version).toBe("2");
    expect(await client.getModelVersion("pricing é", "2")).toMatchObject({
      description: "the second",
      tags: { aic: "12.5" },
    });
    expect(await client.getModelVersionDownloadUri("pricing é", 1)).toBe(source);

    const copy = await client.createModelVersion("pricing é", "models:/pricing é@champion");
    expect(copy).toMatchObject({ version: "3", runId: info.runId });
    expect(await client.getModelVersionDownloadUri("pricing é", copy.version)).toBe(source);
  });

  it("moves versions from stage to stage, and deletes what nobody wants", async () => {
    await client.createRegisteredModel("stages");
    for (const key of ["a", "b", "c"]) await client.createModelVersion("stages", `s3://m/${key}`);
    await client.transitionModelVersionStage("stages", 1, "Production");
    await client.transitionModelVersionStage("stages", 2, "Production", {
      archiveExistingVersions: true,
    });
    await client.setRegisteredModelAlias("stages", "old", 3);

    expect((await client.getModelVersion("stages", 1)).currentStage).toBe("Archived");
    const latest = await client.getLatestVersions("stages");
    expect(latest.map((each) => [each.currentStage, each.version]).toSorted()).toEqual([
      ["Archived", "1"],
      ["None", "3"],
      ["Production", "2"],
    ]);
    const some = await client.getLatestVersions("stages", ["Production", "Archived"]);
    expect(some.map(({ version }) => version).toSorted()).toEqual(["1", "2"]);

    await client.deleteModelVersion("stages", 3);
    expect((await client.getRegisteredModel("stages")).aliases).toEqual({});
    expect((await client.createModelVersion("stages", "s3://m/d")).version).toBe("4");
    await client.deleteRegisteredModelAlias("stages", "never-there");
    await client.setRegisteredModelTag("stages", "a", true);
    await client.deleteRegisteredModelTag("stages", "a");
    await client.updateRegisteredModel("stages", { description: "anew" });

    const renamed = await client.renameRegisteredModel("stages", "stages 2");
    expect(renamed).toMatchObject({ name: "stages 2", description: "anew", tags: {} });
    expect(renamed.latestVersions.map(({ name }) => name)).toEqual(Array(3).fill("stages 2"));
    await expect(client.getModelVersion("stages", 1)).rejects.toMatchObject({
      errorCode: "RESOURCE_DOES_NOT_EXIST",
      message: "Registered Model with name=stages not found",
    });
    await client.deleteRegisteredModel("stages 2");
    const { items } = await client.searchModelVersions({ filter: "name = 'stages 2'" });
    expect(items).toEqual([]);
  });

  it("finds by MLflow's filters, sorted, page by page", async () => {
    for (const name of ["find a", "find b", "Find c"]) {
      await client.createRegisteredModel(name, { tags: { odd: name.endsWith("b") ? "1" : "2" } });
    }
    await client.createRegisteredModel("a prompt", { tags: { "mlflow.prompt.is_prompt": "true" } });
    for (const run of ["r1", "r2", "r3"]) {
      await client.createModelVersion("find a", `s3://m/${run}`, { runId: run, tags: { run } });
    }
    const models = async (filter: string, orderBy: string[] = []) => {
      const { items } = await client.searchRegisteredModels({ filter, orderBy });
      return items.map(({ name }) => name.slice(-1)).join("");
    };
    const versions = async (filter: string, orderBy: string[] = []) => {
      const { items } = await client.searchModelVersions({ filter, orderBy });
      return items.map(({ version }) => version).join("");
    };

    expect(await models("name LIKE 'find%'")).toBe("ab");
    expect(await models("name ILIKE 'FIND%'", ["name DESC"])).toBe("bac");
    expect(await models("name IN ('find a', 'find b') and tags.odd = '1'")).toBe("b");
    expect(await models("tag.odd != '1'", ["last_updated_timestamp DESC", "name ASC"])).toBe("ac");
    expect(await models("tags.`mlflow.prompt.is_prompt` = 'true'")).toBe("t");
    expect(await models("attribute.name = 'find c'")).toBe("");
    expect(await versions("name = 'find a'", ["version_number ASC"])).toBe("123");
    expect(await versions("name = 'find a' and version_number >= 2")).toBe("32");
    expect(await versions("run_id IN ('r1', 'r3')", ["name ASC", "version_number DESC"])).toBe(
      "31",
    );
    expect(await versions("source_path LIKE '%/r2'")).toBe("2");
    expect(await versions("tags.run = 'r3' and name != 'x'")).toBe("3");
    const page = { filter: "name = 'find a'", maxResults: 2 };
    const { items, nextPageToken = "" } = await client.searchModelVersions(page);
    const rest = await client.searchModelVersions({ ...page, pageToken: nextPageToken });
    expect([items.length, rest.items.length, rest.nextPageToken]).toEqual([2, 1, undefined]);

    for (const filter of ["stage = 'x'", "name > 'a'", "tags.a IS NULL", "version_number = 'a'"]) {
      await expect(client.searchModelVersions({ filter }), filter).rejects.toMatchObject({
        errorCode: "INVALID_PARAMETER_VALUE",
      });
    }
    await expect(client.searchRegisteredModels({ maxResults: 1001 })).rejects.toThrow(
      /max_results/,
    );
  });

  it("refuses in MLflow's words", async () => {
    const name = "refusals";
    await client.createRegisteredModel(name);
    await client.createModelVersion(name, "s3://m/a");
    const refusals: readonly [code: string, words: RegExp, call: () => Promise<unknown>][] = [
      ["RESOURCE_ALREADY_EXISTS", /exists/, () => client.createRegisteredModel(name)],
      ["RESOURCE_DOES_NOT_EXIST", /not found/, () => client.getRegisteredModel("none")],
      ["RESOURCE_DOES_NOT_EXIST", /version=7\) not found/, () => client.getModelVersion(name, 7)],
      ["RESOURCE_DOES_NOT_EXIST", /not found/, () => client.createModelVersion("none", "s3://m")],
      ["RESOURCE_DOES_NOT_EXIST", /not found/, () => client.deleteRegisteredModel("none")],
      ["RESOURCE_DOES_NOT_EXIST", /9/, () => client.setRegisteredModelAlias(name, "a", 9)],
      ["INVALID_PARAMETER_VALUE", /integer/, () => client.getModelVersion(name, "one")],
      [
        "INVALID_PARAMETER_VALUE",
        /alias none not found/,
        () => client.getModelVersionByAlias(name, "none"),
      ],
      ["INVALID_PARAMETER_VALUE", /reserved/, () => client.setRegisteredModelAlias(name, "V1", 1)],
      [
        "INVALID_PARAMETER_VALUE",
        /reserved/,
        () => client.setRegisteredModelAlias(name, "Latest", 1),
      ],
      [
        "INVALID_PARAMETER_VALUE",
        /alphanumerics/,
        () => client.setRegisteredModelAlias(name, "../meta.yaml", 1),
      ],
      [
        "INVALID_PARAMETER_VALUE",
        /not an Active stage/,
        () =>
          client.transitionModelVersionStage(name, 1, "Archived", {
            archiveExistingVersions: true,
          }),
      ],
      [
        "INVALID_PARAMETER_VALUE",
        /Value must be one of None, Staging/,
        () => client.transitionModelVersionStage(name, 1, "Shipped" as "None"),
      ],
      ["INVALID_PARAMETER_VALUE", /name/i, () => client.setRegisteredModelTag(name, "../a", "x")],
      [
        "INVALID_PARAMETER_VALUE",
        /maximum length of 100000/,
        () => client.setModelVersionTag(name, 1, "a", "x".repeat(100_001)),
      ],
      ["INVALID_PARAMETER_VALUE", /source/, () => client.createModelVersion(name, "models:/m-1")],
      [
        "INVALID_PARAMETER_VALUE",
        /Missing value for required parameter 'source'/,
        () => client.createModelVersion(name, ""),
      ],
      ...["a/b", "a:b", "a%b", "..", " ", "é".repeat(200)].map(
        (wrong): [string, RegExp, () => Promise<unknown>] => [
          "INVALID_PARAMETER_VALUE",
          /name/,
          () => client.createRegisteredModel(wrong),
        ],
      ),
    ];
    for (const [errorCode, words, call] of refusals) {
      const message = expect.stringMatching(words);
      await expect(call(), `${call}`).rejects.toMatchObject({ errorCode, message });
    }
    expect((await client.getRegisteredModel(name)).latestVersions).toHaveLength(1);
  });

  it("gives each name and number once, whoever else registers meanwhile", async () => {
    const clients = Array.from({ length: 6 }, () => new MlflowClient({ trackingUri: uri() }));
    const models = await Promise.allSettled(
      clients.map((each) => each.createRegisteredModel("crowd")),
    );
    const versions = await Promise.all(
      clients.map((each) => each.createModelVersion("crowd", "s3://m/a")),
    );

    expect(models.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(versions.map(({ version }) => Number(version)).toSorted()).toEqual([1, 2, 3, 4, 5, 6]);
    const root = place === "a folder" ? uri() : join(fixture.root, "mlruns");
    expect(await readdir(join(root, ".trash"))).toEqual([]);
  });
});

describe("a version whose making was not answered", () => {
  it("is found, and not made twice", async () => {
    const client = new MlflowClient({ trackingUri: proxy.url, retry: { retries: 2, baseMs: 1 } });
    await client.createRegisteredModel("lost");
    let lost = 1;
    proxy.trouble = (request) =>
      request.endsWith("model-versions/create") && lost-- > 0 ? "lost on the way back" : undefined;

    const { version } = await client.createModelVersion("lost", "s3://m/a");

    const { items } = await client.searchModelVersions({ filter: "name = 'lost'" });
    expect(items.map((each) => each.version)).toEqual([version]);
  });
});

describe("a folder that MLflow writes to as well", () => {
  it("keeps what is not known here, and what MLflow has left unfinished is no model", async () => {
    const root = join(fixture.folder, "theirs");
    const client = new MlflowClient({ trackingUri: root });
    await client.createRegisteredModel("m");
    const meta = join(root, "models/m/meta.yaml");
    // A text in Python's YAML, and a number in ours.
    const theirs = (await readFile(meta, "utf8")).replace(/description:.*/, "description: 1e-3");
    await writeFile(meta, `${theirs}deployment_job_id: job-1\n`);
    await mkdir(join(root, "models/unfinished"));

    expect((await client.getRegisteredModel("m")).description).toBe("1e-3");
    await client.setRegisteredModelTag("m", "a", "b");

    expect(await readFile(meta, "utf8")).toMatch(/deployment_job_id: "?job-1/);
    const { items } = await client.searchRegisteredModels();
    expect(items.map(({ name }) => name)).toEqual(["m"]);
    await client.createRegisteredModel("unfinished");
  });

  it("has models of the local cloud among its artifacts as files", async () => {
    const client = new MlflowClient({ trackingUri: server.url });
    const folder = new MlflowClient({ trackingUri: join(fixture.root, "mlruns") });
    const { info } = await client.createRun("0");
    await client.createRegisteredModel("files");
    const source = `${info.artifactUri}/a b/100%`;
    await client.createModelVersion("files", source, { runId: info.runId });

    const { source: file } = await folder.getModelVersion("files", 1);

    expect(file).toMatch(/^file:\/\/\/.*\/artifacts\/a%20b\/100%25$/);
    const { items } = await client.searchModelVersions({ filter: `source_path = '${source}'` });
    expect(items.map((each) => each.name)).toEqual(["files"]);
    await expect(
      client.createModelVersion("files", "mlflow-artifacts:/../../etc/passwd"),
    ).rejects.toMatchObject({ errorCode: "INVALID_PARAMETER_VALUE" });
  });
});
