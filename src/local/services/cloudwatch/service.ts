/** CloudWatch metrics: those of training jobs, and what programs put, in the three protocols that clients have spoken. */

import type { StructureShape } from "../../../training/constraints.ts";
import { cborService } from "../../wire/aws-cbor.ts";
import { awsJsonService } from "../../wire/aws-json.ts";
import { awsQueryService } from "../../wire/aws-query.ts";
import { checked } from "../../wire/json-input.ts";
import type { WireService, WireStructure, WireValue } from "../../wire/message.ts";
import { queryInput } from "../../wire/query-input.ts";
import type { JobStore } from "../sagemaker/job-store.ts";
import {
  GET_METRIC_DATA,
  GET_METRIC_STATISTICS,
  LIST_METRICS,
  PUT_METRIC_DATA,
} from "./cloudwatch.model.ts";
import { getMetricData, type MetricDataInput } from "./get-metric-data.ts";
import { getMetricStatistics, type StatisticsInput } from "./get-metric-statistics.ts";
import { jobMetrics } from "./job-metrics.ts";
import { type ListMetricsInput, listMetrics } from "./list-metrics.ts";
import type { MetricStore } from "./metric-store.ts";
import { joinSources } from "./metrics.ts";
import { type PutMetricDataInput, putMetricData } from "./put-metric-data.ts";

/** What the service works on. */
export interface CloudWatchContext {
  readonly jobs: JobStore;
  readonly metrics: MetricStore;
}

/** The namespace of its answers in the Query protocol. */
export const CLOUDWATCH_NAMESPACE = "http://monitoring.amazonaws.com/doc/2010-08-01/";
const NAME = "CloudWatch";

/** An operation: the shape of what it takes, and what it does with it. */
interface Operation {
  readonly shape: StructureShape;
  run(input: Readonly<Record<string, unknown>>): Promise<WireStructure>;
}

/** The model's names of errors, where they are not their codes. */
const ERROR_NAMES = {
  InvalidParameterValue: "InvalidParameterValueException",
  InvalidParameterCombination: "InvalidParameterCombinationException",
  MissingParameter: "MissingRequiredParameterException",
};

/** The service, once for each protocol. */
export function cloudWatchServices(context: CloudWatchContext): {
  readonly cbor: WireService;
  readonly json: WireService;
  readonly query: WireService;
} {
  const entries = Object.entries(operations(context));
  const each = <T>(of: (operation: Operation) => T): Record<string, T> =>
    Object.fromEntries(entries.map(([name, operation]) => [name, of(operation)]));
  return {
    cbor: cborService({
      name: NAME,
      operations: each(({ run }) => run),
      errorNames: ERROR_NAMES,
    }),
    json: awsJsonService(
      NAME,
      each(
        ({ run }) =>
          async (input) =>
            jsonMembers(await run(input)),
      ),
    ),
    query: awsQueryService({
      name: NAME,
      namespace: CLOUDWATCH_NAMESPACE,
      operations: each(
        ({ shape, run }) =>
          async (fields) =>
            await run(queryInput(shape, fields)),
      ),
    }),
  };
}

function operations({ jobs, metrics }: CloudWatchContext): Readonly<Record<string, Operation>> {
  const source = joinSources([jobMetrics(jobs), metrics]);
  return {
    GetMetricStatistics: operation<StatisticsInput>(GET_METRIC_STATISTICS, (input) =>
      getMetricStatistics(source, input),
    ),
    GetMetricData: operation<MetricDataInput>(GET_METRIC_DATA, (input) =>
      getMetricData(source, input),
    ),
    ListMetrics: operation<ListMetricsInput>(LIST_METRICS, (input) => listMetrics(source, input)),
    PutMetricData: operation<PutMetricDataInput>(PUT_METRIC_DATA, async (input) => {
      await putMetricData(metrics, input);
      return {};
    }),
  };
}

function operation<T>(shape: StructureShape, run: (input: T) => Promise<WireStructure>): Operation {
  return { shape, run: async (input) => await run(checked<T>(shape, input, "ValidationError")) };
}

/** JSON has times as seconds since 1970. */
function jsonMembers(members: WireStructure): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, value && jsonValue(value)]),
  );
}

function jsonValue(value: WireValue): unknown {
  if (typeof value !== "object") return value;
  if (value instanceof Date) return value.getTime() / 1000;
  return Array.isArray(value) ? value.map(jsonValue) : jsonMembers(value as WireStructure);
}
