/** ListParts and ListMultipartUploads. */

import type { Upload } from "./bucket-journal.ts";
import { openBucket, ownerOf } from "./bucket-operations.ts";
import { compareKeys } from "./key-order.ts";
import { integerOf, keyEncoder, pageSize } from "./list-operations.ts";
import { checksumElements, findUpload } from "./multipart-operations.ts";
import { MultipartStore } from "./multipart-store.ts";
import { storageClass } from "./object-info.ts";
import { type BucketRequest, type Operation, xmlResponse } from "./request.ts";

export const listParts: Operation = async (request, context) => {
  const { store, upload } = await findUpload(request, context);
  const limit = pageSize(request.query, "max-parts");
  const after = integerOf(request.query, "part-number-marker") ?? 0;
  const encode = keyEncoder(request.query);
  const later = (await store.parts(upload.begin)).filter((part) => part.partNumber > after);
  const page = later.slice(0, limit);
  const owner = ownerOf(context.account);
  return xmlResponse("ListPartsResult", {
    Bucket: request.bucket,
    Key: encode(request.key),
    UploadId: upload.begin,
    Initiator: owner,
    Owner: owner,
    StorageClass: storageClass(upload.h),
    PartNumberMarker: after,
    NextPartNumberMarker: page.at(-1)?.partNumber ?? 0,
    MaxParts: limit,
    IsTruncated: later.length > page.length,
    ChecksumAlgorithm: upload.a,
    ChecksumType: upload.a && (upload.ct ?? "FULL_OBJECT"),
    Part: page.map((part) => ({
      PartNumber: part.partNumber,
      LastModified: new Date(part.lastModified).toISOString(),
      ETag: `"${part.etag}"`,
      Size: part.size,
      ...checksumElements(part.checksums),
    })),
  });
};

export const listMultipartUploads: Operation<BucketRequest> = async (request, context) => {
  const { query, bucket } = request;
  const { prefix = "", delimiter = "" } = query;
  const { "key-marker": keyMarker = "", "upload-id-marker": idMarker = "" } = query;
  const limit = pageSize(query, "max-uploads");
  const encode = keyEncoder(query);
  const store = new MultipartStore(await openBucket(request, context));
  const uploads = (await store.uploads())
    .filter(({ k }) => k.startsWith(prefix))
    .sort((a, b) => compareKeys(a.k, b.k) || compareKeys(a.begin, b.begin));
  const owner = ownerOf(context.account);
  const page = { uploads: [] as Upload[], prefixes: new Set<string>() };
  let isTruncated = false;
  for (const upload of uploads) {
    const cut = delimiter === "" ? -1 : upload.k.indexOf(delimiter, prefix.length);
    const common = cut === -1 ? undefined : upload.k.slice(0, cut + delimiter.length);
    const order = compareKeys(common ?? upload.k, keyMarker);
    const isBehind = order > 0 || (order === 0 && common === undefined && upload.begin > idMarker);
    const isListed = keyMarker === "" ? true : isBehind && (order > 0 || idMarker !== "");
    if (!isListed || (common !== undefined && page.prefixes.has(common))) continue;
    if (page.uploads.length + page.prefixes.size >= limit) {
      isTruncated = true;
      break;
    }
    if (common === undefined) page.uploads.push(upload);
    else page.prefixes.add(common);
  }
  const last = page.uploads.at(-1);
  const lastPrefix = [...page.prefixes].at(-1) ?? "";
  const isPrefixLast = compareKeys(lastPrefix, last?.k ?? "") > 0;
  return xmlResponse("ListMultipartUploadsResult", {
    Bucket: bucket,
    KeyMarker: encode(keyMarker),
    UploadIdMarker: idMarker,
    NextKeyMarker: isTruncated ? encode(isPrefixLast ? lastPrefix : (last?.k ?? "")) : undefined,
    NextUploadIdMarker: isTruncated && !isPrefixLast ? last?.begin : undefined,
    Prefix: encode(prefix),
    Delimiter: delimiter === "" ? undefined : encode(delimiter),
    EncodingType: query["encoding-type"],
    MaxUploads: limit,
    IsTruncated: isTruncated,
    Upload: page.uploads.map((upload) => ({
      Key: encode(upload.k),
      UploadId: upload.begin,
      Initiator: owner,
      Owner: owner,
      StorageClass: storageClass(upload.h),
      Initiated: new Date(upload.t).toISOString(),
      ChecksumAlgorithm: upload.a,
      ChecksumType: upload.a && (upload.ct ?? "FULL_OBJECT"),
    })),
    CommonPrefixes: [...page.prefixes].map((common) => ({ Prefix: encode(common) })),
  });
};
