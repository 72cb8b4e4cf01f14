/** A way to a server that fails as servers and networks do: it turns requests away, breaks off, is gone for a while and comes back. */

import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** What may happen to a request. */
export type Trouble =
  /** 429, come back in a second; the server never hears of it. */
  | "throttled"
  /** 503; the server never hears of it. */
  | "busy"
  /** The connection ends before the server hears of it. */
  | "lost on the way there"
  /** The connection ends when the server has done it. */
  | "lost on the way back"
  /** The connection ends in the middle of the answer. */
  | "cut short"
  /** Nothing ever comes back; the server never hears of it. */
  | "silent";

/** A server behind a way that fails. */
export class ShakyServer {
  /** Everything that came, in order: `POST /api/2.0/mlflow/runs/log-batch`. */
  readonly requests: string[] = [];
  /** What happens to a request. Default: nothing. */
  trouble: (request: string) => Trouble | undefined = () => undefined;
  readonly #target: string;
  readonly #sockets = new Set<Socket>();
  #server = createServer();
  #port = 0;

  /** @param target - the server: `http://127.0.0.1:5000` */
  constructor(target: string) {
    this.#target = target;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Opens it, at the address that it had before. */
  async open(): Promise<this> {
    this.#server = createServer((incoming, outgoing) => {
      this.#serve(incoming, outgoing).catch(() => outgoing.destroy());
    });
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Ends every connection, and refuses new ones. */
  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = incoming;
    const path = url.replace(/\?.*/, "");
    this.requests.push(`${method} ${path}`);
    const trouble = this.trouble(`${method} ${path}`);
    const body = await bytesOf(incoming);
    if (trouble === "throttled") {
      outgoing.writeHead(429, { "retry-after": "1" });
      return void outgoing.end("Too many requests");
    }
    if (trouble === "busy") {
      outgoing.writeHead(503, { "content-type": "text/html" });
      return void outgoing.end("<h1>Service Unavailable</h1>");
    }
    if (trouble === "silent") return;
    if (trouble === "lost on the way there") return void incoming.socket.destroy();
    const forward = request(new URL(url, this.#target), { method, headers });
    forward.end(body);
    const [answer] = (await once(forward, "response")) as [IncomingMessage];
    const content = await bytesOf(answer);
    if (trouble === "lost on the way back") return void incoming.socket.destroy();
    outgoing.writeHead(answer.statusCode ?? 500, {
      "content-type": answer.headers["content-type"] ?? "text/plain",
      "content-length": content.length,
    });
    if (trouble === undefined) return void outgoing.end(content);
    outgoing.write(content.subarray(0, Math.floor(content.length / 2)), () =>
      incoming.socket.destroy(),
    );
  }
}

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
