/** GetMetricStatistics: one metric's statistics by period. */

import type { WireStructure } from "../../wire/message.ts";
import { ServiceError } from "../../wire/service-error.ts";
import type { Dimension, MetricSource } from "./metrics.ts";
import { datapoints, STATISTICS, windowOf } from "./periods.ts";

/** What is asked. Times are seconds since 1970. */
export interface StatisticsInput {
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions?: readonly Dimension[];
  readonly StartTime: number;
  readonly EndTime: number;
  readonly Period: number;
  readonly Statistics?: readonly string[];
  readonly ExtendedStatistics?: readonly string[];
  readonly Unit?: string;
}

const INVALID = "InvalidParameterValue";
const MOST_DATAPOINTS = 1440;

/** @throws {@link ServiceError} for what the service refuses, and for percentiles, which are not known here */
export async function getMetricStatistics(
  source: MetricSource,
  input: StatisticsInput,
): Promise<WireStructure> {
  const { Namespace, MetricName, Dimensions = [], Period, Unit } = input;
  const { Statistics = [], ExtendedStatistics = [] } = input;
  const window = windowOf(input, Period, Unit, INVALID);
  const most = Math.ceil((window.end - window.start) / (Period * 1000));
  if (most > MOST_DATAPOINTS) {
    throw new ServiceError(
      "InvalidParameterCombination",
      `You have requested up to ${most} datapoints, which exceeds the limit of ${MOST_DATAPOINTS}. ` +
        "You may reduce the datapoints requested by increasing Period, or decreasing the time range.",
    );
  }
  if (Statistics.length + ExtendedStatistics.length === 0) {
    throw new ServiceError(
      "InvalidParameterCombination",
      "At least one of the parameters Statistics and ExtendedStatistics must be specified.",
    );
  }
  const [extended] = ExtendedStatistics;
  if (extended !== undefined) throw unknownStatistic(extended, INVALID);
  const metric = { namespace: Namespace, name: MetricName, dimensions: Dimensions };
  const points = await datapoints(source, metric, window);
  return {
    Label: MetricName,
    Datapoints: points.map((point) => ({
      Timestamp: new Date(point.at),
      ...Object.fromEntries(
        Object.entries(STATISTICS)
          .filter(([name]) => Statistics.includes(name))
          .map(([name, of]) => [name, of(point)]),
      ),
      Unit: point.unit,
    })),
  };
}

/**
 * The error for percentiles, which need each single value: the local cloud keeps sums.
 *
 * @param code - the operation's code for it
 */
export function unknownStatistic(name: string, code: string): ServiceError {
  return new ServiceError(
    code,
    `The local cloud has no statistic "${name}": it knows ${Object.keys(STATISTICS).join(", ")}.`,
  );
}
