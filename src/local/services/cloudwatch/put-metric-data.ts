/** PutMetricData: values that a program reports of itself. */

import { ServiceError } from "../../wire/service-error.ts";
import type { ValueStatistics } from "../sagemaker/job.ts";
import type { MetricStore } from "./metric-store.ts";
import type { Dimension } from "./metrics.ts";

/** What is put. */
export interface PutMetricDataInput {
  readonly Namespace: string;
  readonly MetricData?: readonly Datum[];
  readonly EntityMetricData?: readonly { readonly MetricData?: readonly Datum[] }[];
}

interface Datum {
  readonly MetricName: string;
  readonly Dimensions?: readonly Dimension[];
  /** Seconds since 1970. */
  readonly Timestamp?: number;
  readonly Value?: number;
  readonly StatisticValues?: {
    readonly SampleCount: number;
    readonly Sum: number;
    readonly Minimum: number;
    readonly Maximum: number;
  };
  readonly Values?: readonly number[];
  readonly Counts?: readonly number[];
  readonly Unit?: string;
}

const HOUR_MS = 3_600_000;
const MOST_VALUES = 150;

/** @throws {@link ServiceError} for what the service refuses; nothing is taken then */
export async function putMetricData(store: MetricStore, input: PutMetricDataInput): Promise<void> {
  const { Namespace: namespace, MetricData = [], EntityMetricData = [] } = input;
  if (namespace.startsWith("AWS/")) {
    throw invalid("The value AWS/ for parameter Namespace is invalid.");
  }
  const data = [...MetricData, ...EntityMetricData.flatMap((entity) => entity.MetricData ?? [])];
  const now = Date.now();
  await store.append(
    data.map((datum, index) => {
      const place = `MetricData.member.${index + 1}`;
      const { MetricName: name, Dimensions: dimensions = [], Unit: unit = "None" } = datum;
      const at = timeOf(datum, now, place);
      return { metric: { namespace, name, dimensions }, at, unit, ...statisticsOf(datum, place) };
    }),
  );
}

function timeOf({ Timestamp }: Datum, now: number, place: string): number {
  const at = Timestamp === undefined ? now : Timestamp * 1000;
  if (at < now - 14 * 24 * HOUR_MS) {
    throw invalid(
      `The parameter ${place}.Timestamp must specify a time no more than two weeks in the past.`,
    );
  }
  if (at > now + 2 * HOUR_MS) {
    throw invalid(
      `The parameter ${place}.Timestamp must specify a time no more than two hours in the future.`,
    );
  }
  return at;
}

function statisticsOf(datum: Datum, place: string): ValueStatistics {
  const { Value: value, StatisticValues: set, Values: values, Counts: counts } = datum;
  const given = Object.entries({ Value: value, StatisticValues: set, Values: values }).filter(
    ([, one]) => one !== undefined,
  );
  if (given.length > 1) {
    const names = given.map(([name]) => `${place}.${name}`).join(" and ");
    throw new ServiceError(
      "InvalidParameterCombination",
      `The parameters ${names} are mutually exclusive and you have specified both.`,
    );
  }
  if (set !== undefined) {
    return { count: set.SampleCount, sum: set.Sum, min: set.Minimum, max: set.Maximum };
  }
  const all = values ?? (value === undefined ? [] : [value]);
  if (all.length === 0) {
    throw new ServiceError(
      "MissingParameter",
      `One of the parameters ${place}.Value, ${place}.Values and ${place}.StatisticValues must be specified.`,
    );
  }
  if (all.length > MOST_VALUES || (counts !== undefined && counts.length !== all.length)) {
    throw invalid(
      `The parameters ${place}.Values and ${place}.Counts must be of the same size, ${MOST_VALUES} at most.`,
    );
  }
  const weights = counts ?? all.map(() => 1);
  return {
    count: weights.reduce((sum, weight) => sum + weight, 0),
    sum: all.reduce((sum, one, index) => sum + one * (weights[index] ?? 1), 0),
    min: Math.min(...all),
    max: Math.max(...all),
  };
}

function invalid(message: string): ServiceError {
  return new ServiceError("InvalidParameterValue", message);
}
