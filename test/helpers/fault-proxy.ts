/** Stands between a session's clients and the local cloud, over HTTP, and does to one call what networks and services do to calls. */

import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  request as send,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { LocalCloud } from "../../src/local/local-cloud.ts";
import { Session } from "../../src/session.ts";

/** What may happen to a call. */
export const FAULTS = [
  "throttled",
  "500",
  "502 with a page of HTML",
  "reset before the service acted",
  "reset after the service acted",
  "hung before the service acted",
  "hung after the service acted",
  "200 with a page of HTML",
  "200 with a body cut short",
  "200 with an empty body",
] as const;

/** One of them. */
export type FaultName = (typeof FAULTS)[number];

/** Faults that a later attempt gets past: what is asked for must come about all the same. */
export const PASSING: readonly FaultName[] = FAULTS.slice(0, 7);

/** Faults that are the same to a call that only reads, whether they come before or after it. */
export const AFTER: readonly FaultName[] = [
  "reset after the service acted",
  "hung after the service acted",
];

/** A connection on which nothing happens for so long is given up, in milliseconds. */
const PATIENCE_MS = 1000;

interface Call {
  /** `GetCallerIdentity`, `DescribeTrainingJob`, `PUT object` … */
  readonly operation: string;
  readonly service: "json" | "query" | "s3";
}

/** A proxy before a local cloud. */
export class FaultProxy {
  /** The operations that came, in order. */
  readonly operations: string[] = [];
  /** How often the fault was done. */
  struck = 0;
  readonly #cloud: LocalCloud;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #upstream = "";
  #close: (() => Promise<void>) | undefined;
  #fault: { readonly operation: string; readonly fault: FaultName; left: number } | undefined;

  constructor(cloud: LocalCloud) {
    this.#cloud = cloud;
    this.#server = createServer((incoming, outgoing) => {
      this.#serve(incoming, outgoing).catch(() => outgoing.destroy());
    });
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** Opens it; the answer is a session whose clients speak through it. */
  async open(): Promise<Session> {
    const listening = await this.#cloud.listen();
    this.#upstream = listening.url;
    this.#close = () => listening.close();
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const { port } = this.#server.address() as AddressInfo;
    const { local } = this.#cloud.session();
    return new Session({
      region: this.#cloud.region,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      endpoint: `http://127.0.0.1:${port}`,
      ...(local && { local }),
      clientConfig: { requestHandler: { socketTimeout: PATIENCE_MS } },
    });
  }

  /**
   * Does something to calls from now on.
   *
   * @param operation - to which
   * @param fault - what
   * @param times - to how many of them
   */
  strike(operation: string, fault: FaultName, times = 1): void {
    this.#fault = { operation, fault, left: times };
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await this.#close?.();
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await bytes(incoming);
    const call = nameOf(incoming, body);
    this.operations.push(call.operation);
    const due = this.#fault;
    if (due === undefined || due.operation !== call.operation || due.left === 0) {
      return await this.#pass(incoming, body, outgoing);
    }
    due.left -= 1;
    this.struck += 1;
    switch (due.fault) {
      case "throttled":
      case "500":
        return refuse(call, due.fault === "throttled", outgoing);
      case "502 with a page of HTML":
        return page(502, outgoing);
      case "reset before the service acted":
        return void incoming.socket.destroy();
      case "reset after the service acted":
        await this.#forward(incoming, body);
        return void incoming.socket.destroy();
      case "hung before the service acted":
        return;
      case "hung after the service acted":
        await this.#forward(incoming, body);
        return;
      case "200 with a page of HTML":
        return page(200, outgoing);
      case "200 with a body cut short": {
        const { status, headers, content } = await this.#forward(incoming, body);
        const half = content.subarray(0, Math.floor(content.length / 2));
        outgoing.writeHead(status, { ...headers, "content-length": String(half.length) });
        return void outgoing.end(half);
      }
      case "200 with an empty body":
        outgoing.writeHead(200, { "content-length": "0" });
        return void outgoing.end();
    }
  }

  async #pass(incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse): Promise<void> {
    const { status, headers, content } = await this.#forward(incoming, body);
    outgoing.writeHead(status, headers);
    outgoing.end(content);
  }

  async #forward(incoming: IncomingMessage, body: Buffer) {
    const { method, url, headers } = incoming;
    const request = send(new URL(url ?? "/", this.#upstream), {
      method,
      // Signed as it came, and sent as it was signed.
      headers: { ...headers },
    });
    request.end(body);
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const content = await bytes(response);
    const { "transfer-encoding": _, ...kept } = response.headers;
    return { status: response.statusCode ?? 500, headers: kept, content };
  }
}

async function bytes(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What a call is for. */
function nameOf({ method = "", url = "", headers }: IncomingMessage, body: Buffer): Call {
  const target = headers["x-amz-target"];
  if (typeof target === "string") {
    return { operation: target.slice(target.indexOf(".") + 1), service: "json" };
  }
  if (headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) {
    const action = new URLSearchParams(body.toString()).get("Action");
    return { operation: action ?? "", service: "query" };
  }
  const { pathname, searchParams } = new URL(url, "http://s3");
  const [, , ...key] = pathname.split("/");
  const what = key.join("") === "" ? "bucket" : "object";
  const lists = searchParams.has("list-type") ? "list" : what;
  // The time in a job's name differs from run to run.
  const name = lists === "object" ? key.at(-1)?.replace(/-\d{4}(-\d{2}){5}-\d{3}/, "") : lists;
  return { operation: `${method} ${name}`, service: "s3" };
}

function refuse({ service }: Call, isThrottled: boolean, outgoing: ServerResponse): void {
  const [code, message] = isThrottled
    ? [service === "json" ? "ThrottlingException" : "Throttling", "Rate exceeded"]
    : [service === "json" ? "InternalFailure" : "InternalError", "Something broke."];
  if (service === "json") {
    outgoing.writeHead(isThrottled ? 400 : 500, { "content-type": "application/x-amz-json-1.1" });
    outgoing.end(JSON.stringify({ __type: code, message }));
  } else if (service === "query") {
    outgoing.writeHead(isThrottled ? 400 : 500, { "content-type": "text/xml" });
    outgoing.end(
      `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
    );
  } else {
    outgoing.writeHead(isThrottled ? 503 : 500, { "content-type": "application/xml" });
    outgoing.end(
      `<Error><Code>${isThrottled ? "SlowDown" : code}</Code><Message>${message}</Message></Error>`,
    );
  }
}

function page(status: number, outgoing: ServerResponse): void {
  outgoing.writeHead(status, { "content-type": "text/html" });
  outgoing.end("<html><body><h1>Sign in to the network</h1></body></html>");
}
