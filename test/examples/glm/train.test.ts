import { existsSync } from "node:fs";
import { readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { metricDefinitions } from "sagemaker-estimator/container";
import { describe, expect, it } from "vitest";
import { METRIC_NAMES } from "../../../examples/glm/container/lib/metrics.mjs";
import { container, insurance, jobFolder, readJson, run, start } from "./programs.ts";

const { config, reference } = insurance;

interface ModelFile {
  readonly coefficients: readonly { readonly name: string; readonly estimate: number }[];
  readonly deviance: number;
  readonly aic: number;
  readonly iterations: number;
}

describe("train", () => {
  it("fits the insurance claims as R does, and leaves model, metrics and plot", async () => {
    const csv = await readFile(insurance.file, "utf8");
    const baseDir = await jobFolder({
      config,
      train: csv,
      test: csv,
      hyperparameters: { maxIterations: "25", tolerance: "1e-8" },
    });

    const { code, stdout, stderr } = await run("train", baseDir);

    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const model = (await readJson(join(baseDir, "model/model.json"))) as ModelFile;
    expect(Object.keys(model)).toEqual([
      "schemaVersion",
      "family",
      "link",
      "target",
      "predictors",
      "factors",
      "offset",
      "weights",
      "intercept",
      "coefficients",
      "covariance",
      "dispersion",
      "deviance",
      "nullDeviance",
      "aic",
      "degreesOfFreedom",
      "iterations",
      "converged",
      "rows",
    ]);
    expect(model).toMatchObject({
      schemaVersion: 1,
      family: "poisson",
      link: "log",
      target: "Claims",
      predictors: ["District", "Group", "Age"],
      factors: {
        District: ["1", "2", "3", "4"],
        Group: ["<1l", "1-1.5l", "1.5-2l", ">2l"],
        Age: ["<25", "25-29", "30-35", ">35"],
      },
      offset: { column: "Holders", transform: "log" },
      weights: null,
      intercept: true,
      dispersion: 1,
      degreesOfFreedom: 54,
      converged: true,
      rows: 64,
    });
    expect(model.coefficients.map(({ name }) => name)).toEqual(Object.keys(reference.estimates));
    for (const [j, estimate] of Object.values(reference.estimates).entries()) {
      expect(Math.abs((model.coefficients[j]?.estimate ?? 0) - estimate)).toBeLessThan(1e-8);
      expect(Object.keys(model.coefficients[j] ?? {})).toEqual([
        "name",
        "estimate",
        "standardError",
        "statistic",
        "pValue",
        "atBound",
      ]);
    }
    expect(Math.abs(model.deviance - reference.deviance)).toBeLessThan(1e-8);
    expect(Math.abs(model.aic - reference.aic)).toBeLessThan(1e-6);

    const metrics = await readJson(join(baseDir, "model/metrics.json"));
    expect(metrics).toMatchObject({
      train: { rows: 64, deviance: model.deviance, aic: model.aic, degreesOfFreedom: 54 },
      test: { rows: 64, rmse: expect.any(Number), mae: expect.any(Number) },
    });
    expect(await readFile(join(baseDir, "model/coefficients.svg"), "utf8")).toContain("<svg ");
    const [csvHeader, ...csvRows] = (
      await readFile(join(baseDir, "model/coefficients.csv"), "utf8")
    ).split("\n");
    expect(csvHeader).toBe("name,estimate,standardError,statistic,pValue,atBound");
    expect(csvRows.at(-2)).toMatch(
      /^"Age>35",-0\.53667070\d+,0\.0699556\d+,-7\.6715\d+,1\.69\d+e-14,false$/,
    );
    expect((await readdir(join(baseDir, "model"))).sort()).toEqual([
      ".keep",
      "coefficients.csv",
      "coefficients.svg",
      "metrics.json",
      "model.json",
    ]);
    expect(existsSync(join(baseDir, "output/failure"))).toBe(false);

    // Every metric that the estimator is told of is found in the log; deviance and AIC once an iteration, the last ones the model's.
    const found = metricDefinitions(METRIC_NAMES).map(({ Name, Regex }) => {
      const values = stdout.split("\n").flatMap((line) => new RegExp(Regex).exec(line)?.[1] ?? []);
      return [Name, { count: values.length, last: Number(values.at(-1)) }] as const;
    });
    const { iterations: count } = model;
    expect(Object.fromEntries(found)).toMatchObject({
      deviance: { count, last: model.deviance },
      aic: { count, last: model.aic },
      "train:rmse": { count: 1 },
      "test:rmse": { count: 1 },
      "test:deviance": { count: 1 },
    });
    expect(found).toHaveLength(5);
    expect(stdout).toMatch(/^Age>35 +-0\.53667071 +0\.06995563 +-7\.6716 +1\.70e-14$/m);
  });

  it("takes levels and their order from the configuration, and holds coefficients in their box", async () => {
    const baseDir = await jobFolder({
      config: {
        ...config,
        factors: { Age: [">35", "<25", "25-29", "30-35"] },
        constraints: { "Age<25": { max: 0.5 }, District2: { min: 0.1 } },
      },
      train: await readFile(insurance.file, "utf8"),
    });

    const { code } = await run("train", baseDir);

    expect(code).toBe(0);
    const model = (await readJson(join(baseDir, "model/model.json"))) as ModelFile;
    expect(model).toMatchObject({ factors: { Age: [">35", "<25", "25-29", "30-35"] } });
    expect(model.coefficients).toContainEqual({
      name: "Age<25",
      estimate: 0.5,
      standardError: null,
      statistic: null,
      pValue: null,
      atBound: true,
    });
    expect(await readJson(join(baseDir, "model/metrics.json"))).not.toHaveProperty("test");
    expect(await readFile(join(baseDir, "model/coefficients.svg"), "utf8")).toContain(
      "at its bound",
    );
  });

  it("reads all CSV files of a channel, and names the file of a faulty row", async () => {
    const baseDir = await jobFolder({
      config: { target: "y", predictors: ["x"], family: "gaussian" },
      train: "x,y\n1,2\n2,3\n",
      files: {
        "input/data/train/part-2.csv": "x,y\n3,7\n4,oops\n",
        "input/data/train/notes.txt": "",
      },
    });

    const { code, stderr } = await run("train", baseDir);

    expect(code).toBe(1);
    // part-2.csv comes before train.csv.
    expect(stderr).toBe(
      'ValidationError: The model cannot be trained: config.target: column "y" is no finite number: part-2.csv row 2 "oops".\n',
    );
  });

  it("writes every problem of the configuration to the failure file", async () => {
    const baseDir = await jobFolder({
      config: { target: "Claim", predictors: ["Ages"], family: "poison" },
      train: await readFile(insurance.file, "utf8"),
    });

    const { code } = await run("train", baseDir);

    expect(code).toBe(1);
    expect(await readFile(join(baseDir, "output/failure"), "utf8")).toBe(
      [
        "ValidationError: The model cannot be trained: 3 problems.",
        '  - config.family: is "poison". Did you mean "poisson"?',
        '  - config.target: train.csv has no column "Claim". Did you mean "Claims"?',
        '  - config.predictors[0]: train.csv has no column "Ages". Did you mean "Age"?',
      ].join("\n"),
    );
    expect(await readdir(join(baseDir, "model"))).toEqual([".keep"]);
  });

  it.each([
    [
      "hyperparameters that it does not know",
      { hyperparameters: { iterations: "3", tolerance: "0" } },
      /2 problems\.\n {2}- hyperparameters\.iterations: is not known.*\n {2}- hyperparameters\.tolerance: is 0, less than/,
    ],
    [
      "several configurations",
      { files: { "input/data/config/b.json": {} } },
      /Channel "config" holds several \.json files/,
    ],
    [
      "a configuration that is no JSON",
      { files: { "input/data/config/config.json": "{" } },
      /config\.json cannot be read/,
    ],
    [
      "data that is no CSV",
      { train: "x,y\n1,2,3\n" },
      /train\.csv cannot be read: Invalid Record Length/,
    ],
    ["data without rows", { train: "x,y\n" }, /train\.csv holds no rows below a header/],
    [
      "files with other columns",
      { files: { "input/data/train/u.csv": "x,z\n1,2\n" } },
      /u\.csv has other columns \(x, z\) than train\.csv \(x, y\)/,
    ],
    ["a column that comes twice", { train: "x,y,x\n1,2,3\n" }, /train\.csv has two columns "x"/],
    [
      "test rows with an unseen level",
      {
        config: { target: "y", predictors: ["f"], family: "gaussian" },
        train: "f,y\na,1\nb,2\na,4\n",
        test: "f,y\na,1\nc,2\n",
      },
      /The model cannot be evaluated: column "f" has a level that is not one of a, b: row 2 "c"/,
    ],
    [
      "responses that no mean can start from",
      {
        config: { target: "y", predictors: ["x"], family: "gaussian", link: "log" },
        train: "x,y\n1,-1\n2,-2\n3,-4\n",
      },
      /finds no means to start from/,
    ],
  ])("fails with the reason for %s", async (_, job, reason) => {
    const baseDir = await jobFolder({
      config: { target: "y", predictors: ["x"], family: "gaussian" },
      train: "x,y\n1,2\n2,3\n3,5\n",
      ...job,
    });

    const { code } = await run("train", baseDir);

    expect(code).toBe(1);
    expect(await readFile(join(baseDir, "output/failure"), "utf8")).toMatch(reason);
  });

  it("names the channels that it misses, and what a channel holds instead", async () => {
    const baseDir = await jobFolder({ config: {}, train: "" });
    await writeFile(join(baseDir, "input/config/inputdataconfig.json"), '{"training":{}}');

    await run("train", baseDir);

    expect(await readFile(join(baseDir, "output/failure"), "utf8")).toContain(
      'The job has no input channel "config" (it has: training).',
    );
  });

  describe("told to stop", { timeout: 120_000 }, () => {
    // Separated data: the fit goes on for more than twenty iterations.
    const rows = Array.from({ length: 40_000 }, (_, i) => `${i},g${i % 12},${i < 20_000 ? 0 : 1}`);
    const slow = {
      config: { target: "y", predictors: ["x", "g"], family: "binomial" },
      train: `x,g,y\n${rows.join("\n")}\n`,
      hyperparameters: { maxIterations: "1000" },
    };

    it("ends with 143 and without a failure when there is nothing to save yet", async () => {
      const baseDir = await jobFolder(slow);
      const program = start("train", baseDir);
      await program.printed(/^Reading /);

      program.child.kill("SIGTERM");

      expect(await program.ended).toMatchObject({ code: 143, stderr: "" });
      expect(existsSync(join(baseDir, "output/failure"))).toBe(false);
      expect(await readdir(join(baseDir, "model"))).toEqual([".keep"]);
    });

    it("saves the model of the last iteration, which says that it has not converged", async () => {
      const baseDir = await jobFolder(slow);
      const program = start("train", baseDir);
      await program.printed(/iteration=1;/);

      program.child.kill("SIGTERM");

      const { code, stdout } = await program.ended;
      expect(code).toBe(0);
      expect(stdout).toMatch(/Warning: stopped after \d+ iterations/);
      expect(await readJson(join(baseDir, "model/model.json"))).toMatchObject({ converged: false });
    });
  });

  it("runs through a link to it", async () => {
    const baseDir = await jobFolder({ config: {}, train: "" });
    await symlink(join(container, "train"), join(baseDir, "train"));

    const { code, stdout } = await run(join(baseDir, "train"), baseDir, ["--help"]);

    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: train\n/);
  });

  it("refuses arguments that it does not know", async () => {
    const baseDir = await jobFolder({ config: {}, train: "" });

    const { code, stderr } = await run("train", baseDir, ["--fast"]);

    expect(code).toBe(2);
    expect(stderr).toMatch(/--fast.*Usage: train/s);
  });
});
