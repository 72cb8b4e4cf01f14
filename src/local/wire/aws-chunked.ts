/** The `aws-chunked` content encoding: chunks, signed or not, and trailing headers. */

/** An aws-chunked body that does not follow the encoding, or stops before its end. */
export class AwsChunkedError extends Error {
  override readonly name: string = "AwsChunkedError";
}

/** A decoded body. */
export interface DecodedBody {
  /** The payload. It may be read once. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** The trailing headers, names in lower case; complete when `chunks` has been read to its end. */
  readonly trailers: ReadonlyMap<string, string>;
}

/** Longer size lines, and trailers that are longer together, are not of this encoding; nor is more that follows its end. */
const LINE_LIMIT = 16_384;
const SIZE = /^([0-9a-f]{1,13})(?:;.*)?$/i;

/**
 * Decodes an aws-chunked body: `<hex size>[;chunk-signature=…]\r\n<data>\r\n … 0\r\n[name:value\r\n …]\r\n`.
 * Signatures of chunks are read over: who may ask is decided by the request's own signature.
 *
 * @param source - the payload as it came
 * @throws AwsChunkedError from `chunks`, when the encoding is broken
 */
export function decodeAwsChunked(source: AsyncIterable<Uint8Array>): DecodedBody {
  const trailers = new Map<string, string>();
  return { chunks: decode(source, trailers), trailers };
}

async function* decode(
  source: AsyncIterable<Uint8Array>,
  trailers: Map<string, string>,
): AsyncGenerator<Uint8Array> {
  let state: "size" | "data" | "data-end" | "trailers" | "done" = "size";
  let left = 0;
  let line = "";
  let trailing = 0;

  for await (const part of source) {
    const chunk = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
    let at = 0;
    while (at < chunk.length && (state as string) !== "done") {
      if (state === "data") {
        const piece = chunk.subarray(at, at + left);
        at += piece.length;
        left -= piece.length;
        if (left === 0) state = "data-end";
        yield piece;
        continue;
      }
      const newline = chunk.indexOf(0x0a, at);
      line += chunk.toString("latin1", at, newline === -1 ? chunk.length : newline);
      if (line.length > LINE_LIMIT) throw new AwsChunkedError("A chunk's head is too long.");
      if (newline === -1) break;
      at = newline + 1;
      const text = line.endsWith("\r") ? line.slice(0, -1) : line;
      line = "";
      if (state === "data-end") {
        if (text !== "") throw new AwsChunkedError("A chunk is longer than it says.");
        state = "size";
      } else if (state === "size") {
        const size = SIZE.exec(text)?.[1];
        if (size === undefined) throw new AwsChunkedError("A chunk has no size.");
        left = Number.parseInt(size, 16);
        state = left === 0 ? "trailers" : "data";
      } else if (text === "") {
        state = "done";
      } else {
        const colon = text.indexOf(":");
        if (colon < 1) throw new AwsChunkedError("A trailer has no name.");
        trailing += text.length;
        if (trailing > LINE_LIMIT) throw new AwsChunkedError("The trailers are too long.");
        trailers.set(text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim());
      }
    }
    // What follows the end is read, so that the connection can go on, and means nothing; it may not go on for ever.
    if ((state as string) === "done") {
      trailing += chunk.length - at;
      if (trailing > LINE_LIMIT) throw new AwsChunkedError("The body goes on after its end.");
    }
  }
  if (state !== "done") throw new AwsChunkedError("The body stops before its last chunk.");
}
