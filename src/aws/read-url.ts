/** Reads a presigned URL the way the client that gave it sends its own requests: through the same proxy and sockets. */

import { SageMakerError } from "../errors.ts";

/** The configuration of an AWS client, as far as it carries requests. */
export interface UrlReader {
  readonly requestHandler: {
    handle(
      request: unknown,
      options?: { readonly abortSignal?: AbortSignal },
    ): Promise<{ readonly response: { readonly statusCode: number; readonly body?: unknown } }>;
  };
}

/** A presigned URL to read. */
export interface UrlRead {
  readonly url: string;
  /** More bytes than this are refused. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * The bytes behind a presigned URL.
 *
 * @param client - the configuration of the client that gave it
 * @param read - what is read
 * @throws {@link SageMakerError} for an answer other than 200, or one that is too long; it does not show the URL, whose signature is a secret
 */
export async function readUrl(client: UrlReader, read: UrlRead): Promise<Buffer> {
  const { protocol, hostname, port, pathname, searchParams } = new URL(read.url);
  const { response } = await client.requestHandler.handle(
    {
      method: "GET",
      protocol,
      hostname,
      ...(port !== "" && { port: Number(port) }),
      path: pathname,
      query: Object.fromEntries(searchParams),
      headers: { host: port === "" ? hostname : `${hostname}:${port}` },
    },
    { abortSignal: read.signal },
  );
  if (response.statusCode !== 200) {
    // Nobody reads it: the socket is not kept for that.
    (response.body as { destroy?(): void } | undefined)?.destroy?.();
    throw new SageMakerError(`${hostname} answered ${response.statusCode}`);
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > read.maxBytes) {
      throw new SageMakerError(`${hostname} answered more than ${read.maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
