/** Which uploaded parts make up an object, and what it is measured by. */

import { createHash } from "node:crypto";
import type { ChecksumAlgorithm, Checksums, Upload } from "./bucket-journal.ts";
import { checksumAlgorithms, startChecksum } from "./checksums.ts";
import type { UploadedPart } from "./part-list.ts";
import { S3Error } from "./s3-error.ts";

/** A part as the completing request names it. */
export interface NamedPart {
  readonly partNumber: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksums: Checksums;
}

/** S3's least size of all parts but the last: 5 MiB. */
const LEAST_PART = 5 * 2 ** 20;

/**
 * The parts that were named, if they may make up an object.
 *
 * @throws S3Error `InvalidPartOrder`, `InvalidPart`, `EntityTooSmall`, `InvalidRequest`
 */
export function chooseParts(
  upload: Upload,
  named: readonly NamedPart[],
  parts: readonly UploadedPart[],
): UploadedPart[] {
  const byNumber = new Map(parts.map((part) => [part.partNumber, part]));
  let last = 0;
  const chosen = named.map((name) => {
    if (name.partNumber <= last) throw new S3Error("InvalidPartOrder");
    last = name.partNumber;
    const part = byNumber.get(name.partNumber);
    if (part === undefined || part.etag !== name.etag || !hasChecksums(part, name)) {
      throw new S3Error("InvalidPart", {
        UploadId: upload.begin,
        PartNumber: String(name.partNumber),
        ETag: name.etag,
      });
    }
    if (upload.a !== undefined && upload.ct !== undefined && !name.checksums[upload.a]) {
      const algorithm = upload.a.toLowerCase();
      throw new S3Error(
        "InvalidRequest",
        {},
        {
          message: `The upload was created using a ${algorithm} checksum. The complete request must include the checksum for each part. It was missing for part ${name.partNumber} in the request.`,
        },
      );
    }
    return part;
  });
  for (const part of chosen.slice(0, -1)) {
    if (part.size >= LEAST_PART) continue;
    throw new S3Error("EntityTooSmall", {
      ProposedSize: String(part.size),
      MinSizeAllowed: String(LEAST_PART),
      PartNumber: String(part.partNumber),
      ETag: part.etag,
    });
  }
  return chosen;
}

/** Whether a part has the checksums that it was named with. */
function hasChecksums(part: UploadedPart, name: NamedPart): boolean {
  return checksumAlgorithms.every((algorithm) => {
    const said = name.checksums[algorithm];
    return said === undefined || said === part.checksums[algorithm];
  });
}

/** S3's ETag of an object in parts: the MD5 of the parts' MD5s, and their number. */
export function multipartEtag(parts: readonly UploadedPart[]): string {
  const hash = createHash("md5");
  for (const part of parts) hash.update(part.etag, "hex");
  return `${hash.digest("hex")}-${parts.length}`;
}

/** S3's checksum of the parts' checksums, and their number. */
export async function compositeChecksum(
  algorithm: ChecksumAlgorithm | undefined,
  parts: readonly UploadedPart[],
): Promise<Checksums> {
  if (algorithm === undefined) return {};
  const checksum = await startChecksum(algorithm);
  for (const part of parts) {
    checksum.update(Buffer.from(part.checksums[algorithm] ?? "", "base64"));
  }
  const value = (await checksum.digest()).toString("base64");
  return { [algorithm]: `${value}-${parts.length}` };
}
