/** Stands between MLflow's client and a tracking server, and loses the answers of some calls after the server has acted. */

import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

/** A proxy before a tracking server. */
export interface MlflowProxy {
  readonly url: string;
  /** What was asked for, in order: `POST runs/create`. */
  readonly calls: string[];
  /** The next answers to this call are lost: the connection ends instead. */
  lose(call: string, times?: number): void;
  close(): Promise<void>;
}

/** Opens a proxy before a server. */
export async function startMlflowProxy(upstream: string): Promise<MlflowProxy> {
  const calls: string[] = [];
  const lost = new Map<string, number>();
  const server = createServer((incoming, outgoing) => {
    const { method = "GET", url = "/", headers } = incoming;
    const call = `${method} ${url.replace(/^\/api\/2\.0\/mlflow\/|\?.*$/g, "")}`;
    calls.push(call);
    const sent = request(new URL(url, upstream), { method, headers }, (answer) => {
      const left = lost.get(call) ?? 0;
      if (left > 0) {
        lost.set(call, left - 1);
        answer.resume().once("end", () => incoming.socket.destroy());
      } else {
        outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(outgoing);
      }
    });
    sent.once("error", () => incoming.socket.destroy());
    incoming.pipe(sent);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    lose: (call, times = 1) => void lost.set(call, times),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
