/** A MinIO server: an S3 that nobody here wrote. */

import { join } from "node:path";
import { installed, lacking } from "./installed.ts";
import { type RunningServer, startServer } from "./server.ts";

const MINIO = installed("minio/minio");
const CREDENTIALS = { accessKeyId: "interop-user", secretAccessKey: "interop-secret" };

/** A server that runs. */
export interface MinioServer extends RunningServer {
  readonly credentials: typeof CREDENTIALS;
}

/** Why there is no MinIO here; `undefined` when there is. */
export const minioIsLacking: string | undefined = lacking(MINIO);

/** Starts a server and waits until it says that it is ready. */
export async function startMinio(region = "us-east-1"): Promise<MinioServer> {
  const server = await startServer({
    name: "MinIO",
    command: MINIO,
    args: (host, port, folder) => [
      "server",
      join(folder, "data"),
      "--quiet",
      "--address",
      `${host}:${port}`,
    ],
    env: {
      MINIO_ROOT_USER: CREDENTIALS.accessKeyId,
      MINIO_ROOT_PASSWORD: CREDENTIALS.secretAccessKey,
      MINIO_REGION: region,
      MINIO_BROWSER: "off",
      MINIO_UPDATE: "off",
    },
    readyPath: "/minio/health/ready",
  });
  return { ...server, credentials: CREDENTIALS };
}
