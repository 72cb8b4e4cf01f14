/** What a write asks for in its headers, as far as this S3 has it. */

import type { ChecksumAlgorithm } from "./bucket-journal.ts";
import { checksumAlgorithm } from "./checksums.ts";
import { S3Error } from "./s3-error.ts";
import type { TextMap } from "./text-map.ts";

/** Headers that ask for what this S3 does not do; to read over them would be to pretend. */
const REFUSED: readonly RegExp[] = [
  /^x-amz-server-side-encryption-customer-/,
  /^x-amz-copy-source-server-side-encryption-customer-/,
  /^x-amz-object-lock-/,
  /^x-amz-grant-/,
  /^x-amz-write-offset-bytes$/,
];
/** Buckets own their objects, as new buckets on AWS do, and take no ACLs but these. */
const ALLOWED_ACLS = ["private", "bucket-owner-full-control"];
/** Those of general purpose buckets; nothing is stored otherwise here, but what is told of an object is true of AWS. */
const STORAGE_CLASSES = [
  "STANDARD",
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER",
  "DEEP_ARCHIVE",
  "GLACIER_IR",
];
const ENCRYPTIONS = ["AES256", "aws:kms", "aws:kms:dsse"];

/**
 * Refuses a write that asks for what is not there.
 *
 * @throws S3Error `NotImplemented`, `AccessControlListNotSupported`, `InvalidStorageClass`, `InvalidArgument`
 */
export function checkWriteHeaders(headers: TextMap): void {
  for (const name of Object.keys(headers)) {
    if (REFUSED.some((pattern) => pattern.test(name))) {
      throw new S3Error("NotImplemented", { Header: name });
    }
  }
  const { "x-amz-acl": acl, "x-amz-storage-class": storageClass } = headers;
  if (acl !== undefined && !ALLOWED_ACLS.includes(acl)) {
    throw new S3Error("AccessControlListNotSupported");
  }
  if (storageClass !== undefined && !STORAGE_CLASSES.includes(storageClass)) {
    throw new S3Error("InvalidStorageClass", { StorageClassRequested: storageClass });
  }
  const encryption = headers["x-amz-server-side-encryption"];
  if (encryption !== undefined && !ENCRYPTIONS.includes(encryption)) {
    throw new S3Error(
      "InvalidArgument",
      { ArgumentName: "x-amz-server-side-encryption", ArgumentValue: encryption },
      { message: "The encryption method specified is not supported" },
    );
  }
}

/**
 * The checksum that an object is to have, by `x-amz-checksum-algorithm`.
 *
 * @throws S3Error `InvalidRequest` for one that is not had here
 */
export function wantedAlgorithm(headers: TextMap): ChecksumAlgorithm | undefined {
  const name = headers["x-amz-checksum-algorithm"];
  const algorithm = checksumAlgorithm(name);
  if (name === undefined || algorithm !== undefined) return algorithm;
  throw new S3Error(
    "InvalidRequest",
    {},
    {
      message:
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
    },
  );
}

/**
 * Refuses a new bucket that would not be as every bucket here is: its owner's alone, without ACLs and locks.
 *
 * @throws S3Error `NotImplemented`, `InvalidArgument`, `InvalidBucketAclWithObjectOwnership`
 */
export function checkBucketHeaders(headers: TextMap): void {
  const isTrue = headers["x-amz-bucket-object-lock-enabled"]?.toLowerCase() === "true";
  if (isTrue) throw new S3Error("NotImplemented", { Header: "x-amz-bucket-object-lock-enabled" });
  for (const [name, taken, known] of [
    [
      "x-amz-object-ownership",
      "BucketOwnerEnforced",
      ["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"],
    ],
    ["x-amz-bucket-namespace", "global", ["global", "account-regional"]],
  ] as const) {
    const value = headers[name];
    if (value === undefined || value === taken) continue;
    if (known.some((one) => one === value)) throw new S3Error("NotImplemented", { Header: name });
    throw new S3Error("InvalidArgument", { ArgumentName: name, ArgumentValue: value });
  }
  const hasGrants = Object.keys(headers).some((name) => name.startsWith("x-amz-grant-"));
  if (hasGrants || (headers["x-amz-acl"] ?? "private") !== "private") {
    throw new S3Error("InvalidBucketAclWithObjectOwnership");
  }
}
