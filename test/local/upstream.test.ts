import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CloudFixture, ROLE, startCloud, writeProgram } from "../helpers/cloud-fixture.ts";

/** Another local cloud stands for AWS: a session to one is as good as a session to the other. */
let aws: CloudFixture;
let cloud: CloudFixture;

beforeEach(async () => {
  aws = await startCloud();
  cloud = await startCloud({ upstream: aws.cloud.session(), engine: "process" });
  await aws.s3.createBucket({ Bucket: "public-data" });
  for (const Key of ["in/a.csv", "in/b.csv", "other"]) {
    await aws.s3.putObject({
      Bucket: "public-data",
      Key,
      Body: `there: ${Key}`,
      ContentType: "text/csv",
      Metadata: { origin: "aws" },
    });
  }
});

afterEach(async () => {
  await cloud.stop();
  await aws.stop();
});

const read = async (Bucket: string, Key: string): Promise<string> => {
  const { Body } = await cloud.s3.getObject({ Bucket, Key });
  return await text(Body as Readable);
};

describe("with an upstream", () => {
  it("an object that is not here is read there once, and kept", async () => {
    const head = await cloud.s3.headObject({ Bucket: "public-data", Key: "other" });
    expect(head).toMatchObject({ ContentType: "text/csv", Metadata: { origin: "aws" } });
    expect(await read("public-data", "other")).toBe("there: other");
    await aws.s3.deleteObject({ Bucket: "public-data", Key: "other" });
    expect(await read("public-data", "other")).toBe("there: other");
    const range = await cloud.s3.getObject({
      Bucket: "public-data",
      Key: "in/a.csv",
      Range: "bytes=0-4",
    });
    expect(await text(range.Body as Readable)).toBe("there");
  });

  it("what is here comes first, and nothing is written there", async () => {
    await cloud.s3.createBucket({ Bucket: "public-data" });
    await cloud.s3.putObject({ Bucket: "public-data", Key: "other", Body: "here" });
    await cloud.s3.putObject({ Bucket: "public-data", Key: "new", Body: "here" });

    expect(await read("public-data", "other")).toBe("here");
    const there = await aws.s3.listObjectsV2({ Bucket: "public-data" });
    expect(there.Contents?.map(({ Key }) => Key)).toEqual(["in/a.csv", "in/b.csv", "other"]);
    await expect(
      cloud.s3.getObjectTagging({ Bucket: "public-data", Key: "in/a.csv" }),
    ).rejects.toMatchObject({ name: "NoSuchKey" });
  });

  it("what is in neither is missing as ever", async () => {
    await expect(read("public-data", "none")).rejects.toMatchObject({ name: "NoSuchKey" });
    await expect(read("no-such-bucket", "none")).rejects.toMatchObject({ name: "NoSuchBucket" });
    await expect(
      cloud.s3.headObject({ Bucket: "no-such-bucket", Key: "none" }),
    ).rejects.toMatchObject({ name: "NotFound" });
  });

  it("says why it could not read there, but to who only asks whether it is there", async () => {
    // An account that may not read, as AWS says it: keys that the other cloud has not issued.
    const stranger = aws.cloud.session();
    Object.defineProperty(stranger, "clients", {
      value: {
        s3: async () =>
          aws.clients({
            credentials: { accessKeyId: "ASIALOCALAAAAAAAAAAA", secretAccessKey: "x" },
          }).s3,
      },
    });
    const shut = await startCloud({ upstream: stranger });
    const object = { Bucket: "public-data", Key: "other" };

    await expect(shut.s3.getObject(object)).rejects.toMatchObject({
      name: "AccessDenied",
      message: expect.stringContaining(
        "could not be read from the upstream one: InvalidAccessKeyId",
      ),
    });
    await expect(shut.s3.headObject(object)).rejects.toMatchObject({ name: "NotFound" });
    await shut.stop();
  });

  it("a job's input is brought from there when nothing of it is here", async () => {
    const program = await writeProgram(join(cloud.folder, "program"), { train: "#!/bin/sh\n" });
    const create = (S3Uri: string, TrainingJobName: string) =>
      cloud.sagemaker.createTrainingJob({
        TrainingJobName,
        RoleArn: ROLE,
        AlgorithmSpecification: { TrainingImage: program, TrainingInputMode: "File" },
        InputDataConfig: [
          { ChannelName: "train", DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri } } },
        ],
        OutputDataConfig: { S3OutputPath: "s3://public-data/out" },
        ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 5 },
        StoppingCondition: { MaxRuntimeInSeconds: 60 },
      });

    await expect(create("s3://public-data/in/", "upstream-1")).resolves.toBeDefined();
    const { Contents } = await cloud.s3.listObjectsV2({ Bucket: "public-data", Prefix: "in/" });
    expect(Contents?.map(({ Key }) => Key)).toEqual(["in/a.csv", "in/b.csv"]);
    await expect(create("s3://public-data/nothing/", "upstream-2")).rejects.toThrow(
      "Neither the local S3 nor the upstream one has any.",
    );
    await expect(create("s3://no-such-bucket/", "upstream-3")).rejects.toThrow(
      "No S3 objects found",
    );
  });
});
