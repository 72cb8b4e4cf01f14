/** GetObject, HeadObject, GetObjectAttributes and the tags of objects. */

import type { FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import type { WireResponse } from "../../wire/message.ts";
import { checkVersion } from "./addressing.ts";
import { readStretch } from "./body-file.ts";
import { openBucket } from "./bucket-operations.ts";
import { failedCondition, readConditions } from "./conditions.ts";
import { checksumHeaders, infoHeaders, overriddenHeaders } from "./object-headers.ts";
import { type ObjectInfo, storageClass } from "./object-info.ts";
import { parseRange, type Stretch } from "./ranges.ts";
import {
  emptyResponse,
  type ObjectRequest,
  type Operation,
  type S3Context,
  xmlResponse,
} from "./request.ts";
import { S3Error } from "./s3-error.ts";

/** Bodies up to this size are read at once: an answer that nobody reads holds no file open then. */
const SMALL = 1 << 18;

export const getObject: Operation = async (request, context) => {
  const found = await openObject(request, context);
  let kept: FileHandle | undefined = found.handle;
  try {
    const answer = describe(request, found.info);
    if (answer.status === 304) return emptyResponse(304, answer.headers);
    const { start, length } = answer.stretch;
    if (length <= SMALL) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of readStretch(found.handle, start, length)) chunks.push(chunk);
      return { ...answer, body: Readable.from(chunks, { objectMode: false }) };
    }
    kept = undefined;
    const body = found.handle.createReadStream({
      start,
      end: start + length - 1,
      highWaterMark: 1 << 20,
    });
    return { status: answer.status, headers: answer.headers, body };
  } finally {
    await kept?.close();
  }
};

export const headObject: Operation = async (request, context) => {
  const info = await findObject(request, context);
  const { status, headers } = describe(request, info);
  return emptyResponse(status, headers);
};

/** The object that a read is for, as it is now. */
async function findObject(request: ObjectRequest, context: S3Context): Promise<ObjectInfo> {
  checkVersion(request.query["versionId"]);
  const bucket = await openBucket(request, context);
  const info = await bucket.get(request.key);
  if (info === undefined) throw new S3Error("NoSuchKey", { Key: request.key });
  return info;
}

async function openObject(
  request: ObjectRequest,
  context: S3Context,
): Promise<{ info: ObjectInfo; handle: FileHandle }> {
  checkVersion(request.query["versionId"]);
  const bucket = await openBucket(request, context);
  const opened = await bucket.open(request.key);
  if (opened === undefined) throw new S3Error("NoSuchKey", { Key: request.key });
  return opened;
}

interface Description {
  readonly status: 200 | 206 | 304;
  readonly headers: Readonly<Record<string, string>>;
  readonly stretch: Stretch;
}

/** The head of the answer, and the stretch of the body that goes with it. */
function describe(request: ObjectRequest, info: ObjectInfo): Description {
  const { headers, query } = request;
  const failed = failedCondition(info, readConditions(headers));
  if (failed?.status === 412) {
    throw new S3Error("PreconditionFailed", { Condition: failed.condition });
  }
  const described = infoHeaders(info);
  const whole = { start: 0, length: info.size };
  if (failed !== undefined) {
    // Who has the object already is told no more than how to recognise it.
    const { etag = "", "last-modified": modified = "" } = described;
    return { status: 304, headers: { etag, "last-modified": modified }, stretch: whole };
  }
  const part = partStretch(request, info);
  const range = parseRange(headers["range"], info.size);
  if (range === "unsatisfiable") {
    throw new S3Error(
      "InvalidRange",
      { ActualObjectSize: String(info.size), RangeRequested: headers["range"] ?? "" },
      { headers: { "content-range": `bytes */${info.size}` } },
    );
  }
  const stretch = part ?? range;
  const { start, length } = stretch ?? whole;
  const isPart = part !== undefined && info.parts !== undefined;
  return {
    status: stretch === undefined ? 200 : 206,
    headers: {
      ...described,
      ...overriddenHeaders(query),
      "content-length": String(length),
      ...(stretch && { "content-range": `bytes ${start}-${start + length - 1}/${info.size}` }),
      ...(isPart && { "x-amz-mp-parts-count": String(info.parts.length) }),
      // It is the whole object's: who reads a part could only find it wrong.
      ...(stretch === undefined && isChecksumWanted(request) ? checksumHeaders(info) : {}),
    },
    stretch: { start, length },
  };
}

function isChecksumWanted({ headers }: ObjectRequest): boolean {
  return headers["x-amz-checksum-mode"]?.toUpperCase() === "ENABLED";
}

/** Where a part lies: parts keep the numbers under which they were uploaded. */
function partStretch({ query, headers }: ObjectRequest, info: ObjectInfo): Stretch | undefined {
  const text = query["partNumber"];
  if (text === undefined) return undefined;
  if (headers["range"] !== undefined) {
    throw new S3Error(
      "InvalidRequest",
      {},
      { message: "Cannot specify both Range header and partNumber query parameter" },
    );
  }
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > 10_000) {
    throw new S3Error(
      "InvalidArgument",
      { ArgumentName: "partNumber", ArgumentValue: text },
      { message: "Part number must be an integer between 1 and 10000, inclusive" },
    );
  }
  let start = 0;
  for (const part of info.parts ?? [{ partNumber: 1, size: info.size }]) {
    if (part.partNumber === number) return { start, length: part.size };
    start += part.size;
  }
  throw new S3Error("InvalidPartNumber", {
    PartNumberRequested: text,
    ActualPartCount: String(info.parts?.length ?? 1),
  });
}

/** The attributes that there are. */
const ATTRIBUTES = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"];
/** S3's largest page of parts. */
const MOST_PARTS_TOLD = 1_000;

function wantedAttributes(header = ""): ReadonlySet<string> {
  if (header.trim() === "") {
    throw new S3Error(
      "InvalidRequest",
      {},
      {
        message:
          "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty",
      },
    );
  }
  const names = header.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !ATTRIBUTES.includes(name));
  if (unknown === undefined) return new Set(names);
  throw new S3Error(
    "InvalidArgument",
    { ArgumentName: "x-amz-object-attributes", ArgumentValue: unknown },
    { message: "Invalid attribute name specified." },
  );
}

function pageNumber({ headers }: ObjectRequest, header: string, name: string): number | undefined {
  const text = headers[header];
  if (text === undefined) return undefined;
  if (/^\d{1,10}$/.test(text) && Number(text) <= 2_147_483_647) return Number(text);
  throw new S3Error(
    "InvalidArgument",
    { ArgumentName: header, ArgumentValue: text },
    { message: `Argument ${name} must be an integer between 0 and 2147483647` },
  );
}

export const getObjectAttributes: Operation = async (request, context) => {
  const wanted = wantedAttributes(request.headers["x-amz-object-attributes"]);
  const limit = pageNumber(request, "x-amz-max-parts", "max-parts") ?? MOST_PARTS_TOLD;
  const after = pageNumber(request, "x-amz-part-number-marker", "part-number-marker") ?? 0;
  const info = await findObject(request, context);
  const checksums = Object.fromEntries(
    // Told without the number of parts, which has an element of its own.
    Object.entries(info.checksums).map(([name, value]) => [
      `Checksum${name}`,
      value.replace(/-\d+$/, ""),
    ]),
  );
  const { parts } = info;
  const later = parts?.filter(({ partNumber }) => partNumber > after) ?? [];
  const page = later.slice(0, Math.min(limit, MOST_PARTS_TOLD));
  // Parts are told one by one where they have checksums.
  const told = info.checksumType === undefined ? [] : page;
  return xmlResponse(
    "GetObjectAttributesResponse",
    {
      ETag: wanted.has("ETag") ? info.etag : undefined,
      Checksum:
        wanted.has("Checksum") && info.checksumType !== undefined
          ? { ...checksums, ChecksumType: info.checksumType }
          : undefined,
      ObjectParts:
        wanted.has("ObjectParts") && parts !== undefined
          ? {
              PartsCount: parts.length,
              PartNumberMarker: after,
              NextPartNumberMarker: page.at(-1)?.partNumber,
              MaxParts: limit,
              IsTruncated: later.length > page.length,
              Part: told.map(({ partNumber, size, checksums: own }) => ({
                PartNumber: partNumber,
                Size: size,
                ...Object.fromEntries(
                  Object.entries(own).map(([name, value]) => [`Checksum${name}`, value]),
                ),
              })),
            }
          : undefined,
      StorageClass: wanted.has("StorageClass") ? storageClass(info.headers) : undefined,
      ObjectSize: wanted.has("ObjectSize") ? info.size : undefined,
    },
    { "last-modified": info.lastModified.toUTCString() },
  );
};

export const getObjectTagging: Operation = async (request, context): Promise<WireResponse> => {
  const { tags } = await findObject(request, context);
  return xmlResponse("Tagging", {
    TagSet: { Tag: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
  });
};
