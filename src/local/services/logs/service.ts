/** CloudWatch Logs, as far as training jobs and those who read their logs need it. */

import { type AwsJsonOperations, awsJsonService } from "../../wire/aws-json.ts";
import { checked } from "../../wire/json-input.ts";
import type { WireService } from "../../wire/message.ts";
import { ServiceError } from "../../wire/service-error.ts";
import { type FilterLogEventsInput, filterLogEvents } from "./filter-log-events.ts";
import { type GetLogEventsInput, getLogEvents } from "./get-log-events.ts";
import { type GroupInput, type GroupQuery, groupFilter, groupOf, STANDARD } from "./group-query.ts";
import type { LogStore, LogStreamInfo } from "./log-store.ts";
import {
  CREATE_LOG_GROUP,
  CREATE_LOG_STREAM,
  DESCRIBE_LOG_GROUPS,
  DESCRIBE_LOG_STREAMS,
  FILTER_LOG_EVENTS,
  GET_LOG_EVENTS,
  PUT_LOG_EVENTS,
} from "./logs.model.ts";
import { type PutLogEventsInput, putLogEvents } from "./put-log-events.ts";

/** What the service works on. */
export interface LogsContext {
  readonly store: LogStore;
  readonly account: string;
  readonly region: string;
}

const INVALID = "InvalidParameterException";
const DEFAULT_PAGE = 50;

/** The service, for requests whose target starts with `Logs_20140328.`. */
export function logsService(context: LogsContext): WireService {
  return awsJsonService("CloudWatchLogs", operations(context));
}

function operations(context: LogsContext): AwsJsonOperations {
  const { store } = context;
  return {
    CreateLogGroup: async (input) => {
      const { logGroupName, logGroupClass = STANDARD } = checked<{
        readonly logGroupName: string;
        readonly logGroupClass?: string;
      }>(CREATE_LOG_GROUP, input, INVALID);
      if (logGroupClass !== STANDARD) {
        throw new ServiceError(
          INVALID,
          `The local cloud has log groups of the class ${STANDARD} alone, not ${logGroupClass}.`,
        );
      }
      if (store.createGroup(logGroupName) === "exists") throw exists("group");
      return undefined;
    },

    CreateLogStream: async (input) => {
      const { logGroupName, logStreamName } = checked<StreamInput>(
        CREATE_LOG_STREAM,
        input,
        INVALID,
      );
      const outcome = store.createStream(logGroupName, logStreamName);
      if (outcome === "exists") throw exists("stream");
      if (outcome === "no-group") throw missing("group");
      return undefined;
    },

    PutLogEvents: async (input) => {
      const batch = checked<PutLogEventsInput>(PUT_LOG_EVENTS, input, INVALID);
      await requireStream(store, batch.logGroupName, batch.logStreamName);
      return putLogEvents(store, batch);
    },

    DescribeLogGroups: async (input) => {
      const query = checked<DescribeGroupsInput>(DESCRIBE_LOG_GROUPS, input, INVALID);
      const isWanted = groupFilter(context.account, query);
      const found = (await store.groups()).filter(({ name }) => isWanted(name));
      const { page, nextToken } = pageOf(found, query);
      return {
        logGroups: page.map(({ name, createdAt }) => ({
          logGroupName: name,
          creationTime: createdAt,
          metricFilterCount: 0,
          arn: `${groupArn(context, name)}:*`,
          logGroupArn: groupArn(context, name),
          logGroupClass: STANDARD,
          storedBytes: 0,
        })),
        ...nextToken,
      };
    },

    DescribeLogStreams: async (input) => {
      const query = checked<DescribeStreamsInput>(DESCRIBE_LOG_STREAMS, input, INVALID);
      const group = groupOf(query);
      if (!(await store.hasGroup(group))) throw missing("group");
      return await describeLogStreams(context, group, query);
    },

    GetLogEvents: async (input) => {
      const query = checked<GetLogEventsInput & GroupInput & { logStreamName: string }>(
        GET_LOG_EVENTS,
        input,
        INVALID,
      );
      const group = groupOf(query);
      await requireStream(store, group, query.logStreamName);
      return { ...(await getLogEvents(store.streamPath(group, query.logStreamName), query)) };
    },

    FilterLogEvents: async (input) => {
      const query = checked<FilterInput>(FILTER_LOG_EVENTS, input, INVALID);
      const { logStreamNames: names, logStreamNamePrefix: prefix } = query;
      const group = groupOf(query);
      if (query.startFromHead === false) {
        throw new ServiceError(
          INVALID,
          "The local cloud gives FilterLogEvents the oldest first only: leave startFromHead out, or ask GetLogEvents.",
        );
      }
      if (names !== undefined && prefix !== undefined) {
        throw new ServiceError(
          INVALID,
          "Cannot use both logStreamNames and logStreamNamePrefix in one request.",
        );
      }
      if (!(await store.hasGroup(group))) throw missing("group");
      for (const name of names ?? []) await requireStream(store, group, name);
      const streams = names ?? (await store.streamNames(group, prefix));
      return {
        ...(await filterLogEvents(
          [...new Set(streams)].map((name) => ({ name, path: store.streamPath(group, name) })),
          query,
        )),
      };
    },
  };
}

interface StreamInput {
  readonly logGroupName: string;
  readonly logStreamName: string;
}
interface PageInput {
  readonly nextToken?: string;
  readonly limit?: number;
}
interface DescribeGroupsInput extends PageInput, GroupQuery {}
interface DescribeStreamsInput extends PageInput, GroupInput {
  readonly logStreamNamePrefix?: string;
  readonly orderBy?: "LogStreamName" | "LastEventTime";
  readonly descending?: boolean;
}
interface FilterInput extends FilterLogEventsInput, GroupInput {
  readonly logStreamNames?: readonly string[];
  readonly logStreamNamePrefix?: string;
  readonly startFromHead?: boolean;
}

async function requireStream(store: LogStore, group: string, stream: string): Promise<void> {
  if (await store.hasStream(group, stream)) return;
  throw missing((await store.hasGroup(group)) ? "stream" : "group");
}

async function describeLogStreams(
  { store, account, region }: LogsContext,
  group: string,
  query: DescribeStreamsInput,
): Promise<Readonly<Record<string, unknown>>> {
  const { logStreamNamePrefix: prefix, orderBy = "LogStreamName", descending = false } = query;
  if (prefix !== undefined && orderBy === "LastEventTime") {
    throw new ServiceError(INVALID, "Cannot order by LastEventTime with a logStreamNamePrefix.");
  }
  const names = await store.streamNames(group, prefix);
  if (orderBy === "LastEventTime") {
    const times = new Map<string, number>();
    for (const name of names) {
      times.set(name, (await store.ends(group, name)).last?.timestamp ?? 0);
    }
    names.sort((left, right) => (times.get(left) ?? 0) - (times.get(right) ?? 0));
  }
  if (descending) names.reverse();
  const { page, nextToken } = pageOf(
    names.map((name) => ({ name })),
    query,
  );
  const arn = groupArn({ store, account, region }, group);
  const streams = await Promise.all(
    page.map(async ({ name }) => {
      const stream = await store.stream(group, name);
      return stream === undefined ? [] : [await describeStream(store, group, arn, stream)];
    }),
  );
  return { logStreams: streams.flat(), ...nextToken };
}

async function describeStream(
  store: LogStore,
  group: string,
  groupArnText: string,
  { name, createdAt }: LogStreamInfo,
): Promise<Readonly<Record<string, unknown>>> {
  const { first, last } = await store.ends(group, name);
  return {
    logStreamName: name,
    creationTime: createdAt,
    firstEventTimestamp: first?.timestamp,
    lastEventTimestamp: last?.timestamp,
    lastIngestionTime: last?.ingestionTime,
    arn: `${groupArnText}:log-stream:${name}`,
    // The service has told no more than 0 since 2019.
    storedBytes: 0,
  };
}

/** A page of named things, and the token of the next: the name that this page ends with. */
function pageOf<T extends { readonly name: string }>(
  all: readonly T[],
  { nextToken, limit = DEFAULT_PAGE }: PageInput,
): { page: readonly T[]; nextToken: { nextToken?: string } } {
  let from = 0;
  if (nextToken !== undefined) {
    const after = Buffer.from(nextToken, "base64url").toString("utf8");
    from = all.findIndex(({ name }) => name === after) + 1;
    if (from === 0) throw new ServiceError(INVALID, "The specified nextToken is invalid.");
  }
  const page = all.slice(from, from + limit);
  const last = page.at(-1);
  return {
    page,
    nextToken:
      last !== undefined && from + limit < all.length
        ? { nextToken: Buffer.from(last.name).toString("base64url") }
        : {},
  };
}

function groupArn({ account, region }: LogsContext, group: string): string {
  return `arn:aws:logs:${region}:${account}:log-group:${group}`;
}

function missing(what: "group" | "stream"): ServiceError {
  return new ServiceError("ResourceNotFoundException", `The specified log ${what} does not exist.`);
}

function exists(what: "group" | "stream"): ServiceError {
  return new ServiceError(
    "ResourceAlreadyExistsException",
    `The specified log ${what} already exists`,
  );
}
