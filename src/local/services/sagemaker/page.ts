/** A page of a sorted list, which goes on where the last one ended, whatever came between (pure). */

import { ServiceError } from "../../wire/service-error.ts";

/** What things are sorted by, and their names, which tell equals apart. */
export type SortKey = readonly [number | string, string];

/** How a list is asked for. */
export interface PageQuery {
  readonly NextToken?: string;
  readonly MaxResults?: number;
  readonly SortOrder?: "Ascending" | "Descending";
}

/** A page. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next one begins; nothing after the last. */
  readonly next: { readonly NextToken?: string };
}

const DEFAULT_PAGE = 10;

/**
 * A page of things.
 *
 * @param all - all that are wanted, in any order
 * @param keyOf - what one is sorted by
 * @param query - which page: in ascending order and of 10 things unless it says otherwise
 * @throws {@link ServiceError} `ValidationException` for a token that is none
 */
export function pageOf<T>(
  all: readonly T[],
  keyOf: (item: T) => SortKey,
  query: PageQuery,
): Page<T> {
  const { SortOrder: order = "Ascending", MaxResults: most = DEFAULT_PAGE } = query;
  const sign = order === "Ascending" ? 1 : -1;
  const sorted = all
    .map((item) => ({ item, key: keyOf(item) }))
    .sort((left, right) => sign * compare(left.key, right.key));
  const after = parseToken(query.NextToken);
  const rest =
    after === undefined ? sorted : sorted.filter(({ key }) => sign * compare(key, after) > 0);
  const page = rest.slice(0, most);
  const last = page.at(-1);
  return {
    items: page.map(({ item }) => item),
    next:
      last !== undefined && page.length < rest.length ? { NextToken: formatToken(last.key) } : {},
  };
}

function compare(left: SortKey, right: SortKey): number {
  return order(left[0], right[0]) || order(left[1], right[1]);
}

function order(left: number | string, right: number | string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}

function formatToken(key: SortKey): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

function parseToken(token: string | undefined): SortKey | undefined {
  if (token === undefined) return undefined;
  try {
    const key: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (Array.isArray(key) && key.length === 2 && key.every(isKeyPart)) {
      return key as unknown as SortKey;
    }
  } catch {
    // Told below, as any other text that is no token.
  }
  throw new ServiceError("ValidationException", "The NextToken is invalid.");
}

function isKeyPart(part: unknown): boolean {
  return typeof part === "string" || typeof part === "number";
}
