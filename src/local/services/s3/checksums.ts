/** The checksums that S3 knows, over a stream. */

import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { ChecksumAlgorithm } from "./bucket-journal.ts";

/** A checksum under way. */
export interface Checksum {
  /** Takes the next bytes. */
  update(bytes: Uint8Array): void;
  /** The checksum of all of them; nothing may come after. */
  digest(): Promise<Buffer>;
}

/** The algorithms, by the names that S3 gives them, each with the length of its checksum in bytes. */
const ALGORITHMS = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
} as const satisfies Record<ChecksumAlgorithm, number>;

/** The algorithm that is called so, in any case. */
export function checksumAlgorithm(name: string | undefined): ChecksumAlgorithm | undefined {
  const upper = name?.toUpperCase();
  return upper !== undefined && upper in ALGORITHMS ? (upper as ChecksumAlgorithm) : undefined;
}

/** The header that carries a checksum. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** All algorithms. */
export const checksumAlgorithms: readonly ChecksumAlgorithm[] = [
  "CRC32",
  "CRC32C",
  "CRC64NVME",
  "SHA1",
  "SHA256",
];

/** Whether a text is a checksum of this kind in base64. */
export function isChecksum(algorithm: ChecksumAlgorithm, text: string): boolean {
  return isBase64(text, ALGORITHMS[algorithm]);
}

/** Whether a text is `bytes` bytes in base64. */
export function isBase64(text: string, bytes: number): boolean {
  const decoded = Buffer.from(text, "base64");
  return decoded.length === bytes && decoded.toString("base64") === text;
}

/** Begins a checksum. What is not in Node itself is loaded on first use. */
export async function startChecksum(algorithm: ChecksumAlgorithm): Promise<Checksum> {
  switch (algorithm) {
    case "CRC32": {
      let value = 0;
      return {
        update: (bytes) => {
          value = crc32(bytes, value);
        },
        digest: async () => uint32(value),
      };
    }
    case "CRC32C": {
      const { Crc32c } = await import("@aws-crypto/crc32c");
      const checksum = new Crc32c();
      return {
        update: (bytes) => void checksum.update(bytes),
        digest: async () => uint32(checksum.digest()),
      };
    }
    case "CRC64NVME": {
      const { Crc64Nvme } = await import("@aws-sdk/crc64-nvme");
      const checksum = new Crc64Nvme();
      return {
        update: (bytes) => checksum.update(bytes),
        digest: async () => Buffer.from(await checksum.digest()),
      };
    }
    case "SHA1":
    case "SHA256": {
      const hash = createHash(algorithm.toLowerCase());
      return {
        update: (bytes) => void hash.update(bytes),
        digest: async () => hash.digest(),
      };
    }
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}
