/** Requests to services of AWS that no client is for: signed and sent as the clients' own are. */

import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import type { Readable } from "node:stream";
import type { SignatureV4 } from "@smithy/signature-v4";
import type { Clients } from "./clients.ts";
import { awsCall } from "./translate.ts";

/** A request before it is signed. */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | Readable;
  /** The SHA-256 of a body that is a stream, in hex. */
  readonly digest?: () => Promise<string>;
  readonly signal?: AbortSignal | undefined;
}

/** An answer whose body has not been read yet. */
export interface IncomingAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

/** What a signature is made for. */
export interface SignedService {
  /** The name that IAM has for the service: `sagemaker-mlflow`. */
  readonly name: string;
  readonly region: string;
}

/** What all clients of the AWS SDK are made with. */
interface Handler {
  handle(
    request: object,
    options: { readonly abortSignal?: AbortSignal },
  ): Promise<{
    readonly response: {
      readonly statusCode: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body?: Readable;
    };
  }>;
}

/** Node's hashes as the signer wants them. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  /** The signer makes a new one each time. */
  reset(): void {}
}

/**
 * What signs requests to a service with the credentials that the clients have, which are renewed before they expire.
 *
 * @param clients - of the session
 * @param service - what the signatures are for
 * @returns a function that gives a request's headers with those of its signature among them
 * @throws SageMakerError when there are no credentials
 */
export async function requestSigner(
  clients: Clients,
  { name, region }: SignedService,
): Promise<(request: OutgoingRequest) => Promise<Record<string, string>>> {
  const [{ SignatureV4 }, { config }] = await Promise.all([
    import("@smithy/signature-v4"),
    clients.sts(),
  ]);
  const signer: SignatureV4 = new SignatureV4({
    service: name,
    region,
    credentials: config.credentials,
    sha256: Sha256,
  });
  return async (request) => {
    const { url, headers, digest } = request;
    const signed = await awsCall(`sign a request to ${url.host}`, async () =>
      signer.sign({
        ...toSdk(request),
        headers: {
          ...headers,
          host: url.host,
          // Of a stream the signer could only say that it is not signed.
          ...(digest && { "x-amz-content-sha256": await digest() }),
        },
      }),
    );
    return signed.headers;
  };
}

/**
 * Sends a request through the clients' own request handler: with its proxies and limits, or to the local cloud in this process.
 *
 * @param clients - of the session
 * @param request - signed
 * @throws the handler's error when no answer came
 */
export async function sendRequest(
  clients: Clients,
  request: OutgoingRequest,
): Promise<IncomingAnswer> {
  const { config } = await clients.sts();
  const { Readable } = await import("node:stream");
  const { response } = await (config.requestHandler as unknown as Handler).handle(
    toSdk(request),
    request.signal ? { abortSignal: request.signal } : {},
  );
  const { statusCode: status, headers, body = Readable.from([]) } = response;
  return { status, headers, body };
}

/** The SDK has the query apart, decoded. */
function toSdk({ method, url, headers, body }: OutgoingRequest) {
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(url.searchParams.keys())) {
    const [first = "", ...more] = url.searchParams.getAll(name);
    query[name] = more.length === 0 ? first : [first, ...more];
  }
  return {
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port !== "" && { port: Number(url.port) }),
    path: url.pathname,
    query,
    headers: { ...headers },
    ...(body !== undefined && { body }),
  };
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === "string") return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(data);
}
