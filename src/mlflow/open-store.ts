/** A tracking store for a tracking URI. */

import { proxyRequestHandler } from "../aws/proxy.ts";
import { readEnvironment, type ServerAccess } from "../environment.ts";
import type { Session } from "../session.ts";
import type { RegistryStore } from "./core/registry-store.ts";
import type { TrackingStore } from "./core/tracking-store.ts";
import { readTrackingUri, type TrackingPlace } from "./core/tracking-uri.ts";
import { RestCaller, type ServerOptions } from "./rest/rest-caller.ts";
import { RestStore } from "./rest/rest-store.ts";
import type { RetryOptions } from "./rest/retry.ts";
import { openSender, passwordOrToken, withoutUser } from "./rest/server-access.ts";

/** What a store is opened with. */
export interface OpenOptions extends ServerAccess {
  /** How often and how long calls are tried again. */
  readonly retry?: RetryOptions;
  /**
   * Whose credentials sign requests to a SageMaker-managed server, and whose S3 artifacts are in when they lie in S3 themselves. A
   * session of a local cloud leads to that cloud's servers. Default: `new Session()`.
   */
  readonly session?: Session;
  /**
   * Signs each request to a server with AWS credentials and the region of the session, for one behind API Gateway with IAM authorization:
   * user and token do not count then. Default: `MLFLOW_TRACKING_AWS_SIGV4`, else `false`.
   */
  readonly awsSigv4?: boolean;
}

/** An open store, and where it is. */
export interface OpenStore {
  readonly place: TrackingPlace;
  readonly store: TrackingStore;
  /** The model registry of the same place: most programs never ask for it. */
  readonly openRegistry: () => Promise<RegistryStore>;
  /** The server, for what a store has no method for: artifacts. Missing for folders. */
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
    const openRegistry = async () => {
      const { FileRegistry } = await import("./file/file-registry.ts");
      return new FileRegistry(place.path);
    };
    return { place, store: new FileStore(place.path), openRegistry };
  }
  const { retries } = readEnvironment().mlflow;
  const caller = new RestCaller({
    ...(await serverOf(place, given)),
    retry: { ...(retries !== undefined && { retries }), ...given.retry },
  });
  const openRegistry = async () => {
    const { RestRegistry } = await import("./rest/rest-registry.ts");
    return new RestRegistry(caller);
  };
  return { place, store: new RestStore(caller), openRegistry, caller };
}

async function serverOf(
  place: Exclude<TrackingPlace, { readonly kind: "folder" }>,
  given: OpenOptions,
): Promise<ServerOptions> {
  const { customEndpoint, assumeRoleArn, ...environment } = readEnvironment().mlflow;
  const { session } = given;
  if (place.kind === "managed") {
    const { managedServer } = await import("./managed-server.ts");
    return await managedServer(place, { session, customEndpoint, assumeRoleArn });
  }
  const access = { ...environment, ...given };
  const server = { url: withoutUser(place.url), send: await openSender(access, proxyAgents) };
  if (access.awsSigv4 === true) {
    const { gatewayAccess } = await import("./managed-server.ts");
    return { ...server, ...(await gatewayAccess(session)) };
  }
  return { ...server, authorize: await passwordOrToken(access, place.url) };
}

async function proxyAgents() {
  const proxies = await proxyRequestHandler();
  return proxies && { "http:": proxies.httpAgent, "https:": proxies.httpsAgent };
}
