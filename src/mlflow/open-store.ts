/** A tracking store for a tracking URI. */

import { proxyRequestHandler } from "../aws/proxy.ts";
import { readEnvironment, type ServerAccess } from "../environment.ts";
import { MlflowError } from "./core/mlflow-error.ts";
import type { TrackingStore } from "./core/tracking-store.ts";
import { readTrackingUri, type TrackingPlace } from "./core/tracking-uri.ts";
import { RestCaller } from "./rest/rest-caller.ts";
import { RestStore } from "./rest/rest-store.ts";
import type { RetryOptions } from "./rest/retry.ts";
import { openSender, passwordOrToken } from "./rest/server-access.ts";

/** What a store is opened with. */
export interface OpenOptions extends ServerAccess {
  /** How often and how long calls are tried again. */
  readonly retry?: RetryOptions;
}

/** An open store, and where it is. */
export interface OpenStore {
  readonly place: TrackingPlace;
  readonly store: TrackingStore;
  /** The server, for what a store has no method for: artifacts, the registry. Missing for folders. */
  readonly caller?: RestCaller;
}

/**
 * Opens a store; nothing is asked of it yet.
 *
 * @param trackingUri - a server, an ARN or a folder
 * @param given - ways in; what is missing is taken from the environment
 * @throws MlflowError when the URI means nothing, or a certificate cannot be read
 */
export async function openStore(trackingUri: string, given: OpenOptions): Promise<OpenStore> {
  const place = readTrackingUri(trackingUri);
  if (place.kind === "folder") {
    // Only folders need YAML.
    const { FileStore } = await import("./file/file-store.ts");
    return { place, store: new FileStore(place.path) };
  }
  if (place.kind === "managed") {
    throw new MlflowError(
      "NOT_IMPLEMENTED",
      `Runs cannot be logged to a SageMaker-managed server yet: ${place.arn}`,
    );
  }
  const { retries, ...environment } = readEnvironment().mlflow;
  const access = { ...environment, ...given };
  const [send, authorize] = await Promise.all([
    openSender(access, proxyAgents),
    passwordOrToken(access, place.url),
  ]);
  const caller = new RestCaller({
    url: withoutUser(place.url),
    send,
    authorize,
    retry: { ...(retries !== undefined && { retries }), ...given.retry },
  });
  return { place, store: new RestStore(caller), caller };
}

async function proxyAgents() {
  const proxies = await proxyRequestHandler();
  return proxies && { "http:": proxies.httpAgent, "https:": proxies.httpsAgent };
}

function withoutUser(address: string): string {
  const url = new URL(address);
  url.username = "";
  url.password = "";
  return url.href;
}
