/** The local cloud for the programs of a job: a port that costs nothing until somebody calls. */

import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import type { JobRecord } from "../services/sagemaker/job.ts";
import { KeyStore } from "../services/sts/key-store.ts";
import { issueForRole } from "../services/sts/service.ts";
import type { CloudAccess } from "./container-environment.ts";

/** An endpoint that is open. */
export interface CloudEndpoint {
  readonly access: CloudAccess;
  /** Closes it, with all connections. */
  close(): Promise<void>;
}

/** Keys outlive the longest job that the service allows by a day. In seconds. */
const KEYS_LAST = 29 * 86_400;

/**
 * Opens a port on loopback and issues keys of the job's role. The local cloud itself is loaded, and listens on a port of its own that connections are
 * passed on to, when the first one comes: most jobs never call, and loading it takes longer than many of them.
 *
 * @param root - the local cloud's root
 * @param mlflowFolder - the folder of its MLflow tracking server, where it is not the usual one
 */
export async function openCloudEndpoint(
  root: string,
  job: JobRecord,
  mlflowFolder?: string,
): Promise<CloudEndpoint> {
  const sockets = new Set<Socket>();
  let cloud: ReturnType<typeof startCloud> | undefined;
  const server = createServer((socket) => {
    cloud ??= startCloud(root, job, mlflowFolder);
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.pause();
    cloud.then(
      ({ port }) => joinSockets(socket, connect(port, "127.0.0.1"), sockets),
      (error: unknown) => {
        process.stderr.write(`The local cloud could not be started: ${String(error)}\n`);
        socket.destroy();
      },
    );
  });
  const [port, keys] = await Promise.all([listen(server), issueKeys(root, job)]);
  return {
    access: { url: `http://127.0.0.1:${port}`, ...keys },
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await cloud?.then(({ close }) => close()).catch(() => undefined);
    },
  };
}

function joinSockets(outer: Socket, inner: Socket, sockets: Set<Socket>): void {
  sockets.add(inner);
  inner.once("close", () => {
    sockets.delete(inner);
    outer.destroy();
  });
  inner.on("error", () => inner.destroy());
  outer.once("close", () => inner.destroy());
  outer.pipe(inner);
  inner.pipe(outer);
}

async function listen(server: Server): Promise<number> {
  return await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address !== null) resolve(address.port);
      else reject(new Error("The port of the local cloud is not known"));
    });
  });
}

async function startCloud(
  root: string,
  { account, region }: JobRecord,
  mlflowFolder: string | undefined,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const { LocalCloud } = await import("../local-cloud.ts");
  const where = mlflowFolder === undefined ? {} : { mlflowFolder };
  return await new LocalCloud({ root, account, region, ...where }).listen({
    host: "127.0.0.1",
    port: 0,
  });
}

/** Keys as the job's role would get them from STS. */
async function issueKeys(root: string, job: JobRecord): Promise<Omit<CloudAccess, "url">> {
  const given = job.request["RoleArn"];
  const key = await issueForRole(new KeyStore(join(root, "keys")), {
    roleArn:
      typeof given === "string" && given !== "" ? given : `arn:aws:iam::${job.account}:role/local`,
    sessionName: "SageMaker",
    durationSeconds: KEYS_LAST,
  });
  const { accessKeyId, secretAccessKey, sessionToken } = key;
  return { accessKeyId, secretAccessKey, sessionToken };
}
