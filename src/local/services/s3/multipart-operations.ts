/** Multipart uploads on the wire. */

import type { WireResponse } from "../../wire/message.ts";
import { readStretch } from "./body-file.ts";
import type { ChecksumAlgorithm, Checksums, Upload } from "./bucket-journal.ts";
import { openBucket } from "./bucket-operations.ts";
import { checksumAlgorithms, checksumHeader } from "./checksums.ts";
import { unquote, writeCondition } from "./conditions.ts";
import { MultipartStore } from "./multipart-store.ts";
import { keptHeaders, userMetadata } from "./object-headers.ts";
import type { ObjectInfo } from "./object-info.ts";
import { headerTags } from "./object-tags.ts";
import type { NamedPart } from "./part-choice.ts";
import type { Stretch } from "./ranges.ts";
import {
  emptyResponse,
  headerChecksums,
  incomingBody,
  type ObjectRequest,
  type Operation,
  type S3Context,
  xmlResponse,
} from "./request.ts";
import { S3Error } from "./s3-error.ts";
import { checkWriteHeaders, wantedAlgorithm } from "./write-headers.ts";
import { copyResult, openCopySource, requireLength } from "./write-operations.ts";
import type { XmlElement } from "./xml.ts";
import { readXml } from "./xml-body.ts";

const MOST_PARTS = 10_000;

export const createMultipartUpload: Operation = async (request, context) => {
  const { headers, key } = request;
  checkWriteHeaders(headers);
  const metadata = userMetadata(headers);
  const tags = headerTags(headers);
  const { algorithm, checksumType } = uploadChecksum(headers);
  const store = new MultipartStore(await openBucket(request, context));
  const id = await store.begin(key, {
    headers: keptHeaders(headers),
    metadata,
    tags,
    algorithm,
    checksumType,
  });
  return xmlResponse(
    "InitiateMultipartUploadResult",
    { Bucket: request.bucket, Key: key, UploadId: id },
    {
      ...(algorithm && { "x-amz-checksum-algorithm": algorithm }),
      ...(checksumType && { "x-amz-checksum-type": checksumType }),
    },
  );
};

/** The checksum that an upload is to have. CRC64NVME is of the whole object only, the SHAs of the parts only. */
function uploadChecksum(headers: ObjectRequest["headers"]): {
  algorithm: ChecksumAlgorithm | undefined;
  checksumType: "FULL_OBJECT" | "COMPOSITE" | undefined;
} {
  const algorithm = wantedAlgorithm(headers);
  const type = headers["x-amz-checksum-type"]?.toUpperCase();
  if (algorithm === undefined) {
    if (type === undefined) return { algorithm, checksumType: undefined };
    throw new S3Error(
      "InvalidRequest",
      {},
      {
        message:
          "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
      },
    );
  }
  const usual = algorithm === "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE";
  const checksumType = type ?? usual;
  const isKnown = checksumType === "FULL_OBJECT" || checksumType === "COMPOSITE";
  const isFree = algorithm === "CRC32" || algorithm === "CRC32C";
  if (!isKnown || (!isFree && checksumType !== usual)) {
    throw new S3Error(
      "InvalidRequest",
      {},
      {
        message: `The ${checksumType} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
      },
    );
  }
  return { algorithm, checksumType };
}

export const uploadPart: Operation = async (request, context) => {
  const partNumber = partNumberOf(request);
  const { source, ...body } = incomingBody(request);
  requireLength(request);
  const { store, upload } = await findUpload(request, context);
  const algorithms = partAlgorithms(upload, body.algorithms);
  const part = await store.putPart(upload, partNumber, source, { ...body, algorithms });
  return emptyResponse(200, {
    etag: `"${part.etag}"`,
    ...Object.fromEntries(
      Object.entries(part.checksums).map(([name, value]) => [
        checksumHeader(name as ChecksumAlgorithm),
        value,
      ]),
    ),
  });
};

/** Every part has the checksum that its upload began with, given or computed; another one is refused. */
function partAlgorithms(
  { a: wanted }: Upload,
  given: readonly ChecksumAlgorithm[],
): readonly ChecksumAlgorithm[] {
  if (wanted === undefined) return given;
  for (const algorithm of given) {
    if (algorithm === wanted) continue;
    throw new S3Error(
      "InvalidRequest",
      {},
      {
        message: `Checksum Type mismatch occurred, expected checksum Type: ${wanted.toLowerCase()}, actual checksum Type: ${algorithm.toLowerCase()}`,
      },
    );
  }
  return [wanted];
}

export const uploadPartCopy: Operation = async (request, context) => {
  const partNumber = partNumberOf(request);
  const { store, upload } = await findUpload(request, context);
  const { info, handle } = await openCopySource(request, context);
  try {
    const { start, length } = copyStretch(request.headers["x-amz-copy-source-range"], info.size);
    const part = await store.putPart(upload, partNumber, readStretch(handle, start, length), {
      algorithms: partAlgorithms(upload, []),
      signal: request.wire.signal,
    });
    const result = { ...part, lastModified: new Date(part.lastModified) };
    return xmlResponse("CopyPartResult", copyResult(result));
  } finally {
    await handle.close();
  }
};

/** The range of a copied part must lie within its source, other than that of a read. */
function copyStretch(range: string | undefined, size: number): Stretch {
  if (range === undefined) return { start: 0, length: size };
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
  const start = Number(first);
  const end = Number(last);
  if (start <= end && end < size) return { start, length: end - start + 1 };
  throw new S3Error(
    "InvalidArgument",
    { ArgumentName: "x-amz-copy-source-range", ArgumentValue: range },
    {
      message: `The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy, within the source's ${size} bytes`,
    },
  );
}

export const completeMultipartUpload: Operation = async (request, context) => {
  const { headers, key, query } = request;
  const condition = writeCondition(headers);
  const checksums = headerChecksums(headers);
  const size = objectSize(headers["x-amz-mp-object-size"]);
  const store = new MultipartStore(await openBucket(request, context));
  // The checksum in the header is the object's, not that of this body.
  const document = await readXml(withoutChecksums(request), "CompleteMultipartUpload");
  const parts = (document?.all("Part") ?? []).map(namedPart);
  if (parts.length === 0 || parts.length > MOST_PARTS) throw new S3Error("MalformedXML");
  const id = query["uploadId"] ?? "";
  try {
    const upload = await store.upload(id, key);
    checkChecksumType(headers["x-amz-checksum-type"], upload);
    const info = await store.complete(upload, parts, {
      condition,
      checksums,
      size,
      signal: request.wire.signal,
    });
    return completed(request, info);
  } catch (error) {
    if (!(error instanceof S3Error && error.code === "NoSuchUpload")) throw error;
    // Whoever asks again, because the first answer was lost, gets it again.
    const info = await store.completed(id, key);
    if (info?.parts?.length !== parts.length) throw error;
    return completed(request, info);
  }
};

function objectSize(text: string | undefined): number | undefined {
  if (text === undefined || /^\d{1,15}$/.test(text))
    return text === undefined ? text : Number(text);
  throw new S3Error(
    "InvalidRequest",
    {},
    { message: "Value for x-amz-mp-object-size header is invalid." },
  );
}

/** Who completes an upload may say of which type its checksum is; it cannot be changed then. */
function checkChecksumType(said: string | undefined, { a: algorithm, ct }: Upload): void {
  if (said === undefined) return;
  const is = algorithm === undefined ? undefined : (ct ?? "FULL_OBJECT");
  if (said.toUpperCase() === is) return;
  throw new S3Error(
    "InvalidRequest",
    {},
    {
      message: `The upload was created using the ${is ?? "null"} checksum mode. The complete request must use the same checksum mode.`,
    },
  );
}

function withoutChecksums(request: ObjectRequest): ObjectRequest {
  const names = new Set<string>(checksumAlgorithms.map(checksumHeader));
  const headers = Object.entries(request.headers).filter(([name]) => !names.has(name));
  return { ...request, headers: Object.fromEntries(headers) };
}

function namedPart(element: XmlElement): NamedPart {
  const number = Number(element.text("PartNumber"));
  const etag = element.text("ETag");
  if (!Number.isInteger(number) || number < 1 || number > MOST_PARTS || etag === undefined) {
    throw new S3Error("MalformedXML");
  }
  const checksums: Partial<Record<ChecksumAlgorithm, string>> = {};
  for (const algorithm of checksumAlgorithms) {
    const value = element.text(`Checksum${algorithm}`);
    if (value !== undefined) checksums[algorithm] = value;
  }
  return { partNumber: number, etag: unquote(etag), checksums };
}

function completed({ bucket, key, wire }: ObjectRequest, info: ObjectInfo): WireResponse {
  return xmlResponse("CompleteMultipartUploadResult", {
    Location: `http://${wire.host}/${encodeURIComponent(bucket)}/${encodeURIComponent(key)}`,
    Bucket: bucket,
    Key: key,
    ETag: `"${info.etag}"`,
    ...checksumElements(info.checksums),
    ChecksumType: info.checksumType,
  });
}

/** Checksums as elements: `ChecksumCRC32` … */
export function checksumElements(checksums: Checksums): Record<string, string> {
  return Object.fromEntries(
    Object.entries(checksums).map(([name, value]) => [`Checksum${name}`, value]),
  );
}

export const abortMultipartUpload: Operation = async (request, context) => {
  const { store, upload } = await findUpload(request, context);
  await store.abort(upload);
  return emptyResponse(204);
};

/** The upload that a request is for. */
export async function findUpload(
  request: ObjectRequest,
  context: S3Context,
): Promise<{ store: MultipartStore; upload: Upload }> {
  const store = new MultipartStore(await openBucket(request, context));
  return { store, upload: await store.upload(request.query["uploadId"] ?? "", request.key) };
}

function partNumberOf({ query }: ObjectRequest): number {
  const text = query["partNumber"] ?? "";
  const number = Number(text);
  if (/^\d{1,5}$/.test(text) && number >= 1 && number <= MOST_PARTS) return number;
  throw new S3Error(
    "InvalidArgument",
    { ArgumentName: "partNumber", ArgumentValue: text },
    { message: "Part number must be an integer between 1 and 10000, inclusive" },
  );
}
