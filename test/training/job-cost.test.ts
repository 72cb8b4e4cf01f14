import { describe, expect, it } from "vitest";
import { Session, TrainingJob } from "../../src/index.ts";
import { costOf, jobCost } from "../../src/training/job-cost.ts";
import type { JobDescription } from "../../src/training/status-poller.ts";
import { AccountWire, REGION } from "../helpers/account-wire.ts";

const prices = (perHour: Record<string, number>) => ({
  perHour: new Map(Object.entries(perHour)),
  source: "AWS's price list",
  missing: "its price is not known",
});

function description(more: object): JobDescription {
  return {
    $metadata: {},
    TrainingJobName: "job",
    ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 2 },
    BillableTimeInSeconds: 1800,
    ...more,
  } as JobDescription;
}

describe("what a job has cost", () => {
  it("is billable seconds, on every instance, at a price an hour", () => {
    expect(costOf(description({}), prices({ "ml.m5.large": 0.1 }))).toEqual({
      amountUsd: 0.1,
      pricePerHourUsd: { "ml.m5.large": 0.1 },
      explanation:
        "1800 billable seconds of 2 x ml.m5.large at $0.1/h; price from AWS's price list.",
    });
  });

  it("adds up the groups of instances", () => {
    const ResourceConfig = {
      InstanceGroups: [
        { InstanceType: "ml.m5.large", InstanceCount: 2, InstanceGroupName: "a" },
        { InstanceType: "ml.g5.xlarge", InstanceCount: 1, InstanceGroupName: "b" },
      ],
    };
    const known = prices({ "ml.m5.large": 0.1, "ml.g5.xlarge": 1 });

    expect(costOf(description({ ResourceConfig }), known).amountUsd).toBeCloseTo(0.6);
  });

  it.each([
    ["while the job runs", { BillableTimeInSeconds: undefined }, "when the job has ended"],
    ["without a price", { ResourceConfig: { InstanceType: "ml.x" } }, "ml.x: its price is not"],
    ["without instances", { ResourceConfig: {} }, "names no instances"],
    [
      "when any of several types may have run",
      {
        ResourceConfig: {
          InstancePreferences: [{ InstanceType: "ml.m5.large" }, { InstanceType: "ml.m4.large" }],
        },
      },
      "does not say which",
    ],
  ])("is not known %s, and says so", (_, more, words) => {
    const cost = costOf(description(more), prices({ "ml.m5.large": 0.1 }));

    expect(cost.amountUsd).toBeUndefined();
    expect(cost.explanation).toContain(words);
  });

  it("is looked up in AWS's price list, in the job's region, for what the caller does not know", async () => {
    const aws = new AccountWire();
    aws.products.set("ml.m5.large", [
      JSON.stringify({
        terms: {
          OnDemand: {
            a: { priceDimensions: { b: { unit: "Hrs", pricePerUnit: { USD: "0.128" } } } },
          },
        },
      }),
    ]);
    const TrainingJobArn = `arn:aws:sagemaker:${REGION}:123456789012:training-job/job`;
    const cost = (more: object, options = {}) =>
      jobCost(aws.session(), async () => description({ TrainingJobArn, ...more }), options);

    expect(await cost({})).toMatchObject({ amountUsd: 0.128 });
    const calls = aws.calls.length;
    expect(await cost({}, { pricePerHourUsd: { "ml.m5.large": 1 } })).toMatchObject({
      amountUsd: 1,
    });
    expect(await cost({ BillableTimeInSeconds: undefined })).toMatchObject({
      amountUsd: undefined,
    });
    expect(aws.calls).toHaveLength(calls);
  });

  it("refuses a price that is none, before anything is asked", async () => {
    const job = new TrainingJob("job", new Session({ region: "us-east-1" }));

    await expect(job.cost({ pricePerHourUsd: -1 })).rejects.toThrow(
      "pricePerHourUsd: A price in US dollars an hour is expected",
    );
  });
});
