/** A MinIO server: an S3 that nobody here wrote. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { installed, lacking } from "./installed.ts";

const MINIO = installed("minio/minio");
const CREDENTIALS = { accessKeyId: "interop-user", secretAccessKey: "interop-secret" };
const READY_WITHIN_MS = 60_000;

/** A server that runs. */
export interface MinioServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly credentials: typeof CREDENTIALS;
  /** Ends the process and removes its data. */
  stop(): Promise<void>;
}

/** Why there is no MinIO here; `undefined` when there is. */
export const minioIsLacking: string | undefined = lacking(MINIO);

/** Starts a server in a folder and on a port of its own, and waits until it says that it is ready. */
export async function startMinio(): Promise<MinioServer> {
  const folder = await mkdtemp(join(tmpdir(), "interop-minio-"));
  const url = `http://127.0.0.1:${await freePort()}`;
  const child = spawn(
    MINIO,
    ["server", join(folder, "data"), "--quiet", "--address", url.slice("http://".length)],
    {
      cwd: folder,
      stdio: "ignore",
      env: {
        PATH: process.env["PATH"],
        HOME: folder,
        MINIO_ROOT_USER: CREDENTIALS.accessKeyId,
        MINIO_ROOT_PASSWORD: CREDENTIALS.secretAccessKey,
        MINIO_BROWSER: "off",
        MINIO_UPDATE: "off",
      },
    },
  );
  // Whoever is ended before the end takes it along.
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const stop = async (): Promise<void> => {
    process.off("exit", kill);
    if (isRunning(child)) {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await readiness(url, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, credentials: CREDENTIALS, stop };
}

async function readiness(url: string, child: ChildProcess): Promise<void> {
  for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline; await delay(50)) {
    if (!isRunning(child)) throw new Error(`MinIO ended with exit code ${child.exitCode}.`);
    const answer = await fetch(`${url}/minio/health/ready`).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error(`MinIO was not ready within ${READY_WITHIN_MS} ms.`);
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** MinIO takes no port 0: one that was free a moment ago is the best that can be had. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
