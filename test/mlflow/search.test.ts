import { appendFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FileStore } from "../../src/mlflow/file/file-store.ts";
import { MlflowClient } from "../../src/mlflow/index.ts";

let folder = "";
let client: MlflowClient;
let experimentId = "";

const RUNS = [
  { name: "a", alpha: "0.1", aic: 30, tags: { team: "Pricing 100%", "mlflow.user": "me" } },
  { name: "b", alpha: "0.2", aic: Number.NaN, tags: { team: "pricing" } },
  { name: "c", alpha: "0.3", aic: 10, tags: { "odd key": "it's" } },
  { name: "d", aic: -1e-9, tags: {} },
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mlruns-"));
  client = new MlflowClient({ trackingUri: join(folder, "mlruns") });
  experimentId = await client.createExperiment("search");
  for (const [index, { name, alpha, aic, tags }] of RUNS.entries()) {
    const { info } = await client.createRun(experimentId, {
      runName: name,
      startTime: 1000 + index,
      tags,
    });
    if (alpha !== undefined) await client.logParam(info.runId, "alpha", alpha);
    await client.logMetric(info.runId, "fit/aic", aic);
    if (name === "c") {
      await client.logInputs(info.runId, [
        {
          dataset: { name: "claims", digest: "12345678", sourceType: "s3", source: "{}" },
          tags: [{ key: "mlflow.data.context", value: "training" }],
        },
      ]);
    }
    if (name === "d") await client.setTerminated(info.runId, "KILLED", { endTime: 5000 });
  }
  await client.flush();
});
afterAll(() => rm(folder, { recursive: true }));

const names = async (filter: string, orderBy: string[] = ["attributes.run_name ASC"]) => {
  const { items } = await client.searchRuns([experimentId], { filter, orderBy });
  return items.map(({ info }) => info.runName).join("");
};

describe("a filter on a folder's runs", () => {
  it.each([
    ["", "abcd"],
    ["metrics.`fit/aic` > 0", "ac"],
    ['metric."fit/aic" <= 1e1', "cd"],
    ["metrics.fit/aic = -1e-9", "d"],
    ["params.alpha = '0.1' AND metrics.`fit/aic` < 31", "a"],
    ["param.alpha != '0.1'", "bc"],
    ["parameters.alpha IS NULL", "d"],
    ["params.alpha is not null and tags.team IS NULL", "c"],
    ["tags.team LIKE 'Pricing%'", "a"],
    ["tag.team ILIKE 'PRIC_NG'", "b"],
    ["tags.team ilike '%100%'", "a"],
    ["tags.`odd key` = 'it''s'", "c"],
    ['tags.mlflow.user = "me"', "a"],
    ["attributes.run_name = 'b'", "b"],
    ["run_name LIKE '%c'", "c"],
    ["attr.start_time >= 1002", "cd"],
    ["status = 'KILLED' and end_time = 5000", "d"],
    ["`run name` = 'a'", "a"],
    ["datasets.name = 'claims' and dataset.context IN ('training', 'test')", "c"],
    ["attributes.run_id NOT IN ('x')", "abcd"],
  ])("%s", async (filter, found) => expect(await names(filter)).toBe(found));

  it.each([
    ["metrics.a", /a comparison was expected/],
    ["metrics.a > 'x'", /Expected numeric value type/],
    ["params.a = 1", /Expected a quoted string value/],
    ["params.a > '1'", /Invalid comparator '>'/],
    ["attributes.nothing = 'x'", /Invalid attribute key 'nothing'/],
    ["weights.a = 'x'", /Invalid entity type 'weights'/],
    ["params.a = 'x' OR params.b = 'y'", /joined by AND only/],
    ["params.a = 'x' AND", /nothing follows the last AND/],
    ["params.a = 'x", /cannot be read from/],
    ["run_name IN ('x'", /Invalid comparator 'IN'|ends in a parenthesis/],
  ])("%s is refused", async (filter, words) => {
    await expect(names(filter)).rejects.toThrow(words);
  });

  it("never fails otherwise, whatever it is", async () => {
    const piece = fc.constantFrom(
      ..."metrics. params.a = ' \" ` ( ) , 1 -1e5 LIKE IN IS NOT NULL AND % \\ \n".split(" "),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
        const outcome = await names(pieces.join(" ")).catch(
          (error: { errorCode?: string }) => error.errorCode,
        );
        expect(outcome).toMatch(/^(?:[abcd]*|INVALID_PARAMETER_VALUE)$/);
      }),
      { numRuns: 50 },
    );
  });
});

describe("runs", () => {
  it("come newest first, or as they are to be sorted: what is missing last", async () => {
    expect(await names("", [])).toBe("dcba");
    expect(await names("", ["metrics.`fit/aic` DESC"])).toBe("acdb");
    expect(await names("", ["metrics.`fit/aic`"])).toBe("dcab");
    expect(await names("", ["params.alpha desc"])).toBe("cbad");
    await expect(names("", ["params.alpha downwards"])).rejects.toThrow(/order_by/);
  });

  it("come page by page", async () => {
    const first = await client.searchRuns([experimentId], { maxResults: 3 });
    expect(first.items).toHaveLength(3);
    const rest = await client.searchRuns([experimentId], {
      maxResults: 3,
      pageToken: first.nextPageToken ?? "",
    });
    expect(rest.items.map(({ info }) => info.runName)).toEqual(["a"]);
    expect(rest.nextPageToken).toBeUndefined();
    await expect(client.searchRuns([experimentId], { pageToken: "x" })).rejects.toThrow(
      /page token/,
    );
  });
});

describe("a folder store", () => {
  it("is made by the first write, and has a default experiment before", async () => {
    const fresh = new MlflowClient({ trackingUri: join(folder, "fresh") });

    expect((await fresh.getExperiment("0")).name).toBe("Default");
    expect((await fresh.searchExperiments()).items).toHaveLength(1);
    await expect(fresh.getRun("0".repeat(32))).rejects.toMatchObject({
      errorCode: "RESOURCE_DOES_NOT_EXIST",
    });
    expect(await readdir(folder)).not.toContain("fresh");

    await fresh.createRun("0");
    expect((await readdir(join(folder, "fresh"))).toSorted()).toEqual([".trash", "0"]);
  });

  it("is one for many at a time: an experiment's name is given once", async () => {
    const uri = join(folder, "crowd");
    const ids = await Promise.all(
      Array.from({ length: 12 }, () => new MlflowClient({ trackingUri: uri }).setExperiment("one")),
    );

    expect(new Set(ids).size).toBe(1);
  });

  it("takes a batch that is sent again once, and the same value at another time twice", async () => {
    const { info } = await client.createRun(experimentId);
    const store = new MlflowClient({ trackingUri: join(folder, "mlruns") });
    const metrics = [1, 2].map((step) => ({ key: "m", value: 1, timestamp: 5, step }));
    await store.logBatch(info.runId, { metrics });
    await store.flush();
    await client.logBatch(info.runId, { metrics });
    await client.flush();
    await client.logMetric(info.runId, "m", 1, { timestamp: 15, step: 2 });

    expect(await client.getMetricHistory(info.runId, "m")).toHaveLength(3);
    await client.deleteRun(info.runId);
  });

  it("gives a metric's history page by page, from where the page before ended in its file", async () => {
    const { info } = await client.createRun(experimentId);
    const store = new FileStore(join(folder, "mlruns"));
    const path = join(folder, "mlruns", experimentId, info.runId, "metrics/m");
    const line = (step: number) => `${1e12 + step} ${step / 7} ${step}\n`;
    const lines = Array.from({ length: 9000 }, (_, step) => line(step));
    // Longer than what is read at once, with an empty line, as Windows ends them, and with a last line that has no end.
    await writeFile(path, `\n${lines.join("").replaceAll("0\n", "0\r\n")}${line(9000).trim()}`);

    const steps: number[] = [];
    const tokens: string[] = [];
    let pageToken: string | undefined;
    do {
      const page = { maxResults: 3000, ...(pageToken !== undefined && { pageToken }) };
      const { items, nextPageToken } = await store.getMetricHistory(info.runId, "m", page);
      steps.push(...items.map(({ step }) => step));
      // What is added meanwhile is part of what follows.
      if (tokens.length === 0) await appendFile(path, `\n${line(9001)}`);
      pageToken = nextPageToken;
      if (pageToken !== undefined) tokens.push(pageToken);
    } while (pageToken !== undefined);

    expect(steps).toEqual(Array.from({ length: 9002 }, (_, step) => step));
    expect(tokens).toHaveLength(3);
    for (const offset of [5, 1e9, -1]) {
      const wrong = Buffer.from(JSON.stringify({ offset })).toString("base64");
      await expect(store.getMetricHistory(info.runId, "m", { pageToken: wrong })).rejects.toThrow(
        "Invalid page token.",
      );
    }
    await client.deleteRun(info.runId);
  });

  it("refuses names that cannot be files beside each other, and metrics that are none", async () => {
    const { info } = await client.createRun(experimentId);
    await client.logParam(info.runId, "a", 1);
    await client.flush();
    await client.logParam(info.runId, "a/b", 1);
    await expect(client.flush()).rejects.toMatchObject({ errorCode: "INVALID_PARAMETER_VALUE" });

    const metrics = join(folder, "mlruns", experimentId, info.runId, "metrics");
    await mkdir(metrics, { recursive: true });
    await writeFile(join(metrics, "bad"), "nonsense\n");
    await expect(client.getRun(info.runId)).rejects.toThrow(/Metric 'bad' is malformed/);
    await client.deleteRun(info.runId);
  });
});
