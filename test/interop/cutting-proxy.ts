/** Stands before a server and breaks one connection in the middle of an answer. */

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A proxy that listens. */
export interface CuttingProxy {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Whether the connection has been broken. */
  readonly hasCut: () => boolean;
  stop(): Promise<void>;
}

/**
 * Starts a proxy.
 *
 * @param upstream - the server's URL
 * @param afterBytes - how much of answers goes through before the break, all connections together
 */
export async function startCuttingProxy(
  upstream: string,
  afterBytes: number,
): Promise<CuttingProxy> {
  const { hostname, port } = new URL(upstream);
  const sockets = new Set<Socket>();
  let left = afterBytes;
  let hasCut = false;
  const server = createServer((client) => {
    const behind = connect(Number(port), hostname);
    for (const [socket, other] of [
      [client, behind],
      [behind, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.pipe(behind);
    behind.pipe(client);
    behind.on("data", (bytes) => {
      left -= bytes.length;
      if (left < 0 && !hasCut) {
        hasCut = true;
        client.destroy();
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hasCut: () => hasCut,
    async stop() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
