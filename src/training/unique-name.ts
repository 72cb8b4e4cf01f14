/** Names of jobs that no other call of this process was given. */

import { baseFromName, nameFromBase } from "./job-name.ts";

/** How many bases are remembered; one that is forgotten was last used long ago. */
const MOST_BASES = 1000;
/** A clock that goes back by less than this was set; by more, it is another clock. */
const SET_BACK_MS = 86_400_000;

/** The newest time that a name of each base bears, the base used last at the end. */
const newest = new Map<string, number>();

/**
 * A name from a base and the time. Where a name of that base bears the time already, the millisecond moves on.
 *
 * @param base - what the name begins with
 * @param now - milliseconds since 1970
 */
export function uniqueName(base: string, now = Date.now()): string {
  // As it stands in the name: long bases are cut.
  const head = baseFromName(nameFromBase(base, new Date(now)));
  const last = newest.get(head) ?? Number.NEGATIVE_INFINITY;
  const time = last >= now && last - now < SET_BACK_MS ? last + 1 : now;
  newest.delete(head);
  newest.set(head, time);
  for (const [oldest] of newest) {
    if (newest.size <= MOST_BASES) break;
    newest.delete(oldest);
  }
  return nameFromBase(base, new Date(time));
}
