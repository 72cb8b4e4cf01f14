import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, inject } from "vitest";
import { askPython } from "./ask-python.ts";
import { bareEnvironment } from "./child.ts";
import { CHROMIUM, Chromium } from "./chromium.ts";
import { MLFLOW, startMlflow } from "./mlflow.ts";
import { startUnless, testWith } from "./needs.ts";

const run = promisify(execFile);
const EXAMPLE = fileURLToPath(new URL("../../examples/glm", import.meta.url));
/** Pictures of the pages, as docs/images has some: for whoever wants to see what was looked at. */
const PICTURES = fileURLToPath(new URL("../../.cache/pictures", import.meta.url));
/** It would lie beside each page. */
const WITHOUT_ASSISTANT = `
  localStorage.setItem("mlflow.assistant.panelOpen_v1", "false");
  localStorage.setItem("mlflow.assistant.fab.autoOpenedOnFirstLoad_v1", "true");
`;
const lackingUi = MLFLOW.lacking ?? CHROMIUM.lacking;

describe("the run that the quickstart logs to MLflow", () => {
  let folder = "";
  let printed = "";
  startUnless(MLFLOW.lacking, async () => {
    folder = await mkdtemp(join(inject("userProject"), "quickstart-"));
    await cp(EXAMPLE, join(folder, "examples/glm"), { recursive: true });
    const options = { cwd: folder, env: bareEnvironment(folder) };
    const quickstart = join(folder, "examples/glm/quickstart.mjs");
    printed = (await run(process.execPath, [quickstart], options)).stdout;
  });
  afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

  /** What the quickstart has printed for its reader to use. */
  const told = (pattern: RegExp): string => {
    const [, found] = pattern.exec(printed) ?? [];
    if (found === undefined) throw new Error(`${pattern} is not in:\n${printed}`);
    return found;
  };
  const runFolder = (): string =>
    join(folder, told(/^ {2}MLFLOW_ALLOW_FILE_STORE=true mlflow ui --backend-store-uri (\S+)$/m));
  const page = (): string => told(/http:\/\/127\.0\.0\.1:5000(\/#\/experiments\/\S+)$/m);

  /** What MLflow's own client reads from places. */
  const read = async (...trackingUris: readonly string[]) => {
    const [, runId] = /runs\/([0-9a-f]{32})/.exec(page()) ?? [];
    const question = { runId, experimentName: "insurance-claims", artifacts: true };
    const questions = trackingUris.map((trackingUri) => ({ ...question, trackingUri }));
    // biome-ignore lint/suspicious/noExplicitAny: whatever Python says
    return await askPython<any>(MLFLOW.python, "mlflow_read.py", questions);
  };

  testWith(
    MLFLOW.lacking,
    "is read by MLflow's own client: parameters, deviance and AIC by iteration, coefficients, the plot",
    async () => {
      const [answer] = await read(pathToFileURL(runFolder()).href);
      const { run: found, artifacts } = answer;

      expect(found.info.status).toBe("FINISHED");
      expect(found.params).toEqual({
        maxIterations: "25",
        tolerance: "1e-8",
        "config.target": "Claims",
        "config.predictors": '["District","Group","Age"]',
        "config.factors": '["District","Group","Age"]',
        "config.offset.column": "Holders",
        "config.offset.transform": "log",
        "config.family": "poisson",
        "config.link": "log",
      });
      const { deviance, aic } = found.history;
      const model = JSON.parse(
        await readFile(join(folder, "examples/glm/model/model.json"), "utf8"),
      );
      for (const [history, last] of [
        [deviance, model.deviance],
        [aic, model.aic],
      ]) {
        expect(history.map(([, , step]: number[]) => step)).toEqual([0, 1, 2, 3, 4]);
        expect(history.at(-1)[0]).toBe(last);
      }
      // R's after one iteration: test/examples/glm/fixtures/fits.json.
      expect(deviance[0][0]).toBeCloseTo(52.19809494342, 9);
      expect(aic[0][0]).toBeCloseTo(389.519616192853, 9);
      const files = Object.fromEntries(
        Object.entries<string>(artifacts).map(([path, hex]) => [path, Buffer.from(hex, "hex")]),
      );
      expect(Object.keys(files)).toEqual([
        "model/coefficients.csv",
        "model/coefficients.svg",
        "model/metrics.json",
        "model/model.json",
        "run.json",
      ]);
      for (const name of ["coefficients.csv", "coefficients.svg"]) {
        const own = await readFile(join(folder, "examples/glm/model", name));
        expect(files[`model/${name}`]).toEqual(own);
      }
    },
  );

  testWith(lackingUi, "is shown by MLflow's pages: figures, charts, plot and table", async () => {
    await withPages(runFolder(), async (browser, at) => {
      await lookAtRun(browser, at(""));
      await keep(browser, "run");

      // A dot for each iteration, of AIC and of the deviance.
      const dots = 'document.querySelectorAll(".js-plotly-plot .scatterlayer .point").length >= 10';
      expect(await browser.open(at("/model-metrics"), dots)).toContain("deviance");
      await keep(browser, "metrics");

      const plot = "[...document.images].some(({ naturalWidth }) => naturalWidth === 760)";
      const artifact = "/artifacts/model/coefficients";
      expect(await browser.open(at(`${artifact}.svg`), plot)).toContain("coefficients.svg");
      await keep(browser, "plot");

      const table = await browser.open(at(`${artifact}.csv`), says("standardError"));
      expect(table).toMatch(/Age>35\s+-0\.53667070/);
      await keep(browser, "table");
    });
  });

  testWith(
    lackingUi,
    "is moved into a database as the quickstart says, with nothing missing, and shown from there",
    async () => {
      const command = told(/^ {2}mlflow (migrate-filestore .+)$/m).split(" ");
      const env = { ...bareEnvironment(folder), MLFLOW_DISABLE_TELEMETRY: "true" };
      await run(MLFLOW.command, command, { cwd: folder, env });
      const path = told(/^ {2}mlflow ui --backend-store-uri sqlite:\/\/\/(\S+)$/m);
      const database = `sqlite:///${join(folder, path)}`;

      const [before, after] = await read(pathToFileURL(runFolder()).href, database);
      expect(after).toEqual(before);
      await withPages(database, async (browser, at) => await lookAtRun(browser, at("")));
    },
  );

  /** A server over a place, and a browser. `at` is the address of a tab of the run's page. */
  async function withPages(
    store: string,
    look: (browser: Chromium, at: (tab: string) => string) => Promise<void>,
  ): Promise<void> {
    const starting = [startMlflow({ store }), Chromium.start()] as const;
    try {
      const [server, browser] = await Promise.all(starting);
      await browser.beforeEachPage(WITHOUT_ASSISTANT);
      await look(browser, (tab) => server.url + page().replace("?", `${tab}?`));
    } finally {
      for (const started of await Promise.allSettled(starting)) {
        if (started.status === "fulfilled") await started.value.stop();
      }
    }
  }
});

const says = (text: string): string => `document.body.innerText.includes("${text}")`;

async function lookAtRun(browser: Chromium, url: string): Promise<void> {
  const text = await browser.open(url, says("config.family"));
  expect(text).toMatch(/\bglm-\d{4}-\d\d-\d\d-/);
  expect(text).toMatch(/^deviance\s+51\.42003274\d+$/m);
  expect(text).toMatch(/^aic\s+388\.74155399\d+$/m);
  expect(text).toMatch(/^config\.family\s+poisson$/m);
  expect(text).toMatch(/^Status\s+Finished$/m);
}

async function keep(browser: Chromium, name: string): Promise<void> {
  await mkdir(PICTURES, { recursive: true });
  await writeFile(join(PICTURES, `mlflow-${name}.png`), await browser.picture());
}
