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
const GROUP_CLASS: Shape = {
  type: "string",
  enum: ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY", "ESSENTIALS"],
};
const ENTITY_VALUE = { type: "string", min: 1, max: 512 } as const;

export const CREATE_LOG_GROUP: StructureShape = {
  type: "structure",
  required: ["logGroupName"],
  members: {
    logGroupName: GROUP_NAME,
    kmsKeyId: { type: "string", max: 256 },
    tags: {
      type: "map",
      min: 1,
      max: 50,
      key: {
        type: "string",
        min: 1,
        max: 128,
        pattern: String.raw`^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$`,
      },
      value: {
        type: "string",
        max: 256,
        pattern: String.raw`^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$`,
      },
    },
    logGroupClass: GROUP_CLASS,
    deletionProtectionEnabled: BOOLEAN,
  },
};

export const CREATE_LOG_STREAM: StructureShape = {
  type: "structure",
  required: ["logGroupName", "logStreamName"],
  members: { logGroupName: GROUP_NAME, logStreamName: STREAM_NAME },
};

export const DESCRIBE_LOG_GROUPS: StructureShape = {
  type: "structure",
  members: {
    accountIdentifiers: {
      type: "list",
      max: 20,
      of: { type: "string", min: 12, max: 12, pattern: String.raw`^\d{12}$` },
    },
    logGroupNamePrefix: GROUP_NAME,
    logGroupNamePattern: { type: "string", max: 512, pattern: String.raw`[\.\-_/#A-Za-z0-9]*` },
    nextToken: NEXT_TOKEN,
    limit: PAGE_OF_50,
    includeLinkedAccounts: BOOLEAN,
    logGroupClass: GROUP_CLASS,
    logGroupIdentifiers: { type: "list", min: 1, max: 50, of: GROUP_IDENTIFIER },
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
    startFromHead: BOOLEAN,
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
    entity: {
      type: "structure",
      members: {
        keyAttributes: {
          type: "map",
          min: 2,
          max: 4,
          key: { type: "string", min: 1, max: 32 },
          value: ENTITY_VALUE,
        },
        attributes: {
          type: "map",
          max: 10,
          key: { type: "string", min: 1, max: 256 },
          value: ENTITY_VALUE,
        },
      },
    },
  },
};
