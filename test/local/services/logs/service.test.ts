import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { paginateFilterLogEvents } from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { LogStore } from "../../../../src/local/services/logs/log-store.ts";
import { type CloudFixture, startCloud } from "../../../helpers/cloud-fixture.ts";

let cloud: CloudFixture;
let store: LogStore;
let logGroupName = "";
let count = 0;

beforeAll(async () => {
  cloud = await startCloud();
  store = new LogStore(join(cloud.root, "logs"));
});

afterAll(async () => {
  await cloud.stop();
});

beforeEach(() => {
  count += 1;
  logGroupName = `/aws/test/Group-${count}`;
});

/** Appends messages, a millisecond apart from `from`. */
function write(stream: string, from: number, ...messages: string[]): void {
  store.append(
    logGroupName,
    stream,
    messages.map((message, index) => ({ timestamp: from + index, message })),
  );
}

const texts = (events: { message?: string | undefined }[] = []): (string | undefined)[] =>
  events.map(({ message }) => message);

describe("groups and streams", () => {
  it("are created once, and described", async () => {
    const { logs } = cloud;
    const before = Date.now();
    await logs.createLogGroup({ logGroupName });
    await logs.createLogStream({ logGroupName, logStreamName: "a/b#1" });

    await expect(logs.createLogGroup({ logGroupName })).rejects.toMatchObject({
      name: "ResourceAlreadyExistsException",
      message: "The specified log group already exists",
    });
    await expect(
      logs.createLogStream({ logGroupName, logStreamName: "a/b#1" }),
    ).rejects.toMatchObject({
      name: "ResourceAlreadyExistsException",
      message: "The specified log stream already exists",
    });
    const { logGroups: [group] = [] } = await logs.describeLogGroups({
      logGroupNamePrefix: logGroupName,
    });
    expect(group).toMatchObject({
      logGroupName,
      arn: `arn:aws:logs:us-east-1:123456789012:log-group:${logGroupName}:*`,
    });
    expect(group?.creationTime).toBeGreaterThanOrEqual(before);
    const { logStreams: [stream] = [] } = await logs.describeLogStreams({ logGroupName });
    expect(stream?.logStreamName).toBe("a/b#1");
    expect(stream).not.toHaveProperty("lastEventTimestamp");
  });

  it("that do not exist are named in the service's words", async () => {
    const { logs } = cloud;
    const group = {
      name: "ResourceNotFoundException",
      message: "The specified log group does not exist.",
    };
    const stream = { ...group, message: "The specified log stream does not exist." };
    const logStreamName = "s";

    await expect(logs.describeLogStreams({ logGroupName })).rejects.toMatchObject(group);
    await expect(logs.filterLogEvents({ logGroupName })).rejects.toMatchObject(group);
    await expect(logs.getLogEvents({ logGroupName, logStreamName })).rejects.toMatchObject(group);
    await expect(logs.createLogStream({ logGroupName, logStreamName })).rejects.toMatchObject(
      group,
    );
    store.createGroup(logGroupName);
    await expect(logs.getLogEvents({ logGroupName, logStreamName })).rejects.toMatchObject(stream);
    await expect(
      logs.filterLogEvents({ logGroupName, logStreamNames: ["s"] }),
    ).rejects.toMatchObject(stream);
    await expect(
      logs.putLogEvents({
        logGroupName,
        logStreamName,
        logEvents: [{ timestamp: Date.now(), message: "x" }],
      }),
    ).rejects.toMatchObject(stream);
  });

  it("are listed by prefix, pattern and pages", async () => {
    const { logs } = cloud;
    for (const name of ["a", "b", "c"]) store.createGroup(`${logGroupName}/${name}`);

    const first = await logs.describeLogGroups({ logGroupNamePrefix: logGroupName, limit: 2 });
    const second = await logs.describeLogGroups({
      logGroupNamePrefix: logGroupName,
      limit: 2,
      nextToken: first.nextToken,
    });
    expect(
      [first, second].map(({ logGroups }) => logGroups?.map((g) => g.logGroupName?.at(-1))),
    ).toEqual([["a", "b"], ["c"]]);
    expect(second.nextToken).toBeUndefined();
    const byPattern = await logs.describeLogGroups({
      logGroupNamePattern: `group-${count}/C`.toLowerCase(),
    });
    expect(byPattern.logGroups).toHaveLength(1);
    await expect(
      logs.describeLogGroups({ logGroupNamePrefix: "a", logGroupNamePattern: "b" }),
    ).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  it("are listed by names and ARNs, and by class and account, of which there is one each", async () => {
    const { logs } = cloud;
    await logs.createLogGroup({ logGroupName, tags: { team: "claims" } });
    const arn = `arn:aws:logs:us-east-1:123456789012:log-group:${logGroupName}`;
    const names = async (query: Parameters<typeof logs.describeLogGroups>[0]) =>
      (await logs.describeLogGroups(query)).logGroups?.map((group) => group.logGroupName);

    expect(await names({ logGroupIdentifiers: [logGroupName, "never"] })).toEqual([logGroupName]);
    expect(await names({ logGroupIdentifiers: [arn] })).toEqual([logGroupName]);
    const all = { logGroupNamePrefix: logGroupName, includeLinkedAccounts: true };
    expect(await names({ ...all, logGroupClass: "STANDARD" })).toEqual([logGroupName]);
    expect(await names({ ...all, logGroupClass: "DELIVERY" })).toEqual([]);
    expect(await names({ ...all, accountIdentifiers: ["123456789012"] })).toEqual([logGroupName]);
    expect(await names({ ...all, accountIdentifiers: ["210987654321"] })).toEqual([]);
  });

  it("that ask for what is not here are refused by name", async () => {
    const { logs } = cloud;
    await logs.createLogGroup({ logGroupName });
    for (const [call, words] of [
      [logs.createLogGroup({ logGroupName: "a", logGroupClass: "INFREQUENT_ACCESS" }), "STANDARD"],
      [logs.createLogGroup({ logGroupName: "a", tags: {} }), "'tags' failed"],
      [
        logs.describeLogGroups({ logGroupIdentifiers: ["a"], logGroupNamePrefix: "a" }),
        "no other filter",
      ],
      [
        logs.filterLogEvents({ ...{ logGroupName, startFromHead: false } }),
        "the oldest first only",
      ],
    ] as const) {
      await expect(call).rejects.toMatchObject({
        name: "InvalidParameterException",
        message: expect.stringContaining(words),
      });
    }
  });

  it("are ordered by name or by their last event, either way, in pages of at most 50", async () => {
    const { logs } = cloud;
    write("job/algo-2", 5000, "x", "y");
    write("job/algo-1", 9000, "x");
    write("other/algo-1", 1000, "x");
    store.createStream(logGroupName, "job/empty");
    const names = async (
      input: Omit<Parameters<typeof logs.describeLogStreams>[0], "logGroupName">,
    ): Promise<unknown> =>
      (await logs.describeLogStreams({ logGroupName, ...input })).logStreams?.map(
        ({ logStreamName }) => logStreamName,
      );

    expect(await names({})).toEqual(["job/algo-1", "job/algo-2", "job/empty", "other/algo-1"]);
    expect(await names({ logStreamNamePrefix: "job/algo", descending: true })).toEqual([
      "job/algo-2",
      "job/algo-1",
    ]);
    expect(await names({ orderBy: "LastEventTime", descending: true })).toEqual([
      "job/algo-1",
      "job/algo-2",
      "other/algo-1",
      "job/empty",
    ]);
    const page = await logs.describeLogStreams({ logGroupName, limit: 3 });
    expect(await names({ limit: 3, nextToken: page.nextToken })).toEqual(["other/algo-1"]);
    expect(page.logStreams?.[1]).toMatchObject({
      firstEventTimestamp: 5000,
      lastEventTimestamp: 5001,
    });
    await expect(names({ limit: 51 })).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringContaining("at 'limit' failed to satisfy constraint"),
    });
    await expect(names({ orderBy: "LastEventTime", logStreamNamePrefix: "j" })).rejects.toThrow(
      "Cannot order by LastEventTime with a logStreamNamePrefix.",
    );
    await expect(names({ nextToken: "bogus" })).rejects.toThrow("nextToken is invalid");
  });
});

describe("GetLogEvents", () => {
  const logStreamName = "job/algo-1";

  it("follows a stream from its head by tokens: new events once, the same token at the end", async () => {
    const { logs } = cloud;
    const get = (nextToken?: string) =>
      logs.getLogEvents({ logGroupName, logStreamName, startFromHead: true, limit: 2, nextToken });
    write(logStreamName, 1000, "one", "two", "three");

    const first = await get();
    const second = await get(first.nextForwardToken);
    const third = await get(second.nextForwardToken);
    expect([first, second, third].map(({ events }) => texts(events))).toEqual([
      ["one", "two"],
      ["three"],
      [],
    ]);
    expect(third.nextForwardToken).toBe(second.nextForwardToken);
    expect(first.nextForwardToken).not.toMatch(/\/closed$/);
    write(logStreamName, 2000, "four");
    const fourth = await get(third.nextForwardToken);
    expect(texts(fourth.events)).toEqual(["four"]);
    store.closeStream(logGroupName, logStreamName);
    const fifth = await get(fourth.nextForwardToken);
    expect(fifth.events).toEqual([]);
    expect(fifth.nextForwardToken).toMatch(/\/closed$/);
    expect((await get(fifth.nextForwardToken)).nextForwardToken).toBe(fifth.nextForwardToken);
  });

  it("says at once that nothing more will come when the last page holds the end", async () => {
    write(logStreamName, 1000, "one");
    store.closeStream(logGroupName, logStreamName);
    const page = await cloud.logs.getLogEvents({
      logGroupName,
      logStreamName,
      startFromHead: true,
      limit: 1,
    });
    expect(texts(page.events)).toEqual(["one"]);
    expect(page.nextForwardToken).toMatch(/\/closed$/);
  });

  it("begins at the end unless told otherwise, and goes back from there", async () => {
    const { logs } = cloud;
    write(logStreamName, 1000, "one", "two", "three");

    const last = await logs.getLogEvents({ logGroupName, logStreamName, limit: 2 });
    const before = await logs.getLogEvents({
      logGroupName,
      logStreamName,
      limit: 2,
      nextToken: last.nextBackwardToken,
    });
    const none = await logs.getLogEvents({
      logGroupName,
      logStreamName,
      nextToken: before.nextBackwardToken,
    });
    const after = await logs.getLogEvents({
      logGroupName,
      logStreamName,
      nextToken: before.nextForwardToken,
    });
    expect([last, before, none, after].map(({ events }) => texts(events))).toEqual([
      ["two", "three"],
      ["one"],
      [],
      ["two", "three"],
    ]);
    expect(none.nextBackwardToken).toBe(before.nextBackwardToken);
  });

  it("takes a start that counts and an end that does not", async () => {
    write(logStreamName, 1000, "one", "two", "three");
    const page = await cloud.logs.getLogEvents({
      logGroupName,
      logStreamName,
      startTime: 1001,
      endTime: 1002,
      startFromHead: true,
    });
    expect(texts(page.events)).toEqual(["two"]);
    expect(page.events?.[0]).toMatchObject({ timestamp: 1001, ingestionTime: expect.any(Number) });
  });

  it("refuses tokens and limits that are none", async () => {
    write(logStreamName, 1000, "one");
    for (const input of [{ nextToken: "x" }, { nextToken: "f/1/x" }, { limit: 10_001 }]) {
      await expect(
        cloud.logs.getLogEvents({ logGroupName, logStreamName, ...input }),
      ).rejects.toMatchObject({ name: "InvalidParameterException" });
    }
  });

  it("takes a group by its ARN", async () => {
    write(logStreamName, 1000, "one");
    const logGroupIdentifier = `arn:aws:logs:us-east-1:123456789012:log-group:${logGroupName}`;
    const page = await cloud.logs.getLogEvents({ logGroupIdentifier, logStreamName });
    expect(texts(page.events)).toEqual(["one"]);
    await expect(
      cloud.logs.getLogEvents({ logGroupIdentifier, logGroupName, logStreamName }),
    ).rejects.toMatchObject({ name: "InvalidParameterException" });
  });
});

describe("FilterLogEvents", () => {
  it("merges streams by time, in pages of any size, each event once", async () => {
    const expected: string[] = [];
    for (let i = 0; i < 60; i += 1) {
      write(`s-${i % 3}`, 1000 + i, `line ${i}`);
      expected.push(`line ${i}`);
    }
    for (const limit of [1, 7, 60, 10_000]) {
      const seen: (string | undefined)[] = [];
      const ids = new Set<string | undefined>();
      for await (const page of paginateFilterLogEvents(
        { client: cloud.logs },
        { logGroupName, limit },
      )) {
        seen.push(...texts(page.events));
        for (const { eventId } of page.events ?? []) ids.add(eventId);
      }
      expect(seen).toEqual(expected);
      expect(ids.size).toBe(60);
    }
  });

  it("takes streams by name or prefix, times, and a pattern", async () => {
    write("a-1", 1000, "loss 3", "other", "loss 2");
    write("a-2", 1001, "loss 9");
    write("b-1", 1000, "loss 7");
    const filter = async (
      input: Omit<Parameters<typeof cloud.logs.filterLogEvents>[0], "logGroupName">,
    ): Promise<unknown> => {
      const { events = [] } = await cloud.logs.filterLogEvents({ logGroupName, ...input });
      return events.map(({ logStreamName, message }) => `${logStreamName}: ${message}`);
    };

    expect(await filter({ filterPattern: "loss", logStreamNamePrefix: "a" })).toEqual([
      "a-1: loss 3",
      "a-2: loss 9",
      "a-1: loss 2",
    ]);
    expect(await filter({ logStreamNames: ["b-1"] })).toEqual(["b-1: loss 7"]);
    expect(await filter({ startTime: 1001, endTime: 1001 })).toEqual(["a-1: other", "a-2: loss 9"]);
    await expect(filter({ logStreamNames: ["a-1"], logStreamNamePrefix: "a" })).rejects.toThrow(
      "Cannot use both",
    );
    await expect(filter({ nextToken: "bogus" })).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: "The specified nextToken is invalid.",
    });
    await expect(filter({ filterPattern: "{ $.a = }" })).rejects.toThrow("ends too early");
  });

  it("gives nothing for a group without streams", async () => {
    store.createGroup(logGroupName);
    expect(await cloud.logs.filterLogEvents({ logGroupName })).toMatchObject({ events: [] });
  });
});

describe("PutLogEvents", () => {
  const logStreamName = "s";
  const put = (logEvents: { timestamp: number; message: string }[]) =>
    cloud.logs.putLogEvents({ logGroupName, logStreamName, logEvents });

  beforeEach(() => {
    store.createGroup(logGroupName);
    store.createStream(logGroupName, logStreamName);
  });

  it("takes a batch, which comes out as it went in", async () => {
    const now = Date.now();
    const message = "tab\t, 😀, \u0000 and \n a second line";
    await put([{ timestamp: now, message }]);
    const { events } = await cloud.logs.getLogEvents({ logGroupName, logStreamName });
    expect(events).toMatchObject([{ timestamp: now, message }]);
  });

  it("refuses a batch that is out of order, too long or too large", async () => {
    const now = Date.now();
    const day = 24 * 3_600_000;
    await expect(
      put([
        { timestamp: now, message: "b" },
        { timestamp: now - 1, message: "a" },
      ]),
    ).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: "Log events in a single PutLogEvents request must be in chronological order.",
    });
    await expect(
      put([
        { timestamp: now - day - 1, message: "a" },
        { timestamp: now, message: "b" },
      ]),
    ).rejects.toThrow("cannot span more than 24 hours");
    await expect(put([{ timestamp: now, message: "x".repeat(1_048_576) }])).rejects.toThrow(
      "Upload too large",
    );
    await expect(put([])).rejects.toThrow("at 'logEvents' failed to satisfy constraint");
  });

  it("leaves out what is older than 14 days or over two hours ahead, and says so", async () => {
    const now = Date.now();
    const old = await put([{ timestamp: now - 15 * 86_400_000, message: "old" }]);
    const fresh = await put([
      { timestamp: now, message: "now" },
      { timestamp: now + 3 * 3_600_000, message: "ahead" },
    ]);
    expect(old.rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1 });
    expect(fresh.rejectedLogEventsInfo).toEqual({ tooNewLogEventStartIndex: 1 });
    const { events } = await cloud.logs.getLogEvents({ logGroupName, logStreamName });
    expect(texts(events)).toEqual(["now"]);
  });
});

describe("the service", () => {
  it("answers an operation that it does not have as AWS does, and names it", async () => {
    await expect(cloud.logs.describeMetricFilters({})).rejects.toMatchObject({
      name: "UnknownOperationException",
      message: "The local cloud has no operation CloudWatchLogs.DescribeMetricFilters.",
    });
  });

  it("reads on where another process is still writing", async () => {
    write("s", 1000, "one");
    await appendFile(store.streamPath(logGroupName, "s"), '{"t":1,"i":1,"m":"ha');
    const page = await cloud.logs.getLogEvents({ logGroupName, logStreamName: "s" });
    expect(texts(page.events)).toEqual(["one"]);
  });
});
