/** MLflow's own server and Python client. */

import { installed, lacking } from "./installed.ts";
import { type RunningServer, startServer } from "./server.ts";

const command = installed("mlflow/bin/mlflow");
const client2 = installed("mlflow2/bin/python");

/** The current MLflow; `lacking` says why there is none here. */
export const MLFLOW = {
  python: installed("mlflow/bin/python"),
  command,
  lacking: lacking(command),
};
/** The client of the last MLflow of major version 2. */
export const MLFLOW_2 = { python: client2, lacking: lacking(client2) };

/** AWS's plugin for SageMaker-managed MLflow, for the Python programs that import `sagemaker_plugin`. */
export const SAGEMAKER_PLUGIN = {
  /** What Python imports it from. */
  folder: installed("sagemaker-mlflow"),
  lacking: MLFLOW.lacking ?? lacking(installed("sagemaker-mlflow/sagemaker_mlflow")),
};

/** User and password of a server that is started with `basicAuth`. */
export const ADMIN = { username: "admin", password: "password-of-tests-1234" };

/** How a server is started. */
export interface MlflowServerOptions {
  /** Only who signs in may ask. */
  readonly basicAuth?: boolean;
  /** Artifacts lie in S3, and clients go there themselves. Default: they go through the server. */
  readonly artifactsInS3?: { readonly uri: string; readonly endpoint: string };
  /** What it shows: a database or, in place of one, a folder. Default: a database of its own. */
  readonly store?: string;
  /** Processes that answer. Default: 1, which is ready soonest; MLflow's own default is 4. */
  readonly workers?: number;
}

/** Starts a server and waits until it says that it is ready. */
export async function startMlflow({
  basicAuth = false,
  artifactsInS3,
  store,
  workers = 1,
}: MlflowServerOptions = {}): Promise<RunningServer> {
  return await startServer({
    name: "MLflow",
    command,
    args: (host, port, folder) => [
      "server",
      ...["--host", host, "--port", String(port), "--workers", String(workers)],
      ...["--backend-store-uri", store ?? `sqlite:///${folder}/mlflow.db`],
      ...(artifactsInS3 === undefined
        ? ["--artifacts-destination", `${folder}/artifacts`]
        : ["--no-serve-artifacts", "--default-artifact-root", artifactsInS3.uri]),
      ...(basicAuth ? ["--app-name", "basic-auth"] : []),
    ],
    env: {
      MLFLOW_ALLOW_FILE_STORE: "true",
      MLFLOW_DISABLE_TELEMETRY: "true",
      // Three more processes, for the evaluation of language models.
      MLFLOW_SERVER_ENABLE_JOB_EXECUTION: "false",
      MLFLOW_FLASK_SERVER_SECRET_KEY: "interop",
      MLFLOW_AUTH_ADMIN_PASSWORD: ADMIN.password,
      ...(artifactsInS3 && {
        ...{ MLFLOW_S3_ENDPOINT_URL: artifactsInS3.endpoint, AWS_DEFAULT_REGION: "us-east-1" },
        ...{ AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" },
      }),
    },
    readyPath: "/health",
  });
}
