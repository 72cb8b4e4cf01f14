import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { beforeAll, describe, expect, it } from "vitest";
import type { ModelFile } from "../../../examples/glm/container/lib/model.mjs";
import { folderWith } from "../../helpers/child-program.ts";
import { shortConfig, trainedModel } from "./models.ts";
import { insurance, readJson, run } from "./programs.ts";

let csv: string;
let model: ModelFile;
let fitted: Float64Array;

beforeAll(async () => {
  csv = await readFile(insurance.file, "utf8");
  ({ model, fitted } = await trainedModel(shortConfig, csv));
});

/** An archive as SageMaker makes it of a model folder. */
async function modelArchive(name: string, content: string): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name: "./other/model.json" }, "{}");
  archive.entry({ name }, content);
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) chunks.push(chunk as Uint8Array);
  return gzipSync(Buffer.concat(chunks));
}

describe("predict", () => {
  it("writes the rows with the fitted means, and text as text", async () => {
    const folder = await folderWith({ "model/model.json": model, "in.csv": csv });

    const { code } = await run("predict", folder, [
      join(folder, "in.csv"),
      join(folder, "out.csv"),
    ]);

    expect(code).toBe(0);
    const lines = (await readFile(join(folder, "out.csv"), "utf8")).trim().split("\n");
    expect(lines[0]).toBe("District,Group,Age,Holders,Claims,prediction");
    expect(lines[1]).toBe(`"1","<1l","<25",197,38,${fitted[0]}`);
    expect(lines.slice(1).map((line) => Number(line.split(",").at(-1)))).toEqual([...fitted]);
    expect((await readdir(folder)).sort()).toEqual(["in.csv", "model", "out.csv"]);
  });

  it("needs neither the target nor columns that the model does not use, and takes another model", async () => {
    const folder = await folderWith({
      "elsewhere/m.json": model,
      "in.csv": 'note,Age,Holders,District\n"a ""b"", c",<25,197,1\n',
    });
    const args = ["--model", join(folder, "elsewhere/m.json")];

    const { code } = await run("predict", folder, [
      ...args,
      join(folder, "in.csv"),
      join(folder, "out.csv"),
    ]);

    expect(code).toBe(0);
    expect(await readFile(join(folder, "out.csv"), "utf8")).toBe(
      `note,Age,Holders,District,prediction\n"a ""b"", c",<25,197,1,${fitted[0]}\n`,
    );
  });

  it.each([
    [
      "rows with unseen levels",
      "District,Age,Holders\n1,<25,5\n9,40+,0\n",
      "in.csv cannot be predicted: 3 problems.\n",
    ],
    [
      "a misspelt column",
      "District,Aeg,Holders\n1,<25,5\n",
      'has no column "Age". Did you mean "Aeg"?',
    ],
    [
      "a column of its own name",
      "District,Age,Holders,prediction\n1,<25,5,1\n",
      'has a column "prediction" already',
    ],
    ["an empty file", "", "in.csv is empty."],
    ["a file that is no CSV", 'a,b\n"1', "in.csv cannot be read: Quote Not Closed"],
  ])("leaves no output for %s, and says why", async (_, csv, reason) => {
    const folder = await folderWith({ "model/model.json": model, "in.csv": csv });

    const { code, stderr } = await run("predict", folder, [
      join(folder, "in.csv"),
      join(folder, "out.csv"),
    ]);

    expect(code).toBe(1);
    expect(stderr).toContain(reason);
    expect((await readdir(folder)).sort()).toEqual(["in.csv", "model"]);
  });

  it("says when there is no model, one of another version, or a damaged one", async () => {
    const folder = await folderWith({
      "in.csv": csv,
      "new/model.json": { ...model, schemaVersion: 2 },
      "damaged/model.json": { ...model, predictors: ["Age"] },
      "empty/notes.txt": "",
    });
    const stderrOf = async (path: string): Promise<string> => {
      const args = ["--model", join(folder, path), join(folder, "in.csv"), join(folder, "out.csv")];
      return (await run("predict", folder, args)).stderr;
    };

    expect(await stderrOf("new")).toContain("has schemaVersion 2; this program reads 1");
    expect(await stderrOf("damaged")).toContain("The model is damaged");
    expect(await stderrOf("empty")).toContain("holds neither model.json nor model.tar.gz");
    expect(await stderrOf("none")).toContain("There is no model at");
  });

  it("asks for both files", async () => {
    const folder = await folderWith({});

    const { code, stderr } = await run("predict", folder, ["only-one.csv"]);

    expect(code).toBe(2);
    expect(stderr).toContain("Usage: predict [--model PATH] INPUT OUTPUT");
  });
});

describe("evaluate", () => {
  it.each([
    ["model.json", "model.json"],
    ["./model.json in an archive", "./model.json"],
    ["model.json in an archive", "model.json"],
  ])("measures a model from %s on the test rows", async (where, name) => {
    const content = JSON.stringify(model);
    const folder = await folderWith({
      ...(where.includes("archive")
        ? { "processing/model/model.tar.gz": await modelArchive(name, content) }
        : { "processing/model/model.json": content }),
      "processing/test/test.csv": csv,
    });

    const { code, stderr } = await run("evaluate", folder);

    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const evaluation = await readJson(join(folder, "processing/evaluation/evaluation.json"));
    const claims = csv
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => Number(line.split(",").at(-1)));
    const errors = claims.map((y, i) => (fitted[i] ?? 0) - y);
    const mean = (values: number[]): number => values.reduce((a, b) => a + b) / values.length;
    expect(evaluation).toEqual({
      rows: 64,
      deviance: expect.closeTo(model.deviance, 9),
      meanDeviance: expect.closeTo(model.deviance / 64, 9),
      pearsonChiSquared: expect.closeTo(
        64 * mean(errors.map((error, i) => error ** 2 / (fitted[i] ?? 0))),
        9,
      ),
      rmse: expect.closeTo(Math.sqrt(mean(errors.map((error) => error ** 2))), 9),
      mae: expect.closeTo(mean(errors.map(Math.abs)), 9),
      bias: expect.closeTo(0, 9),
    });
  });

  it("measures a binomial model by accuracy and log loss too", async () => {
    const data = "x,y\n-2,0\n-1,0\n0,1\n0,0\n1,1\n2,0\n3,1\n";
    const config = { target: "y", predictors: ["x"], family: "binomial" };
    const binomial = await trainedModel(config, data);
    const folder = await folderWith({
      "processing/model/model.json": binomial.model,
      "processing/test/test.csv": data,
    });

    await run("evaluate", folder);

    const evaluation = await readJson(join(folder, "processing/evaluation/evaluation.json"));
    const responses = [0, 0, 1, 0, 1, 0, 1];
    const right = responses.filter((y, i) => (binomial.fitted[i] ?? 0) > 0.5 === (y === 1)).length;
    expect(evaluation).toMatchObject({
      accuracy: right / 7,
      // For responses of 0 and 1 the deviance is twice the log loss of all rows.
      logLoss: expect.closeTo(binomial.model.deviance / 14, 12),
    });
  });

  it.each([
    ["no model", { "processing/test/test.csv": "a\n1\n" }, /There is no model at/],
    [
      "an archive that is none",
      { "processing/model/model.tar.gz": "x", "processing/test/test.csv": "a\n1\n" },
      /model\.tar\.gz cannot be unpacked/,
    ],
  ])(
    "writes the reason as the exit message of a processing job for %s",
    async (_, files, reason) => {
      const folder = await folderWith(files);

      const { code } = await run("evaluate", folder);

      expect(code).toBe(1);
      expect(await readFile(join(folder, "output/message"), "utf8")).toMatch(reason);
    },
  );

  it("says when there are no test rows, or an archive holds no model", async () => {
    const archive = await modelArchive("something.json", "{}");
    const noRows = await folderWith({ "processing/model/model.json": model });
    const noModel = await folderWith({ "processing/model/model.tar.gz": archive });

    expect((await run("evaluate", noRows)).stderr).toContain("test holds no .csv file.");
    expect((await run("evaluate", noModel)).stderr).toContain("model.tar.gz holds no model.json.");
  });
});

describe("each program", () => {
  it.each(["train", "evaluate", "predict", "serve"])(
    "tells how to use it: %s --help",
    async (program) => {
      const folder = await folderWith({});

      const { code, stdout, stderr } = await run(program, folder, ["--help"]);

      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(new RegExp(`^Usage: ${program}`));
    },
  );
});
