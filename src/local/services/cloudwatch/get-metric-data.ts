/** GetMetricData: several metrics at once, a page at a time. */

import type { WireStructure } from "../../wire/message.ts";
import { ServiceError } from "../../wire/service-error.ts";
import { unknownStatistic } from "./get-metric-statistics.ts";
import type { Dimension, MetricSource } from "./metrics.ts";
import { datapoints, STATISTICS, windowOf } from "./periods.ts";

/** What is asked. Times are seconds since 1970. */
export interface MetricDataInput {
  readonly MetricDataQueries: readonly Query[];
  readonly StartTime: number;
  readonly EndTime: number;
  readonly NextToken?: string;
  readonly ScanBy?: "TimestampDescending" | "TimestampAscending";
  readonly MaxDatapoints?: number;
}

interface Query {
  readonly Id: string;
  readonly MetricStat?: {
    readonly Metric: {
      readonly Namespace?: string;
      readonly MetricName?: string;
      readonly Dimensions?: readonly Dimension[];
    };
    readonly Period: number;
    readonly Stat: string;
    readonly Unit?: string;
  };
  readonly Expression?: string;
  readonly Label?: string;
  readonly ReturnData?: boolean;
}

/** The service's limit for one answer, and what it takes when none is given. */
const MOST_DATAPOINTS = 100_800;
/** This operation declares no error of its own for it. */
const INVALID = "ValidationError";
const ID = /^[a-z]\w*$/;

/** @throws {@link ServiceError} for what the service refuses, and for metric math, which is not worked out here */
export async function getMetricData(
  source: MetricSource,
  input: MetricDataInput,
): Promise<WireStructure> {
  const { MetricDataQueries: queries, NextToken, ScanBy } = input;
  check(queries);
  const from = NextToken === undefined ? 0 : Number(NextToken);
  if (!Number.isSafeInteger(from) || from < 0) {
    throw new ServiceError("InvalidNextToken", "The specified NextToken is invalid.");
  }
  const most = Math.min(input.MaxDatapoints ?? MOST_DATAPOINTS, MOST_DATAPOINTS);

  // The datapoints of all queries are one row; a page is a stretch of it.
  let before = 0;
  const results: WireStructure[] = [];
  for (const query of queries) {
    if (query.ReturnData === false) continue;
    const points = await pointsOf(source, input, query);
    if (ScanBy !== "TimestampAscending") points.reverse();
    const page = points.slice(Math.max(0, from - before), Math.max(0, from + most - before));
    before += points.length;
    results.push({
      Id: query.Id,
      Label: query.Label ?? query.MetricStat?.Metric.MetricName ?? "",
      Timestamps: page.map(({ at }) => new Date(at)),
      Values: page.map(({ value }) => value),
      StatusCode: before > from + most ? "PartialData" : "Complete",
    });
  }
  return {
    MetricDataResults: results,
    NextToken: before > from + most ? String(from + most) : undefined,
    Messages: [],
  };
}

function check(queries: readonly Query[]): void {
  if (new Set(queries.map(({ Id }) => Id)).size < queries.length) {
    throw invalid("The values for parameter id in MetricDataQueries are not unique.");
  }
  for (const { Id, MetricStat, Expression } of queries) {
    if (!ID.test(Id)) {
      throw invalid(
        `The value ${Id} for parameter MetricDataQueries Id is invalid: it begins with a small letter and has letters, digits and _.`,
      );
    }
    if (Expression !== undefined) {
      throw invalid(
        `The local cloud works out no expressions: ${Id} needs a MetricStat instead of "${Expression}".`,
      );
    }
    if (MetricStat === undefined) throw invalid(`The query ${Id} has no MetricStat.`);
    if (!Object.hasOwn(STATISTICS, MetricStat.Stat))
      throw unknownStatistic(MetricStat.Stat, INVALID);
  }
}

async function pointsOf(
  source: MetricSource,
  times: { readonly StartTime: number; readonly EndTime: number },
  { MetricStat: stat }: Query,
): Promise<{ readonly at: number; readonly value: number }[]> {
  if (stat === undefined) return [];
  const { Namespace = "", MetricName = "", Dimensions = [] } = stat.Metric;
  const metric = { namespace: Namespace, name: MetricName, dimensions: Dimensions };
  const points = await datapoints(source, metric, windowOf(times, stat.Period, stat.Unit, INVALID));
  return points.map((point) => ({ at: point.at, value: STATISTICS[stat.Stat]?.(point) ?? 0 }));
}

function invalid(message: string): ServiceError {
  return new ServiceError(INVALID, message);
}
