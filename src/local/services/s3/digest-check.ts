/** What a request says of its body, held against the body that came. */

import type { BodyDigests } from "./body-file.ts";
import type { Checksums } from "./bucket-journal.ts";
import { checksumAlgorithms } from "./checksums.ts";
import { S3Error } from "./s3-error.ts";

/** What the sender says of a body. */
export interface ExpectedDigests {
  /** Bytes. */
  readonly size?: number;
  /** In base64, as `Content-MD5` has it. */
  readonly md5?: string;
  /** In hex, as `x-amz-content-sha256` has it. */
  readonly sha256?: string;
  readonly checksums?: Checksums;
}

/**
 * Refuses a body that is not what its sender said.
 *
 * @throws S3Error `IncompleteBody`, `XAmzContentSHA256Mismatch`, `BadDigest`
 */
export function checkDigests(digests: BodyDigests, expected: ExpectedDigests): void {
  if (expected.size !== undefined && expected.size !== digests.size) {
    throw new S3Error("IncompleteBody", {
      NumberBytesExpected: String(expected.size),
      NumberBytesProvided: String(digests.size),
    });
  }
  if (expected.sha256 !== undefined && expected.sha256 !== digests.sha256) {
    throw new S3Error("XAmzContentSHA256Mismatch", {
      ClientComputedContentSHA256: expected.sha256,
      S3ComputedContentSHA256: digests.sha256 ?? "",
    });
  }
  const md5 = digests.md5.toString("base64");
  if (expected.md5 !== undefined && expected.md5 !== md5) {
    throw new S3Error("BadDigest", { ExpectedDigest: expected.md5, CalculatedDigest: md5 });
  }
  for (const algorithm of checksumAlgorithms) {
    const value = expected.checksums?.[algorithm];
    if (value !== undefined && value !== digests.checksums[algorithm]) {
      throw checksumMismatch(algorithm);
    }
  }
}

/** The error for a checksum that does not fit. */
export function checksumMismatch(algorithm: string): S3Error {
  return new S3Error(
    "BadDigest",
    {},
    { message: `The ${algorithm} you specified did not match the calculated checksum.` },
  );
}
