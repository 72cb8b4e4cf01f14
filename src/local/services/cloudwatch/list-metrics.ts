/** ListMetrics: which metrics there are, a page at a time. */

import type { WireStructure } from "../../wire/message.ts";
import { ServiceError } from "../../wire/service-error.ts";
import { type MetricFilter, type MetricSource, metricKey } from "./metrics.ts";

/** What is asked. */
export interface ListMetricsInput {
  readonly Namespace?: string;
  readonly MetricName?: string;
  readonly Dimensions?: NonNullable<MetricFilter["dimensions"]>;
  readonly NextToken?: string;
  readonly RecentlyActive?: "PT3H";
}

const PAGE = 500;
const RECENT_MS = 3 * 3_600_000;

/** @throws {@link ServiceError} `InvalidParameterValue` for a token that is none */
export async function listMetrics(
  source: MetricSource,
  input: ListMetricsInput,
): Promise<WireStructure> {
  const { Namespace: namespace, MetricName: name, Dimensions: dimensions, NextToken } = input;
  const since = input.RecentlyActive === undefined ? 0 : Date.now() - RECENT_MS;
  const all = (await source.list({ namespace, name, dimensions }))
    .filter(({ lastAt }) => lastAt >= since)
    .map(({ metric }) => ({ key: metricKey(metric), metric }))
    .sort((left, right) => (left.key < right.key ? -1 : 1));
  const after = NextToken && Buffer.from(NextToken, "base64url").toString("utf8");
  const from = after === undefined ? 0 : all.findIndex(({ key }) => key === after) + 1;
  if (after !== undefined && from === 0) {
    throw new ServiceError("InvalidParameterValue", "The specified NextToken is invalid.");
  }
  const page = all.slice(from, from + PAGE);
  const last = from + PAGE < all.length ? page.at(-1) : undefined;
  return {
    Metrics: page.map(({ metric }) => ({
      Namespace: metric.namespace,
      MetricName: metric.name,
      Dimensions: metric.dimensions.map(({ Name, Value }) => ({ Name, Value })),
    })),
    NextToken: last && Buffer.from(last.key).toString("base64url"),
  };
}
