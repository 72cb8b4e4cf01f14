/** Which requests over HTTP are taken at all: the local cloud starts programs, so no web page may reach it. */

import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";

/** Names by which containers call the machine that they run on. */
const CONTAINER_HOSTS = new Set(["host.docker.internal", "host.containers.internal"]);

/** Whether an address is this machine's alone. */
export function isLoopback(host: string): boolean {
  const name = bare(host);
  return name === "localhost" || name === "::1" || (isIP(name) === 4 && name.startsWith("127."));
}

/**
 * Why a request is refused, or `undefined`. A page in a browser sends an Origin, or says that it comes from another site;
 * one that has its name resolve to this machine sends that name as its Host.
 *
 * @param headers - as Node gives them
 * @param bound - the host that the server was asked to listen on
 */
export function refusal(headers: IncomingHttpHeaders, bound: string): string | undefined {
  if (headers.origin !== undefined) {
    return "The local cloud takes no requests from web pages (an Origin header was sent).";
  }
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "none" && site !== "same-origin") {
    return "The local cloud takes no requests from other sites.";
  }
  const name = hostName(headers.host);
  if (isAllowed(name, bare(bound))) return undefined;
  return (
    `The local cloud does not answer for the host "${name}": use localhost, 127.0.0.1, ` +
    `a name under localhost, or the host that it listens on.`
  );
}

/** The host of a Host header, without its port. */
export function hostName(host: string | undefined): string {
  return bare((host ?? "").replace(/:\d*$/, "")).toLowerCase();
}

function isAllowed(name: string, bound: string): boolean {
  if (isLoopback(name) || name.endsWith(".localhost") || name === bound) return true;
  // Buckets by virtual host: bucket.127.0.0.1.
  if (name.endsWith(".127.0.0.1")) return true;
  // Listening everywhere, it is asked by any of this machine's addresses; a name could be anyone's.
  const everywhere = bound === "0.0.0.0" || bound === "::";
  return everywhere && (isIP(name) !== 0 || CONTAINER_HOSTS.has(name));
}

function bare(host: string): string {
  return host.replace(/^\[(.*)\]$/, "$1");
}
