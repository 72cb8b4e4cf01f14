/** One page of a listing: keys in S3's order, those that share a prefix up to a delimiter as one. */

import { afterPrefix, compareKeys, lowerBound, type SortedKeys } from "./key-order.ts";

/** Which page. */
export interface PageOptions {
  /** Only keys that begin so. Default: all. */
  readonly prefix?: string | undefined;
  /** Keys that have it behind the prefix are rolled up into a common prefix. Default: none. */
  readonly delimiter?: string | undefined;
  /** Only keys and common prefixes that come after this. Default: from the beginning. */
  readonly startAfter?: string | undefined;
  /** The most keys and common prefixes together. Default: no limit. */
  readonly limit?: number | undefined;
}

/** A page. */
export interface KeyPage {
  readonly keys: readonly string[];
  readonly prefixes: readonly string[];
  /** Whether there is more behind it. */
  readonly more: boolean;
  /** The last key or common prefix: where the next page starts after. */
  readonly last: string | undefined;
}

/** Reads a page out of the keys of a bucket; the cost is that of the page, not of what is rolled up or skipped. */
export function keyPage(sorted: SortedKeys, options: PageOptions): KeyPage {
  const {
    prefix = "",
    delimiter = "",
    startAfter = "",
    limit = Number.POSITIVE_INFINITY,
  } = options;
  const { keys, isDead } = sorted.read();
  const page = { keys: [] as string[], prefixes: [] as string[] };
  let last: string | undefined;
  const start = compareKeys(startAfter, prefix) > 0 ? startAfter : prefix;
  let at = lowerBound(keys, start);
  for (;;) {
    const key = keys[at];
    if (key?.startsWith(prefix) !== true) break;
    if (isDead(key)) {
      at += 1;
      continue;
    }
    const cut = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    const item = cut === -1 ? key : key.slice(0, cut + delimiter.length);
    if (startAfter === "" || compareKeys(item, startAfter) > 0) {
      if (page.keys.length + page.prefixes.length >= limit) return { ...page, more: true, last };
      last = item;
      (cut === -1 ? page.keys : page.prefixes).push(item);
    }
    at = cut === -1 ? at + 1 : afterPrefix(keys, at, item);
  }
  return { ...page, more: false, last };
}
