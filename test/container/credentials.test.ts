import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { jobCredentials } from "../../src/container/credentials.ts";

it("asks the platform for the role's credentials, and again before they expire", async () => {
  const asked: (string | undefined)[] = [];
  const lifetimes = [60, 3600];
  const server = createServer(({ headers }, response) => {
    asked.push(headers.authorization);
    const seconds = lifetimes.shift() ?? 0;
    response.end(
      JSON.stringify({
        ...{ AccessKeyId: `key ${asked.length}`, SecretAccessKey: "secret", Token: "token" },
        Expiration: new Date(Date.now() + seconds * 1000).toISOString(),
      }),
    );
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const credentials = jobCredentials({
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/role`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: "let me in",
  });

  const keys = [await credentials(), await credentials(), await credentials()];

  const others = { secretAccessKey: "secret", sessionToken: "token" };
  expect(keys).toEqual([
    { accessKeyId: "key 1", ...others },
    { accessKeyId: "key 2", ...others },
    { accessKeyId: "key 2", ...others },
  ]);
  expect(asked).toEqual(["let me in", "let me in"]);
});

it("sends no token to strangers in the clear, and says where credentials come from", async () => {
  await expect(
    jobCredentials({ AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://example.com/role" })(),
  ).rejects.toThrow("names example.com: without TLS only this machine and the platform");
  await expect(jobCredentials({})()).rejects.toThrow("There are no AWS credentials");
});
