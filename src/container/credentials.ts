/** The AWS credentials of a job: keys in the environment, or those of its role, which the platform gives out. */

import { readFile } from "node:fs/promises";
import { SageMakerError } from "../errors.ts";
import { httpSender, readText } from "../mlflow/rest/http.ts";
import type { Keys } from "../mlflow/rest/signature.ts";
import type { EnvironmentVariables } from "./paths.ts";

/** Where containers are given their role's credentials. */
const PLATFORM = "http://169.254.170.2";
/** Hosts that a token may be sent to without TLS: the machine itself, and the platform's. */
const LOCAL = /^(?:localhost|127(?:\.\d+){3}|\[::1\]|169\.254\.170\.(?:2|23)|\[fd00:ec2::23\])$/;
/** Renewed so long before they expire, in milliseconds. */
const EARLY_MS = 300_000;

/**
 * A source of the job's credentials; those of its role are renewed before they expire.
 *
 * @param env - the container's
 */
export function jobCredentials(env: EnvironmentVariables): () => Promise<Keys> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (accessKeyId && secretAccessKey) {
    const sessionToken = env["AWS_SESSION_TOKEN"];
    const keys = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
    return async () => keys;
  }
  let given: Promise<{ readonly keys: Keys; readonly until: number }> | undefined;
  return async () => {
    const last = await given?.catch(() => undefined);
    if (last === undefined || last.until < Date.now() + EARLY_MS) given = ofRole(env);
    return (await (given as NonNullable<typeof given>)).keys;
  };
}

async function ofRole(env: EnvironmentVariables): Promise<{ keys: Keys; until: number }> {
  const address = env["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]
    ? `${PLATFORM}${env["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]}`
    : env["AWS_CONTAINER_CREDENTIALS_FULL_URI"];
  if (!address) {
    throw new SageMakerError(
      "There are no AWS credentials: a job on AWS has those of its role (AWS_CONTAINER_CREDENTIALS_RELATIVE_URI); elsewhere set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    );
  }
  const url = new URL(address);
  if (url.protocol !== "https:" && !LOCAL.test(url.hostname)) {
    throw new SageMakerError(
      `AWS_CONTAINER_CREDENTIALS_FULL_URI names ${url.host}: without TLS only this machine and the platform are asked for credentials.`,
    );
  }
  const tokenFile = env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"];
  const token = tokenFile
    ? (await readFile(tokenFile, "utf8")).trim()
    : env["AWS_CONTAINER_AUTHORIZATION_TOKEN"];
  const response = await httpSender({ timeoutMs: 5000 })({
    method: "GET",
    url,
    headers: { accept: "application/json", ...(token && { authorization: token }) },
  });
  const text = await readText(response, 2 ** 20);
  if (response.status !== 200) {
    throw new Error(`${url.host} gave no credentials of the job's role: status ${response.status}`);
  }
  const given = JSON.parse(text) as Readonly<Partial<Record<string, string>>>;
  const { AccessKeyId = "", SecretAccessKey = "", Token, Expiration } = given;
  return {
    keys: {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      ...(Token !== undefined && { sessionToken: Token }),
    },
    until: Expiration === undefined ? Number.POSITIVE_INFINITY : Date.parse(Expiration),
  };
}
