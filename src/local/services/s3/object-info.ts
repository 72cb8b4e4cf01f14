/** Objects as the rest of the local cloud sees them. */

import type { Checksums, Entry, EntryPart } from "./bucket-journal.ts";
import type { TextMap } from "./text-map.ts";

/** One part of an object that was put in parts. */
interface ObjectPart {
  /** From 1 to 10,000, ascending, with gaps where there were gaps. */
  readonly partNumber: number;
  /** Bytes. */
  readonly size: number;
  readonly checksums: Checksums;
}

/** An object. */
export interface ObjectInfo {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly lastModified: Date;
  /** Content type, content encoding … as they were put, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** User metadata, names in lower case, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly checksums: Checksums;
  /** Of what the checksum is; `undefined` without one. */
  readonly checksumType: "FULL_OBJECT" | "COMPOSITE" | undefined;
  /** The parts, of an object that was put in parts. */
  readonly parts: readonly ObjectPart[] | undefined;
  /** The plain file that holds the body. It is removed when the object is overwritten or deleted. */
  readonly bodyPath: string;
}

/** The storage class as S3 tells it. */
export function storageClass(headers: TextMap | undefined): string {
  return headers?.["x-amz-storage-class"] ?? "STANDARD";
}

/** An object out of its journal line. */
export function objectInfo(entry: Entry, bodyPath: string): ObjectInfo {
  const checksums = entry.c ?? {};
  const hasChecksum = Object.keys(checksums).length > 0;
  return {
    key: entry.put,
    size: entry.s,
    etag: entry.e,
    lastModified: new Date(entry.t),
    headers: entry.h ?? {},
    metadata: entry.m ?? {},
    tags: entry.g ?? {},
    checksums,
    checksumType: hasChecksum ? (entry.ct ?? "FULL_OBJECT") : undefined,
    parts: entry.p?.map(objectPart),
    bodyPath,
  };
}

const objectPart = (part: EntryPart): ObjectPart => ({
  partNumber: part.n,
  size: part.s,
  checksums: part.c ?? {},
});
