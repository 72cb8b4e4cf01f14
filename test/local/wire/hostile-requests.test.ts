import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Listening, listenHttp } from "../../../src/local/wire/http-server.ts";
import { BODY_LIMITS } from "../../../src/local/wire/request-body.ts";
import { type CloudFixture, startCloud, writeProgram } from "../../helpers/cloud-fixture.ts";
import { HOSTILE_REQUESTS } from "../../helpers/hostile-requests.ts";
import { type RawAnswer, type RawExchange, speak } from "../../helpers/raw-http.ts";
import { http, json } from "../../helpers/request-shapes.ts";

const MIB = 2 ** 20;
/** What is asked of the server after each hostile request, and its answer. */
const NEXT = http("GET /bucket/object");
let fixture: CloudFixture;
/** One program under the folder that images may be named in, one outside, and a link to that. */
let images: string;
let port: number;
let close: () => Promise<void>;

beforeAll(async () => {
  images = await mkdtemp(join(tmpdir(), "images-"));
  for (const name of ["in/image", "outside"]) {
    await writeProgram(join(images, name), { train: "#!/bin/sh\n" });
  }
  await symlink(join(images, "outside"), join(images, "in", "linked"));
  fixture = await startCloud({ imageRoots: [join(images, "in")] });
  await fixture.s3.createBucket({ Bucket: "bucket" });
  await fixture.s3.putObject({ Bucket: "bucket", Key: "object", Body: "hello" });
  ({ port, close } = await fixture.cloud.listen());
});
afterAll(async () => {
  await close();
  await fixture.stop();
  await rm(images, { recursive: true });
});

/** An answer's status and code. */
function told({ status, body }: RawAnswer): readonly [number, string] {
  const code = /<Code>(.*?)<\/Code>/.exec(body) ?? /"__type":"(.*?)"/.exec(body);
  return [status, code?.[1] ?? body];
}

/** Every file below a folder but what the cloud keeps itself, with a digest. */
async function filesOutside(): Promise<string[]> {
  const names = await readdir(fixture.folder, { recursive: true });
  const own = names.filter((name) => !name.startsWith(".sagemaker-local"));
  const programs = await readdir(images, { recursive: true });
  const paths = [
    ...own.map((name) => join(fixture.folder, name)),
    ...programs.map((name) => join(images, name)),
  ];
  return await Promise.all(
    paths.sort().map(async (path) => {
      const bytes = (await stat(path)).isFile() ? await readFile(path) : "";
      return `${path} ${createHash("sha256").update(bytes).digest("hex")}`;
    }),
  );
}

describe("a hostile request gets the service's own error, and the next one its answer", () => {
  it.each(HOSTILE_REQUESTS)("$name", async (hostile) => {
    const { send, answer, goesOn = true, halfClose = false } = hostile;
    const expected = (Array.isArray(answer[0]) ? answer : [answer]) as [number, string][];
    const pieces = typeof send === "string" || send instanceof Uint8Array ? [send] : send;

    const exchange = await speak({
      ...{ port, halfClose },
      send: goesOn ? [...pieces, NEXT] : pieces,
      answers: goesOn ? expected.length + 1 : 0,
    });

    expect(exchange.answers.map(told)).toEqual([...expected, ...(goesOn ? [[200, "hello"]] : [])]);
    expect(exchange.closed).toBe(!goesOn);
    const other = await speak({ port, send: [NEXT] });
    expect(other.answers.map(told)).toEqual([[200, "hello"]]);
  });
});

describe("all hostile requests together", () => {
  it("are a hundred and fifty at least, and write nothing outside the root and no object", async () => {
    expect(HOSTILE_REQUESTS.length).toBeGreaterThan(150);
    const tmpBefore = await stat("/tmp/evil").catch(() => undefined);
    const before = await filesOutside();
    await Promise.all(
      HOSTILE_REQUESTS.map(async ({ send }) => {
        const pieces = typeof send === "string" || send instanceof Uint8Array ? [send] : send;
        await speak({ port, send: pieces, halfClose: true, answers: 0 });
      }),
    );
    expect(await filesOutside()).toEqual(before);
    expect(await stat("/tmp/evil").catch(() => undefined)).toEqual(tmpBefore);
    const { Contents = [] } = await fixture.s3.listObjectsV2({ Bucket: "bucket" });
    expect(Contents.map(({ Key }) => Key)).toEqual(["object"]);
    expect((await fixture.s3.listBuckets({})).Buckets).toHaveLength(1);
    expect((await fixture.sagemaker.listTrainingJobs({})).TrainingJobSummaries).toEqual([]);
  });
});

/** A head, and a body that goes on until the server ends it. */
async function* endless(head: string, piece: Uint8Array): AsyncGenerator<string | Uint8Array> {
  yield head;
  for (;;) {
    yield piece;
    // The answer is to be seen while it is sent.
    await delay(0);
  }
}

const chunk = (bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
const KIB_64 = Buffer.alloc(65_536, "x");
const CHUNKED = "Transfer-Encoding: chunked";
/** What is under way in the sockets of both sides when the server ends the connection. */
const IN_SOCKETS = 12 * MIB;

/** The exchange, and by how much the process's memory grew at most. */
async function measured(
  send: AsyncGenerator<string | Uint8Array>,
): Promise<{ exchange: RawExchange; grownBytes: number }> {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 5);
  const exchange = await speak({ port, send, answers: 0, patienceMs: 60_000 });
  clearInterval(timer);
  return { exchange, grownBytes: most - before };
}

describe("a body without end", () => {
  it.each([
    [
      "that S3 refuses before it comes",
      endless(http("PUT /bucket/k", [CHUNKED]), chunk(KIB_64)),
      [411, "MissingContentLength"],
      BODY_LIMITS.unreadBytes,
    ],
    [
      "for a service that takes 16 MiB",
      endless(json("SageMaker.ListTrainingJobs", "", [CHUNKED]), chunk(KIB_64)),
      [413, "RequestEntityTooLargeException"],
      16 * MIB + BODY_LIMITS.unreadBytes,
    ],
    [
      "for a form",
      endless(
        http("POST /", [CHUNKED, "Content-Type: application/x-www-form-urlencoded"]),
        chunk(KIB_64),
      ),
      [413, "RequestEntityTooLargeException"],
      16 * MIB + BODY_LIMITS.unreadBytes,
    ],
    [
      "of XML",
      endless(
        http("POST /bucket?delete", [CHUNKED, "Content-MD5: XrY7u+Ae7tCTyyK7j1rNww=="]),
        chunk(KIB_64),
      ),
      [400, "MaxMessageLengthExceeded"],
      8 * MIB + BODY_LIMITS.unreadBytes,
    ],
    [
      "in aws-chunked, longer than it was told",
      endless(
        http("PUT /bucket/k", [
          CHUNKED,
          "Content-Encoding: aws-chunked",
          "X-Amz-Decoded-Content-Length: 1000000",
        ]),
        chunk(chunk(KIB_64)),
      ),
      [400, "IncompleteBody"],
      MIB + BODY_LIMITS.unreadBytes,
    ],
    [
      "in aws-chunked, whose first line has none",
      endless(
        http("PUT /bucket/k", [
          CHUNKED,
          "Content-Encoding: aws-chunked",
          "X-Amz-Decoded-Content-Length: 1000000",
        ]),
        chunk(KIB_64),
      ),
      [400, "IncompleteBody"],
      MIB + BODY_LIMITS.unreadBytes,
    ],
    [
      "of headers",
      endless("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n", Buffer.from(`X-A: ${"a".repeat(1000)}\r\n`)),
      [400, "RequestHeaderSectionTooLarge"],
      MIB,
    ],
  ] as const)(
    "%s is answered, and its connection ended at the limit",
    async (_, send, answer, limit) => {
      const { exchange, grownBytes } = await measured(send);
      expect(exchange.answers.map(told)).toEqual([answer]);
      expect(exchange.closed).toBe(true);
      expect(exchange.sent).toBeLessThan(limit + IN_SOCKETS);
      // Of what is read over nothing is kept; a body that is taken in is there in pieces and as a whole.
      expect(grownBytes).toBeLessThan(150 * MIB);
    },
  );
});

/** A server that gives up after so many milliseconds in which nothing comes. */
const listen = (idleMs: number): Promise<Listening> =>
  listenHttp((request) => fixture.cloud.handle(request), {}, { ...BODY_LIMITS, idleMs });

describe("a request that stalls", () => {
  it.each([
    ["in its first line", "GET /buck", [400, "RequestTimeout"]],
    ["in its headers", `GET /bucket HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A`, [400, "RequestTimeout"]],
    [
      "in its body for S3",
      http("PUT /bucket/k", ["Content-Length: 1000"], "abc"),
      [400, "RequestTimeout"],
    ],
    [
      "in its body for a JSON service",
      json("SageMaker.ListTrainingJobs", '{"a":', ["Content-Length: 1000"]),
      [408, "RequestTimeoutException"],
    ],
  ] as const)("%s is given up, and leaves nothing", async (_, head, answer) => {
    const impatient = await listen(200);
    try {
      const exchange = await speak({ port: impatient.port, send: [head], answers: 0 });
      expect(exchange.answers.map(told)).toEqual([answer]);
      expect(exchange.closed).toBe(true);
    } finally {
      await impatient.close();
    }
    const { Contents = [] } = await fixture.s3.listObjectsV2({ Bucket: "bucket" });
    expect(Contents.map(({ Key }) => Key)).toEqual(["object"]);
  });

  it("is waited for as long as something comes", async () => {
    const impatient = await listen(400);
    const slow = async function* (): AsyncGenerator<string> {
      yield http("PUT /bucket/slow", ["Content-Length: 12"], "");
      for (let at = 0; at < 12; at += 1) {
        yield "x";
        await delay(60);
      }
    };
    try {
      const { answers } = await speak({ port: impatient.port, send: slow() });
      expect(answers.map(({ status }) => status)).toEqual([200]);
    } finally {
      await impatient.close();
      await fixture.s3.deleteObject({ Bucket: "bucket", Key: "slow" });
    }
  });
});

it("many connections that say nothing keep nobody else from an answer", async () => {
  const silent = Array.from({ length: 200 }, () =>
    speak({ port, send: ["GET / HT"], patienceMs: 1000 }),
  );
  const { answers } = await speak({ port, send: [NEXT], patienceMs: 30_000 });
  expect(answers.map(told)).toEqual([[200, "hello"]]);
  await Promise.all(silent);
});

it("a million faults in a request are told by the thousand, and fill no memory", async () => {
  const tags = `[${"{},".repeat(1_000_000)}{}]`;
  const { answers } = await speak({
    port,
    send: [json("SageMaker.CreateTrainingJob", `{"Tags":${tags}}`)],
    patienceMs: 60_000,
  });
  expect(answers[0]?.status).toBe(400);
  expect(answers[0]?.body.length).toBeLessThan(MIB);
});
