/** CloudWatch's metrics through the AWS SDK's own client: those of a job that has run, and those that a program puts. */

import { join } from "node:path";
import { CloudWatch, type GetMetricStatisticsCommandInput } from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Listening } from "../../../../src/local/wire/http-server.ts";
import { type JobCloud, startJobCloud } from "../../../helpers/wire-jobs.ts";

const HOUR = 3_600_000;
let cloud: JobCloud;
let server: Listening;
let watch: CloudWatch;
let job: string;

beforeAll(async () => {
  cloud = await startJobCloud({ engine: "process" });
  server = await cloud.cloud.listen();
  watch = new CloudWatch({
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    endpoint: server.url,
    maxAttempts: 1,
  });
  // A burst: more values than are written one by one.
  const script = 'for loss in 9 1 2 3 5; do echo "loss=$loss; acc=0.5"; done';
  job = (
    await cloud.run(script, {
      TrainingJobName: "burst",
      AlgorithmSpecification: {
        TrainingImage: join(cloud.folder, "programs", "burst"),
        TrainingInputMode: "File",
        MetricDefinitions: [
          { Name: "loss", Regex: "loss=([0-9.]+)" },
          { Name: "acc", Regex: "acc=([0-9.]+)" },
        ],
      },
    })
  ).TrainingJobName;
});
afterAll(async () => {
  watch.destroy();
  await server.close();
  await cloud.stop();
});

/** What is asked of the job's metric, around now. */
function question(over: Partial<GetMetricStatisticsCommandInput> = {}) {
  return {
    Namespace: "/aws/sagemaker/TrainingJobs",
    MetricName: "loss",
    Dimensions: [{ Name: "TrainingJobName", Value: job }],
    StartTime: new Date(Date.now() - HOUR),
    EndTime: new Date(Date.now() + 60_000),
    Period: 7200,
    Statistics: ["SampleCount", "Average", "Sum", "Minimum", "Maximum"],
    ...over,
  } satisfies GetMetricStatisticsCommandInput;
}

describe("the metrics of a training job", () => {
  it("are all values that the log had, however fast they came", async () => {
    const { Label, Datapoints } = await watch.getMetricStatistics(question());

    expect({ Label, Datapoints }).toEqual({
      Label: "loss",
      Datapoints: [
        {
          Timestamp: expect.any(Date),
          ...{ SampleCount: 5, Average: 4, Sum: 20, Minimum: 1, Maximum: 9, Unit: "None" },
        },
      ],
    });
  });

  it("are told by whole minutes", async () => {
    const { Datapoints = [] } = await watch.getMetricStatistics(question({ Period: 60 }));

    expect(Datapoints.map(({ Timestamp }) => (Timestamp?.getTime() ?? 1) % 60_000)).toEqual(
      Datapoints.map(() => 0),
    );
    expect(Datapoints.reduce((sum, { Sum = 0 }) => sum + Sum, 0)).toBe(20);
  });

  it("are listed, and found by dimension", async () => {
    const { Metrics } = await watch.listMetrics({ Namespace: "/aws/sagemaker/TrainingJobs" });
    const Dimensions = [{ Name: "TrainingJobName", Value: job }];

    expect(Metrics?.map(({ MetricName }) => MetricName)).toEqual(["acc", "loss"]);
    expect(Metrics?.[0]?.Dimensions).toEqual(Dimensions);
    const found = await watch.listMetrics({ Dimensions, MetricName: "loss" });
    expect(found.Metrics).toHaveLength(1);
    const other = [{ Name: "TrainingJobName", Value: "other" }];
    expect((await watch.listMetrics({ Dimensions: other })).Metrics).toEqual([]);
  });

  it("several at once, a page at a time", async () => {
    const { StartTime, EndTime, Dimensions } = question();
    const query = (MetricName: string) => ({
      Id: MetricName,
      MetricStat: {
        Metric: { Namespace: "/aws/sagemaker/TrainingJobs", MetricName, Dimensions },
        ...{ Period: 7200, Stat: "Maximum" },
      },
    });
    const input = { StartTime, EndTime, MetricDataQueries: [query("loss"), query("acc")] };

    const { MetricDataResults } = await watch.getMetricData(input);
    expect(MetricDataResults?.map(({ Id, Values }) => [Id, Values])).toEqual([
      ["loss", [9]],
      ["acc", [0.5]],
    ]);
    const first = await watch.getMetricData({ ...input, MaxDatapoints: 1 });
    expect(first.MetricDataResults?.map(({ Values, StatusCode }) => [Values, StatusCode])).toEqual([
      [[9], "Complete"],
      [[], "PartialData"],
    ]);
    const next = await watch.getMetricData({ ...input, NextToken: first.NextToken });
    expect(next.NextToken).toBeUndefined();
    expect(next.MetricDataResults?.map(({ Values }) => Values)).toEqual([[], [0.5]]);
  });
});

describe("what a program puts", () => {
  it("comes back by its dimensions, in whatever order they are given", async () => {
    const [a, b] = [
      { Name: "A", Value: "ü" },
      { Name: "B", Value: "2" },
    ];
    await watch.putMetricData({
      Namespace: "Mine",
      MetricData: [
        { MetricName: "rows", Dimensions: [a, b], Value: 3, Unit: "Count" },
        { MetricName: "rows", Dimensions: [b, a], Values: [1, 2], Counts: [2, 1], Unit: "Count" },
        { MetricName: "rows", Dimensions: [a], Value: 100 },
        {
          MetricName: "rows",
          Dimensions: [a, b],
          StatisticValues: { SampleCount: 2, Sum: -8, Minimum: -5, Maximum: -3 },
          Unit: "Count",
        },
      ],
    });
    const { Datapoints } = await watch.getMetricStatistics(
      question({ Namespace: "Mine", MetricName: "rows", Dimensions: [b, a] }),
    );

    expect(Datapoints).toEqual([
      expect.objectContaining({
        ...{ SampleCount: 6, Sum: -1, Minimum: -5, Maximum: 3, Unit: "Count" },
      }),
    ]);
  });

  it("may be so much that the client packs it", async () => {
    await watch.putMetricData({
      Namespace: "Many",
      MetricData: Array.from({ length: 501 }, (_, index) => ({
        MetricName: `metric-${String(index).padStart(4, "0")}`,
        Value: index,
      })),
    });
    const first = await watch.listMetrics({ Namespace: "Many" });
    const second = await watch.listMetrics({ Namespace: "Many", NextToken: first.NextToken });

    expect(first.Metrics).toHaveLength(500);
    expect(second.Metrics?.map(({ MetricName }) => MetricName)).toEqual(["metric-0500"]);
    expect(second.NextToken).toBeUndefined();
  });
});

describe("what the service refuses", () => {
  const now = Date.now();

  it.each([
    [
      { Period: 60, StartTime: new Date(now - 48 * HOUR), EndTime: new Date(now - 1000) },
      "InvalidParameterCombinationException",
      /^You have requested up to 288\d datapoints, which exceeds the limit of 1440\./,
    ],
    [{ EndTime: new Date(0) }, "InvalidParameterValueException", /StartTime must be less/],
    [{ Period: 90 }, "InvalidParameterValueException", /multiple of 60/],
    [{ Statistics: undefined }, "InvalidParameterCombinationException", /^At least one of the/],
    [{ ExtendedStatistics: ["p90"] }, "InvalidParameterValueException", /no statistic "p90"/],
    [{ MetricName: "" }, "ValidationException", /at 'metricName' failed/],
  ])("GetMetricStatistics with %o", async (over, name, message) => {
    const asked = watch.getMetricStatistics(question(over as never));
    await expect(asked).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });

  it.each([
    ["AWS/EC2", { Value: 1 }, /AWS\//],
    ["Mine", {}, /must be specified/],
    ["Mine", { Value: 1, Values: [1] }, /mutually exclusive/],
    ["Mine", { Values: [1], Counts: [1, 2] }, /of the same size/],
    ["Mine", { Value: 1, Timestamp: new Date(0) }, /no more than two weeks in the past/],
    ["Mine", { Value: 1, Timestamp: new Date(now + 9 * HOUR) }, /two hours in the future/],
  ])("PutMetricData to %s with %o", async (Namespace, datum, message) => {
    const MetricData = [{ MetricName: "rows", ...datum }];
    await expect(watch.putMetricData({ Namespace, MetricData })).rejects.toThrow(message);
  });

  it("GetMetricData with two queries of one name, and with an expression", async () => {
    const { StartTime, EndTime } = question();
    const get = (...MetricDataQueries: { Id: string; Expression?: string }[]) =>
      watch.getMetricData({ StartTime, EndTime, MetricDataQueries });

    await expect(get({ Id: "a" }, { Id: "a" })).rejects.toThrow(/are not unique/);
    await expect(get({ Id: "a", Expression: "b + 1" })).rejects.toThrow(/works out no expressions/);
  });

  it("an operation that is not there", async () => {
    await expect(watch.describeAlarms({})).rejects.toMatchObject({
      name: "UnknownOperationException",
      message: "The local cloud has no operation CloudWatch.DescribeAlarms.",
    });
  });
});
