import { randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { Readable } from "node:stream";
import { S3 } from "@aws-sdk/client-s3";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestS3, testS3 } from "../../../helpers/s3-client.ts";
import { Sha256 } from "../../../helpers/sha256.ts";

const Bucket = "over-http";

let cloud: TestS3;
let url: URL;
let s3: S3;
beforeAll(async () => {
  cloud = await testS3();
  url = new URL(await cloud.url());
  s3 = new S3({
    region: "us-east-1",
    endpoint: url.href,
    forcePathStyle: true,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  await s3.createBucket({ Bucket });
});
afterAll(async () => {
  s3.destroy();
  await cloud.close();
});

const bodies = async (): Promise<string[]> => {
  const folder = join(cloud.folder, "s3", "buckets");
  const [name = ""] = (await readdir(folder)).filter((entry) => entry.startsWith(`${Bucket}.`));
  return await readdir(join(folder, name, "bodies"));
};

/** Sends a request with any host and any path, as no client would. */
async function send(
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: Buffer; host?: string } = {},
): Promise<{ status: number; headers: Record<string, unknown>; text: string }> {
  return await new Promise((resolve, reject) => {
    const sent = request(
      {
        host: url.hostname,
        port: url.port,
        method,
        path,
        headers: { host: options.host ?? url.host, ...options.headers },
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("error", reject);
        answer.on("end", () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(options.body);
  });
}

describe("Over HTTP", () => {
  it("objects go in and out with all that belongs to them", async () => {
    const data = randomBytes(3_000_000);
    await s3.putObject({
      Bucket,
      Key: "a/../b ü",
      Body: Readable.from([data.subarray(0, 1_000_000), data.subarray(1_000_000)]),
      ContentLength: data.length,
      Metadata: { city: "Zuerich" },
    });
    const got = await s3.getObject({ Bucket, Key: "a/../b ü", ChecksumMode: "ENABLED" });

    expect(data.equals((await got.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
    expect(got).toMatchObject({ Metadata: { city: "Zuerich" }, ContentLength: data.length });
    expect((await s3.headObject({ Bucket, Key: "a/../b ü" })).ContentLength).toBe(data.length);
  });

  it("metadata in UTF-8 comes back as RFC 2047 has it", async () => {
    await send("PUT", `/${Bucket}/utf8`, {
      headers: { "x-amz-meta-city": Buffer.from("Zürich").toString("latin1") },
      body: Buffer.from("x"),
    });
    const { headers } = await send("HEAD", `/${Bucket}/utf8`);

    expect(headers["x-amz-meta-city"]).toBe(
      `=?UTF-8?B?${Buffer.from("Zürich").toString("base64")}?=`,
    );
  });

  it.each(["over-http.s3.localhost", "over-http.localhost", "over-http.s3.eu-west-1.localhost"])(
    "the bucket may be in the host: %s",
    async (name) => {
      const host = `${name}:${url.port}`;
      await send("PUT", "/virtual%2Fhost", { host, body: Buffer.from(name) });

      expect((await send("GET", "/virtual/host", { host })).text).toBe(name);
      expect((await send("GET", "/?list-type=2&prefix=virtual", { host })).text).toContain(
        "<Key>virtual/host</Key>",
      );
    },
  );

  it("a refusal arrives although its body was not read, and the connection goes on", async () => {
    const body = Buffer.alloc(5_000_000);
    for (let i = 0; i < 3; i += 1) {
      const missing = await send("PUT", "/no-such-bucket/k", { body });
      expect(missing.status).toBe(404);
      expect(missing.text).toContain("<Code>NoSuchBucket</Code>");
      const broken = await send("PUT", `/${Bucket}/broken`, {
        headers: {
          "content-encoding": "aws-chunked",
          "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        },
        body: Buffer.concat([Buffer.from("not a size\r\n"), body]),
      });
      expect(broken.status).toBe(400);
      expect(broken.text).toContain("<Code>IncompleteBody</Code>");
    }
  });

  it("HEAD errors have no words", async () => {
    const { status, headers, text } = await send("HEAD", `/${Bucket}/none`);

    expect(status).toBe(404);
    expect(text).toBe("");
    expect(headers["x-amz-request-id"]).toMatch(/^[0-9A-F]{16}$/);
  });

  it("a length must be said", async () => {
    const { status, text } = await send("PUT", `/${Bucket}/lengthless`, {
      headers: { "transfer-encoding": "chunked" },
      body: Buffer.from("x"),
    });

    expect(status).toBe(411);
    expect(text).toContain("<Code>MissingContentLength</Code>");
  });

  it("a connection that breaks leaves nothing behind", async () => {
    const count = (await bodies()).length;
    const socket = connect(Number(url.port), url.hostname);
    socket.on("error", () => {});
    socket.write(
      `PUT /${Bucket}/broken HTTP/1.1\r\nHost: ${url.host}\r\nContent-Length: 1000000\r\n\r\n`,
    );
    socket.write(Buffer.alloc(300_000));
    await expect.poll(async () => (await bodies()).length).toBe(count + 1);
    socket.destroy();

    await expect.poll(async () => (await bodies()).length).toBe(count);
    expect(await cloud.store.get(Bucket, "broken")).toBeUndefined();
  });
});

describe("Presigned URLs", () => {
  const presign = async (
    method: string,
    options: { expiresIn?: number; signingDate?: Date; headers?: Record<string, string> } = {},
  ): Promise<string> => {
    const signer = new SignatureV4({
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
      region: "us-east-1",
      service: "s3",
      sha256: Sha256,
      uriEscapePath: false,
    });
    const { headers, ...times } = options;
    const signed = await signer.presign(
      {
        method,
        protocol: "http:",
        hostname: url.hostname,
        port: Number(url.port),
        path: `/${Bucket}/presigned`,
        query: { "x-id": "Anything" },
        headers: { host: url.host, ...headers },
      },
      { expiresIn: 60, ...times },
    );
    const query = new URLSearchParams(signed.query as Record<string, string>);
    return `${signed.path}?${query}`;
  };

  it("put and get an object", async () => {
    const put = await presign("PUT", { headers: { "x-amz-meta-via": "url" } });
    const done = await send("PUT", put, { body: Buffer.from("signed") });
    const got = await send("GET", await presign("GET"));

    expect(done.status).toBe(200);
    expect(got.text).toBe("signed");
    expect(got.headers["x-amz-meta-via"]).toBe("url");
  });

  it("are refused when their time is over", async () => {
    const signingDate = new Date(Date.now() - 61_000);
    const { status, text } = await send("GET", await presign("GET", { signingDate }));

    expect(status).toBe(403);
    expect(text).toContain("<Code>AccessDenied</Code><Message>Request has expired</Message>");
    expect(text).toContain("<X-Amz-Expires>60</X-Amz-Expires>");
  });

  it("are refused before their time has come, but for clocks that differ", async () => {
    const from = (minutes: number) =>
      presign("GET", { signingDate: new Date(Date.now() + minutes * 60_000) });
    expect((await send("GET", await from(10))).status).toBe(200);
    const { status, text } = await send("GET", await from(20));

    expect(status).toBe(403);
    expect(text).toContain("<Message>Request is not valid yet</Message>");
  });

  it("are refused when they say no time, or too long a one", async () => {
    const good = await presign("GET");
    const timeless = good.replace(/X-Amz-Expires=\d+/, "X-Amz-Expires=x");
    const long = good.replace(/X-Amz-Expires=\d+/, "X-Amz-Expires=604801");

    expect((await send("GET", timeless)).text).toContain("AuthorizationQueryParametersError");
    expect((await send("GET", long)).text).toContain("must be less than a week");
  });
});
