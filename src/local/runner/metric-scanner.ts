/** Metrics in log lines: each definition's regular expression runs over each line, and its first group is the value. */

import { MATCHED_CHARACTERS } from "../../training/metrics.ts";
import type { JobEntry, ValueStatistics } from "../services/sagemaker/job.ts";
import type { MetricDefinition } from "./job-request.ts";

/** Values of a metric are written this far apart at first, in milliseconds … */
const FIRST_INTERVAL = 1000;
/** … and twice as far after each so many, so that a job of days leaves no more than some hundred. */
const VALUES_PER_INTERVAL = 60;

type Mutable<T> = { -readonly [name in keyof T]: T[name] };

const NOTHING: ValueStatistics = {
  count: 0,
  sum: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
};

interface Metric {
  readonly name: string;
  readonly pattern: RegExp;
  last: { readonly value: number; readonly at: number } | undefined;
  written: number;
  writtenAt: number;
  /** Of the values that have not been written yet. */
  readonly pending: Mutable<ValueStatistics>;
}

type MetricEntry = Extract<JobEntry, { readonly type: "metric" }>;

/** Finds metrics, and gives out as many values as a journal can bear, with the statistics of those between; the last one always. */
export class MetricScanner {
  readonly #metrics: Metric[] = [];
  /** Definitions whose regular expression cannot be read, and why. */
  readonly unreadable: readonly { readonly name: string; readonly problem: string }[];

  constructor(definitions: readonly MetricDefinition[]) {
    const unreadable: { name: string; problem: string }[] = [];
    for (const { Name: name, Regex } of definitions) {
      try {
        const pattern = toPattern(Regex);
        this.#metrics.push({
          ...{ name, pattern, last: undefined },
          ...{ written: 0, writtenAt: Number.NEGATIVE_INFINITY, pending: { ...NOTHING } },
        });
      } catch (error) {
        unreadable.push({ name, problem: error instanceof Error ? error.message : String(error) });
      }
    }
    this.unreadable = unreadable;
  }

  /** Scans a line. @returns the values that are due to be written */
  scan(line: string, at: number): MetricEntry[] {
    const due: MetricEntry[] = [];
    const text = line.length > MATCHED_CHARACTERS ? line.slice(0, MATCHED_CHARACTERS) : line;
    for (const metric of this.#metrics) {
      const group = metric.pattern.exec(text)?.[1];
      if (group === undefined || group.trim() === "") continue;
      const value = Number(group);
      if (!Number.isFinite(value)) continue;
      metric.last = { value, at };
      count(metric.pending, value);
      const interval = FIRST_INTERVAL * 2 ** Math.floor(metric.written / VALUES_PER_INTERVAL);
      if (at - metric.writtenAt >= interval) due.push(take(metric, metric.last));
    }
    return due;
  }

  /** The last values that have not been given out yet. */
  rest(): MetricEntry[] {
    return this.#metrics.flatMap((metric) =>
      metric.pending.count > 0 && metric.last ? [take(metric, metric.last)] : [],
    );
  }
}

function take(metric: Metric, { value, at }: { value: number; at: number }): MetricEntry {
  const { name, pending } = metric;
  const statistics = { ...pending };
  Object.assign(pending, NOTHING);
  metric.written += 1;
  metric.writtenAt = at;
  return { type: "metric", at, name, value, ...(statistics.count > 1 && { statistics }) };
}

/** In place: there may be a million values in a second. */
function count(into: Mutable<ValueStatistics>, value: number): void {
  into.count += 1;
  into.sum += value;
  if (value < into.min) into.min = value;
  if (value > into.max) into.max = value;
}

/** Definitions are written for Python and Java: their inline flags and named groups are put into JavaScript's words. */
function toPattern(regex: string): RegExp {
  const inline = /^\(\?([ims]+)\)/.exec(regex);
  const source = regex.slice(inline?.[0].length ?? 0).replaceAll("(?P<", "(?<");
  return new RegExp(source, inline?.[1] ?? "");
}
