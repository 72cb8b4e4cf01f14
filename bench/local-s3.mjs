/**
 * The local S3: small objects put and got per second, and a page of 1,000 keys out of 100,000. Peer: MinIO over HTTP, where
 * `.ci/install-interop` has installed it. The AWS SDK's client asks all of them, and is most of the time that is measured.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { S3 } from "@aws-sdk/client-s3";
import { pack } from "tar-stream";
import { tsImport } from "tsx/esm/api";
import { load, median, printTable, report, sinceMs, temporaryFolder, timed } from "./harness.mjs";

const SMALL = 1024;
const OBJECTS = 2000;
const AT_ONCE = 16;
const KEYS = 100_000;
const PAGES = 40;
const BUCKET = "bench";
const BODY = Buffer.alloc(SMALL, "x");
const { LocalCloud } = await load("local/index.js");
const { ObjectStore } = await load("local/services/s3/object-store.js");
const { minioIsLacking, startMinio } = await tsImport("../test/interop/minio.ts", import.meta.url);
const folder = temporaryFolder();
const common = {
  region: "us-east-1",
  credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
};
const key = (index) =>
  `data/${String(index % 100).padStart(2, "0")}/${String(index).padStart(6, "0")}.csv`;

async function forEach(count, work) {
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

async function server(root) {
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL("serve-cloud.mjs", import.meta.url)), root],
    {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, BENCH_BUILT: "1" },
    },
  );
  const [line] = await once(child.stdout.setEncoding("utf8"), "data");
  return {
    url: line.trim(),
    async stop() {
      const exit = once(child, "exit");
      child.stdin.end();
      await exit;
    },
  };
}

/** 100,000 objects without 100,000 requests: MinIO unpacks an archive that it is told to. */
async function fillMinio(client) {
  const archive = pack();
  const chunks = [];
  archive.on("data", (chunk) => chunks.push(chunk));
  for (let index = 0; index < KEYS; index += 1) archive.entry({ name: key(index) }, "x");
  archive.finalize();
  await once(archive, "end");
  await client.putObject({
    Bucket: "filled",
    Key: "fill.tar",
    Body: Buffer.concat(chunks),
    Metadata: { "snowball-auto-extract": "true" },
  });
}

async function fillLocal() {
  const store = new ObjectStore(join(root, "s3"));
  const body = Buffer.from("x");
  await forEach(KEYS, async (index) => void (await store.put("filled", key(index), body)));
}

// One state on disk, shared by both ways to it.
const root = join(folder, "cloud");
const inProcess = new LocalCloud({ root });
const overHttp = await server(root);
const minio = minioIsLacking === undefined ? await startMinio() : undefined;
if (minio === undefined) console.log(`no peer: ${minioIsLacking}\n`);
const clients = {
  "local cloud, in the process": new S3({ ...common, requestHandler: inProcess.requestHandler }),
  "local cloud, HTTP": new S3({ ...common, endpoint: overHttp.url, forcePathStyle: true }),
  ...(minio && {
    "MinIO, HTTP": new S3({
      ...common,
      credentials: minio.credentials,
      endpoint: minio.url,
      forcePathStyle: true,
    }),
  }),
};
const peer = minio === undefined ? "local cloud, HTTP" : "MinIO, HTTP";

try {
  for (const client of Object.values(clients)) {
    for (const bucket of [BUCKET, "filled"]) {
      // In us-east-1 one's own bucket may be made twice.
      await client.createBucket({ Bucket: bucket }).catch((error) => {
        if (error.name !== "BucketAlreadyOwnedByYou") throw error;
      });
    }
  }
  const rates = Object.fromEntries(
    Object.keys(clients).map((name) => [name, { put: [], get: [] }]),
  );
  for (let round = 0; round < 4; round += 1) {
    for (const [name, client] of Object.entries(clients)) {
      const put = await timed(() =>
        forEach(OBJECTS, (index) =>
          client.putObject({ Bucket: BUCKET, Key: key(index), Body: BODY }),
        ),
      );
      const get = await timed(() =>
        forEach(OBJECTS, async (index) => {
          const { Body } = await client.getObject({ Bucket: BUCKET, Key: key(index) });
          await Body.transformToByteArray();
        }),
      );
      // The first round warms up.
      if (round > 0) {
        rates[name].put.push((OBJECTS / put) * 1000);
        rates[name].get.push((OBJECTS / get) * 1000);
      }
    }
  }
  printTable(
    Object.entries(rates).map(([name, { put, get }]) => ({
      [`objects of ${SMALL} bytes, ${AT_ONCE} at a time`]: name === peer ? `${name} (peer)` : name,
      "PUT/s": median(put).toFixed(0),
      "to peer": `${(median(put) / median(rates[peer].put)).toFixed(2)} x`,
      "GET/s": median(get).toFixed(0),
      "to peer ": `${(median(get) / median(rates[peer].get)).toFixed(2)} x`,
    })),
  );
  console.log();

  console.log(`filled the local S3 in ${(await timed(fillLocal)).toFixed(0)} ms`);
  if (minio !== undefined) {
    const time = await timed(() => fillMinio(clients["MinIO, HTTP"]));
    console.log(`filled MinIO (one archive) in ${time.toFixed(0)} ms`);
  }
  console.log();
  const times = {};
  const first = {};
  for (const [name, client] of Object.entries(clients)) {
    times[name] = [];
    for (let page = 0; page < PAGES + 1; page += 1) {
      const started = process.hrtime.bigint();
      const { Contents = [] } = await client.listObjectsV2({
        Bucket: "filled",
        // From another folder each time; each holds 1,000 keys.
        StartAfter: `data/${String((page * 37) % 99).padStart(2, "0")}/`,
      });
      const time = sinceMs(started);
      if (Contents.length !== 1000) throw new Error(`${name}: a page of ${Contents.length}`);
      if (page === 0) first[name] = time;
      else times[name].push(time);
    }
  }
  report(`a page of 1,000 out of ${KEYS.toLocaleString("en")} keys`, { peer, times });
  for (const [name, time] of Object.entries(first))
    console.log(`first page, ${name}: ${time.toFixed(0)} ms`);
  console.log();
} finally {
  for (const client of Object.values(clients)) client.destroy();
  await overHttp.stop();
  await minio?.stop();
}
