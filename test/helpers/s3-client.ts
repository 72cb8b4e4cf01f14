/** A real client of the AWS SDK on a local S3 of its own, in the process or over HTTP. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { S3, type S3ClientConfig } from "@aws-sdk/client-s3";
import { ObjectStore } from "../../src/local/services/s3/object-store.ts";
import { s3Service } from "../../src/local/services/s3/service.ts";
import { listenHttp } from "../../src/local/wire/http-server.ts";
import { inProcessHandler } from "../../src/local/wire/in-process.ts";
import type { WireRequest, WireResponse, WireService } from "../../src/local/wire/message.ts";

/** A local S3 for one test file. */
export interface TestS3 {
  readonly folder: string;
  readonly store: ObjectStore;
  readonly service: WireService;
  /** A client in this process. */
  readonly s3: S3;
  /** Another client in this process. */
  client(config?: S3ClientConfig): S3;
  /** Sends a request as it is. */
  send(request: Partial<WireRequest>): Promise<WireResponse & { readonly text: string }>;
  /** The address of the same S3 over HTTP. */
  url(): Promise<string>;
  close(): Promise<void>;
}

export const ACCOUNT = "123456789012";

/** Makes a local S3 in a temporary folder. */
export async function testS3(region = "us-east-1"): Promise<TestS3> {
  const folder = await mkdtemp(join(tmpdir(), "s3-test-"));
  const store = new ObjectStore(join(folder, "s3"));
  const service = s3Service({ store, account: ACCOUNT, region });
  const clients: S3[] = [];
  const client = (config: S3ClientConfig = {}): S3 => {
    const made = new S3({
      region,
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
      requestHandler: inProcessHandler(service),
      // The SDK's advice on bodies and retries is not what is tested.
      logger: { debug() {}, info() {}, warn() {}, error() {} },
      ...config,
    });
    clients.push(made);
    return made;
  };
  let listening: ReturnType<typeof listenHttp> | undefined;
  return {
    folder,
    store,
    service,
    s3: client(),
    client,
    async send(request) {
      const response = await service({
        method: "GET",
        host: `s3.${region}.amazonaws.com`,
        path: "/",
        query: {},
        headers: {},
        body: undefined,
        origin: "in-process",
        ...request,
      });
      return { ...response, text: await textOf(response) };
    },
    async url() {
      listening ??= listenHttp(service);
      return (await listening).url;
    },
    async close() {
      for (const made of clients) made.destroy();
      await (await listening)?.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function textOf({ body = "" }: WireResponse): Promise<string> {
  if (typeof body === "string") return body;
  if (Buffer.isBuffer(body)) return body.toString();
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
