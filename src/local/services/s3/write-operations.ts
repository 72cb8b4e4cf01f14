/** PutObject, CopyObject and the tags of objects. */

import { Readable } from "node:stream";
import { parseCopySource } from "./addressing.ts";
import { readStretch } from "./body-file.ts";
import type { ChecksumAlgorithm } from "./bucket-journal.ts";
import { checkOwner, openBucket } from "./bucket-operations.ts";
import type { BucketStore } from "./bucket-store.ts";
import { failedCondition, readConditions, writeCondition } from "./conditions.ts";
import { checksumHeaders, keptHeaders, userMetadata } from "./object-headers.ts";
import type { ObjectInfo } from "./object-info.ts";
import { documentTags, headerTags } from "./object-tags.ts";
import {
  emptyResponse,
  incomingBody,
  type ObjectRequest,
  type Operation,
  type S3Context,
  type S3Request,
  xmlResponse,
} from "./request.ts";
import { S3Error } from "./s3-error.ts";
import { checkWriteHeaders, wantedAlgorithm } from "./write-headers.ts";
import type { XmlContent } from "./xml.ts";
import { readXml } from "./xml-body.ts";

/** S3's limit for a copy in one piece: 5 GiB. */
const LARGEST_COPY = 5 * 2 ** 30;

export const putObject: Operation = async (request, context) => {
  const { headers } = request;
  checkWriteHeaders(headers);
  const condition = writeCondition(headers);
  const metadata = userMetadata(headers);
  const tags = headerTags(headers);
  const { source, ...body } = incomingBody(request);
  requireLength(request);
  const bucket = await openBucket(request, context);
  const info = await bucket.put(request.key, source, {
    headers: keptHeaders(headers),
    metadata,
    tags,
    condition,
    ...body,
  });
  return emptyResponse(200, {
    etag: `"${info.etag}"`,
    ...checksumHeaders(info),
    ...encryptionHeaders(info),
  });
};

/** S3 wants to know the length of a body beforehand. */
export function requireLength({ headers, wire }: S3Request): void {
  if (headers["content-length"] ?? headers["x-amz-decoded-content-length"]) return;
  if (wire.body instanceof Readable) throw new S3Error("MissingContentLength");
}

/** What S3 tells again of an object's encryption. */
function encryptionHeaders(info: ObjectInfo): Record<string, string> {
  return Object.fromEntries(
    Object.entries(info.headers).filter(([name]) =>
      name.startsWith("x-amz-server-side-encryption"),
    ),
  );
}

/** The source of a copy, opened, if its conditions hold. The caller closes the handle. */
export async function openCopySource(
  { headers }: ObjectRequest,
  context: S3Context,
): Promise<NonNullable<Awaited<ReturnType<S3Context["store"]["open"]>>>> {
  const { bucket, key } = parseCopySource(headers["x-amz-copy-source"] ?? "");
  const opened = await context.store.open(bucket, key);
  checkOwner(headers["x-amz-source-expected-bucket-owner"], context);
  if (opened === undefined) throw new S3Error("NoSuchKey", { Key: key });
  const failed = failedCondition(opened.info, readConditions(headers, "x-amz-copy-source-"));
  if (failed === undefined) return opened;
  await opened.handle.close();
  throw new S3Error("PreconditionFailed", {
    Condition: `x-amz-copy-source-${failed.condition}`,
  });
}

export const copyObject: Operation = async (request, context) => {
  const { headers } = request;
  checkWriteHeaders(headers);
  const condition = writeCondition(headers);
  const isReplaced = directive(headers, "x-amz-metadata-directive");
  const areTagsReplaced = directive(headers, "x-amz-tagging-directive");
  const metadata = isReplaced ? userMetadata(headers) : undefined;
  const tags = areTagsReplaced ? headerTags(headers) : undefined;
  const wanted = wantedAlgorithm(headers);
  const bucket = await openBucket(request, context);
  const { info: source, handle } = await openCopySource(request, context);
  try {
    if (source.size > LARGEST_COPY) {
      throw new S3Error(
        "InvalidRequest",
        {},
        {
          message: `The specified copy source is larger than the maximum allowable size for a copy source: ${LARGEST_COPY}`,
        },
      );
    }
    checkSelfCopy(request, isReplaced);
    const kept = Object.keys(source.checksums) as ChecksumAlgorithm[];
    const written = keptHeaders(headers);
    const info = await bucket.put(request.key, readStretch(handle, 0, source.size), {
      headers: isReplaced ? written : { ...withoutClass(source.headers), ...onlyAmz(written) },
      metadata: metadata ?? source.metadata,
      tags: tags ?? source.tags,
      condition,
      algorithms: wanted === undefined ? kept : [wanted],
      signal: request.wire.signal,
    });
    return xmlResponse("CopyObjectResult", copyResult(info), encryptionHeaders(info));
  } finally {
    await handle.close();
  }
};

/** What both copies answer. */
export function copyResult(info: {
  readonly lastModified: Date;
  readonly etag: string;
  readonly checksums: Readonly<Record<string, string>>;
  readonly checksumType?: string | undefined;
}): XmlContent {
  return {
    LastModified: info.lastModified.toISOString(),
    ETag: `"${info.etag}"`,
    ChecksumType: info.checksumType,
    ...Object.fromEntries(
      Object.entries(info.checksums).map(([name, value]) => [`Checksum${name}`, value]),
    ),
  };
}

function directive(headers: S3Request["headers"], name: string): boolean {
  const text = headers[name] ?? "COPY";
  if (text === "COPY" || text === "REPLACE") return text === "REPLACE";
  throw new S3Error(
    "InvalidArgument",
    { ArgumentName: name, ArgumentValue: text },
    {
      message: name.includes("tagging")
        ? "Unknown tagging directive."
        : "Unknown metadata directive.",
    },
  );
}

/** A copy keeps the source's content headers, but not its storage class. */
function withoutClass(headers: ObjectInfo["headers"]): Record<string, string> {
  const { "x-amz-storage-class": _class, ...kept } = headers;
  return kept;
}

function onlyAmz(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("x-amz-")));
}

function checkSelfCopy(request: ObjectRequest, isReplaced: boolean): void {
  const { bucket, key } = parseCopySource(request.headers["x-amz-copy-source"] ?? "");
  if (bucket !== request.bucket || key !== request.key || isReplaced) return;
  const changes = Object.keys(onlyAmz(keptHeaders(request.headers))).length > 0;
  if (changes) return;
  throw new S3Error(
    "InvalidRequest",
    {},
    {
      message:
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    },
  );
}

export const putObjectTagging: Operation = async (request, context) => {
  const bucket = await openBucket(request, context);
  const document = await readXml(request, "Tagging");
  await setTags(bucket, request.key, documentTags(document));
  return emptyResponse(200);
};

export const deleteObjectTagging: Operation = async (request, context) => {
  await setTags(await openBucket(request, context), request.key, {});
  return emptyResponse(204);
};

async function setTags(
  bucket: BucketStore,
  object: string,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  if (!(await bucket.tag(object, tags))) throw new S3Error("NoSuchKey", { Key: object });
}
