/** moto's server: SageMaker, S3, STS and IAM as others understand them. It runs no training: its jobs are born Completed. */

import { installed, lacking } from "./installed.ts";
import { type RunningServer, startServer } from "./server.ts";

const MOTO = installed("moto/bin/moto_server");

/** Why there is no moto here; `undefined` when there is. */
export const motoIsLacking: string | undefined = lacking(MOTO);

/** Starts a server and waits until it says that it is ready. */
export async function startMoto(): Promise<RunningServer> {
  return await startServer({
    name: "moto",
    command: MOTO,
    args: (host, port) => ["-H", host, "-p", String(port)],
    env: {
      PYTHONDONTWRITEBYTECODE: "1",
      AWS_EC2_METADATA_DISABLED: "true",
      // As in S3, one account does not reach the buckets of another.
      MOTO_S3_ALLOW_CROSSACCOUNT_ACCESS: "false",
    },
    readyPath: "/",
  });
}
