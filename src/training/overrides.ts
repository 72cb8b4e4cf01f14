/** Raw members of the request, merged last. Pure. */

import { isRecord } from "./is-record.ts";
import type { RequestOverrides } from "./options.ts";

/**
 * The request with the overrides in it: objects are merged, lists and values replaced, `null` takes a member out, `undefined`
 * leaves it alone. Neither argument is changed.
 *
 * @param request - the request so far
 * @param overrides - members in the service's words
 */
export function mergeOverrides<T extends object>(request: T, overrides: RequestOverrides): T {
  return merged(request as Readonly<Record<string, unknown>>, overrides) as T;
}

function merged(
  base: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const entries = new Map(Object.entries(base));
  for (const [name, value] of Object.entries(over)) {
    if (value === undefined) {
      continue;
    }
    const below = entries.get(name);
    if (value === null) {
      entries.delete(name);
    } else if (isRecord(value)) {
      entries.set(name, merged(isRecord(below) ? below : {}, value));
    } else {
      entries.set(name, structuredClone(value));
    }
  }
  return Object.fromEntries(entries);
}
