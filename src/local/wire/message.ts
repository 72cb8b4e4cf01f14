/** A request and an answer as every service of the local cloud sees them, whichever way they came. */

import type { Readable } from "node:stream";

/** A request, from the SDK's request handler in this process or over HTTP. */
export interface WireRequest {
  /** `GET`, `PUT` … */
  readonly method: string;
  /** The host asked for, without the port: `bucket.s3.eu-west-1.amazonaws.com`, `127.0.0.1`. */
  readonly host: string;
  /** Percent-encoded as it came, never normalised (`..` stays), without the query. */
  readonly path: string;
  /** Decoded; a name without a value has `""`. */
  readonly query: Readonly<Record<string, string>>;
  /** What the query has more than once, with each of its values; `query` has the last. AWS's services repeat nothing. */
  readonly repeated?: Readonly<Record<string, readonly string[]>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The payload as it came: aws-chunked bodies are not yet decoded. */
  readonly body: Buffer | Readable | undefined;
  /** How it came. Bare folder paths as images are taken in the process only. */
  readonly origin: "in-process" | "http";
  /** Aborts when the asker has gone. */
  readonly signal?: AbortSignal | undefined;
}

/** An answer. */
export interface WireResponse {
  /** The HTTP status. */
  readonly status: number;
  /** Names in any case. */
  readonly headers: Readonly<Record<string, string>>;
  /** A stream is destroyed by the adapter when the asker goes away. */
  readonly body?: Buffer | string | Readable;
}

/** A value of an answer, before a protocol writes it. */
export type WireValue = string | number | boolean | Date | readonly WireValue[] | WireStructure;

/** Named members in their order; those that are undefined are left out. */
export interface WireStructure {
  readonly [member: string]: WireValue | undefined;
}

/** What answers for one service. */
export type WireService = (request: WireRequest) => Promise<WireResponse>;
