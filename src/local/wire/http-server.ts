/** Takes requests over HTTP, for containers and for every other AWS client. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SageMakerError } from "../../errors.ts";
import { hostName, isLoopback, refusal } from "./host-check.ts";
import { discard } from "./in-process.ts";
import type { WireRequest, WireResponse } from "./message.ts";
import { faultMessage } from "./service-error.ts";

/** Where to listen. */
export interface ListenOptions {
  /** The port. Default: 0, a free one. */
  readonly port?: number;
  /** The address to bind. Default: `127.0.0.1`. */
  readonly host?: string;
  /**
   * Needed to bind an address that other machines can reach: whoever reaches it can start programs as this user.
   * Default: `false`.
   */
  readonly allowRemote?: boolean;
  /** Closes the server. */
  readonly signal?: AbortSignal;
}

/** A server that listens. */
export interface Listening {
  /** `http://127.0.0.1:49152` */
  readonly url: string;
  /** The port that was bound. */
  readonly port: number;
  /** Ends it promptly; requests under way are cut off. */
  close(): Promise<void>;
}

/**
 * Listens, and gives each request to `answer`.
 *
 * @param answer - what answers it
 * @throws {@link SageMakerError} when the address is not loopback and `allowRemote` is not set
 */
export async function listenHttp(
  answer: (request: WireRequest) => Promise<WireResponse>,
  options: ListenOptions = {},
): Promise<Listening> {
  const { port = 0, host = "127.0.0.1", allowRemote = false, signal } = options;
  signal?.throwIfAborted();
  if (!isLoopback(host) && !allowRemote) {
    throw new SageMakerError(
      `The local cloud starts programs for whoever reaches it, so it does not listen on ${host}. ` +
        "Leave host out to listen on 127.0.0.1, or set allowRemote: true if that is what you want.",
    );
  }
  const serve = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    void serveOne(answer, host, incoming, outgoing);
  };
  // A large upload takes longer than the five minutes that Node gives it.
  const server = createServer({ requestTimeout: 0 }, serve);
  server.on("checkContinue", (incoming: IncomingMessage, outgoing: ServerResponse) => {
    // Who is refused need not send the body.
    if (refusal(incoming.headers, host) === undefined) outgoing.writeContinue();
    serve(incoming, outgoing);
  });
  server.on("clientError", (_, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    else socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= new Promise((resolve) => {
      signal?.removeEventListener("abort", onAbort);
      server.close(() => resolve());
      server.closeAllConnections();
    });
    return closing;
  };
  const onAbort = (): void => void close();
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) await close();
  const name = host.includes(":") ? `[${host}]` : host;
  return { url: `http://${name}:${bound}`, port: bound, close };
}

async function serveOne(
  answer: (request: WireRequest) => Promise<WireResponse>,
  bound: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) gone.abort();
  });
  // Without a listener a dropped connection would end the process.
  incoming.on("error", () => {});
  outgoing.on("error", () => {});
  let response: WireResponse;
  try {
    const refused = refusal(incoming.headers, bound);
    const request = toWire(incoming, gone.signal);
    if (refused !== undefined) response = plain(403, refused);
    else response = request === undefined ? plain(400, "Bad request") : await answer(request);
  } catch (error) {
    response = plain(500, faultMessage(error));
  }
  await send(outgoing, incoming.method ?? "", response).catch(() => {
    // The head is out or the asker has gone: cutting it off is all that can be said.
    outgoing.destroy();
  });
}

async function send(
  outgoing: ServerResponse,
  method: string,
  response: WireResponse,
): Promise<void> {
  if (outgoing.destroyed) {
    discard(response);
    return;
  }
  const { status, headers, body } = response;
  const bytes = body === undefined || body instanceof Readable ? undefined : Buffer.from(body);
  outgoing.writeHead(status, {
    ...headers,
    ...(bytes !== undefined && method !== "HEAD" && { "content-length": String(bytes.length) }),
    ...(body === undefined && lengthOf(headers) === undefined && status !== 204 && status !== 304
      ? { "content-length": "0" }
      : {}),
  });
  if (body instanceof Readable && method !== "HEAD") {
    await pipeline(body, outgoing);
    return;
  }
  discard(response);
  outgoing.end(method === "HEAD" ? undefined : bytes);
}

function lengthOf(headers: Readonly<Record<string, string>>): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === "content-length")?.[1];
}

/** The request, or `undefined` when its target cannot be read. */
function toWire(incoming: IncomingMessage, signal: AbortSignal): WireRequest | undefined {
  // Never through `new URL()`, which resolves the `..` that keys may have.
  const target = (incoming.url ?? "/").replace(/^https?:\/\/[^/?]*/i, "");
  const mark = target.indexOf("?");
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = parseQuery(mark === -1 ? "" : target.slice(mark + 1));
  if (query === undefined) return undefined;
  return {
    method: incoming.method ?? "GET",
    host: hostName(incoming.headers.host),
    path: path === "" ? "/" : path,
    query,
    headers: Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [
        name,
        [value ?? ""].flat().join(","),
      ]),
    ),
    body: hasBody(incoming) ? incoming : undefined,
    origin: "http",
    signal,
  };
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function parseQuery(text: string): Record<string, string> | undefined {
  const query: [string, string][] = [];
  for (const part of text.split("&")) {
    if (part === "") continue;
    const mark = part.indexOf("=");
    try {
      query.push([
        decode(mark === -1 ? part : part.slice(0, mark)),
        mark === -1 ? "" : decode(part.slice(mark + 1)),
      ]);
    } catch {
      return undefined;
    }
  }
  return Object.fromEntries(query);
}

/** In a query a plus is a space, as forms have it. */
function decode(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}

function plain(status: number, message: string): WireResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body: `${message}\n` };
}
