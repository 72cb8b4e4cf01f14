/** For services of AWS that no client is for: the credentials and the request handler that the clients have. */

import { Readable } from "node:stream";
import type { Clients } from "./clients.ts";
import { awsCall } from "./translate.ts";

/** Keys, as they are for now. */
export interface CurrentKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** A request that is signed already. */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | Readable;
  readonly signal?: AbortSignal | undefined;
}

/** An answer whose body has not been read yet. */
export interface IncomingAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
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

/**
 * The clients' credentials, renewed when they are about to expire.
 *
 * @param clients - of the session
 * @throws SageMakerError when there are none
 */
export async function currentKeys(clients: Clients): Promise<CurrentKeys> {
  return await awsCall("sign a request", async () => {
    const { config } = await clients.sts();
    const { accessKeyId, secretAccessKey, sessionToken } = await config.credentials();
    return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
  });
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
  { method, url, headers, body, signal }: OutgoingRequest,
): Promise<IncomingAnswer> {
  const { config } = await clients.sts();
  const { response } = await (config.requestHandler as unknown as Handler).handle(
    {
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port !== "" && { port: Number(url.port) }),
      path: url.pathname,
      query: queryOf(url),
      headers,
      ...(body !== undefined && { body }),
    },
    signal ? { abortSignal: signal } : {},
  );
  return {
    status: response.statusCode,
    headers: response.headers,
    body: response.body ?? Readable.from([]),
  };
}

/** Apart and decoded, as the SDK has it. */
function queryOf(url: URL): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(url.searchParams.keys())) {
    const [first = "", ...more] = url.searchParams.getAll(name);
    query[name] = more.length === 0 ? first : [first, ...more];
  }
  return query;
}
