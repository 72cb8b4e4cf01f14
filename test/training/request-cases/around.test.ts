/** What goes on around the request in the Python SDK: the default bucket, files to and from S3, how a job's end is told. */

import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  S3Downloader,
  S3Uploader,
  Session,
  TrainingJob,
  UnexpectedStatusError,
} from "../../../src/index.ts";
import { inProcessHandler } from "../../../src/local/wire/in-process.ts";
import type { WireRequest } from "../../../src/local/wire/message.ts";
import { statusLine } from "../../../src/report/words.ts";
import { StatusReader } from "../../../src/training/status-lines.ts";
import { type CloudFixture, startCloud } from "../../helpers/cloud-fixture.ts";
import { JobWire } from "../../helpers/job-wire.ts";

let fixture: CloudFixture;
let session: Session;
let folder = "";
const requests: WireRequest[] = [];

beforeAll(async () => {
  fixture = await startCloud({ region: "us-west-2" });
  folder = await mkdtemp(join(tmpdir(), "around-"));
  session = new Session({
    region: "us-west-2",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    clientConfig: {
      requestHandler: inProcessHandler(async (request) => {
        requests.push(request);
        return await fixture.cloud.handle(request);
      }),
    },
  });
});
afterAll(async () => {
  await session.close();
  await fixture.stop();
  await rm(folder, { recursive: true, force: true });
});

async function write(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), path);
  }
}

describe("the default bucket", () => {
  it("is looked at with its owner, and made in the session's region", async () => {
    expect(await session.defaultBucket()).toBe("sagemaker-us-west-2-123456789012");

    const s3 = requests.filter(({ host }) => host.startsWith("sagemaker-us-west-2-"));
    const [head, create] = s3;
    expect(head).toMatchObject({
      method: "HEAD",
      headers: { "x-amz-expected-bucket-owner": "123456789012" },
    });
    expect(create?.method).toBe("PUT");
    expect(String(create?.body)).toContain("<LocationConstraint>us-west-2</LocationConstraint>");
  });
});

describe("files", () => {
  it("go up with the folders that they lie in", async () => {
    await write("d/a.txt", "d/sub/b.txt", "d/sub/deep/c.txt");
    await fixture.s3.createBucket({ Bucket: "mybucket" });

    expect(await S3Uploader.upload(join(folder, "d"), "s3://mybucket/data", { session })).toBe(
      "s3://mybucket/data",
    );
    const { Contents = [] } = await fixture.s3.listObjectsV2({ Bucket: "mybucket" });
    expect(Contents.map(({ Key }) => Key)).toEqual([
      "data/a.txt",
      "data/sub/b.txt",
      "data/sub/deep/c.txt",
    ]);
  });

  it("come down to the folders that their keys name", async () => {
    await fixture.s3.createBucket({ Bucket: "foo-bucket" });
    for (const Key of ["data/train.csv", "data/models/model.pkl"]) {
      await fixture.s3.putObject({ Bucket: "foo-bucket", Key, Body: "x" });
    }
    await S3Downloader.download("s3://foo-bucket/data/", join(folder, "down"), { session });

    const found = await readdir(join(folder, "down"), { recursive: true, withFileTypes: true });
    expect(
      found
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name).slice(join(folder, "down/").length))
        .toSorted((a, b) => a.localeCompare(b)),
    ).toEqual(["models/model.pkl", "train.csv"]);
  });
});

describe("a job's end", () => {
  it("that is a failure is told as Python tells it, and more", async () => {
    const wire = new JobWire();
    const own = await wire.session();
    const job = wire.job("jobname");
    job.end("Failed", { FailureReason: "AlgorithmError: boom" });
    const handle = new TrainingJob("jobname", own, { clock: wire.clock });
    const failure = await wire.clock
      .run(handle.wait({ logs: "None" }))
      .catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(UnexpectedStatusError);
    expect((failure as Error).message.split("\n")[0]).toBe(
      "Error for Training job jobname: Failed. Reason: AlgorithmError: boom. Check troubleshooting guide for common errors: " +
        "https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-python-sdk-troubleshooting.html",
    );
    expect(failure).toMatchObject({
      actualStatus: "Failed",
      allowedStatuses: ["Completed", "Stopped"],
      failureReason: "AlgorithmError: boom",
    });
    wire.dispose();
  });
});

describe("a job's first status", () => {
  it("is one line with the time of its last change", () => {
    const events = new StatusReader().statuses({
      LastModifiedTime: new Date("2024-05-01T12:00:30Z"),
      SecondaryStatusTransitions: [
        {
          Status: "Starting",
          StatusMessage: "Starting the training job",
          StartTime: undefined,
        },
      ],
    } as never);

    expect(events.map(statusLine)).toEqual([
      "2024-05-01 12:00:30 Starting - Starting the training job",
    ]);
  });
});
