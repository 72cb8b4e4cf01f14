import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import {
  type Listening,
  type ListenOptions,
  listenHttp,
} from "../../../src/local/wire/http-server.ts";
import { inProcessHandler, type SdkRequest } from "../../../src/local/wire/in-process.ts";
import type { WireRequest, WireResponse } from "../../../src/local/wire/message.ts";

type Answer = (request: WireRequest) => Promise<WireResponse>;

const open: Listening[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

async function listen(answer: Answer, options?: ListenOptions): Promise<Listening> {
  const server = await listenHttp(answer, options);
  open.push(server);
  return server;
}

const ok: Answer = async () => ({ status: 200, headers: {}, body: "ok" });

/** A request as it is written, with nothing that fetch() would tidy up. */
async function raw(port: number, lines: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.end(lines.replaceAll("\n", "\r\n"));
  return await text(socket);
}

describe("over HTTP", () => {
  it("passes the target on as it came: dots, double slashes and escapes", async () => {
    const seen: WireRequest[] = [];
    const { port } = await listen(async (request) => {
      seen.push(request);
      return { status: 204, headers: {} };
    });
    await raw(
      port,
      "GET /b/../x/./y//%2e%2F?prefix=a%2Fb+c&acl&x= HTTP/1.1\nHost: localhost\nConnection: close\n\n",
    );
    await raw(
      port,
      "GET http://localhost/b/../k?a=1 HTTP/1.1\nHost: localhost\nConnection: close\n\n",
    );

    expect(seen.map(({ path, query, host, origin }) => [path, query, host, origin])).toEqual([
      ["/b/../x/./y//%2e%2F", { prefix: "a/b c", acl: "", x: "" }, "localhost", "http"],
      ["/b/../k", { a: "1" }, "localhost", "http"],
    ]);
  });

  it("passes bodies on, and headers in lower case", async () => {
    const seen: string[] = [];
    const { url } = await listen(async ({ body, headers }) => {
      seen.push(body === undefined ? "none" : (await buffer(body as Readable)).toString());
      seen.push(String(headers["x-amz-meta-a"]));
      return { status: 200, headers: {} };
    });
    await fetch(url, { method: "PUT", body: "payload", headers: { "X-Amz-Meta-A": "B" } });
    await fetch(url, { method: "DELETE" });

    expect(seen).toEqual(["payload", "B", "none", "undefined"]);
  });

  it("refuses web pages and foreign hosts before anything is answered", async () => {
    let asked = 0;
    const { url, port } = await listen(async () => {
      asked += 1;
      return { status: 200, headers: {} };
    });

    expect((await fetch(url, { headers: { origin: "http://localhost" } })).status).toBe(403);
    const answer = await raw(port, "GET / HTTP/1.1\nHost: evil.example\nConnection: close\n\n");
    expect(answer).toMatch(/^HTTP\/1.1 403 /);
    const expecting =
      "PUT / HTTP/1.1\nHost: evil.example\nExpect: 100-continue\nContent-Length: 4\n\n";
    expect(await raw(port, expecting)).toMatch(/^HTTP\/1.1 403 /);
    expect(asked).toBe(0);
  });

  it("answers Expect: 100-continue, as boto3 sends with each PUT", async () => {
    const { port } = await listen(async ({ body }) => ({
      status: 200,
      headers: {},
      body: await buffer(body as Readable),
    }));
    const request = httpRequest({
      port,
      host: "127.0.0.1",
      method: "PUT",
      headers: { expect: "100-continue", "content-length": "4" },
    });
    request.flushHeaders();
    await once(request, "continue");
    request.end("body");
    const [response] = await once(request, "response");

    expect(await text(response)).toBe("body");
  });

  it("binds another address than loopback only when told to", async () => {
    await expect(listenHttp(ok, { host: "0.0.0.0" })).rejects.toThrow("allowRemote: true");
    const { url } = await listen(ok, { host: "0.0.0.0", allowRemote: true });
    const answer = await fetch(url.replace("0.0.0.0", "127.0.0.1"));
    expect(await answer.text()).toBe("ok");
  });

  it("tells who asks for something that cannot be read", async () => {
    const { url, port } = await listen(ok);
    expect(await raw(port, "rubbish\n\n")).toMatch(/^HTTP\/1.1 400 /);
    expect((await fetch(`${url}/?a=%zz`)).status).toBe(400);
  });

  it("tells its own faults, and goes on", async () => {
    let first = true;
    const { url } = await listen(async () => {
      if (!first) return { status: 200, headers: {}, body: "fine" };
      first = false;
      throw new Error("disk gone");
    });
    const broken = await fetch(url);
    expect(broken.status).toBe(500);
    expect(await broken.text()).toContain(
      "<Code>InternalError</Code><Message>The local cloud failed: disk gone</Message>",
    );
    expect(await (await fetch(url)).text()).toBe("fine");
  });

  it("cuts an answer off that breaks half-way, so that nobody takes it for whole", async () => {
    const { url } = await listen(async () => ({
      status: 200,
      headers: { "content-length": "100" },
      body: Readable.from(
        (async function* () {
          yield Buffer.from("half");
          throw new Error("disk gone");
        })(),
      ),
    }));
    const answer = await fetch(url);
    await expect(answer.text()).rejects.toThrow();
  });

  it("gets an early refusal through to who is still sending, and keeps the connection", async () => {
    const { port } = await listen(async ({ path }) => ({ status: 404, headers: {}, body: path }));
    // A socket by hand: Node's own client stops sending once it has an answer.
    const socket = connect(port, "127.0.0.1");
    const received = text(socket);
    const chunk = Buffer.alloc(64 * 1024);
    socket.write(
      `PUT /first HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${200 * chunk.length}\r\n\r\n`,
    );
    for (let sent = 0; sent < 200; sent += 1) {
      if (!socket.write(chunk)) await once(socket, "drain");
    }
    socket.write("GET /second HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const answers = await received;
    expect(answers.match(/HTTP\/1\.1 404/g)).toHaveLength(2);
    expect(answers).toMatch(/\/first.*\/second$/s);
  });

  it("answers HEAD with the length of what is not sent", async () => {
    const { url } = await listen(async () => ({
      status: 200,
      headers: { "content-length": "7", etag: '"x"' },
      body: Readable.from(["ignored"]),
    }));
    const answer = await fetch(url, { method: "HEAD" });
    expect([answer.headers.get("content-length"), await answer.text()]).toEqual(["7", ""]);
  });

  it("lets go of an answer and says so when the asker goes away", async () => {
    const stream = new Readable({ read() {} });
    let signal: AbortSignal | undefined;
    const { url } = await listen(async (request) => {
      signal = request.signal;
      return { status: 200, headers: {}, body: stream };
    });
    stream.push("first");
    const controller = new AbortController();
    const answer = await fetch(url, { signal: controller.signal });
    expect(answer.status).toBe(200);
    controller.abort();

    // It is destroyed with the reason, which nobody here waits for.
    stream.on("error", () => {});
    await new Promise<void>((resolve) => {
      if (stream.destroyed) resolve();
      else stream.once("close", resolve);
    });
    expect(signal?.aborted).toBe(true);
  });

  it("closes promptly while a request is under way, and by a signal", async () => {
    const controller = new AbortController();
    const started: string[] = [];
    const server = await listen(
      async ({ path }) => {
        started.push(path);
        return await new Promise(() => {});
      },
      { signal: controller.signal },
    );
    const hanging = fetch(`${server.url}/hang`).catch(() => "cut");
    while (started.length === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();

    expect(await hanging).toBe("cut");
    await server.close();
    await expect(fetch(server.url)).rejects.toThrow();
    await expect(listenHttp(ok, { signal: AbortSignal.abort() })).rejects.toThrow();
  });

  it("says why it cannot listen", async () => {
    const { port } = await listen(ok);
    await expect(listenHttp(ok, { port })).rejects.toThrow(
      `cannot listen on 127.0.0.1, port ${port}: something listens there already`,
    );
    await expect(listenHttp(ok, { host: "192.0.2.1", allowRemote: true })).rejects.toThrow(
      "cannot listen on 192.0.2.1, port 0: this machine has no such address",
    );
  });
});

describe("in the process", () => {
  const request = (over: Partial<SdkRequest> = {}): SdkRequest => ({
    method: "PUT",
    hostname: "bucket.s3.us-east-1.amazonaws.com",
    path: "/a/../b",
    headers: { Expect: "100-continue" },
    ...over,
  });
  const echo: Answer = async ({ body }) => ({
    status: 200,
    headers: {},
    ...(body !== undefined && { body: Buffer.isBuffer(body) ? body : await buffer(body) }),
  });

  it("passes host, path, query and headers on", async () => {
    let seen: WireRequest | undefined;
    const handler = inProcessHandler(async (wire) => {
      seen = wire;
      return { status: 200, headers: {} };
    });
    await handler.handle(request({ query: { a: "1", b: null, c: ["2", "3"], d: [] } }));

    expect(seen).toMatchObject({
      host: "bucket.s3.us-east-1.amazonaws.com",
      path: "/a/../b",
      query: { a: "1", b: "", c: "3", d: "" },
      headers: { expect: "100-continue" },
      origin: "in-process",
      body: undefined,
    });
  });

  it.each<[string, () => unknown]>([
    ["a string", () => "body"],
    ["a Buffer", () => Buffer.from("body")],
    ["a part of an array", () => new Uint8Array(Buffer.from("xbodyx")).subarray(1, 5)],
    ["an ArrayBuffer", () => new Uint8Array(Buffer.from("body")).buffer],
    ["a Readable", () => Readable.from([Buffer.from("bo"), Buffer.from("dy")])],
    ["a Blob", () => new Blob(["body"])],
    ["a web stream", () => new Blob(["body"]).stream()],
  ])("takes %s as a body, and answers a stream", async (_, body) => {
    const { response } = await inProcessHandler(echo).handle(request({ body: body() }));

    expect(response.body).toBeInstanceOf(Readable);
    expect(response.body && (await text(response.body))).toBe("body");
  });

  it("answers no body when there is none, as the clients want it", async () => {
    const { response } = await inProcessHandler(echo).handle(request());
    expect(response.body).toBeUndefined();
    const empty = inProcessHandler(async () => ({ status: 200, headers: {}, body: "" }));
    expect((await empty.handle(request())).response.body).toBeUndefined();
  });

  it("rejects with an AbortError at once, and lets go of what is answered later", async () => {
    const controller = new AbortController();
    const late = Readable.from(["late"]);
    let finish: (response: WireResponse) => void = () => {};
    const handler = inProcessHandler(
      () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    );
    const pending = handler.handle(request(), { abortSignal: controller.signal });
    controller.abort();

    await expect(pending).rejects.toMatchObject({ name: "AbortError" });
    finish({ status: 200, headers: {}, body: late });
    await once(late, "close");
    await expect(
      handler.handle(request(), { abortSignal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ name: "AbortError" });
  });

  it("ends an answer's stream with an AbortError when it is aborted half-way", async () => {
    const controller = new AbortController();
    const source = new Readable({ read() {} });
    source.push("half");
    const handler = inProcessHandler(async () => ({ status: 200, headers: {}, body: source }));
    const { response } = await handler.handle(request(), { abortSignal: controller.signal });
    const reading = response.body && text(response.body);
    controller.abort();

    await expect(reading).rejects.toMatchObject({ name: "AbortError" });
    expect(source.destroyed).toBe(true);
  });
});
