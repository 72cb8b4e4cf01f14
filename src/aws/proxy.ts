/** `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, which the AWS SDK for JavaScript does not read by itself. */

import type { Agent } from "node:http";
import { readEnvironment } from "../environment.ts";

/** What the AWS SDK's node handler is made from. */
export interface ProxyAgents {
  readonly httpAgent: Agent;
  readonly httpsAgent: Agent;
}

/**
 * Options for the AWS SDK's request handler that send each request through the proxy that the environment names for its
 * host, or directly where `NO_PROXY` says so; `undefined` when no proxy is set, so that nothing is loaded.
 */
export async function proxyRequestHandler(): Promise<ProxyAgents | undefined> {
  if (readEnvironment().proxies.length === 0) {
    return undefined;
  }
  const [{ Agent: BaseAgent }, { HttpsProxyAgent }, { getProxyForUrl }, http, https] =
    await Promise.all([
      import("agent-base"),
      import("https-proxy-agent"),
      import("proxy-from-env"),
      import("node:http"),
      import("node:https"),
    ]);
  const keepAlive = { keepAlive: true, maxSockets: 50 };
  const direct = { http: new http.Agent(keepAlive), https: new https.Agent(keepAlive) };
  const proxies = new Map<string, InstanceType<typeof HttpsProxyAgent>>();

  /** Chooses by the request's host: one client may speak to several (`bucket.s3…`). */
  class EnvironmentAgent extends BaseAgent {
    override connect(
      request: import("node:http").ClientRequest,
      options: { secureEndpoint: boolean },
    ): Agent {
      const scheme = options.secureEndpoint ? "https" : "http";
      const proxy = getProxyForUrl(`${scheme}://${request.getHeader("host") ?? request.host}`);
      if (proxy === "") {
        return direct[scheme];
      }
      let agent = proxies.get(proxy);
      if (agent === undefined) {
        agent = new HttpsProxyAgent(proxy, keepAlive);
        proxies.set(proxy, agent);
      }
      return agent;
    }
  }
  return { httpAgent: new EnvironmentAgent(), httpsAgent: new EnvironmentAgent() };
}
