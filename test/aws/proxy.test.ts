import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { proxyRequestHandler } from "../../src/aws/proxy.ts";
import { LocalCloud } from "../../src/local/local-cloud.ts";
import { Session } from "../../src/session.ts";
import { type CloudFixture, startCloud } from "../helpers/cloud-fixture.ts";

const VARIABLES = [
  "HTTPS_PROXY",
  "HTTP_PROXY",
  "NO_PROXY",
  "https_proxy",
  "http_proxy",
  "no_proxy",
];

let fixture: CloudFixture;
let proxy: Server;
/** The hosts that were asked of the proxy. */
let asked: string[];

beforeEach(async () => {
  for (const name of VARIABLES) vi.stubEnv(name, "");
  fixture = await startCloud();
  asked = [];
  proxy = createServer().on("connect", (request, socket, head) => {
    asked.push(request.url ?? "");
    const port = Number(request.url?.split(":")[1]);
    const upstream = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    for (const end of [socket, upstream]) end.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
  await fixture.stop();
});

function proxyUrl(): string {
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

/** Asks STS of the listening local cloud, at a name that only the proxy can reach. */
async function accountThrough(host: string): Promise<string> {
  const server = await fixture.cloud.listen();
  const session = new Session({
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    endpoint: `http://${host}:${server.port}`,
  });
  try {
    return await session.accountId();
  } finally {
    await session.close();
    await server.close();
  }
}

describe("a proxy in the environment", () => {
  it("is asked for each host", async () => {
    vi.stubEnv("HTTP_PROXY", proxyUrl());

    await expect(accountThrough("sts.localhost")).resolves.toBe("123456789012");

    expect(asked).toEqual([expect.stringMatching(/^sts\.localhost:\d+$/)]);
  });

  it("is passed by for the hosts of NO_PROXY", async () => {
    vi.stubEnv("HTTP_PROXY", proxyUrl());
    vi.stubEnv("NO_PROXY", "127.0.0.1,.internal");

    await expect(accountThrough("127.0.0.1")).resolves.toBe("123456789012");

    expect(asked).toEqual([]);
  });

  it("is not even loaded when none is named", async () => {
    await expect(proxyRequestHandler()).resolves.toBeUndefined();
  });

  it("is not asked by a session of a local cloud, which has no network", async () => {
    vi.stubEnv("HTTP_PROXY", proxyUrl());
    vi.stubEnv("HTTPS_PROXY", proxyUrl());

    await expect(new LocalCloud({ root: fixture.root }).session().accountId()).resolves.toBe(
      "123456789012",
    );

    expect(asked).toEqual([]);
  });
});
