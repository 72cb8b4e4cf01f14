/** What the CloudWatch operations take (API 2010-08-01), as data. */

import type { Shape, StructureShape } from "../../../training/constraints.ts";

const NAMESPACE: Shape = { type: "string", min: 1, max: 255, pattern: "[^:].*" };
const METRIC_NAME: Shape = { type: "string", min: 1, max: 255 };
const DIMENSION_NAME: Shape = { type: "string", min: 1, max: 255 };
const DIMENSION_VALUE: Shape = { type: "string", min: 1, max: 1024 };
const TIMESTAMP: Shape = { type: "timestamp" };
const PERIOD: Shape = { type: "integer", min: 1 };
const DOUBLE: Shape = { type: "double" };
const TEXT: Shape = { type: "string" };
const BOOLEAN: Shape = { type: "boolean" };
const DOUBLES: Shape = { type: "list", of: DOUBLE };

const SIZES = ["Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes"];
const BITS = ["Bits", "Kilobits", "Megabits", "Gigabits", "Terabits"];
const UNIT: Shape = {
  type: "string",
  enum: [
    ...["Seconds", "Microseconds", "Milliseconds", ...SIZES, ...BITS, "Percent", "Count"],
    ...[...SIZES, ...BITS, "Count"].map((unit) => `${unit}/Second`),
    "None",
  ],
};

const DIMENSIONS: Shape = {
  type: "list",
  max: 30,
  of: {
    type: "structure",
    required: ["Name", "Value"],
    members: { Name: DIMENSION_NAME, Value: DIMENSION_VALUE },
  },
};

export const GET_METRIC_STATISTICS: StructureShape = {
  type: "structure",
  required: ["Namespace", "MetricName", "StartTime", "EndTime", "Period"],
  members: {
    Namespace: NAMESPACE,
    MetricName: METRIC_NAME,
    Dimensions: DIMENSIONS,
    StartTime: TIMESTAMP,
    EndTime: TIMESTAMP,
    Period: PERIOD,
    Statistics: {
      type: "list",
      min: 1,
      max: 5,
      of: { type: "string", enum: ["SampleCount", "Average", "Sum", "Minimum", "Maximum"] },
    },
    ExtendedStatistics: { type: "list", min: 1, max: 10, of: TEXT },
    Unit: UNIT,
  },
};

export const LIST_METRICS: StructureShape = {
  type: "structure",
  members: {
    Namespace: NAMESPACE,
    MetricName: METRIC_NAME,
    Dimensions: {
      type: "list",
      max: 10,
      of: {
        type: "structure",
        required: ["Name"],
        members: { Name: DIMENSION_NAME, Value: DIMENSION_VALUE },
      },
    },
    NextToken: TEXT,
    RecentlyActive: { type: "string", enum: ["PT3H"] },
    IncludeLinkedAccounts: BOOLEAN,
    OwningAccount: { type: "string", min: 1, max: 255 },
  },
};

export const GET_METRIC_DATA: StructureShape = {
  type: "structure",
  required: ["MetricDataQueries", "StartTime", "EndTime"],
  members: {
    MetricDataQueries: {
      type: "list",
      max: 500,
      of: {
        type: "structure",
        required: ["Id"],
        members: {
          Id: { type: "string", min: 1, max: 255 },
          MetricStat: {
            type: "structure",
            required: ["Metric", "Period", "Stat"],
            members: {
              Metric: {
                type: "structure",
                members: {
                  Namespace: NAMESPACE,
                  MetricName: METRIC_NAME,
                  Dimensions: DIMENSIONS,
                },
              },
              Period: PERIOD,
              Stat: TEXT,
              Unit: UNIT,
            },
          },
          Expression: { type: "string", min: 1, max: 2048 },
          Label: TEXT,
          ReturnData: BOOLEAN,
          Period: PERIOD,
          AccountId: { type: "string", min: 1, max: 255 },
        },
      },
    },
    StartTime: TIMESTAMP,
    EndTime: TIMESTAMP,
    NextToken: TEXT,
    ScanBy: { type: "string", enum: ["TimestampDescending", "TimestampAscending"] },
    MaxDatapoints: { type: "integer", min: 1 },
    LabelOptions: { type: "structure", members: { Timezone: TEXT } },
  },
};

const METRIC_DATA: Shape = {
  type: "list",
  max: 1000,
  of: {
    type: "structure",
    required: ["MetricName"],
    members: {
      MetricName: METRIC_NAME,
      Dimensions: DIMENSIONS,
      Timestamp: TIMESTAMP,
      Value: DOUBLE,
      StatisticValues: {
        type: "structure",
        required: ["SampleCount", "Sum", "Minimum", "Maximum"],
        members: { SampleCount: DOUBLE, Sum: DOUBLE, Minimum: DOUBLE, Maximum: DOUBLE },
      },
      Values: DOUBLES,
      Counts: DOUBLES,
      Unit: UNIT,
      StorageResolution: { type: "integer", min: 1 },
    },
  },
};

const ENTITY_VALUE = { type: "string", min: 1, max: 2048 } as const;
const ENTITY: Shape = {
  type: "structure",
  members: {
    KeyAttributes: {
      type: "map",
      min: 2,
      max: 4,
      key: { type: "string", min: 1, max: 32 },
      value: ENTITY_VALUE,
    },
    Attributes: {
      type: "map",
      max: 10,
      key: { type: "string", min: 1, max: 256 },
      value: ENTITY_VALUE,
    },
  },
};

export const PUT_METRIC_DATA: StructureShape = {
  type: "structure",
  required: ["Namespace"],
  members: {
    Namespace: NAMESPACE,
    MetricData: METRIC_DATA,
    EntityMetricData: {
      type: "list",
      of: { type: "structure", members: { Entity: ENTITY, MetricData: METRIC_DATA } },
    },
    StrictEntityValidation: BOOLEAN,
  },
};
