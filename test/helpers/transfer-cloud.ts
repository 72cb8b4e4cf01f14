/** A local cloud's S3 for transfers, with a request handler in between that can look and break things. */

import { join } from "node:path";
import { Readable } from "node:stream";
import { onTestFinished } from "vitest";
import type { S3 } from "../../src/aws/types.ts";
import { LocalCloud } from "../../src/local/local-cloud.ts";
import { Session } from "../../src/session.ts";
import { ownFolder } from "./transfer-folders.ts";

/** A request on its way. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, unknown>;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

interface SeenResponse {
  statusCode: number;
  headers: Record<string, string>;
  body?: Readable;
}

/** What is done to a request: nothing, or an answer of one's own, or something done to the cloud's answer. */
export type Fault = (
  request: SeenRequest,
  answer: () => Promise<SeenResponse>,
) => Promise<SeenResponse> | undefined;

/** A cloud with a bucket. */
export interface TransferCloud {
  readonly session: Session;
  readonly s3: S3;
  readonly bucket: string;
  /** A folder of the test's own. */
  readonly folder: string;
  /** Every request, in order, as `GET /key`. */
  readonly requests: string[];
  /** Puts something between clients and cloud; the last one is asked first. */
  breakWith(fault: Fault): void;
  /** All keys of the bucket. */
  keys(): Promise<string[]>;
  /** Multipart uploads that were neither completed nor aborted. */
  openUploads(): Promise<number>;
  /** Puts objects. */
  put(objects: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
}

/** Starts one; it is gone when the test is finished. */
export async function ownCloud(
  clientConfig: Readonly<Record<string, unknown>> = {},
): Promise<TransferCloud> {
  const folder = await ownFolder();
  const cloud = new LocalCloud({ root: join(folder, ".sagemaker-local") });
  const faults: Fault[] = [];
  const requests: string[] = [];
  const requestHandler = {
    async handle(request: SeenRequest, options?: object): Promise<{ response: unknown }> {
      requests.push(`${request.method} ${decodeURIComponent(request.path)}`);
      const answer = async (): Promise<SeenResponse> => {
        const { response } = await cloud.requestHandler.handle(request as never, options as never);
        return response as SeenResponse;
      };
      for (const fault of faults.toReversed()) {
        const broken = fault(request, answer);
        if (broken !== undefined) {
          return { response: await broken };
        }
      }
      return { response: await answer() };
    },
  };
  const session = new Session({
    region: cloud.region,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    clientConfig: { forcePathStyle: true, ...clientConfig, requestHandler },
  });
  const s3 = await session.clients.s3();
  const bucket = "transfer-tests";
  await s3.createBucket({ Bucket: bucket });
  requests.length = 0;
  onTestFinished(() => session.close());
  return {
    session,
    s3,
    bucket,
    folder,
    requests,
    breakWith: (fault) => void faults.push(fault),
    async keys() {
      const { Contents = [] } = await s3.listObjectsV2({ Bucket: bucket });
      return Contents.map(({ Key = "" }) => Key);
    },
    async openUploads() {
      const { Uploads = [] } = await s3.listMultipartUploads({ Bucket: bucket });
      return Uploads.length;
    },
    async put(objects) {
      for (const [Key, Body] of Object.entries(objects)) {
        await s3.putObject({ Bucket: bucket, Key, Body: Buffer.from(Body) });
      }
      requests.length = 0;
    },
  };
}

/** Lets so many bytes of an answer through, then the connection is gone, or silent. */
export async function dropAfter(
  bytes: number,
  answer: () => Promise<SeenResponse>,
  how: "gone" | "silent" = "gone",
): Promise<SeenResponse> {
  const response = await answer();
  const chunks = (response.body ?? Readable.from([]))[Symbol.asyncIterator]();
  let left = bytes;
  const body = new Readable({
    // It is asked for more only when all before was taken.
    highWaterMark: 1,
    read() {
      if (left > 0) {
        chunks.next().then(
          ({ value }: { value?: Buffer }) => {
            const chunk = (value ?? Buffer.alloc(0)).subarray(0, left);
            left -= chunk.length;
            this.push(value === undefined ? null : chunk);
          },
          (error: Error) => this.destroy(error),
        );
      } else if (how === "gone") {
        this.destroy(Object.assign(new Error("aborted"), { code: "ECONNRESET" }));
      }
    },
    destroy(error, done) {
      response.body?.destroy();
      done(error);
    },
  });
  return { ...response, body };
}

/** An answer in place of the cloud's. */
export function answerWith(statusCode: number, code: string): Promise<SeenResponse> {
  const xml = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>as the test wants it</Message></Error>`;
  return Promise.resolve({
    statusCode,
    headers: { "content-type": "application/xml" },
    body: Readable.from([xml]),
  });
}
