/** What the lists of groups and of packages have in common: filters, order, pages (pure). */

import { seconds } from "../describe-training-job.ts";
import { type Page, type PageQuery, pageOf } from "../page.ts";

/** What is asked. Times are seconds since 1970. */
export interface ListRegistryInput extends PageQuery {
  readonly CreationTimeAfter?: number;
  readonly CreationTimeBefore?: number;
  readonly NameContains?: string;
  readonly SortBy?: "Name" | "CreationTime";
}

/** What of an item is looked at. */
export interface Listable {
  readonly name: string;
  /** When it was made, in milliseconds since 1970. */
  readonly at: number;
  /** What no other has, in the order of names. */
  readonly id: string;
}

/**
 * A page of what is wanted.
 *
 * @param all - in any order
 * @param of - what of an item is looked at
 * @throws ServiceError `ValidationException` for a token that is none
 */
export function listed<T>(
  all: readonly T[],
  of: (item: T) => Listable,
  query: ListRegistryInput,
): Page<T> {
  const {
    CreationTimeAfter: after = Number.NEGATIVE_INFINITY,
    CreationTimeBefore: before = Number.POSITIVE_INFINITY,
    NameContains: part = "",
    SortBy: by = "CreationTime",
  } = query;
  const wanted = all.filter((item) => {
    const { name, at } = of(item);
    return seconds(at) > after && seconds(at) < before && name.includes(part);
  });
  return pageOf(
    wanted,
    (item) => {
      const { at, id } = of(item);
      return [by === "Name" ? id : at, id];
    },
    query,
  );
}
