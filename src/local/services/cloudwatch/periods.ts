/** Values gathered by periods of time, as CloudWatch does it, and their statistics (pure but for the reading). */

import { ServiceError } from "../../wire/service-error.ts";
import type { ValueStatistics } from "../sagemaker/job.ts";
import type { Metric, MetricSource } from "./metrics.ts";

/** Which values. Times are milliseconds since 1970, the period seconds. */
export interface Window {
  readonly start: number;
  /** Not itself. */
  readonly end: number;
  readonly period: number;
  /** Values of this unit alone. */
  readonly unit?: string | undefined;
}

/** What came in one period. */
export interface Datapoint extends ValueStatistics {
  /** When the period begins, in milliseconds since 1970. */
  readonly at: number;
  readonly unit: string;
}

/** Each statistic's value. */
export const STATISTICS: Readonly<Record<string, (of: ValueStatistics) => number>> = {
  SampleCount: ({ count }) => count,
  Average: ({ sum, count }) => sum / count,
  Sum: ({ sum }) => sum,
  Minimum: ({ min }) => min,
  Maximum: ({ max }) => max,
};

const SHORT_PERIODS = [1, 5, 10, 20, 30];
const DAY_MS = 86_400_000;

/**
 * The window that the service makes of a request: its start is rounded down, to the minute when it is young.
 *
 * @param times - seconds since 1970, as they came
 * @param code - the operation's code for what is wrong with it
 * @throws {@link ServiceError} with that code
 */
export function windowOf(
  times: { readonly StartTime: number; readonly EndTime: number },
  period: number,
  unit: string | undefined,
  code: string,
): Window {
  if (times.StartTime >= times.EndTime) {
    throw new ServiceError(
      code,
      "The parameter StartTime must be less than the parameter EndTime.",
    );
  }
  if (period % 60 !== 0 && !SHORT_PERIODS.includes(period)) {
    throw new ServiceError(
      code,
      "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.",
    );
  }
  const [asked, end] = [times.StartTime * 1000, times.EndTime * 1000];
  const step = 1000 * (period < 60 ? period : stepOf(Date.now() - asked));
  return { start: Math.floor(asked / step) * step, end, period, unit };
}

function stepOf(age: number): number {
  if (age < 15 * DAY_MS) return 60;
  return age < 63 * DAY_MS ? 300 : 3600;
}

/** A metric's values by period, the oldest first; values of several units stay apart. */
export async function datapoints(
  source: MetricSource,
  metric: Metric,
  { start, end, period, unit }: Window,
): Promise<Datapoint[]> {
  const found = new Map<string, Datapoint>();
  for await (const sample of source.samples(metric, start, end)) {
    if (unit !== undefined && sample.unit !== unit) continue;
    const length = period * 1000;
    const at = start + Math.floor((sample.at - start) / length) * length;
    const key = `${at} ${sample.unit}`;
    const before = found.get(key);
    const { count, sum, min, max } = sample;
    found.set(key, {
      ...{ at, unit: sample.unit },
      ...{ count: count + (before?.count ?? 0), sum: sum + (before?.sum ?? 0) },
      ...{ min: Math.min(min, before?.min ?? min), max: Math.max(max, before?.max ?? max) },
    });
  }
  return [...found.values()].sort((left, right) => left.at - right.at);
}
