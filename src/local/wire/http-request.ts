/** Takes a request over HTTP apart. */

import type { IncomingMessage } from "node:http";
import type { Fault } from "./fault-answer.ts";
import { hostName } from "./host-check.ts";
import type { WireRequest } from "./message.ts";

/** What a target may consist of: all else is to be percent-encoded. */
const TARGET = /^[\x21-\x7e]*$/;

/**
 * The request, or what is wrong with it.
 *
 * @param signal - aborts when the asker has gone
 */
export function toWire(incoming: IncomingMessage, signal: AbortSignal): WireRequest | Fault {
  const hosts = hostsOf(incoming);
  if (hosts > 1 || (hosts === 0 && incoming.httpVersion !== "1.0")) return "malformed";
  if (isOldAndChunked(incoming)) return "malformed";
  const url = incoming.url ?? "/";
  if (!TARGET.test(url)) return "uri";
  // The form that proxies are sent. Never through `new URL()`, which resolves the `..` that keys may have.
  const [origin = "", authority] = /^https?:\/\/([^/?]*)/i.exec(url) ?? [];
  if (authority !== undefined && hostName(authority) !== hostName(incoming.headers.host)) {
    return "malformed";
  }
  const target = url.slice(origin.length);
  const mark = target.indexOf("?");
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = parseQuery(mark === -1 ? "" : target.slice(mark + 1));
  if (query === undefined) return "uri";
  return {
    method: incoming.method ?? "GET",
    host: hostName(incoming.headers.host),
    path: path === "" ? "/" : path,
    query: Object.fromEntries(query),
    ...repeatedIn(query),
    headers: Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [
        name,
        [value ?? ""].flat().join(","),
      ]),
    ),
    body: hasBody(incoming) ? incoming : undefined,
    origin: "http",
    signal,
  };
}

/** Whether a body comes in chunks by a version of HTTP that has none: its framing is faulty (RFC 9112, 6.1). */
export function isOldAndChunked({ httpVersion, headers }: IncomingMessage): boolean {
  return httpVersion === "1.0" && headers["transfer-encoding"] !== undefined;
}

/** Node keeps the first of several; who stands between may have gone by another. */
function hostsOf({ rawHeaders }: IncomingMessage): number {
  return rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === "host").length;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

function repeatedIn(query: readonly [string, string][]): Pick<WireRequest, "repeated"> {
  const values = new Map<string, string[]>(query.map(([name]) => [name, []]));
  if (values.size === query.length) return {};
  for (const [name, value] of query) values.get(name)?.push(value);
  return { repeated: Object.fromEntries([...values].filter(([, all]) => all.length > 1)) };
}

function parseQuery(text: string): [string, string][] | undefined {
  const query: [string, string][] = [];
  for (const part of text.split("&")) {
    if (part === "") continue;
    const mark = part.indexOf("=");
    try {
      query.push([
        decode(mark === -1 ? part : part.slice(0, mark)),
        mark === -1 ? "" : decode(part.slice(mark + 1)),
      ]);
    } catch {
      return undefined;
    }
  }
  return query;
}

/** In a query a plus is a space, as forms have it. */
function decode(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}
