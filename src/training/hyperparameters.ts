/** Hyperparameters: values of JavaScript to and from the service's map of strings. Pure. */

import type { Finding } from "../errors.ts";
import { tagOf } from "./is-record.ts";

/** Objects whose contents JSON does not write. */
const LOST = new Set(
  [
    "Map",
    "Set",
    "WeakMap",
    "WeakSet",
    "WeakRef",
    "Promise",
    "RegExp",
    "Error",
    "ArrayBuffer",
  ].concat([
    "SharedArrayBuffer",
    "DataView",
    "Generator",
    "AsyncGenerator",
    "Map Iterator",
    "Set Iterator",
  ]),
);

/** What a hyperparameter may be: a string goes as it is, everything else as JSON. `undefined` leaves the hyperparameter out. */
export type HyperparameterValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly HyperparameterValue[]
  | { readonly [name: string]: HyperparameterValue };

/** Hyperparameters by name. */
export type Hyperparameters = Readonly<Record<string, HyperparameterValue>>;

/**
 * The service's map of strings: a string as it is, everything else as JSON (`25` is `"25"`, `[1,2]` is `"[1,2]"`).
 *
 * @param values - by name; `undefined` is left out
 * @param how - `jsonEncodeStrings`: strings as JSON too, in quotes, as Python's Framework sends them
 * @returns the map, and a finding for each value that JSON cannot carry (`NaN`, `Infinity`, a bigint, a function, a cycle)
 */
export function encodeHyperparameters(
  values: Hyperparameters,
  how: { readonly jsonEncodeStrings?: boolean } = {},
): { encoded: Record<string, string>; findings: Finding[] } {
  const encoded: Record<string, string> = {};
  const findings: Finding[] = [];
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) {
      continue;
    }
    const fault = jsonFault(value);
    if (fault !== undefined) {
      findings.push({
        severity: "error",
        path: `hyperparameters.${name}`,
        message: `JSON cannot carry ${fault}.`,
        hint: "Give it as a string in the form that the program reads.",
      });
      continue;
    }
    Object.defineProperty(encoded, name, {
      value: typeof value === "string" && !how.jsonEncodeStrings ? value : JSON.stringify(value),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return { encoded, findings };
}

/**
 * The values back from the service's map: JSON where it parses, the string itself otherwise. What was a string that reads
 * as JSON (`"25"`) comes back as its value: the map does not tell them apart.
 *
 * @param encoded - the service's map of strings
 */
export function decodeHyperparameters(
  encoded: Readonly<Record<string, string>>,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(encoded).map(([name, text]) => [name, decode(text)]));
}

function decode(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/**
 * What of a value JSON would drop or change in silence, in words (`NaN`, `a bigint`, `a Map …`); `undefined` when nothing.
 *
 * @param value - what is to be written as JSON
 */
export function jsonFault(value: unknown): string | undefined {
  try {
    const fault = faultWithin(value, new Set());
    const isLost = fault === undefined && value !== undefined && !JSON.stringify(value);
    return isLost ? "a value whose toJSON() gives nothing" : fault;
  } catch (error) {
    // A getter or a toJSON() that throws; or so many levels that there is no room for them.
    return error instanceof RangeError
      ? "a value of so many levels"
      : "a value that throws when read";
  }
}

function faultWithin(value: unknown, within: Set<object>): string | undefined {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) ? undefined : String(value);
    case "bigint":
      return "a bigint";
    case "function":
    case "symbol":
      return `a ${typeof value}`;
    case "object":
      break;
    default:
      return undefined;
  }
  if (value instanceof Date && Number.isNaN(value.getTime())) {
    return "an invalid Date (it would become null)";
  }
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return `a ${tagOf(value)} (it would become an object; Array.from() makes an array of it)`;
  }
  if (value === null || typeof (value as { toJSON?: unknown }).toJSON === "function") {
    return undefined;
  }
  if (LOST.has(tagOf(value))) {
    return `a ${tagOf(value)} (it would become {})`;
  }
  if (within.has(value as object)) {
    return "a value that contains itself";
  }
  within.add(value as object);
  for (const member of Object.values(value as object)) {
    // JSON writes an absent array member as null and leaves an absent property out: both are meant by the caller.
    const fault = faultWithin(member, within);
    if (fault !== undefined) {
      return fault;
    }
  }
  within.delete(value as object);
  return undefined;
}
