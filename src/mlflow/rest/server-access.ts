/** How a tracking server is let in to: user and password, token, certificates, as MLflow's own client reads them. */

import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { ServerAccess } from "../../environment.ts";
import { MlflowError } from "../core/mlflow-error.ts";
import { type HttpOptions, httpSender, type Send } from "./http.ts";
import type { Authorize } from "./rest-caller.ts";

/**
 * The connections to a server.
 *
 * @param access - its certificates
 * @param proxies - the agents that lead there through the environment's proxies, if any. Default: Node's own
 */
export async function openSender(
  access: ServerAccess & { readonly timeoutMs?: number },
  proxies?: () => Promise<HttpOptions["agents"]>,
): Promise<Send> {
  const { insecureTls, serverCertPath, clientCertPath, timeoutMs } = access;
  const [ca, cert, agents] = await Promise.all([
    pem(serverCertPath, "serverCertPath"),
    pem(clientCertPath, "clientCertPath"),
    // Certificates are for the server itself, and Node's own agents are what takes them.
    serverCertPath === undefined && clientCertPath === undefined && !insecureTls
      ? proxies?.()
      : undefined,
  ]);
  return httpSender({
    ...(agents && { agents }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(insecureTls !== undefined && { insecureTls }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
}

async function pem(path: string | undefined, option: string): Promise<string | undefined> {
  if (path === undefined || path === "") {
    return undefined;
  }
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new MlflowError(
      "INVALID_PARAMETER_VALUE",
      `The certificate ${path} (${option}) cannot be read: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

/**
 * What lets a request in, by user and password, or by token.
 *
 * @param access - as given, and as the environment has it
 * @param url - the server's address, which may hold user and password
 */
export async function passwordOrToken(access: ServerAccess, url: string): Promise<Authorize> {
  const { username: urlUser, password: urlPassword } = new URL(url);
  let [username, password] = [access.username, access.password];
  if (urlUser !== "") {
    [username, password] = [decodeURIComponent(urlUser), decodeURIComponent(urlPassword)];
  } else if (username === undefined && access.token === undefined) {
    ({ username, password } = await credentialsFile());
  }
  const authorization =
    username !== undefined && username !== ""
      ? `Basic ${Buffer.from(`${username}:${password ?? ""}`).toString("base64")}`
      : access.token !== undefined && access.token !== ""
        ? `Bearer ${access.token}`
        : undefined;
  return async (request) =>
    authorization === undefined
      ? request
      : { ...request, headers: { ...request.headers, authorization } };
}

/** An address without the user and password that it may hold: they go into a header. */
export function withoutUser(address: string): string {
  const url = new URL(address);
  url.username = "";
  url.password = "";
  return url.href;
}

/** `~/.mlflow/credentials`: a section `[mlflow]` with MLflow's variables in lower case. */
async function credentialsFile(): Promise<{
  username: string | undefined;
  password: string | undefined;
}> {
  const text = await readFile(join(homedir(), ".mlflow", "credentials"), "utf8").catch(() => "");
  const section = /^\[mlflow\]\s*$([\s\S]*?)(?=^\[|$(?![\s\S]))/m.exec(text)?.[1] ?? "";
  const value = (name: string): string | undefined =>
    new RegExp(`^\\s*${name}\\s*[=:]\\s*(.*?)\\s*$`, "m").exec(section)?.[1];
  return {
    username: value("mlflow_tracking_username"),
    password: value("mlflow_tracking_password"),
  };
}
