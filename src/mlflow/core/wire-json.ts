/**
 * JSON as MLflow's servers read and write it: names in snake_case, numbers that JSON has no form for as text. A value of the
 * wrong type is not told by servers: they answer 200 and drop the rest of the request. So every message is made here.
 */

import type { Metric } from "./entities.ts";

/** A value of JSON. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/** The names of a record of ours, as MLflow writes them: `runId` is `run_id`. */
export function toSnakeCase(value: unknown): Json {
  return rename(value, (key) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

/** The names of a record of MLflow's, as we write them: `run_id` is `runId`. */
export function toCamelCase(value: unknown): Json {
  return rename(value, (key) => key.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase()));
}

function rename(value: unknown, name: (key: string) => string): Json {
  if (Array.isArray(value)) {
    return value.map((each) => rename(each, name));
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .map(([key, each]) => [name(key), rename(each, name)]);
    return Object.fromEntries(entries);
  }
  return value as Json;
}

/**
 * A number as protobuf's JSON has it: `NaN` and infinities are texts, since JSON has no other form for them.
 *
 * @see https://protobuf.dev/programming-guides/json/
 */
export function numberToWire(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

/** The number that a server wrote: it may be a text. */
export function numberFromWire(value: unknown): number {
  return typeof value === "string" ? Number(value) : ((value ?? 0) as number);
}

/** A point of a metric for a request: times and steps are whole. */
export function metricToWire({ key, value, timestamp, step }: Metric): Json {
  return {
    key,
    value: numberToWire(value),
    timestamp: Math.trunc(timestamp),
    step: Math.trunc(step),
  };
}

/** A point of a metric out of an answer; what protobuf leaves out is zero. */
export function metricFromWire(given: unknown): Metric {
  const { key, value, timestamp, step } = given as Record<string, unknown>;
  return {
    key: String(key),
    value: numberFromWire(value),
    timestamp: numberFromWire(timestamp),
    step: numberFromWire(step),
  };
}
