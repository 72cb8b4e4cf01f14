/** What the CloudWatch Logs operations take (API 2014-03-28), as data. */

import type { Shape, StructureShape } from "../../../training/constraints.ts";

const GROUP_NAME: Shape = {
  type: "string",
  min: 1,
  max: 512,
  pattern: String.raw`[\.\-_/#A-Za-z0-9]+`,
};
const GROUP_IDENTIFIER: Shape = {
  type: "string",
  min: 1,
  max: 2048,
  pattern: String.raw`[\w#+=/:,.@-]*`,
};
const STREAM_NAME: Shape = { type: "string", min: 1, max: 512, pattern: "[^:*]*" };
const TIMESTAMP: Shape = { type: "long", min: 0 };
const NEXT_TOKEN: Shape = { type: "string", min: 1 };
const PAGE_OF_50: Shape = { type: "integer", min: 1, max: 50 };
const PAGE_OF_EVENTS: Shape = { type: "integer", min: 1, max: 10_000 };
const BOOLEAN: Shape = { type: "boolean" };

export const CREATE_LOG_GROUP: StructureShape = {
  type: "structure",
  required: ["logGroupName"],
  members: { logGroupName: GROUP_NAME },
};

export const CREATE_LOG_STREAM: StructureShape = {
  type: "structure",
  required: ["logGroupName", "logStreamName"],
  members: { logGroupName: GROUP_NAME, logStreamName: STREAM_NAME },
};

export const DESCRIBE_LOG_GROUPS: StructureShape = {
  type: "structure",
  members: {
    logGroupNamePrefix: GROUP_NAME,
    logGroupNamePattern: { type: "string", max: 512, pattern: String.raw`[\.\-_/#A-Za-z0-9]*` },
    nextToken: NEXT_TOKEN,
    limit: PAGE_OF_50,
  },
};

export const DESCRIBE_LOG_STREAMS: StructureShape = {
  type: "structure",
  members: {
    logGroupName: GROUP_NAME,
    logGroupIdentifier: GROUP_IDENTIFIER,
    logStreamNamePrefix: STREAM_NAME,
    orderBy: { type: "string", enum: ["LogStreamName", "LastEventTime"] },
    descending: BOOLEAN,
    nextToken: NEXT_TOKEN,
    limit: PAGE_OF_50,
  },
};

export const GET_LOG_EVENTS: StructureShape = {
  type: "structure",
  required: ["logStreamName"],
  members: {
    logGroupName: GROUP_NAME,
    logGroupIdentifier: GROUP_IDENTIFIER,
    logStreamName: STREAM_NAME,
    startTime: TIMESTAMP,
    endTime: TIMESTAMP,
    nextToken: NEXT_TOKEN,
    limit: PAGE_OF_EVENTS,
    startFromHead: BOOLEAN,
    unmask: BOOLEAN,
  },
};

export const FILTER_LOG_EVENTS: StructureShape = {
  type: "structure",
  members: {
    logGroupName: GROUP_NAME,
    logGroupIdentifier: GROUP_IDENTIFIER,
    logStreamNames: { type: "list", min: 1, max: 100, of: STREAM_NAME },
    logStreamNamePrefix: STREAM_NAME,
    startTime: TIMESTAMP,
    endTime: TIMESTAMP,
    filterPattern: { type: "string", max: 1024 },
    nextToken: NEXT_TOKEN,
    limit: PAGE_OF_EVENTS,
    interleaved: BOOLEAN,
    unmask: BOOLEAN,
  },
};

export const PUT_LOG_EVENTS: StructureShape = {
  type: "structure",
  required: ["logGroupName", "logStreamName", "logEvents"],
  members: {
    logGroupName: GROUP_NAME,
    logStreamName: STREAM_NAME,
    logEvents: {
      type: "list",
      min: 1,
      max: 10_000,
      of: {
        type: "structure",
        required: ["timestamp", "message"],
        members: { timestamp: TIMESTAMP, message: { type: "string", min: 1 } },
      },
    },
    sequenceToken: NEXT_TOKEN,
  },
};
