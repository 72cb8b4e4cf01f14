import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { MlflowClient } from "../../src/mlflow/index.ts";
import { Session } from "../../src/session.ts";
import { ROLE, startCloud } from "../helpers/cloud-fixture.ts";

const ARN = "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/pricing";

interface Received {
  readonly method: string;
  readonly headers: Readonly<Partial<Record<string, string>>>;
  readonly body: Buffer;
}

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of open.splice(0)) await close();
});

/** A server that answers each request with the next of these. */
async function serverOf(
  answers: readonly (readonly [number, object])[],
): Promise<{ readonly url: string; readonly received: Received[] }> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const { method = "" } = request;
    const headers = request.headers as Received["headers"];
    const [status, body] = answers[received.length] ?? [500, {}];
    received.push({ method, headers, body: await buffer(request) });
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(async () => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

describe("a SageMaker-managed server", () => {
  it("is asked again with a signature of its own for each attempt, and with new keys when the old ones are over", async () => {
    const { url, received } = await serverOf([
      [503, {}],
      [429, {}],
      [200, { experiment_id: "7" }],
    ]);
    let issued = 0;
    const session = new Session({
      region: "us-east-1",
      credentials: async () => {
        issued += 1;
        // Over at once: the next one who asks gets others.
        return { accessKeyId: `AK${issued}`, secretAccessKey: "s", expiration: new Date() };
      },
      endpoint: { mlflow: url },
    });
    const client = new MlflowClient({ trackingUri: ARN, session, retry: { baseMs: 1 } });

    expect(await client.createExperiment("x")).toBe("7");
    const signatures = received.map(({ headers }) => headers["authorization"] ?? "");
    const keys = signatures.map(
      (signature) =>
        /Credential=(AK\d+)\/\d+\/eu-west-1\/sagemaker-mlflow\//.exec(signature)?.[1] ?? "none",
    );
    expect(new Set(keys).size).toBe(3);
    expect(keys).not.toContain("none");
    expect(new Set(signatures).size).toBe(3);
  });

  it("that lets nobody in is told in its own words, with the action that is needed", async () => {
    const { url } = await serverOf([[403, { message: "no identity-based policy allows it" }]]);
    const session = new Session({
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      region: "eu-west-1",
      endpoint: { mlflow: url },
    });
    const app = ARN.replace("mlflow-tracking-server/pricing", "mlflow-app/app-1");

    await expect(
      new MlflowClient({ trackingUri: app, session }).getExperiment("1"),
    ).rejects.toThrow(
      /^arn:.*app-1 answered GET .* status 403: .*no identity-based policy allows it.*sagemaker:CallMlflowAppApi/,
    );
  });

  it("of a partition that has none is told", async () => {
    const client = new MlflowClient({ trackingUri: ARN.replace("arn:aws:", "arn:aws-cn:") });
    await expect(client.getExperiment("1")).rejects.toThrow(
      /partitions aws and aws-us-gov, and this is of aws-cn/,
    );
  });

  it("is found where the environment says, as the role that it says", async () => {
    const fixture = await startCloud({ region: "eu-west-1" });
    open.push(async () => await fixture.stop());
    const server = await fixture.cloud.listen();
    open.push(async () => await server.close());
    await fixture.sagemaker.createMlflowTrackingServer({
      TrackingServerName: "pricing",
      ArtifactStoreUri: "s3://artifacts",
      RoleArn: ROLE,
    });
    vi.stubEnv("AWS_ACCESS_KEY_ID", "any");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "any");
    vi.stubEnv("AWS_ENDPOINT_URL_STS", server.url);
    vi.stubEnv("SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT", server.url);
    vi.stubEnv("SAGEMAKER_MLFLOW_ASSUME_ROLE_ARN", ROLE);
    vi.stubEnv("MLFLOW_TRACKING_URI", ARN);

    // The local cloud issued the role's keys, and so looks whether the signature is theirs.
    const client = new MlflowClient({ retry: { retries: 0 } });
    const experimentId = await client.setExperiment("é");
    expect(await client.getExperimentByName("é")).toMatchObject({
      artifactLocation: `s3://artifacts/${experimentId}`,
    });
  });
});

describe("a server behind API Gateway", () => {
  it("gets signed requests, files among them", async () => {
    const folder = await mkdtemp(join(tmpdir(), "gateway-"));
    open.push(async () => await rm(folder, { recursive: true }));
    const file = join(folder, "model.bin");
    const bytes = Buffer.alloc(200_000, 7);
    await writeFile(file, bytes);
    const info = {
      run_id: "r",
      experiment_id: "1",
      artifact_uri: "mlflow-artifacts:/1/r/artifacts",
    };
    const { url, received } = await serverOf([
      [200, { run: { info } }],
      [200, {}],
    ]);
    vi.stubEnv("MLFLOW_TRACKING_AWS_SIGV4", "true");
    const session = new Session({
      region: "us-west-2",
      credentials: { accessKeyId: "AK", secretAccessKey: "b" },
    });
    const client = new MlflowClient({ trackingUri: url, session, token: "not-sent" });
    await client.logArtifact("r", file);

    const digest = createHash("sha256").update(bytes).digest("hex");
    const [, put] = received;
    expect(received.map(({ method }) => method)).toEqual(["GET", "PUT"]);
    expect(put?.body.equals(bytes)).toBe(true);
    expect(put?.headers).toMatchObject({
      "x-amz-content-sha256": digest,
      authorization: expect.stringMatching(/Credential=AK\/\d+\/us-west-2\/execute-api\//),
    });
  });
});
