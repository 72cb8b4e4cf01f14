import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MlflowClient } from "../../src/mlflow/index.ts";
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

describe("a server that means no good", () => {
  let server: Server;
  let trackingUri = "";
  let listed: unknown[] = [];
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

  it("that breaks off leaves nothing half", async () => {
    const client = new MlflowClient({ trackingUri });
    listed = [{ path: "short", is_dir: false, file_size: "10" }];

    await expect(client.downloadArtifacts("r", "", join(folder, "half"))).rejects.toThrow();
    expect(await readdir(join(folder, "half"))).toEqual([]);
  });
});
