/** Which buckets there are: a journal of its own, whose lines create and remove them. */

import type { Fold } from "./journal.ts";
import { linesOf } from "./journal-files.ts";

/** S3's four switches against public access; kept and told, without effect on this machine. */
export interface PublicAccessBlock {
  readonly BlockPublicAcls: boolean;
  readonly IgnorePublicAcls: boolean;
  readonly BlockPublicPolicy: boolean;
  readonly RestrictPublicBuckets: boolean;
}

/** A new bucket has all four on, as on AWS since April 2023. */
export const newBucketAccess: PublicAccessBlock = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

/** A bucket, as its line says it. */
export interface CatalogEntry {
  readonly create: string;
  /** Names the bucket's folder. A bucket that is deleted and made again has another. */
  readonly id: string;
  readonly region: string;
  /** Created, in ms. */
  readonly t: number;
  /** `undefined` when it was taken away. */
  readonly access?: PublicAccessBlock;
}

/** A line of the catalog. */
export type CatalogRecord =
  | CatalogEntry
  | { readonly remove: string; readonly id: string }
  | { readonly protect: string; readonly id: string; readonly access?: PublicAccessBlock };

/** The buckets, by name. The answer to a record is whether it counts. */
export class CatalogFold implements Fold<boolean> {
  readonly buckets: Map<string, CatalogEntry> = new Map<string, CatalogEntry>();

  get size(): number {
    return this.buckets.size;
  }

  clear(): void {
    this.buckets.clear();
  }

  restore(lines: string): void {
    for (const line of linesOf(lines)) {
      const entry: CatalogEntry = JSON.parse(line);
      this.buckets.set(entry.create, entry);
    }
  }

  *snapshot(): Generator<string> {
    for (const entry of this.buckets.values()) yield JSON.stringify(entry);
  }

  apply(line: string): boolean {
    const record: CatalogRecord = JSON.parse(line);
    if ("create" in record) {
      if (this.buckets.has(record.create)) return false;
      const { create, id, region, t, access } = record;
      this.buckets.set(create, { create, id, region, t, ...(access && { access }) });
      return true;
    }
    const name = "remove" in record ? record.remove : record.protect;
    const entry = this.buckets.get(name);
    if (entry?.id !== record.id) return false;
    if ("remove" in record) return this.buckets.delete(name);
    const { access: _before, ...rest } = entry;
    this.buckets.set(name, record.access ? { ...rest, access: record.access } : rest);
    return true;
  }
}
