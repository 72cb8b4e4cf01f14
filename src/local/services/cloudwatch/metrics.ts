/** Metrics, and where their values come from. */

import type { ValueStatistics } from "../sagemaker/job.ts";

/** A part of what tells metrics of one name apart. */
export interface Dimension {
  readonly Name: string;
  readonly Value: string;
}

/** A metric: each set of dimensions is one of its own. */
export interface Metric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly Dimension[];
}

/** Values of a metric that came at one time (milliseconds since 1970). */
export interface Sample extends ValueStatistics {
  readonly at: number;
  readonly unit: string;
}

/** A metric that has values. */
export interface ListedMetric {
  readonly metric: Metric;
  /** When the last value came, in milliseconds since 1970. */
  readonly lastAt: number;
}

/** Which metrics are wanted; a dimension without a value stands for any value. */
export interface MetricFilter {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly dimensions?: readonly { readonly Name: string; readonly Value?: string }[] | undefined;
}

/** Where metrics come from. */
export interface MetricSource {
  /** All metrics that match, each once, in any order. */
  list(filter: MetricFilter): Promise<readonly ListedMetric[]>;
  /** A metric's values from one time on until before another. */
  samples(metric: Metric, from: number, until: number): AsyncIterable<Sample>;
}

/** Whether a metric is wanted. */
export function matches(filter: MetricFilter, metric: Metric): boolean {
  const { namespace = metric.namespace, name = metric.name, dimensions = [] } = filter;
  return (
    namespace === metric.namespace &&
    name === metric.name &&
    dimensions.every(({ Name, Value }) =>
      metric.dimensions.some((one) => one.Name === Name && one.Value === (Value ?? one.Value)),
    )
  );
}

/** The same for the same metric, in whatever order its dimensions are given. */
export function metricKey({ namespace, name, dimensions }: Metric): string {
  const pairs = dimensions.map(({ Name, Value }) => JSON.stringify([Name, Value])).sort();
  return JSON.stringify([namespace, name, pairs]);
}

/** Several sources as one. */
export function joinSources(sources: readonly MetricSource[]): MetricSource {
  return {
    async list(filter) {
      const found = new Map<string, ListedMetric>();
      for (const source of sources) {
        for (const one of await source.list(filter)) {
          const key = metricKey(one.metric);
          const lastAt = Math.max(one.lastAt, found.get(key)?.lastAt ?? 0);
          found.set(key, { metric: one.metric, lastAt });
        }
      }
      return [...found.values()];
    },
    async *samples(metric, from, until) {
      for (const source of sources) yield* source.samples(metric, from, until);
    },
  };
}
