import { readFile } from "node:fs/promises";
import { Agent, get } from "node:http";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { ModelFile } from "../../../examples/glm/container/lib/model.mjs";
import { folderWith } from "../../helpers/child-program.ts";
import { shortConfig, trainedModel } from "./models.ts";
import { insurance, run, start } from "./programs.ts";

let model: ModelFile;
let fitted: Float64Array;

beforeAll(async () => {
  ({ model, fitted } = await trainedModel(shortConfig, await readFile(insurance.file, "utf8")));
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
