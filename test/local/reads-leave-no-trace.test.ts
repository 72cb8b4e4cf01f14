/** Whoever only looks at a local cloud leaves no trace of it: each read operation of each service's own client, on a root that is not there. */

import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as logs from "@aws-sdk/client-cloudwatch-logs";
import * as iam from "@aws-sdk/client-iam";
import * as s3 from "@aws-sdk/client-s3";
import * as sagemaker from "@aws-sdk/client-sagemaker";
import * as sts from "@aws-sdk/client-sts";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LocalCloud } from "../../src/local/local-cloud.ts";
import { ObjectStore } from "../../src/local/services/s3/object-store.ts";

interface Client {
  send(command: unknown): Promise<unknown>;
  destroy(): void;
}
type ClientClass = new (config: object) => Client;
type CommandClass = new (input: never) => unknown;

/** What any of the operations may have to be told. */
const INPUT = {
  ...{ Bucket: "bucket", Key: "key", UploadId: "upload", Id: "id", Prefix: "p" },
  ...{ ObjectAttributes: ["ETag"], SessionMode: "ReadOnly" },
  ...{ TrainingJobName: "job", NameContains: "j", ResourceArn: "arn", RoleName: "role" },
  ...{ ModelPackageGroupName: "group", ModelPackageName: "group/1", Resource: "TrainingJob" },
  ...{ logGroupName: "group", logStreamName: "group", logGroupIdentifier: undefined },
};

const SERVICES: readonly (readonly [name: string, client: unknown, exports: object])[] = [
  ["S3", s3.S3Client, s3],
  ["SageMaker", sagemaker.SageMakerClient, sagemaker],
  ["CloudWatch", cloudwatch.CloudWatchClient, cloudwatch],
  ["CloudWatch Logs", logs.CloudWatchLogsClient, logs],
  ["STS", sts.STSClient, sts],
  ["IAM", iam.IAMClient, iam],
];

/** The operations that only look, by their names, in each service's own client. */
const READS = SERVICES.flatMap(([service, , exports]) =>
  Object.entries(exports)
    .filter(([name]) =>
      /^(?:Get|List|Head|Describe|Filter|Search|Simulate)[A-Za-z0-9]*Command$/.test(name),
    )
    .map(([name, command]) => ({ service, name, command: command as CommandClass })),
);

/** Those that look for one thing, or write into it: refused where it is not there. */
const REFUSED: readonly [string, CommandClass, object?][] = [
  ["S3", s3.PutObjectCommand, { Body: "x" }],
  ["S3", s3.CopyObjectCommand, { CopySource: "bucket/other" }],
  ["S3", s3.DeleteObjectCommand],
  ["S3", s3.DeleteBucketCommand],
  ["S3", s3.CreateMultipartUploadCommand],
  ["S3", s3.UploadPartCommand, { PartNumber: 1, Body: "x" }],
  ["S3", s3.AbortMultipartUploadCommand],
  ["S3", s3.PutObjectTaggingCommand, { Tagging: { TagSet: [] } }],
  ["SageMaker", sagemaker.StopTrainingJobCommand],
  ["SageMaker", sagemaker.UpdateTrainingJobCommand],
  ["SageMaker", sagemaker.CreateTrainingJobCommand],
  ["SageMaker", sagemaker.AddTagsCommand, { Tags: [] }],
  ["SageMaker", sagemaker.CreateModelPackageCommand, { ModelPackageName: undefined }],
  ["SageMaker", sagemaker.DeleteModelPackageCommand],
  ["SageMaker", sagemaker.DeleteModelPackageGroupCommand],
  ["CloudWatch Logs", logs.CreateLogStreamCommand],
  ["CloudWatch Logs", logs.PutLogEventsCommand, { logEvents: [{ timestamp: 1, message: "m" }] }],
];

let folder: string;
let cloud: LocalCloud;
let clients: Map<string, Client>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "reads-"));
  cloud = new LocalCloud({ root: join(folder, "deep", "root") });
  clients = new Map(
    SERVICES.map(([name, client]) => [
      name,
      new (client as ClientClass)({
        region: cloud.region,
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
        requestHandler: cloud.requestHandler,
        maxAttempts: 1,
      }),
    ]),
  );
});

afterAll(async () => {
  for (const client of clients.values()) client.destroy();
  await rm(folder, { recursive: true, force: true });
});

async function answerTo(service: string, command: CommandClass, more: object = {}) {
  return await clients
    .get(service)
    ?.send(new command({ ...INPUT, ...more } as never))
    .then(
      () => "answered",
      (error: Error) => error.name,
    );
}

describe("on a root that is not there", () => {
  it("each read operation answers as an empty account does, and makes nothing", async () => {
    const answers = new Map<string, string | undefined>();
    for (const { service, name, command } of READS) {
      answers.set(name, await answerTo(service, command));
      expect(await readdir(folder), name).toEqual([]);
    }

    expect(READS.length).toBeGreaterThan(300);
    expect(Object.fromEntries(answers)).toMatchObject({
      ...{ ListBucketsCommand: "answered", ListTrainingJobsCommand: "answered" },
      ...{ DescribeLogGroupsCommand: "answered", GetCallerIdentityCommand: "answered" },
      ...{ GetRoleCommand: "answered", HeadBucketCommand: "NotFound" },
      ...{ GetObjectCommand: "NoSuchBucket", ListObjectsV2Command: "NoSuchBucket" },
      ...{ DescribeTrainingJobCommand: "ValidationException" },
      ...{ GetLogEventsCommand: "ResourceNotFoundException" },
    });
  });

  it("reads in any order, and at the same time, make nothing", async () => {
    const ours = READS.filter(({ name }) =>
      /Bucket|Object|Multipart|Parts|TrainingJob|ModelPackage|SearchCommand|Tags|Log(?:Group|Stream|Event)|Identity|GetRole/.test(
        name,
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...ours), { minLength: 1, maxLength: 12 }),
        async (reads) => {
          await Promise.all(reads.map(({ service, command }) => answerTo(service, command)));
          expect(existsSync(join(folder, "deep"))).toBe(false);
        },
      ),
      { numRuns: 40 },
    );
  });

  it("a write into what is not there is refused, and makes nothing", async () => {
    for (const [service, command, input] of REFUSED) {
      expect(await answerTo(service, command, input), command.name).not.toBe("answered");
      expect(await readdir(folder), command.name).toEqual([]);
    }
  });
});

describe("a root whose maker died half-way", () => {
  it("is an empty account to whoever looks, and is finished by whoever writes", async () => {
    const root = join(folder, "half");
    await mkdir(join(root, "catalog"), { recursive: true });
    const store = new ObjectStore(root);

    expect(await store.buckets()).toEqual([]);
    expect(await readdir(join(root, "catalog"))).toEqual([]);

    expect(await store.createBucket("bucket", { region: "us-east-1" })).toBe("created");
    expect((await new ObjectStore(root).buckets()).map(({ name }) => name)).toEqual(["bucket"]);
  });
});
