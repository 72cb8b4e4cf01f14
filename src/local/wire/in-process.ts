/** Takes the requests of the AWS SDK's clients in this process, as their `requestHandler`: no port, no socket. */

import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import type { WireRequest, WireResponse } from "./message.ts";

/** The parts of the SDK's request that are read. */
export interface SdkRequest {
  /** `GET`, `PUT` … */
  readonly method: string;
  /** The service's host. */
  readonly hostname: string;
  /** Percent-encoded, without the query. */
  readonly path: string;
  /** Decoded. */
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>;
  /** Names in any case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes, text or a stream. */
  readonly body?: unknown;
}

/** The SDK's answer. */
export interface SdkResponse {
  /** The HTTP status. */
  readonly statusCode: number;
  /** Names in any case. */
  readonly headers: Record<string, string>;
  /** A stream even where the service answered with text: the SDK takes nothing else everywhere. */
  readonly body: Readable | undefined;
}

/** What a client of the AWS SDK takes as its `requestHandler`. */
export interface InProcessHandler {
  /** Answers a request; rejects with an AbortError when the signal aborts. */
  handle(
    request: SdkRequest,
    options?: {
      /** Aborts when the caller gives up. */
      readonly abortSignal?: unknown;
    },
  ): Promise<{
    /** The answer. */
    response: SdkResponse;
  }>;
  /** Nothing is kept open between requests. */
  destroy(): void;
}

/**
 * The handler that gives each request to `answer`.
 *
 * @param answer - what answers it
 */
export function inProcessHandler(
  answer: (request: WireRequest) => Promise<WireResponse>,
): InProcessHandler {
  return {
    async handle(request, { abortSignal } = {}) {
      const signal = abortSignal instanceof AbortSignal ? abortSignal : undefined;
      if (signal?.aborted) throw abortError(signal);
      const response = await untilAborted(answer(toWire(request, signal)), signal);
      return { response: fromWire(response, signal) };
    },
    destroy() {},
  };
}

function toWire(request: SdkRequest, signal: AbortSignal | undefined): WireRequest {
  const { method, hostname, path, query = {}, headers, body } = request;
  return {
    method,
    host: hostname,
    path,
    query: Object.fromEntries(Object.entries(query).map(([name, value]) => [name, flat(value)])),
    repeated: Object.fromEntries(
      Object.entries(query).flatMap(([name, value]) => (isList(value) ? [[name, value]] : [])),
    ),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    ),
    body: toBody(body),
    origin: "in-process",
    signal,
  };
}

function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value);
}

/** The SDK has null for a name without a value. */
function flat(value: string | readonly string[] | null): string {
  return typeof value === "string" ? value : (value?.at(-1) ?? "");
}

function toBody(body: unknown): Buffer | Readable | undefined {
  if (body === undefined || body === null || body instanceof Readable) return body ?? undefined;
  if (typeof body === "string") return Buffer.from(body);
  // JSON bodies are a subclass whose string methods print warnings: only its bytes are taken.
  if (ArrayBuffer.isView(body)) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  if (body instanceof ArrayBuffer) return Buffer.from(body);
  if (body instanceof Blob) return Readable.fromWeb(body.stream() as ReadableStream);
  return body instanceof globalThis.ReadableStream
    ? Readable.fromWeb(body as ReadableStream)
    : Readable.from(body as AsyncIterable<Uint8Array>);
}

/** The SDK takes no bodies but streams: a buffer fails where it expects to stream, a string everywhere. */
function fromWire(
  { status, headers, body }: WireResponse,
  signal: AbortSignal | undefined,
): SdkResponse {
  const stream = body === undefined || body instanceof Readable ? body : bytesOf(body);
  if (stream !== undefined && signal !== undefined) {
    const abort = (): void => void stream.destroy(abortError(signal));
    signal.addEventListener("abort", abort, { once: true });
    // As with Node's own answers, whoever has stopped listening is not told: the SDK's checksum stream stops before it destroys.
    stream.on("error", () => {});
    stream.once("close", () => signal.removeEventListener("abort", abort));
    if (signal.aborted) abort();
  }
  return { statusCode: status, headers: { ...headers }, body: stream };
}

function bytesOf(body: Buffer | string): Readable | undefined {
  return body.length === 0 ? undefined : Readable.from([Buffer.from(body)]);
}

async function untilAborted(
  answer: Promise<WireResponse>,
  signal: AbortSignal | undefined,
): Promise<WireResponse> {
  if (signal === undefined) return await answer;
  return await new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(abortError(signal));
      // What is answered all the same is let go.
      answer.then(discard, () => {});
    };
    signal.addEventListener("abort", abort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** Lets go of an answer that nobody takes. */
export function discard({ body }: WireResponse): void {
  if (body instanceof Readable) body.destroy();
}

/** The SDK's own handlers reject with this name, whatever the signal's reason is. */
function abortError(signal: AbortSignal): Error {
  const error = new Error("Request aborted", { cause: signal.reason });
  error.name = "AbortError";
  return error;
}
