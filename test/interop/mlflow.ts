/** MLflow's own servers and Python clients: the current one, and the last of 2.x. */

import { installed, lacking } from "./installed.ts";
import { type RunningServer, startServer } from "./server.ts";

/** An installed MLflow. */
export interface MlflowInstallation {
  readonly python: string;
  readonly command: string;
  /** Why there is none here; `undefined` when there is. */
  readonly lacking: string | undefined;
}

/** The current MLflow. */
export const MLFLOW: MlflowInstallation = installation("mlflow");
/** The last MLflow of major version 2. */
export const MLFLOW_2: MlflowInstallation = installation("mlflow2");

function installation(venv: string): MlflowInstallation {
  const command = installed(`${venv}/bin/mlflow`);
  return { python: installed(`${venv}/bin/python`), command, lacking: lacking(command) };
}

/** User and password of a server that is started with `basicAuth`. */
export const ADMIN = { username: "admin", password: "password-of-tests-1234" };

/** How a server is started. */
export interface MlflowServerOptions {
  readonly of?: MlflowInstallation;
  /** Only who signs in may ask. */
  readonly basicAuth?: boolean;
}

/** Starts a server over a database of its own and waits until it says that it is ready. */
export async function startMlflow({
  of = MLFLOW,
  basicAuth = false,
}: MlflowServerOptions = {}): Promise<RunningServer> {
  return await startServer({
    name: "MLflow",
    command: of.command,
    args: (host, port, folder) => [
      "server",
      ...["--host", host, "--port", String(port), "--workers", "1"],
      ...["--backend-store-uri", `sqlite:///${folder}/mlflow.db`],
      ...["--artifacts-destination", `${folder}/artifacts`],
      ...(basicAuth ? ["--app-name", "basic-auth"] : []),
    ],
    env: {
      PYTHONDONTWRITEBYTECODE: "1",
      MLFLOW_FLASK_SERVER_SECRET_KEY: "interop",
      MLFLOW_AUTH_ADMIN_PASSWORD: ADMIN.password,
    },
    readyPath: "/health",
  });
}
