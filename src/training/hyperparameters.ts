/** Hyperparameters: values of JavaScript to and from the service's map of strings. Pure. */

import type { Finding } from "../errors.ts";

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
  return faultWithin(value, new Set());
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
  if (value === null || typeof (value as { toJSON?: unknown }).toJSON === "function") {
    return undefined;
  }
  if (value instanceof Map || value instanceof Set) {
    return `a ${value.constructor.name} (it would become {})`;
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
