/** Takes requests over HTTP, for containers and for every other AWS client. */

import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { SageMakerError } from "../../errors.ts";
import { type Fault, faultAnswer, faultError, styleOf } from "./fault-answer.ts";
import { isLoopback, refusal } from "./host-check.ts";
import { isOldAndChunked, toWire } from "./http-request.ts";
import { discard } from "./in-process.ts";
import type { WireRequest, WireResponse } from "./message.ts";
import { BODY_LIMITS, type BodyLimits, lastWord, readRest, watchBody } from "./request-body.ts";

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

/** What answers, for which host, within which bounds. */
interface Serving {
  readonly answer: (request: WireRequest) => Promise<WireResponse>;
  /** The host that the server was asked to listen on. */
  readonly bound: string;
  readonly limits: BodyLimits;
  /** The request of each connection that is being answered. */
  readonly underWay: WeakMap<Socket, { incoming: IncomingMessage; outgoing: ServerResponse }>;
}

/**
 * Listens, and gives each request to `answer`.
 *
 * @param answer - what answers it
 * @param limits - of bodies
 * @throws {@link SageMakerError} when the address is not loopback and `allowRemote` is not set, and when the port cannot be had
 */
export async function listenHttp(
  answer: (request: WireRequest) => Promise<WireResponse>,
  options: ListenOptions = {},
  limits: BodyLimits = BODY_LIMITS,
): Promise<Listening> {
  const { port = 0, host = "127.0.0.1", allowRemote = false, signal } = options;
  signal?.throwIfAborted();
  if (!isLoopback(host) && !allowRemote) {
    throw new SageMakerError(
      `The local cloud starts programs for whoever reaches it, so it does not listen on ${host}. ` +
        "Leave host out to listen on 127.0.0.1, or set allowRemote: true if that is what you want.",
    );
  }
  const server = createHttpServer({ answer, bound: host, limits, underWay: new WeakMap() });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(cannotListen(error, host, port)));
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

function createHttpServer(serving: Serving): ReturnType<typeof createServer> {
  const { bound, limits } = serving;
  const serve = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    void serveOne(serving, incoming, outgoing);
  };
  // A large upload takes longer than the five minutes that Node gives it: how long it may stall is watched here. A request
  // without a host is refused here too, in the services' words.
  const server = createServer(
    {
      requestTimeout: 0,
      headersTimeout: limits.idleMs,
      connectionsCheckingInterval: limits.idleMs / 4,
      requireHostHeader: false,
    },
    serve,
  );
  // Their size is bounded; none may be dropped in silence.
  server.maxHeadersCount = 0;
  server.on("checkContinue", (incoming: IncomingMessage, outgoing: ServerResponse) => {
    // Who is refused need not send the body.
    if (refusal(incoming.headers, bound) === undefined) outgoing.writeContinue();
    serve(incoming, outgoing);
  });
  // What is expected but a go-ahead may be read over (RFC 9110); Node would refuse it in its own words.
  server.on("checkExpectation", serve);
  server.on("connect", (_, socket: Socket) => lastWord(socket, rawFault("method"), limits));
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    const current = serving.underWay.get(socket);
    const say = (incoming?: IncomingMessage): void =>
      lastWord(socket, rawFault(faultOf(error), incoming), limits);
    if (current === undefined) say();
    else if (current.incoming.complete) {
      // It came behind a whole request, which is answered first.
      if (current.outgoing.writableFinished) say();
      else current.outgoing.once("finish", () => say());
    }
    // An answer has begun: what were said now would be taken for a part of it.
    else if (current.outgoing.headersSent) socket.destroy();
    else say(current.incoming);
  });
  return server;
}

/** What Node's parser says of a request, in the services' terms. */
function faultOf({ code }: NodeJS.ErrnoException): Fault {
  if (code === "HPE_HEADER_OVERFLOW") return "headers";
  return code === "ERR_HTTP_REQUEST_TIMEOUT" ? "timeout" : "malformed";
}

/** An answer written by hand, where Node gives no response to write it to. */
function rawFault(fault: Fault, incoming?: IncomingMessage): string {
  const style = styleOf(incoming?.headers ?? {}, incoming?.method);
  const { status, headers, body } = faultAnswer(faultError(fault, style), style, "");
  // Bytes cannot stand in this text; then the headers alone say what is wrong.
  const words = typeof body === "string" ? body : "";
  const lines = Object.entries({
    ...headers,
    "content-length": String(Buffer.byteLength(words)),
    connection: "close",
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n${words}`;
}

/** What to do about a port that cannot be had. */
function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): SageMakerError {
  const causes: Readonly<Record<string, string>> = {
    EADDRINUSE:
      "something listens there already. Choose another port, or leave it out for a free one.",
    EACCES: "the system does not let this user have that port. Choose one above 1023.",
    EADDRNOTAVAIL: "this machine has no such address. Leave host out to listen on 127.0.0.1.",
    ENOTFOUND: "this host name is not known. Leave host out to listen on 127.0.0.1.",
  };
  const cause = causes[error.code ?? ""] ?? error.message;
  return new SageMakerError(`The local cloud cannot listen on ${host}, port ${port}: ${cause}`, {
    cause: error,
  });
}

async function serveOne(
  serving: Serving,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { limits } = serving;
  serving.underWay.set(incoming.socket, { incoming, outgoing });
  const gone = new AbortController();
  outgoing.once("close", () => {
    if (!outgoing.writableFinished) gone.abort();
  });
  // Without a listener a dropped connection would end the process.
  incoming.on("error", () => {});
  outgoing.on("error", () => {});
  const method = incoming.method ?? "";
  const style = styleOf(incoming.headers, method);
  // Where the body ends is told otherwise by those who know no chunks; Node loses what follows an upgrade that is not made.
  if (isOldAndChunked(incoming) || incoming.headers.upgrade !== undefined) {
    outgoing.shouldKeepAlive = false;
  }
  let unwatch = (): void => {};
  const stalled = new Promise<undefined>((resolve) => {
    unwatch = watchBody(incoming, limits, () => resolve(undefined));
  });
  const answering = respond(serving, incoming, gone.signal).catch((error: unknown) =>
    faultAnswer(error, style, method),
  );
  let response = await Promise.race([answering, stalled]);
  unwatch();
  if (response === undefined) {
    response = faultAnswer(faultError("timeout", style), style, method);
    outgoing.shouldKeepAlive = false;
    // What is answered all the same is let go.
    answering.then(discard, () => {});
  }
  await send(outgoing, method, response).catch(() => {
    // The head is out or the asker has gone: cutting it off is all that can be said.
    outgoing.destroy();
  });
  readRest(incoming, limits);
}

async function respond(
  { answer, bound }: Serving,
  incoming: IncomingMessage,
  signal: AbortSignal,
): Promise<WireResponse> {
  const style = styleOf(incoming.headers, incoming.method);
  const request = toWire(incoming, signal);
  if (typeof request === "string") throw faultError(request, style);
  const refused = refusal(incoming.headers, bound);
  if (refused !== undefined) throw faultError("denied", style, refused);
  return await answer(request);
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
