import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { ECR } from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readUrl } from "../../src/aws/read-url.ts";

/** The AWS SDK's own request handler, over HTTP: as it fetches a layer. */
const ecr = new ECR({
  region: "eu-west-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});
let server: Server;
let origin = "";
const asked: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    if (request.url?.startsWith("/silent")) return;
    response.statusCode = request.url?.startsWith("/gone") ? 404 : 200;
    response.end("x".repeat(1_000));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  origin = `http://127.0.0.1:${port}`;
});

afterAll(() => {
  ecr.destroy();
  server.closeAllConnections();
  server.close();
});

async function read(path: string, maxBytes = 1_000, signal = new AbortController().signal) {
  return await readUrl(ecr.config, { url: origin + path, maxBytes, signal });
}

describe("a presigned URL", () => {
  it("is read as it is, signature and all", async () => {
    const bytes = await read("/layer/sha256%3Aab?X-Amz-Signature=a%2Fb%2B&X-Amz-Expires=60");

    expect(bytes.toString()).toBe("x".repeat(1_000));
    const [path, query = ""] = asked.at(-1)?.split("?") ?? [];
    expect(path).toBe("/layer/sha256%3Aab");
    expect(Object.fromEntries(new URLSearchParams(query))).toEqual({
      "X-Amz-Signature": "a/b+",
      "X-Amz-Expires": "60",
    });
  });

  it("is not shown by what goes wrong", async () => {
    const error: unknown = await read("/gone?X-Amz-Signature=secret").catch((thrown) => thrown);

    expect((error as Error).message).toBe("127.0.0.1 answered 404");
  });

  it("is read up to a bound", async () => {
    await expect(read("/layer", 999)).rejects.toThrow("answered more than 999 bytes");
  });

  it("is let go of when the signal aborts", async () => {
    const controller = new AbortController();
    const reading = read("/silent", 1_000, controller.signal);
    controller.abort();

    await expect(reading).rejects.toMatchObject({ name: "AbortError" });
  });
});
