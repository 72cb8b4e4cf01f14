/** Where a managed server is reached by HTTP without a signature: links that let a browser in, for a while (pure but for the clock). */

import { createHmac, timingSafeEqual } from "node:crypto";
import type { ManagedKind } from "../../../../mlflow/core/managed.ts";
import type { ManagedServer } from "./managed-store.ts";

/** How long a link is good, and what it opens. In seconds. */
export interface LinkLasts {
  readonly expires: number;
  readonly session: number;
}

/** What a token says. Milliseconds since 1970. */
interface Claim {
  /** What it is for: to open a session, or the session itself. */
  readonly use: "link" | "session";
  readonly until: number;
  /** How long the session of a link lasts, in seconds. */
  readonly session?: number;
}

/** The address of a managed server below an endpoint. */
export function placeOf(endpoint: string, kind: ManagedKind, id: string): string {
  return `${endpoint}/${kind}/${id}`;
}

/** The address that opens a session. */
export function linkTo(
  endpoint: string,
  kind: ManagedKind,
  { id, secret }: Pick<ManagedServer, "id" | "secret">,
  { expires, session }: LinkLasts,
): string {
  const token = seal({ use: "link", until: Date.now() + expires * 1000, session }, secret);
  return `${placeOf(endpoint, kind, id)}/auth?authToken=${token}`;
}

/**
 * The session that a link's token opens; undefined when it is over, or none.
 *
 * @returns the session's own token, and how long it is good, in seconds
 */
export function openSession(
  token: string,
  secret: string,
): { readonly token: string; readonly seconds: number } | undefined {
  const claim = unseal(token, secret);
  if (claim?.use !== "link" || claim.session === undefined) return undefined;
  const { session: seconds } = claim;
  const until = Date.now() + seconds * 1000;
  return { token: seal({ use: "session", until }, secret), seconds };
}

/** Whether a token is a session's, and not over. */
export function isSession(token: string, secret: string): boolean {
  return unseal(token, secret)?.use === "session";
}

function seal(claim: Claim, secret: string): string {
  const text = Buffer.from(JSON.stringify(claim)).toString("base64url");
  return `${text}.${sign(text, secret).toString("base64url")}`;
}

function unseal(token: string, secret: string): Claim | undefined {
  const [text = "", signature = ""] = token.split(".");
  const [given, expected] = [Buffer.from(signature, "base64url"), sign(text, secret)];
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  const claim = JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as Claim;
  return claim.until > Date.now() ? claim : undefined;
}

function sign(text: string, secret: string): Buffer {
  return createHmac("sha256", secret).update(text).digest();
}
