/** `aws logs tail`, which only version 2 of the AWS CLI has: a log on a terminal, and a job's followed while it grows. */

import { once } from "node:events";
import { describe, expect } from "vitest";
import { eventually } from "../helpers/cloud-fixture.ts";
import { aws2Client, aws2IsLacking } from "./aws.ts";
import { testWith } from "./needs.ts";
import { removeTinyImages, tinyImage, trainTiny } from "./tiny-image.ts";

const test = (name: string, run: () => Promise<void>): void => testWith(aws2IsLacking, name, run);
const client = aws2Client(async () => ({ images: { "tiny:1": await tinyImage() } }));
removeTinyImages();

/** Half an hour ago, at half a second: `--format json` leaves a fraction of nothing out. */
const START = Math.floor(Date.now() / 1_000 - 1_800) * 1_000 + 500;
const OBJECT = '{"level": "error", "loss": 0.25}';
const EVENTS = [
  { stream: "a/1", after: 0, message: "INFO größer" },
  { stream: "a/2", after: 250, message: "ERROR other" },
  { stream: "a/1", after: 1_000, message: OBJECT },
  { stream: "b", after: 2_000, message: "ERROR last" },
];

/** What is printed, a line an event. */
const tail = async (...args: string[]): Promise<string[]> => {
  const { out } = await client().run(["logs", "tail", "tailed", ...args]);
  return out.split("\n");
};
/** A time as `--format short` writes it. */
const second = (after: number): string => new Date(START + after).toISOString().slice(0, 19);
/** As the other formats write it: to the microsecond. */
const precise = (after: number): string =>
  new Date(START + after).toISOString().replace("Z", "000+00:00");

describe("aws logs tail", () => {
  test("it is version 2", async () => {
    expect((await client().run(["--version"])).out).toMatch(/^aws-cli\/2\./);
  });

  test("prints what all streams hold, by time, with the stream's name unless --format short", async () => {
    const { logs } = client().cloud;
    await logs.createLogGroup({ logGroupName: "tailed" });
    for (const stream of ["a/1", "a/2", "b"]) {
      const to = { logGroupName: "tailed", logStreamName: stream };
      await logs.createLogStream(to);
      const own = EVENTS.filter((event) => event.stream === stream);
      await logs.putLogEvents({
        ...to,
        logEvents: own.map(({ after, message }) => ({ timestamp: START + after, message })),
      });
    }
    expect(await tail("--since", "1h")).toEqual(
      EVENTS.map(({ stream, after, message }) => `${precise(after)} ${stream} ${message}`),
    );
    expect(await tail("--since", "1h", "--format", "short")).toEqual(
      EVENTS.map(({ after, message }) => `${second(after)} ${message}`),
    );
    expect((await tail("--since", "1h", "--format", "json")).slice(2, 7)).toEqual([
      `${precise(1_000)} a/1 `,
      ...JSON.stringify(JSON.parse(OBJECT), null, 4).split("\n"),
    ]);
  });

  test("--filter-pattern, --log-stream-names and --log-stream-name-prefix choose", async () => {
    const messages = async (...args: string[]): Promise<string[]> =>
      (await tail("--since", "1h", "--format", "short", ...args)).map((line) => line.slice(20));
    expect(await messages("--filter-pattern", "ERROR")).toEqual(["ERROR other", "ERROR last"]);
    expect(await messages("--filter-pattern", "{ $.loss < 0.5 }")).toEqual([OBJECT]);
    expect(await messages("--log-stream-names", "a/2", "b")).toEqual(["ERROR other", "ERROR last"]);
    expect(await messages("--log-stream-name-prefix", "a/", "--filter-pattern", "ERROR")).toEqual([
      "ERROR other",
    ]);
  });

  test("--since is a time, or so long ago: ten minutes unless it is said", async () => {
    expect(await tail()).toEqual([""]);
    expect(await tail("--since", new Date(START + 1_500).toISOString())).toEqual([
      expect.stringContaining("ERROR last"),
    ]);
    expect(await tail("--since", "45m")).toHaveLength(EVENTS.length);
  });

  test("a group that is not there is told", async () => {
    const { exitCode, err } = await client().fail(["logs", "tail", "never"]);
    expect([exitCode, err]).toEqual([254, expect.stringContaining("(ResourceNotFoundException)")]);
  });

  test("--follow tells a job's lines while they come, each once, until Ctrl-C", async () => {
    const { logs } = client().cloud;
    await trainTiny(client().cloud, "tailed-job");
    await eventually(
      async () => ((await logs.describeLogGroups({})).logGroups?.length ?? 0) > 1 || undefined,
      "the group of jobs, which comes with the first of them",
    );
    const child = client().start([
      ...["logs", "tail", "/aws/sagemaker/TrainingJobs", "--follow", "--format", "short"],
      ...["--log-stream-name-prefix", "tailed-job/", "--filter-pattern=-stderr"],
    ]);
    let out = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    await eventually(async () => out.includes(" done\n") || undefined, "the last line", 60_000);
    const later = {
      logGroupName: "/aws/sagemaker/TrainingJobs",
      logStreamName: "tailed-job/algo-2",
    };
    await logs.createLogStream(later);
    const logEvents = [{ timestamp: Date.now(), message: "afterwards" }];
    await logs.putLogEvents({ ...later, logEvents });
    await eventually(async () => out.includes("afterwards\n") || undefined, "one more", 60_000);
    child.kill("SIGINT");
    await once(child, "exit");

    expect(
      out
        .trimEnd()
        .split("\n")
        .map((line) => line.slice(20)),
    ).toEqual([...["epochs are ü", "loss=0.5", "loss=0.25", "done"], "afterwards"]);
  });
});
