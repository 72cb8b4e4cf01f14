/**
 * `aws logs`: a job's log from a shell. `aws logs tail` is of version 2 only (`aws-tail.test.ts`): what it does, FilterLogEvents from
 * the last event's time on and each event once, is done here with the calls that it makes.
 */

import { describe, expect } from "vitest";
import { eventually } from "../helpers/cloud-fixture.ts";
import { answer, awsClient, awsIsLacking } from "./aws.ts";
import { testWith } from "./needs.ts";
import { removeTinyImages, tinyImage, trainTiny } from "./tiny-image.ts";

const test = (name: string, run: () => Promise<void>): void => testWith(awsIsLacking, name, run);
const client = awsClient(async () => ({ images: { "tiny:1": await tinyImage() } }));
removeTinyImages();

const GROUP = ["--log-group-name", "cli-logs"];
const JOBS = ["--log-group-name", "/aws/sagemaker/TrainingJobs"];
const logs = async (...args: string[]): Promise<Record<string, unknown>> =>
  await answer(client(), "logs", ...args);
const messages = async (...args: string[]): Promise<unknown> =>
  await logs(...args, "--query", "events[].message");

interface Event {
  readonly eventId: string;
  readonly timestamp: number;
  readonly message: string;
}

/** An hour ago: streams take what is that young. */
const START = Date.now() - 3_600_000;
const LINES = [
  "INFO start",
  "ERROR exit code 1",
  '{"level": "error", "epoch": 3, "loss": 0.25, "tags": ["a", "b"]}',
  "ERROR retry exit code 2",
  "127.0.0.1 - GET 200 15",
  "epoch=7 größer_als",
];

describe("aws logs", () => {
  test("a group and streams are made, and filled", async () => {
    await client().run(["logs", "create-log-group", ...GROUP]);
    for (const name of ["a/1", "a/2", "b"]) {
      await client().run(["logs", "create-log-stream", ...GROUP, "--log-stream-name", name]);
    }
    const events = LINES.map((message, n) => ({ timestamp: START + n * 1_000, message }));
    const put = ["put-log-events", ...GROUP, "--log-events", JSON.stringify(events)];
    await logs(...put, "--log-stream-name", "a/1");
    const other = [{ timestamp: START + 500, message: "ERROR in the other stream" }];
    await logs(
      ...["put-log-events", ...GROUP, "--log-events", JSON.stringify(other)],
      ...["--log-stream-name", "a/2"],
    );
  });

  test("describe-log-groups, describe-log-streams: by prefix, order and page", async () => {
    expect(await logs("describe-log-groups", "--log-group-name-prefix", "cli-")).toMatchObject({
      logGroups: [{ logGroupName: "cli-logs" }],
    });
    const names = async (...args: string[]): Promise<unknown> =>
      await logs(
        "describe-log-streams",
        ...GROUP,
        ...args,
        "--query",
        "logStreams[].logStreamName",
      );
    expect(await names("--page-size", "1")).toEqual(["a/1", "a/2", "b"]);
    expect(await names("--log-stream-name-prefix", "a/")).toEqual(["a/1", "a/2"]);
    expect(await names("--order-by", "LastEventTime", "--descending")).toEqual(["a/1", "a/2", "b"]);
  });

  test("get-log-events: from the head, from the tail, between times, page by page", async () => {
    const get = ["get-log-events", ...GROUP, "--log-stream-name", "a/1"];
    expect(await messages(...get, "--start-from-head")).toEqual(LINES);
    expect(await messages(...get, "--limit", "2")).toEqual(LINES.slice(-2));
    expect(
      await messages(
        ...[...get, "--start-from-head", "--start-time", String(START + 1_000)],
        ...["--end-time", String(START + 3_000)],
      ),
    ).toEqual(LINES.slice(1, 3));
    const found: string[] = [];
    for (let token: string | undefined; ; ) {
      const page = await logs(
        ...[...get, "--start-from-head", "--limit", "4"],
        ...(token === undefined ? [] : ["--next-token", token]),
      );
      found.push(...(page["events"] as Event[]).map(({ message }) => message));
      if (page["nextForwardToken"] === token) break;
      token = String(page["nextForwardToken"]);
    }
    expect(found).toEqual(LINES);
  });

  test("filter-log-events: all streams by time, chosen ones, page by page", async () => {
    const all = [LINES[0], "ERROR in the other stream", ...LINES.slice(1)];
    const filter = ["filter-log-events", ...GROUP];
    expect(await messages(...filter)).toEqual(all);
    expect(await messages(...filter, "--page-size", "1")).toEqual(all);
    expect(await messages(...filter, "--log-stream-names", "a/2", "b")).toEqual([all[1]]);
    expect(await messages(...filter, "--log-stream-name-prefix", "a/1")).toEqual(LINES);
    expect(
      await messages(
        ...[...filter, "--start-time", String(START + 5_000), "--end-time", String(START + 9_000)],
      ),
    ).toEqual(LINES.slice(5));
  });

  for (const [pattern, numbers] of [
    ["ERROR", [1, 3]],
    ["ERROR exit", [1, 3]],
    ["ERROR -retry", [1]],
    ["?INFO ?retry", [0, 3]],
    ['"exit code"', [1, 3]],
    ['"epoch=7"', [5]],
    ["größer_als", [5]],
    ['{ $.level = "error" && $.loss < 0.5 }', [2]],
    ["[ip=127.*, ..., status=2*, bytes > 10]", [4]],
    ["%^ERROR.*[0-9]$%", [1, 3]],
  ] as const) {
    test(`filter-log-events --filter-pattern '${pattern}'`, async () => {
      expect(
        await messages(
          ...["filter-log-events", ...GROUP, "--log-stream-names", "a/1"],
          ...["--filter-pattern", pattern],
        ),
      ).toEqual(numbers.map((number) => LINES[number]));
    });
  }

  test("what is wrong is told with the service's code", async () => {
    const refusal = async (...args: string[]): Promise<string> =>
      (await client().fail(["logs", ...args])).err;
    expect(await refusal("filter-log-events", ...GROUP, "--filter-pattern", "a-b")).toContain(
      "(InvalidParameterException)",
    );
    expect(await refusal("describe-log-streams", "--log-group-name", "never")).toContain(
      "(ResourceNotFoundException)",
    );
    expect(await refusal("create-log-group", ...GROUP)).toContain(
      "(ResourceAlreadyExistsException)",
    );
  });

  test("a job's log is followed while it grows, each event once", async () => {
    const TrainingJobName = "cli-tail";
    const { sagemaker } = client().cloud;
    await trainTiny(client().cloud, TrainingJobName);
    const seen = new Map<string, string>();
    let since = START;
    const more = async (): Promise<true | undefined> => {
      const isDone =
        (await sagemaker.describeTrainingJob({ TrainingJobName })).TrainingJobStatus ===
        "Completed";
      const filter = [
        ...["filter-log-events", ...JOBS, "--log-stream-name-prefix", `${TrainingJobName}/`],
        ...["--start-time", String(since), "--filter-pattern=-stderr"],
      ];
      for (const event of (await logs(...filter))["events"] as Event[]) {
        seen.set(event.eventId, event.message);
        since = Math.max(since, event.timestamp);
      }
      return isDone || undefined;
    };
    // The group comes with its first job.
    await eventually(
      async () =>
        ((await client().cloud.logs.describeLogGroups({})).logGroups?.length ?? 0) > 1 || undefined,
      "the group of jobs",
    );
    await eventually(more, "the job is done", 60_000);
    expect([...seen.values()]).toEqual(["epochs are ü", "loss=0.5", "loss=0.25", "done"]);
  });
});
