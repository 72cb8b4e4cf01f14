/** A request for S3, taken apart, and what its body must be. */

import { addAbortSignal, Readable } from "node:stream";
import { AwsChunkedError, decodeAwsChunked } from "../../wire/aws-chunked.ts";
import type { WireRequest, WireResponse } from "../../wire/message.ts";
import { type Address, parseAddress } from "./addressing.ts";
import { type BodySource, LARGEST_PUT } from "./body-file.ts";
import type { ChecksumAlgorithm, Checksums } from "./bucket-journal.ts";
import {
  checksumAlgorithm,
  checksumAlgorithms,
  checksumHeader,
  isBase64,
  isChecksum,
} from "./checksums.ts";
import type { ExpectedDigests } from "./digest-check.ts";
import type { ObjectStore } from "./object-store.ts";
import { S3Error } from "./s3-error.ts";
import type { TextMap } from "./text-map.ts";
import { type XmlContent, xmlDocument } from "./xml.ts";

/** What the service stands on. */
export interface S3Context {
  /** The objects. */
  readonly store: ObjectStore;
  /** The account that owns every bucket. */
  readonly account: string;
  /** The region of the cloud, for buckets that are made without one. */
  readonly region: string;
}

/** A request for S3. */
export interface S3Request extends Address {
  readonly method: string;
  readonly query: TextMap;
  /** Names in lower case; those that a presigned URL has in its query are here too. */
  readonly headers: TextMap;
  readonly wire: WireRequest;
}

/** A request for a bucket. */
export interface BucketRequest extends S3Request {
  readonly bucket: string;
}

/** A request for an object. */
export interface ObjectRequest extends BucketRequest {
  readonly key: string;
}

/** What answers requests of one kind. */
export type Operation<R extends S3Request = ObjectRequest> = (
  request: R,
  context: S3Context,
) => Promise<WireResponse>;

/** Takes a request apart. */
export function parseRequest(wire: WireRequest): S3Request {
  const hoisted = Object.entries(wire.query).filter(([name]) => name.startsWith("x-amz-"));
  return {
    ...parseAddress(wire.host, wire.path),
    method: wire.method,
    query: wire.query,
    headers: { ...Object.fromEntries(hoisted), ...wire.headers },
    wire,
  };
}

/** A body on its way in. */
export interface IncomingBody {
  readonly source: BodySource;
  readonly expected: ExpectedDigests;
  /** What must be computed for `expected` and `trailing`. */
  readonly algorithms: readonly ChecksumAlgorithm[];
  readonly trailing: (() => Checksums) | undefined;
  readonly signal: AbortSignal | undefined;
}

const OTHER_CHECKSUM = /^x-amz-checksum-(?:md5|sha512|xxhash)/;
const HEX_SHA256 = /^[0-9a-f]{64}$/;

/**
 * The body of a request, and everything that the request says of it.
 *
 * @throws S3Error `InvalidDigest`, `InvalidRequest`, `InvalidArgument`
 */
export function incomingBody({ headers, wire }: S3Request): IncomingBody {
  const sha256 = headers["x-amz-content-sha256"];
  const isStreaming = sha256?.startsWith("STREAMING-") ?? false;
  if (!isStreaming && sha256 !== undefined && sha256 !== "UNSIGNED-PAYLOAD") {
    if (!HEX_SHA256.test(sha256)) {
      throw new S3Error(
        "InvalidArgument",
        { ArgumentName: "x-amz-content-sha256", ArgumentValue: sha256 },
        {
          message:
            "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
        },
      );
    }
  }
  const md5 = headers["content-md5"];
  if (md5 !== undefined && !isBase64(md5, 16)) throw new S3Error("InvalidDigest");
  const checksums = headerChecksums(headers);
  const isChunked =
    isStreaming || /(?:^|[,\s])aws-chunked(?:$|[,\s])/i.test(headers["content-encoding"] ?? "");
  const raw = wireBody(wire);
  const decoded = isChunked ? decodeAwsChunked(raw) : undefined;
  const size = sizeOf(headers, isChunked ? "x-amz-decoded-content-length" : "content-length");
  const trailer = isChunked ? trailerAlgorithm(headers) : undefined;
  const given = Object.keys(checksums) as ChecksumAlgorithm[];
  const wanted = headers["x-amz-sdk-checksum-algorithm"];
  if (wanted !== undefined && given.length === 0 && trailer === undefined) {
    throw new S3Error(
      "InvalidRequest",
      {},
      {
        message:
          "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
      },
    );
  }
  return {
    source: decoded === undefined ? raw : asS3Errors(decoded.chunks, size),
    expected: {
      ...(size !== undefined && { size }),
      ...(md5 !== undefined && { md5 }),
      ...(sha256 !== undefined && HEX_SHA256.test(sha256) && { sha256 }),
      checksums,
    },
    algorithms: trailer === undefined ? given : [trailer, ...given.filter((a) => a !== trailer)],
    trailing:
      decoded === undefined || trailer === undefined
        ? undefined
        : () => trailingChecksum(trailer, decoded.trailers),
    signal: wire.signal,
  };
}

/** What a header says of the body's size: what is too large is refused before it comes. */
function sizeOf(headers: TextMap, name: string): number | undefined {
  const text = headers[name];
  if (text === undefined) return undefined;
  if (!/^\d{1,16}$/.test(text)) {
    throw new S3Error("InvalidArgument", { ArgumentName: name, ArgumentValue: text });
  }
  const size = Number(text);
  if (size <= LARGEST_PUT) return size;
  throw new S3Error("EntityTooLarge", {
    ProposedSize: text,
    MaxSizeAllowed: String(LARGEST_PUT),
  });
}

/** The checksum in a request's headers: one at most. */
export function headerChecksums(headers: TextMap): Checksums {
  const checksums: Partial<Record<ChecksumAlgorithm, string>> = {};
  // To pass over one that cannot be computed here would be to say that it fits.
  const unknown = Object.keys(headers).find((name) => OTHER_CHECKSUM.test(name));
  if (unknown !== undefined) throw new S3Error("NotImplemented", { Header: unknown });
  for (const algorithm of checksumAlgorithms) {
    const name = checksumHeader(algorithm);
    const value = headers[name];
    if (value === undefined) continue;
    // A composite one has the number of its parts behind it.
    if (!isChecksum(algorithm, value.replace(/-\d+$/, ""))) {
      throw new S3Error("InvalidRequest", {}, { message: `Value for ${name} header is invalid.` });
    }
    checksums[algorithm] = value;
  }
  if (Object.keys(checksums).length > 1) {
    throw new S3Error(
      "InvalidRequest",
      {},
      {
        message:
          "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
      },
    );
  }
  return checksums;
}

function trailerAlgorithm(headers: TextMap): ChecksumAlgorithm | undefined {
  const name = headers["x-amz-trailer"]?.trim().toLowerCase();
  if (name === undefined || name === "") return undefined;
  const algorithm = name.startsWith("x-amz-checksum-")
    ? checksumAlgorithm(name.slice("x-amz-checksum-".length))
    : undefined;
  if (algorithm !== undefined) return algorithm;
  throw new S3Error(
    "InvalidRequest",
    {},
    { message: "The value specified in the x-amz-trailer header is not supported" },
  );
}

function trailingChecksum(
  algorithm: ChecksumAlgorithm,
  trailers: ReadonlyMap<string, string>,
): Checksums {
  const value = trailers.get(checksumHeader(algorithm));
  if (value === undefined) throw new S3Error("MalformedTrailerError");
  if (!isChecksum(algorithm, value)) {
    throw new S3Error(
      "InvalidRequest",
      {},
      { message: `Value for ${checksumHeader(algorithm)} trailing header is invalid.` },
    );
  }
  return { [algorithm]: value };
}

/** The body as it came. Over HTTP a refusal must still reach the sender, so its stream is not destroyed early. */
async function* wireBody({ body, signal, origin }: WireRequest): AsyncGenerator<Uint8Array> {
  if (body === undefined) return;
  if (!(body instanceof Readable)) {
    yield body;
    return;
  }
  if (signal !== undefined) addAbortSignal(signal, body);
  for await (const chunk of body.iterator({ destroyOnReturn: origin === "in-process" })) {
    yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
  }
}

/** Lets go of what is left of a body that nobody will read. */
export function discardBody({ body, origin }: WireRequest): void {
  if (!(body instanceof Readable) || body.readableEnded || body.destroyed) return;
  // Over HTTP the rest is read over, so that the answer arrives and the connection can go on.
  if (origin === "http") body.resume();
  else body.destroy();
}

/** Chunks that go on beyond the size that was told are not read to their end, which may be none. */
async function* asS3Errors(
  chunks: AsyncIterable<Uint8Array>,
  size = LARGEST_PUT,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  try {
    for await (const chunk of chunks) {
      read += chunk.length;
      if (read > size) {
        throw new S3Error("IncompleteBody", {
          NumberBytesExpected: String(size),
          NumberBytesProvided: String(read),
        });
      }
      yield chunk;
    }
  } catch (error) {
    if (!(error instanceof AwsChunkedError)) throw error;
    throw new S3Error("IncompleteBody", {}, { message: error.message, cause: error });
  }
}

/** An answer in XML. */
export function xmlResponse(
  root: string,
  content: XmlContent,
  headers: Readonly<Record<string, string>> = {},
): WireResponse {
  const body = Buffer.from(xmlDocument(root, content));
  return {
    status: 200,
    headers: {
      "content-type": "application/xml",
      "content-length": String(body.length),
      ...headers,
    },
    body,
  };
}

/** An answer without a body. */
export function emptyResponse(
  status: number,
  headers: Readonly<Record<string, string>> = {},
): WireResponse {
  return { status, headers };
}
