/** A Versity S3 gateway: a second S3 that nobody here wrote, over a folder of files. */

import { installed, lacking } from "./installed.ts";
import { type RunningServer, startServer } from "./server.ts";

const VERSITY = installed("versitygw/versitygw");
const CREDENTIALS = { accessKeyId: "interop-user", secretAccessKey: "interop-secret" };

/** A gateway that runs. */
export interface VersityServer extends RunningServer {
  readonly credentials: typeof CREDENTIALS;
}

/** Why there is no gateway here; `undefined` when there is. */
export const versityIsLacking: string | undefined = lacking(VERSITY);

/** Starts a gateway and waits until it says that it is ready. */
export async function startVersity(region: string): Promise<VersityServer> {
  const server = await startServer({
    name: "The Versity gateway",
    command: VERSITY,
    args: (host, port, folder) => [
      ...["--region", region, "--port", `${host}:${port}`, "--health", "/health"],
      ...["posix", folder],
    ],
    env: {
      ROOT_ACCESS_KEY: CREDENTIALS.accessKeyId,
      ROOT_SECRET_KEY: CREDENTIALS.secretAccessKey,
    },
    readyPath: "/health",
  });
  return { ...server, credentials: CREDENTIALS };
}
