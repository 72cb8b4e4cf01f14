/**
 * Where other S3s do not do as AWS: by behaviour, what AWS documents and the words with which each server fails. The local cloud holds
 * them all, so a rule here is also why it does as it does. API: the Amazon S3 API Reference; Guide: the Amazon S3 User Guide.
 */

/** A behaviour in which another S3 differs. */
export interface Difference {
  /** The page and its rule; or that there is none, and what S3 was seen to do. */
  readonly rule: string;
  readonly minio?: string;
  readonly versity?: string;
}

const BAD_DIGEST =
  "API, Error responses: BadDigest, 400, where a Content-MD5 or checksum is not that of what came";
const MALFORMED =
  "API, Error responses: MalformedXML, 400, is for XML against the schema; AWS does not document that this is, S3 is seen to say so";
const SIGNATURE_2 =
  "API, Specifying the signature version: older regions take version 2, as boto3 presigns by default; AWS's blog says that buckets " +
  "made since June 2020 do not, but the local cloud follows boto3";

const wrongChecksum = (algorithm: string): [string, Difference] => [
  `a wrong ${algorithm} is BadDigest`,
  { rule: BAD_DIGEST, minio: "XAmzContentChecksumMismatch" },
];

/** By behaviour. */
export const KNOWN_DIFFERENCES: Readonly<Partial<Record<string, Difference>>> = {
  "public access is blocked, and the block is told": {
    rule: "API, PutPublicAccessBlock and GetPublicAccessBlock: the bucket's block is set, and told as it was set",
    minio: "MalformedXML",
    versity: "NotImplemented",
  },
  "another account's bucket is refused when an owner is expected": {
    rule: "API, HeadBucket, x-amz-expected-bucket-owner: 403 where the account is not the owner",
    // MinIO passes over the header.
    minio: "It was not refused with 403.",
    // Its accounts are names, not numbers.
    versity: "(403)",
  },
  "a range beyond the end is refused, one that is none is passed over": {
    rule: "API, GetObject, Range: as RFC 9110 has it (14.2: invalid ranges and unknown units are passed over); Error responses: InvalidRange, 416",
    minio: "InvalidRange",
  },
  "a body that disagrees with its checksum is refused and leaves nothing behind": {
    rule: BAD_DIGEST,
    minio: "XAmzContentChecksumMismatch",
  },
  "odd keys are kept apart and come back as they are": {
    rule: "Guide, Naming Amazon S3 objects: a key is any UTF-8 of at most 1,024 bytes, in a flat structure without folders",
    minio: "XMinioInvalidObjectName",
    // Keys are paths of files: one cannot be a file and a folder.
    versity: "ObjectParentIsFile",
  },
  "a part that disagrees with its checksum is refused": {
    rule: BAD_DIGEST,
    minio: "XAmzContentChecksumMismatch",
  },
  "the CRC32 of the whole object is checked when the upload is completed": {
    rule: `API, CompleteMultipartUpload, x-amz-checksum-crc32: checks the integrity of the object's data; ${BAD_DIGEST}`,
    minio: "InvalidPart",
    versity: "InvalidRequest",
  },
  "no upload is left behind": {
    rule: "API, ListMultipartUploads: those neither completed nor aborted; here those of the tests that failed before",
    minio: "['checked', 'whole']",
    versity: "['refused', 'whole']",
  },
  "pages follow each other without gap or overlap": {
    rule: "API, ListObjectsV2, IsTruncated: false as soon as all results were returned, so no empty page follows",
    minio: "11",
  },
  "the old list tells the next marker only with a delimiter": {
    rule: "API, ListObjects, NextMarker: a key or common prefix to go on after; told only where a delimiter was given",
    minio: "minio_cache",
  },
  "max-keys beyond 1,000 is 1,000": {
    rule: "API, ListObjectsV2, max-keys: an answer never holds more than 1,000; AWS does not document the number that is told, S3 is seen to tell 1,000",
    minio: "5000",
  },
  "an upload of no parts is not completed": { rule: MALFORMED, minio: "'InvalidRequest'" },
  "parts are numbered from 1 to 10,000": {
    rule: "API, UploadPart, partNumber: from 1 to 10,000; Error responses: InvalidArgument, 400, for an argument that is not valid",
    minio: "(InvalidPart)",
  },
  ...Object.fromEntries(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"].map(wrongChecksum)),
  "a regional endpoint wants its location said": {
    rule: "API, CreateBucket, LocationConstraint: none means us-east-1; Error responses: IllegalLocationConstraintException, 400, for another region than the endpoint's",
    minio: "It was not refused",
    versity: "It was not refused",
  },
  "what is not there is NoSuchKey or NoSuchBucket, and a bare 404 for HEAD": {
    rule: "API, Error responses: many errors have further elements; AWS does not document NoSuchKey's, S3 is seen to tell Key",
    versity: "KeyError: 'Key'",
  },
  "a quiet deletion tells errors only": {
    rule: "API, DeleteObjects, Quiet: only the keys that could not be deleted are in the answer",
    versity: "'quiet'",
  },
  "conditions of a read: If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since": {
    rule: "API, GetObject, If-Modified-Since: 304 unless the object was modified since then",
    versity: "It was not refused with 304.",
  },
  // Versity knows signatures of version 4 alone.
  "a presigned URL reads an object without a client": {
    rule: SIGNATURE_2,
    versity: "HTTP Error 400",
  },
  "a presigned URL writes an object without a client": {
    rule: SIGNATURE_2,
    versity: "HTTP Error 400",
  },
  "a presigned URL whose time is over is refused": { rule: SIGNATURE_2, versity: "400" },
  "an upload is refused for parts out of order, unknown, or too small": {
    rule: "API, CompleteMultipartUpload: InvalidPartOrder, InvalidPart, and EntityTooSmall for any part but the last below 5 MB",
    versity: "'EntityTooSmall'",
  },
  "a token that is none is refused": {
    rule: "API, ListObjectsV2, continuation-token: obfuscated, no key; Error responses: InvalidArgument, 400, for an argument that is not valid",
    versity: "It was not refused",
  },
  "a continuation token outdoes start-after": {
    rule: "API, GET Bucket (List Objects) version 2, the page before ListObjectsV2, start-after: for the first request; ignored beside a continuation token",
    versity: "IndexError",
  },
  "a copy under If-None-Match of its source": {
    rule: "API, CopyObject, x-amz-copy-source-if-none-match: 412 where the ETag is the same",
    versity: "'304'",
  },
  "1,001 keys are too many for one deletion": {
    rule: `API, DeleteObjects: up to 1,000 keys; ${MALFORMED}`,
    versity: "It was not refused",
  },
  "a deletion of no keys is refused": { rule: MALFORMED, versity: "It was not refused" },
  "no bucket is named two..dots": {
    rule: "Guide, General purpose bucket naming rules: no two periods side by side; Error responses: InvalidBucketName, 400",
    versity: "It was not refused",
  },
};
