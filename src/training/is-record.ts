/** What counts as a record of names and values. Pure. */

/**
 * Whether a value holds values by name: a plain object, with or without a prototype, or an instance of a class of the caller's.
 * `Map`, `Date`, `Promise`, lists and their like hold nothing by name.
 *
 * @param value - anything
 */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && /^(?:Object|Module)$/.test(tagOf(value));
}

/**
 * What kind of object it says it is: `Object`, `Map`, `Date`.
 *
 * @param value - anything
 */
export function tagOf(value: unknown): string {
  try {
    return Object.prototype.toString.call(value).slice("[object ".length, -1);
  } catch {
    return "Proxy";
  }
}
