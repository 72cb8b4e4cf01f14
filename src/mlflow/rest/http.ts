/** One HTTP request, with what MLflow's clients may need of TLS and proxies; no retries here. */

import { type Agent, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Readable } from "node:stream";

/** A request. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream is sent once: whoever tries again makes a new one. */
  readonly body?: string | Buffer | Readable;
  /** The SHA-256 of a body that is a stream, in hex: for those who sign requests. */
  readonly digest?: () => Promise<string>;
  readonly signal?: AbortSignal | undefined;
}

/** An answer whose body has not been read yet. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable;
}

/** How connections are made. */
export interface HttpOptions {
  /** Chosen by the URL's protocol. Default: Node's own. */
  readonly agents?: { readonly "http:": Agent; readonly "https:": Agent } | undefined;
  /** Certificates of authorities, in PEM; instead of the system's. */
  readonly ca?: string;
  /** Certificate and key of the client, in PEM. */
  readonly cert?: string;
  /** Takes any certificate (`MLFLOW_TRACKING_INSECURE_TLS`). Default: `false`. */
  readonly insecureTls?: boolean;
  /** A connection on which nothing has moved for so long is given up, in milliseconds. Default: 120,000, as MLflow's. */
  readonly timeoutMs?: number;
}

/** Sends a request and gives the answer as soon as its head is there. */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;

/**
 * A way to send.
 *
 * @param options - how connections are made
 */
export function httpSender(options: HttpOptions = {}): Send {
  const { agents, ca, cert, insecureTls = false, timeoutMs = 120_000 } = options;
  return ({ method, url, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const isTls = url.protocol === "https:";
      const agent = agents?.[isTls ? "https:" : "http:"];
      const outgoing = (isTls ? httpsRequest : httpRequest)(url, {
        method,
        // Node's own would be missing for DELETE, and its body with it.
        headers: isWhole(body)
          ? { ...headers, "content-length": Buffer.byteLength(body) }
          : headers,
        ...(agent && { agent }),
        ...(signal && { signal }),
        ...(isTls && {
          rejectUnauthorized: !insecureTls,
          ...(ca !== undefined && { ca }),
          ...(cert !== undefined && { cert, key: cert }),
        }),
      });
      const fail = (error: unknown): void => {
        reject(signal?.aborted ? signal.reason : error);
      };
      outgoing.setTimeout(timeoutMs, () =>
        outgoing.destroy(new Error(`nothing came for ${timeoutMs / 1000} s`)),
      );
      outgoing.once("error", fail);
      outgoing.once("response", (incoming) =>
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: incoming }),
      );
      if (body === undefined || isWhole(body)) {
        outgoing.end(body);
      } else {
        body.once("error", (error) => outgoing.destroy(error));
        body.pipe(outgoing);
      }
    });
}

function isWhole(body: HttpRequest["body"]): body is string | Buffer {
  return typeof body === "string" || Buffer.isBuffer(body);
}

/**
 * The whole body of an answer.
 *
 * @param response - the answer
 * @param most - more bytes than this are refused
 */
export async function readText({ body }: HttpResponse, most = 64 * 2 ** 20): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > most) {
      body.destroy();
      throw new Error(`the answer has more than ${most} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
