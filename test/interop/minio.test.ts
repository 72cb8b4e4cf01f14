/** Our side of S3 against a MinIO server: what we send, an S3 that nobody here wrote understands. */

import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { S3 } from "@aws-sdk/client-s3";
import { afterAll, describe, expect } from "vitest";
import { Estimator } from "../../src/estimator.ts";
import { JsonInput } from "../../src/inputs.ts";
import { Session } from "../../src/session.ts";
import type { SessionOptions } from "../../src/session-options.ts";
import { TrainingJob } from "../../src/training/training-job.ts";
import { packTarGz } from "../../src/transfer/archive.ts";
import { S3Downloader } from "../../src/transfer/s3-downloader.ts";
import { S3Uploader } from "../../src/transfer/s3-uploader.ts";
import { describeSource, locateSource, stageSource } from "../../src/transfer/stage.ts";
import { type CloudFixture, startCloud, writeProgram } from "../helpers/cloud-fixture.ts";
import { type MinioServer, minioIsLacking, startMinio } from "./minio.ts";
import { startUnless, testWith } from "./needs.ts";

const BUCKET = "interop-default";
const MIB = 1024 * 1024;
/** More than two parts, the last one short: sent and read in pieces. */
const LARGE = randomBytes(21 * MIB + 5);

const test = (name: string, run: () => Promise<void>): void => {
  testWith(minioIsLacking, name, run);
};

let minio: MinioServer | undefined;
let folder = "";
let session: Session;
let s3: S3;
const sessions: Session[] = [];

/** A session whose S3 is MinIO; MinIO is no STS, so the bucket is named. */
function sessionWithMinio(options: SessionOptions = {}): Session {
  const made = new Session({
    region: "us-east-1",
    credentials: minio?.credentials ?? { accessKeyId: "", secretAccessKey: "" },
    endpoint: { s3: minio?.url ?? "" },
    defaultBucket: BUCKET,
    ...options,
  });
  sessions.push(made);
  return made;
}

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Every key of the bucket. */
async function keys(prefix = ""): Promise<string[]> {
  const { Contents = [] } = await s3.listObjectsV2({ Bucket: BUCKET, Prefix: prefix });
  return Contents.map(({ Key }) => Key ?? "");
}

startUnless(minioIsLacking, async () => {
  folder = await mkdtemp(join(tmpdir(), "interop-minio-test-"));
  minio = await startMinio();
  session = sessionWithMinio();
  s3 = await session.clients.s3();
});

afterAll(async () => {
  for (const one of sessions) await one.close();
  await minio?.stop();
  if (folder !== "") await rm(folder, { recursive: true, force: true });
});

describe("a MinIO server as the session's S3", () => {
  test("the default bucket is made on first need, and found from then on", async () => {
    expect(await session.defaultBucket()).toBe(BUCKET);
    await s3.headBucket({ Bucket: BUCKET });
    expect(await sessionWithMinio().defaultBucket()).toBe(BUCKET);
  });

  test("a file of more than two parts is sent in parts and arrives whole", async () => {
    const path = join(folder, "large.bin");
    await writeFile(path, LARGE);
    const uri = await S3Uploader.upload(path, `s3://${BUCKET}/up`, { session });

    expect(uri).toBe(`s3://${BUCKET}/up/large.bin`);
    const { ETag, ContentLength, Body } = await s3.getObject({
      Bucket: BUCKET,
      Key: "up/large.bin",
    });
    expect(ContentLength).toBe(LARGE.length);
    expect(ETag).toMatch(/-3"$/);
    expect(digest((await Body?.transformToByteArray()) ?? new Uint8Array())).toBe(digest(LARGE));
  });

  test("MinIO keeps the CRC32 that was sent with the parts, of the whole object", async () => {
    const told = await s3.headObject({
      Bucket: BUCKET,
      Key: "up/large.bin",
      ChecksumMode: "ENABLED",
    });
    expect(told.ChecksumType).toBe("FULL_OBJECT");
    expect(told.ChecksumCRC32).toMatch(/^[A-Za-z0-9+/]{6}==$/);
  });

  test("a large object is read by ranges, a small one whole", async () => {
    await S3Uploader.uploadStringAsFileBody("small", `s3://${BUCKET}/up/small.txt`, { session });
    const into = join(folder, "down");
    const files = await S3Downloader.download(`s3://${BUCKET}/up/`, into, { session });

    expect(new Set(files)).toEqual(new Set([join(into, "large.bin"), join(into, "small.txt")]));
    expect(digest(await readFile(join(into, "large.bin")))).toBe(digest(LARGE));
    expect(await readFile(join(into, "small.txt"), "utf8")).toBe("small");
    expect((await readdir(into)).sort()).toEqual(["large.bin", "small.txt"]);
  });

  test("bytes and streams of unknown length are sent", async () => {
    const uri = `s3://${BUCKET}/stream.bin`;
    await S3Uploader.uploadBytes(
      (async function* () {
        for (let at = 0; at < LARGE.length; at += MIB) yield LARGE.subarray(at, at + MIB);
      })(),
      uri,
      { session },
    );
    expect(digest(await S3Downloader.readBytes(uri, { session }))).toBe(digest(LARGE));
  });

  test("an empty file is an object", async () => {
    await writeFile(join(folder, "empty"), "");
    const uri = await S3Uploader.upload(join(folder, "empty"), `s3://${BUCKET}/`, { session });
    expect(await S3Downloader.readFile(uri, { session })).toBe("");
  });

  test("names of every kind come back as they were", async () => {
    const names = ["with space+plus&.txt", "ü ß/日本語.txt", "100%/~!'().csv", ".hidden"];
    const tree = join(folder, "names");
    for (const name of names) {
      await mkdir(join(tree, name, ".."), { recursive: true });
      await writeFile(join(tree, name), name);
    }
    await S3Uploader.upload(tree, `s3://${BUCKET}/names/`, { session });

    expect(new Set(await S3Downloader.list(`s3://${BUCKET}/names/`, { session }))).toEqual(
      new Set(names.map((name) => `s3://${BUCKET}/names/${name}`)),
    );
    const back = join(folder, "names-back");
    await S3Downloader.download(`s3://${BUCKET}/names/`, back, { session });
    for (const name of names) {
      expect(await readFile(join(back, name), "utf8")).toBe(name);
    }
  });

  test("local data is staged under its digest, once", async () => {
    const tree = join(folder, "stage");
    await mkdir(tree);
    await writeFile(join(tree, "large.bin"), LARGE);
    await writeFile(join(tree, "train.csv"), "a,b\n1,2\n");
    const source = await describeSource(tree);
    const place = { session, bucket: BUCKET };

    const before = await locateSource(source, place);
    expect(before.present).toBe(false);
    const { uri } = before;
    expect(await stageSource(source, { session, uri })).toEqual({
      uri,
      sentFiles: 2,
      sentBytes: LARGE.length + 8,
    });
    expect((await locateSource(source, place)).present).toBe(true);
    expect((await stageSource(source, { session, uri })).sentFiles).toBe(0);
    expect(await keys(uri.slice(`s3://${BUCKET}/`.length))).toHaveLength(2);
  });

  test("an upload that is aborted leaves no part behind", async () => {
    const path = join(folder, "large.bin");
    const reason = new Error("enough");
    const controller = new AbortController();
    const upload = S3Uploader.upload(path, `s3://${BUCKET}/aborted`, {
      session,
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await expect(upload).rejects.toBe(reason);
    expect(await keys("aborted")).toEqual([]);
    const { Uploads = [] } = await s3.listMultipartUploads({
      Bucket: BUCKET,
      Prefix: "aborted/large.bin",
    });
    expect(Uploads).toEqual([]);
  });

  test("what is not there is told in words", async () => {
    const nowhere = `s3://${BUCKET}/nothing/`;
    await expect(
      S3Downloader.download(nowhere, join(folder, "no"), { session }),
    ).rejects.toThrowError(/There is nothing to download: s3:\/\/interop-default\/nothing\//);
    await expect(
      S3Downloader.readFile("s3://interop-no-such-bucket/x", { session }),
    ).rejects.toThrowError(/interop-no-such-bucket/);
  });

  test("wrong credentials are told, and nothing is written", async () => {
    const stranger = sessionWithMinio({
      credentials: { accessKeyId: "interop-user", secretAccessKey: "wrong-secret" },
    });
    await expect(
      S3Uploader.uploadStringAsFileBody("x", `s3://${BUCKET}/forbidden`, { session: stranger }),
    ).rejects.toThrowError(/forbidden/);
    expect(await keys("forbidden")).toEqual([]);
  });
});

describe("jobs of a local cloud and data in MinIO", () => {
  let fixture: CloudFixture;

  startUnless(minioIsLacking, async () => {
    const program = await writeProgram(join(folder, "program"), {
      train:
        '#!/bin/sh\nbase=${SAGEMAKER_BASE_DIR:-/opt/ml}\nif [ -d "$base/input/data/train" ]; then cp -R "$base/input/data/." "$base/model/"; fi\necho trained > "$base/model/log"\n',
    });
    fixture = await startCloud({ images: { "copy:1": program }, upstream: session });
  });
  afterAll(() => fixture?.stop());

  test("a plan says what would be staged to MinIO, and a second look finds it there", async () => {
    const estimator = new Estimator({
      session: sessionWithMinio(),
      imageUri: "123456789012.dkr.ecr.us-east-1.amazonaws.com/copy:1",
      role: "arn:aws:iam::123456789012:role/SageMaker",
      instanceType: "ml.m5.large",
    });
    const inputs = { train: join(folder, "stage"), config: new JsonInput({ a: 1 }) };

    const plan = await estimator.plan(inputs);
    expect(
      plan.uploads.map(({ channel, present, files }) => ({ channel, present, files })),
    ).toEqual([
      { channel: "train", present: true, files: 2 },
      { channel: "config", present: false, files: 1 },
    ]);
    expect(plan.request.OutputDataConfig?.S3OutputPath).toBe(`s3://${BUCKET}/`);
  });

  test("a local job reads from MinIO what the local S3 does not hold (upstream)", async () => {
    const uri = `s3://${BUCKET}/for-the-job/`;
    await S3Uploader.uploadStringAsFileBody("from MinIO", `${uri}data.txt`, { session });
    const estimator = new Estimator({
      session: fixture.cloud.session(),
      imageUri: "copy:1",
      instanceType: "local",
    });
    const job = await estimator.fit({ train: uri }, { logs: "None" });
    expect(job.result?.status).toBe("Completed");
    const into = join(folder, "upstream-model");
    await job.downloadModel(into, { progress: false });
    expect(await readFile(join(into, "train", "data.txt"), "utf8")).toBe("from MinIO");
    // It is read there and never written.
    expect(await keys("for-the-job/")).toEqual(["for-the-job/data.txt"]);
    expect(await keys(job.name)).toEqual([]);
  });

  test("a job's model is brought home from MinIO, streamed and unpacked", async () => {
    const server = await fixture.cloud.listen();
    try {
      // SageMaker and its logs over HTTP, S3 elsewhere: as a VPC with an S3 of its own has it.
      const { url } = server;
      const split = sessionWithMinio({
        endpoint: { s3: minio?.url ?? "", sagemaker: url, logs: url, sts: url },
      });
      const jobName = "interop-model-in-minio";
      const sagemaker = await split.clients.sagemaker();
      await sagemaker.createTrainingJob({
        TrainingJobName: jobName,
        AlgorithmSpecification: { TrainingImage: "copy:1", TrainingInputMode: "File" },
        RoleArn: "arn:aws:iam::123456789012:role/SageMaker",
        OutputDataConfig: { S3OutputPath: `s3://${BUCKET}/models` },
        ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 1 },
        StoppingCondition: { MaxRuntimeInSeconds: 60 },
      });
      const job = await TrainingJob.attach(jobName, { session: split });
      expect((await job.wait({ logs: false, pollIntervalMs: 50 })).status).toBe("Completed");

      // The local cloud keeps its artifacts to itself; the model that is found is the one in MinIO.
      const model = join(folder, "packed");
      await mkdir(join(model, "deep"), { recursive: true });
      await writeFile(join(model, "deep", "weights.bin"), LARGE);
      await writeFile(join(model, "model.json"), "{}");
      const uri = await job.modelData();
      expect(uri).toBe(`s3://${BUCKET}/models/${jobName}/output/model.tar.gz`);
      await S3Uploader.uploadBytes(packTarGz(model), String(uri), { session });

      const into = join(folder, "model");
      await job.downloadModel(into, { progress: false });
      expect((await readdir(into)).sort()).toEqual(["deep", "model.json"]);
      expect(digest(await readFile(join(into, "deep", "weights.bin")))).toBe(digest(LARGE));
    } finally {
      await server.close();
    }
  });
});
