import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { fitGlm } from "../../../examples/glm/container/lib/glm.mjs";
import { makeModel } from "../../../examples/glm/container/lib/model.mjs";
import { prepare } from "../../../examples/glm/container/lib/preparation.mjs";
import { folderWith, insuranceFile, readJson, run, start } from "./programs.ts";
import { table } from "./tables.ts";

const config = {
  target: "Claims",
  predictors: ["District", "Age"],
  offset: { column: "Holders", transform: "log" },
  family: "poisson",
};

let insurance: string;
let model: object;
let fitted: Float64Array;

beforeAll(async () => {
  insurance = await readFile(insuranceFile, "utf8");
  const preparation = prepare(config, table(insurance));
  const fit = await fitGlm(preparation.problem, preparation.names, {
    maxIterations: 25,
    tolerance: 1e-8,
  });
  model = makeModel(preparation, fit).file;
  fitted = fit.mu;
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
    const folder = await folderWith({ "model/model.json": model, "in.csv": insurance });

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
      "in.csv": insurance,
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
      "processing/test/test.csv": insurance,
    });

    const { code, stderr } = await run("evaluate", folder);

    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const evaluation = await readJson(join(folder, "processing/evaluation/evaluation.json"));
    const claims = insurance
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => Number(line.split(",").at(-1)));
    const errors = claims.map((y, i) => (fitted[i] ?? 0) - y);
    const mean = (values: number[]): number => values.reduce((a, b) => a + b) / values.length;
    expect(evaluation).toEqual({
      rows: 64,
      deviance: expect.closeTo((model as { deviance: number }).deviance, 9),
      meanDeviance: expect.closeTo((model as { deviance: number }).deviance / 64, 9),
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
    const preparation = prepare(
      { target: "y", predictors: ["x"], family: "binomial" },
      table(data),
    );
    const fit = await fitGlm(preparation.problem, preparation.names, {
      maxIterations: 25,
      tolerance: 1e-8,
    });
    const folder = await folderWith({
      "processing/model/model.json": makeModel(preparation, fit).file,
      "processing/test/test.csv": data,
    });

    await run("evaluate", folder);

    const evaluation = await readJson(join(folder, "processing/evaluation/evaluation.json"));
    const right = [...fit.mu].filter((m, i) => m > 0.5 === (preparation.problem.y[i] === 1)).length;
    expect(evaluation).toMatchObject({
      accuracy: right / 7,
      // For responses of 0 and 1 the deviance is twice the log loss of all rows.
      logLoss: expect.closeTo(fit.deviance / 14, 12),
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

describe("serve", () => {
  /** Starts the server on a free port. */
  async function serve(): Promise<{ url: string; stop: () => Promise<number | null> }> {
    const folder = await folderWith({ "model/model.json": model });
    const server = start("serve", folder, ["--port", "0", "--host", "127.0.0.1"]);
    const [, url = ""] = await server.printed(/at (http:\S+)\n/);
    return {
      url,
      stop: async () => {
        server.child.kill("SIGTERM");
        return (await server.ended).code;
      },
    };
  }

  /** A request's status and body. */
  async function post(
    url: string,
    body: string,
    headers: Record<string, string>,
  ): Promise<{ status: number; type: string | null; text: string }> {
    const response = await fetch(`${url}/invocations`, { method: "POST", body, headers });
    return {
      status: response.status,
      type: response.headers.get("content-type"),
      text: await response.text(),
    };
  }

  it("answers pings and predictions, refuses bad rows with every reason, and ends at SIGTERM", async () => {
    const { url, stop } = await serve();
    const csv = { "content-type": "text/csv" };
    const json = { "content-type": "application/json; charset=utf-8" };
    const first = `${fitted[0]}\n`;

    const ping = await fetch(`${url}/ping`);
    expect([ping.status, await ping.text()]).toEqual([200, ""]);

    // CSV with a header, in any order; and without one: the predictors, then the offset's column.
    expect(await post(url, "Holders,Age,District\n197,<25,1\n", csv)).toEqual({
      status: 200,
      type: "text/csv",
      text: first,
    });
    expect((await post(url, '"1","<25",197\r\n1,<25,197', csv)).text).toBe(first + first);

    // A row, rows, and instances.
    const row = { District: "1", Age: "<25", Holders: 197, Note: null };
    const answer = { status: 200, type: "application/json" };
    expect(await post(url, JSON.stringify(row), json)).toEqual({
      ...answer,
      text: JSON.stringify({ predictions: [fitted[0]] }),
    });
    for (const rows of [[row, { ...row, District: 1 }], { instances: [row, row] }]) {
      expect((await post(url, JSON.stringify(rows), json)).text).toBe(
        JSON.stringify({ predictions: [fitted[0], fitted[0]] }),
      );
    }
    expect((await post(url, JSON.stringify(row), { ...json, accept: "text/csv" })).text).toBe(
      first,
    );
    expect((await post(url, "1,<25,197", { ...csv, accept: "application/json" })).type).toBe(
      "application/json",
    );

    const refused = async (
      body: string,
      headers: Record<string, string>,
    ): Promise<[number, string[]]> => {
      const { status, text } = await post(url, body, headers);
      return [status, (JSON.parse(text) as { errors: string[] }).errors];
    };
    expect(await refused("District,Age,Holders\n7,<25,-1\n1,,x\n", csv)).toEqual([
      400,
      [
        'column "District" has a level that is not one of 1, 2, 3, 4: row 1 "7".',
        'column "Age" is missing: row 2.',
        'column "Holders" is no finite number: row 2 "x".',
        'column "Holders" is not above 0, so it has no logarithm: row 1 -1.',
      ],
    ]);
    expect(await refused("Distrct,Age,Holders\n1,<25,5\n", csv)).toEqual([
      400,
      ['the request has no column "District". Did you mean "Distrct"?'],
    ]);
    expect(await refused("1,<25\n", csv)).toEqual([
      400,
      ["the request has 2 columns and no header; the model takes 3: District, Age, Holders"],
    ]);
    expect(await refused("", csv)).toEqual([400, ["the request holds no rows"]]);
    expect(await refused("District,Age,Holders\n", csv)).toEqual([
      400,
      ["the request holds no rows"],
    ]);
    expect(await refused('1,"<25,5', csv)).toEqual([
      400,
      [expect.stringContaining("Quote Not Closed")],
    ]);
    expect(await refused("{", json)).toEqual([400, [expect.stringContaining("no JSON")]]);
    expect(await refused("[1]", json)).toEqual([400, [expect.stringContaining("neither rows")]]);
    expect(await refused("[]", json)).toEqual([400, [expect.stringContaining("neither rows")]]);
    expect(await refused('{"a":1}', json)).toEqual([
      400,
      ["the rows have none of the columns District, Age, Holders"],
    ]);
    expect(await refused("x", { "content-type": "image/png" })).toEqual([
      415,
      [expect.stringContaining("image/png")],
    ]);
    expect(await refused("x".repeat(7 * 1_048_576), csv)).toEqual([
      413,
      ["the request is larger than 6291456 bytes"],
    ]);
    expect((await fetch(`${url}/invocations`)).status).toBe(405);
    expect((await fetch(`${url}/`)).status).toBe(404);

    expect(await stop()).toBe(0);
  });

  it("ends at SIGTERM while a client keeps its connection", async () => {
    const { url, stop } = await serve();
    const { Agent, get } = await import("node:http");
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    await new Promise<void>((resolve, reject) => {
      get(`${url}/ping`, { agent }, (response) => response.resume().on("end", resolve)).on(
        "error",
        reject,
      );
    });

    expect(await stop()).toBe(0);
  });

  it("refuses a port that is none", async () => {
    const folder = await folderWith({ "model/model.json": model });

    const { code, stderr } = await run("serve", folder, ["--port", "http"]);

    expect(code).toBe(1);
    expect(stderr).toContain('the port is "http", not a whole number from 0 to 65535.');
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
