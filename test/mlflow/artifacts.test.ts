import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MlflowClient, MlflowError } from "../../src/mlflow/index.ts";
import { type CloudFixture, startCloud } from "../helpers/cloud-fixture.ts";

let folder = "";
let fixture: CloudFixture;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "artifacts-"));
  fixture = await startCloud();
});
afterAll(async () => {
  await fixture.stop();
  await rm(folder, { recursive: true });
});

describe("artifacts that lie in S3", () => {
  it("go there and come back by the caller's own session", async () => {
    const session = fixture.cloud.session();
    const bucket = await session.defaultBucket();
    const client = new MlflowClient({ trackingUri: join(folder, "runs"), session });
    const artifactLocation = `s3://${bucket}/mlflow`;
    const experimentId = await client.createExperiment("in S3", { artifactLocation });
    const { info } = await client.createRun(experimentId);
    const { runId } = info;
    await mkdir(join(folder, "tree/sub"), { recursive: true });
    await writeFile(join(folder, "tree/sub/a b.txt"), "a");

    await client.logArtifacts(runId, join(folder, "tree"), "tree");
    await client.logText(runId, "# Fit", "notes/fit.md");

    expect(info.artifactUri).toBe(`${artifactLocation}/${runId}/artifacts`);
    const { Contents = [] } = await fixture.s3.listObjectsV2({ Bucket: bucket, Prefix: "mlflow/" });
    expect(Contents.map(({ Key = "" }) => Key.split("/artifacts/")[1])).toEqual([
      "notes/fit.md",
      "tree/sub/a b.txt",
    ]);
    expect(await client.listArtifacts(runId)).toEqual([
      { path: "notes", isDir: true },
      { path: "tree", isDir: true },
    ]);
    expect(await client.listArtifacts(runId, "notes")).toEqual([
      { path: "notes/fit.md", isDir: false, fileSize: 5 },
    ]);
    const all = await client.downloadArtifacts(runId, "", join(folder, "back"));
    expect(await readFile(join(all, "tree/sub/a b.txt"), "utf8")).toBe("a");
    const one = await client.downloadArtifacts(runId, "notes/fit.md", join(folder, "one"));
    expect(await readFile(one, "utf8")).toBe("# Fit");
    expect(await readdir(join(folder, "one/notes"))).toEqual(["fit.md"]);
    await expect(
      client.downloadArtifacts(runId, "none", join(folder, "one")),
    ).rejects.toMatchObject({ errorCode: "RESOURCE_DOES_NOT_EXIST" });
  });
});

describe("artifacts that lie in a folder", () => {
  it("are not kept below a file, and one that is refused keeps no other back", async () => {
    const client = new MlflowClient({ trackingUri: join(folder, "runs") });
    const { info } = await client.createRun("0");
    const { runId } = info;
    await client.logText(runId, "a", "f/a.txt");
    await mkdir(join(folder, "more/a.txt"), { recursive: true });
    for (const name of ["a.txt/z", "a.txt/y", "b.txt"]) {
      await writeFile(join(folder, "more", name), "b");
    }

    await expect(client.logText(runId, "b", "f/a.txt/z")).rejects.toMatchObject({
      errorCode: "INVALID_PARAMETER_VALUE",
      message: expect.stringContaining(
        'Invalid artifact path: "f/a.txt/z" cannot be a file\'s here',
      ),
    });
    await expect(client.logArtifacts(runId, join(folder, "more"), "f")).rejects.toMatchObject({
      errorCode: "INVALID_PARAMETER_VALUE",
      message: expect.stringMatching(
        /^Of 3 files 2 could not be logged\. The others were logged\. Refused: a\.txt\/y: .*; a\.txt\/z: .* cannot be a file's/,
      ),
    });
    expect((await client.listArtifacts(runId, "f")).map(({ path }) => path)).toEqual([
      "f/a.txt",
      "f/b.txt",
    ]);
  });
});

describe("a server that means no good", () => {
  let server: Server;
  let trackingUri = "";
  let listed: unknown[] = [];
  const kept: string[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? "", "http://server");
      if (pathname.endsWith("/runs/get")) {
        const info = {
          run_id: "r",
          experiment_id: "1",
          artifact_uri: "mlflow-artifacts:/1/r/artifacts",
        };
        response.end(JSON.stringify({ run: { info } }));
      } else if (request.method === "PUT") {
        request.resume();
        const [, name = ""] = pathname.split("/artifacts/1/r/artifacts/");
        if (name.includes("gone")) {
          response.statusCode = 404;
          response.end('{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "No run"}');
        } else if (name.includes("%23")) {
          response.statusCode = 400;
          response.end('{"error_code": "INVALID_PARAMETER_VALUE", "message": "Invalid path"}');
        } else {
          kept.push(name);
          response.end("{}");
        }
      } else if (pathname.endsWith("/artifacts/1/r/artifacts/short")) {
        response.writeHead(200, { "content-length": "10" });
        response.write("12345", () => response.destroy());
      } else if (pathname.endsWith("/mlflow-artifacts/artifacts")) {
        response.end(JSON.stringify({ files: listed }));
      } else {
        response.end("bytes");
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    trackingUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it("has no say in where files are written", async () => {
    const client = new MlflowClient({ trackingUri });
    listed = [{ path: "..", is_dir: false }];

    await expect(client.downloadArtifacts("r", "", join(folder, "safe"))).rejects.toThrow(
      /leads out of the run's artifacts/,
    );

    listed = [{ path: "a\\..\\..\\b", is_dir: false }];
    await expect(client.downloadArtifacts("r", "", join(folder, "safe"))).rejects.toThrow(
      /backslash/,
    );
    expect(await readdir(folder)).not.toContain("safe");
  });

  it("refuses some files of many: they are named, and the others are there", async () => {
    const client = new MlflowClient({ trackingUri });
    const tree = join(folder, "some");
    await mkdir(tree);
    const names = Array.from({ length: 7 }, (_, index) => `#${index}.txt`);
    for (const name of [...names, "a.txt", "z.txt"]) await writeFile(join(tree, name), "x");

    const error = await client.logArtifacts("r", tree, "t").catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(MlflowError);
    expect(error).toMatchObject({ errorCode: "INVALID_PARAMETER_VALUE", status: 400 });
    expect(String(error)).toMatch(
      /Of 9 files 7 could not be logged\..* #0\.txt: Invalid path; #1\.txt: .*#4\.txt: Invalid path; and 2 more/,
    );
    await expect(client.logArtifact("r", join(tree, "#1.txt"))).rejects.toMatchObject({
      message: "Refused: #1.txt: Invalid path",
    });
    expect(new Set(kept)).toEqual(new Set(["t/a.txt", "t/z.txt"]));
    await expect(client.logArtifacts("r", tree, "gone")).rejects.toMatchObject({
      ...{ errorCode: "RESOURCE_DOES_NOT_EXIST", message: "No run" },
    });
  });

  it("that breaks off leaves nothing half", async () => {
    const client = new MlflowClient({ trackingUri });
    listed = [{ path: "short", is_dir: false, file_size: "10" }];

    await expect(client.downloadArtifacts("r", "", join(folder, "half"))).rejects.toThrow();
    expect(await readdir(join(folder, "half"))).toEqual([]);
  });
});
