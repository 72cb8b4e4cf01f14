/** What of the behaviours AWS documents other S3s do not hold: the words with which each fails. The local cloud holds them all. */

const PARTS = "no upload is left behind";
const OWNER = "another account's bucket is refused when an owner is expected";
const WHOLE = "the CRC32 of the whole object is checked when the upload is completed";
const ODD = "odd keys are kept apart and come back as they are";
const BLOCK = "public access is blocked, and the block is told";

/** By server and behaviour. */
export const KNOWN_DIFFERENCES: Readonly<
  Record<"minio" | "versity", Readonly<Partial<Record<string, string>>>>
> = {
  minio: {
    [BLOCK]: "MalformedXML",
    // MinIO passes over x-amz-expected-bucket-owner.
    [OWNER]: "It was not refused with 403.",
    "a range beyond the end is refused, one that is none is passed over": "InvalidRange",
    "a body that disagrees with its checksum is refused and leaves nothing behind":
      "XAmzContentChecksumMismatch",
    [ODD]: "XMinioInvalidObjectName",
    "a part that disagrees with its checksum is refused": "XAmzContentChecksumMismatch",
    [WHOLE]: "InvalidPart",
    [PARTS]: "['checked', 'whole']",
    "pages follow each other without gap or overlap": "11",
    "the old list tells the next marker only with a delimiter": "minio_cache",
    "max-keys beyond 1,000 is 1,000": "5000",
    "an upload of no parts is not completed": "'InvalidRequest'",
    "parts are numbered from 1 to 10,000": "(InvalidPart)",
    "a wrong CRC32 is BadDigest": "XAmzContentChecksumMismatch",
    "a wrong CRC32C is BadDigest": "XAmzContentChecksumMismatch",
    "a wrong CRC64NVME is BadDigest": "XAmzContentChecksumMismatch",
    "a wrong SHA1 is BadDigest": "XAmzContentChecksumMismatch",
    "a wrong SHA256 is BadDigest": "XAmzContentChecksumMismatch",
    "a regional endpoint wants its location said": "It was not refused",
  },
  versity: {
    [BLOCK]: "NotImplemented",
    // Its accounts are names, not numbers.
    [OWNER]: "(403)",
    "what is not there is NoSuchKey or NoSuchBucket, and a bare 404 for HEAD": "KeyError: 'Key'",
    "a quiet deletion tells errors only": "'quiet'",
    "conditions of a read: If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since":
      "It was not refused with 304.",
    // Keys are paths of files: one cannot be a file and a folder.
    [ODD]: "ObjectParentIsFile",
    // It knows signatures of version 4 alone.
    "a presigned URL reads an object without a client": "HTTP Error 400",
    "a presigned URL writes an object without a client": "HTTP Error 400",
    "a presigned URL whose time is over is refused": "400",
    "an upload is refused for parts out of order, unknown, or too small": "'EntityTooSmall'",
    [WHOLE]: "InvalidRequest",
    [PARTS]: "['refused', 'whole']",
    "a token that is none is refused": "It was not refused",
    "a continuation token outdoes start-after": "IndexError",
    "a copy under If-None-Match of its source": "'304'",
    "1,001 keys are too many for one deletion": "It was not refused",
    "a deletion of no keys is refused": "It was not refused",
    "no bucket is named two..dots": "It was not refused",
    "a regional endpoint wants its location said": "It was not refused",
  },
};
