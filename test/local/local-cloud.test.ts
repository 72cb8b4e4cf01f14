import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LocalCloud } from "../../src/local/local-cloud.ts";
import { requirePlatform } from "../../src/local/platform.ts";
import type { WireRequest } from "../../src/local/wire/message.ts";
import { type CloudFixture, startCloud } from "../helpers/cloud-fixture.ts";

let cloud: CloudFixture;

beforeEach(async () => {
  cloud = await startCloud();
});

afterEach(async () => {
  await cloud.stop();
});

function wire(over: Partial<WireRequest>): WireRequest {
  return {
    method: "POST",
    host: "localhost",
    path: "/",
    query: {},
    headers: {},
    body: undefined,
    origin: "http",
    ...over,
  };
}

const signedFor = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`;

describe("LocalCloud", () => {
  it("does nothing when it is made", async () => {
    const made = new LocalCloud({ root: join(cloud.folder, "untouched") });
    made.session();
    expect(made.requestHandler).toBeDefined();
    expect(await readdir(cloud.folder)).toEqual([]);
  });

  it("has defaults that say where it is", () => {
    const made = new LocalCloud();
    expect(made).toMatchObject({
      root: join(process.cwd(), ".sagemaker-local"),
      account: "123456789012",
      region: "us-east-1",
    });
  });

  it("makes its root with the first write, and keeps it out of commits", async () => {
    await cloud.sts.getCallerIdentity({});
    expect(existsSync(cloud.root)).toBe(false);
    await cloud.s3.createBucket({ Bucket: "bucket" });
    expect(await readFile(join(cloud.root, ".gitignore"), "utf8")).toBe("*\n");
  });

  it("leaves a .gitignore that is there as it is", async () => {
    await mkdir(cloud.root);
    await writeFile(join(cloud.root, ".gitignore"), "mine\n");
    await cloud.logs.createLogGroup({ logGroupName: "group" });
    expect(await readFile(join(cloud.root, ".gitignore"), "utf8")).toBe("mine\n");
  });

  it("says why its root cannot be made, and tries again", async () => {
    await writeFile(join(cloud.folder, "blocked"), "");
    const blocked = await startCloud({ root: join(cloud.folder, "blocked/root") });
    const issue = () => blocked.cloud.issueCredentials();
    await expect(issue()).rejects.toThrow("ENOTDIR");
    await expect(blocked.s3.createBucket({ Bucket: "bucket" })).rejects.toThrow("ENOTDIR");
    await expect(blocked.logs.createLogGroup({ logGroupName: "g" })).rejects.toThrow("ENOTDIR");
    await rm(join(cloud.folder, "blocked"));
    await expect(issue()).resolves.toBeDefined();
    await blocked.stop();
  });

  it("is empty again, and works on, when its root is removed", async () => {
    await cloud.s3.createBucket({ Bucket: "bucket" });
    await cloud.logs.createLogGroup({ logGroupName: "group" });
    await rm(cloud.root, { recursive: true });

    expect((await cloud.s3.listBuckets({})).Buckets ?? []).toEqual([]);
    await expect(cloud.s3.headBucket({ Bucket: "bucket" })).rejects.toThrow();
    expect((await cloud.logs.describeLogGroups({})).logGroups).toEqual([]);
    expect(existsSync(cloud.root)).toBe(false);

    await cloud.s3.createBucket({ Bucket: "bucket" });
    await expect(cloud.s3.headBucket({ Bucket: "bucket" })).resolves.toBeDefined();
  });

  it("shares its state with any other over the same root", async () => {
    const other = await startCloud({ root: cloud.root });
    await cloud.logs.createLogGroup({ logGroupName: "shared" });
    const { logGroups } = await other.logs.describeLogGroups({});
    expect(logGroups?.map(({ logGroupName }) => logGroupName)).toEqual(["shared"]);
    await other.stop();
  });

  it("gives sessions whose clients speak to it", async () => {
    const elsewhere = await startCloud({ region: "eu-west-1", account: "210987654321" });
    const session = elsewhere.cloud.session();
    expect(await session.region()).toBe("eu-west-1");
    expect(await session.accountId()).toBe("210987654321");
    expect(session.local).toMatchObject({ root: elsewhere.root, region: "eu-west-1" });
    await elsewhere.stop();
  });

  it("tells its logger what was asked, and never the query of a presigned URL", async () => {
    const lines: string[] = [];
    const say = (line: string): void => void lines.push(line);
    const logger = { debug: say, info: say, warn: say };
    const telling = await startCloud({ logger });
    await telling.sagemaker.listTrainingJobs({});
    await telling.cloud.handle(
      wire({ method: "GET", path: "/bucket/k", query: { "X-Amz-Signature": "secret" } }),
    );
    expect(lines).toEqual(["SageMaker.ListTrainingJobs: 200", "GET localhost/bucket/k: 404"]);
    expect(telling.cloud.session().logger).toBe(logger);
    await telling.stop();
  });

  it("says at once that native Windows does not run it", () => {
    expect(() => requirePlatform("win32")).toThrow(/not on native Windows.*WSL/);
    for (const platform of ["linux", "darwin"] as const) {
      expect(() => requirePlatform(platform)).not.toThrow();
    }
  });
});

describe("requests", () => {
  it("for services that are not there are answered as AWS answers unknown operations, and say what is missing", async () => {
    const json = await cloud.cloud.handle(
      wire({ headers: { "x-amz-target": "AmazonEC2ContainerRegistry_V20150921.DescribeImages" } }),
    );
    expect(json.status).toBe(404);
    expect(JSON.parse(String(json.body))).toMatchObject({
      __type: "UnknownOperationException",
      message:
        "The local cloud has no service for AmazonEC2ContainerRegistry_V20150921.DescribeImages.",
    });
    const rest = await cloud.cloud.handle(
      wire({ method: "GET", path: "/functions", headers: { authorization: signedFor("lambda") } }),
    );
    expect([rest.status, String(rest.body)]).toEqual([
      404,
      expect.stringContaining('no service \\"lambda\\" (GET /functions)'),
    ]);
    const query = await cloud.cloud.handle(
      wire({
        headers: {
          authorization: signedFor("sns"),
          "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        },
        body: Buffer.from("Action=ListTopics&Version=2010-03-31"),
      }),
    );
    expect(query.status).toBe(400);
    expect(String(query.body)).toContain("<Code>InvalidAction</Code>");
    expect(String(query.body)).toContain("2010-03-31");
  });

  it("that are no JSON are refused as the services refuse them", async () => {
    const headers = { "x-amz-target": "SageMaker.ListTrainingJobs" };
    for (const body of ["{", "[]", "1", "null"]) {
      const answer = await cloud.cloud.handle(wire({ headers, body: Buffer.from(body) }));
      expect(answer.status).toBe(400);
      expect(String(answer.body)).toContain("SerializationException");
    }
    const empty = await cloud.cloud.handle(wire({ headers }));
    expect(empty.status).toBe(200);
  });

  it("over the bound of the control plane are refused", async () => {
    const answer = await cloud.cloud.handle(
      wire({
        headers: { "x-amz-target": "SageMaker.ListTrainingJobs" },
        body: Readable.from(
          (function* () {
            for (let i = 0; i < 20; i += 1) yield Buffer.alloc(1024 * 1024, 0x20);
          })(),
        ),
      }),
    );
    expect([answer.status, String(answer.body)]).toEqual([
      413,
      expect.stringContaining("RequestEntityTooLarge"),
    ]);
  });

  it("find operations by their own names only", async () => {
    for (const operation of ["constructor", "__proto__", "toString", ""]) {
      const headers = { "x-amz-target": `SageMaker.${operation}` };
      const answer = await cloud.cloud.handle(wire({ headers }));
      expect(String(answer.body)).toContain("UnknownOperationException");
    }
    const answer = await cloud.cloud.handle(wire({ headers: { "x-amz-target": "toString.x" } }));
    expect(String(answer.body)).toContain("UnknownOperationException");
  });
});

describe("listen", () => {
  it("serves all clients of the AWS SDK over HTTP", async () => {
    const server = await cloud.cloud.listen();
    const over = cloud.clients({ endpoint: server.url });
    await over.logs.createLogGroup({ logGroupName: "g" });
    expect((await over.sts.getCallerIdentity({})).Account).toBe("123456789012");
    expect((await over.sagemaker.listTrainingJobs({})).TrainingJobSummaries).toEqual([]);
    expect((await over.s3.listBuckets({})).Buckets ?? []).toEqual([]);
    await server.close();
    expect(existsSync(join(cloud.root, "logs"))).toBe(true);
  });

  it("refuses presigned URLs whose time is over, in the old form and for other services too", async () => {
    const server = await cloud.cloud.listen();
    const seconds = Math.floor(Date.now() / 1000);
    const old = (expires: number): string =>
      `${server.url}/bucket/key?AWSAccessKeyId=k&Signature=AA%3D%3D&Expires=${expires}`;
    const over = await fetch(old(seconds - 60));
    expect([over.status, await over.text()]).toEqual([
      403,
      expect.stringContaining("<Message>Request has expired</Message>"),
    ]);
    const head = await fetch(old(seconds - 60), { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([403, ""]);
    expect((await fetch(old(seconds + 60))).status).toBe(404);

    const identity = (age: number): string =>
      `${server.url}/?${new URLSearchParams({
        Action: "GetCallerIdentity",
        Version: "2011-06-15",
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": "k/20260101/us-east-1/sts/aws4_request",
        "X-Amz-Date": new Date(Date.now() - age).toISOString().replace(/[-:]|\.\d+/g, ""),
        "X-Amz-Expires": "60",
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Signature": "00",
      })}`;
    expect((await fetch(identity(0))).status).toBe(200);
    const late = await fetch(identity(120_000));
    expect([late.status, await late.text()]).toEqual([
      403,
      expect.stringContaining("<Code>SignatureDoesNotMatch</Code>"),
    ]);
    await server.close();
  });
});
