import { describe, expect, it } from "vitest";
import {
  type CostCeiling,
  Estimator,
  type EstimatorOptions,
  type FitOptions,
} from "../../src/index.ts";
import { priceOf } from "../../src/training/preflight/price.ts";
import { ACCOUNT, AccountWire, REGION } from "../helpers/account-wire.ts";

const aws = new AccountWire();

/** A product of the price list, as AWS has them: JSON as text. */
function product(usd: string, unit = "Hrs"): string {
  return JSON.stringify({
    product: { attributes: { component: "Training", regionCode: REGION } },
    terms: {
      OnDemand: {
        "SKU.JRTC": { priceDimensions: { "SKU.JRTC.6Y": { unit, pricePerUnit: { USD: usd } } } },
      },
    },
  });
}

aws.products.set("ml.m5.large", [product("0.1280000000")]);
aws.products.set("ml.p3.2xlarge", [product("4.1310000000")]);

async function ceiling(
  options: Partial<EstimatorOptions>,
  fit: FitOptions = {},
): Promise<CostCeiling> {
  const estimator = new Estimator({
    imageUri: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/glm:1`,
    role: `arn:aws:iam::${ACCOUNT}:role/SageMakerRole`,
    outputPath: "s3://out/models",
    maxRun: 7_200,
    session: aws.session(),
    ...options,
  });
  return (await estimator.plan(undefined, fit)).costCeiling;
}

describe("the cost ceiling", () => {
  it("is instances times hours times the price that AWS lists for training", async () => {
    const cost = await ceiling({ instanceType: "ml.m5.large", instanceCount: 3 });

    expect(cost).toEqual({
      instanceHours: 6,
      amountUsd: 6 * 0.128,
      pricePerHourUsd: { "ml.m5.large": 0.128 },
      priceSource: "AWS's price list",
      explanation:
        "3 x ml.m5.large at $0.128/h for 2 h; price from AWS's price list; volumes and storage not included",
    });
    expect(aws.calls.findLast(({ operation }) => operation === "GetProducts")?.input).toMatchObject(
      {
        ServiceCode: "AmazonSageMaker",
        Filters: [
          { Type: "TERM_MATCH", Field: "regionCode", Value: REGION },
          { Type: "TERM_MATCH", Field: "instanceName", Value: "ml.m5.large" },
          { Type: "TERM_MATCH", Field: "component", Value: "Training" },
        ],
      },
    );
  });

  it("takes the caller's own price, for all or by type, and does not ask then", async () => {
    aws.calls.length = 0;

    const one = await ceiling({ instanceType: "ml.m5.large" }, { pricePerHourUsd: 0.1 });
    const byType = await ceiling(
      { instanceType: "ml.m5.large" },
      { pricePerHourUsd: { "ml.m5.large": 0.2, "ml.c5.large": 9 } },
    );

    expect(one).toMatchObject({ amountUsd: 0.2, priceSource: "pricePerHourUsd" });
    expect(byType).toMatchObject({ amountUsd: 0.4, pricePerHourUsd: { "ml.m5.large": 0.2 } });
    expect(aws.operations).not.toContain("GetProducts");
  });

  it("adds up groups, with prices from two sources where it must", async () => {
    const group = (instanceGroupName: string, instanceType: string, instanceCount: number) => ({
      instanceGroupName,
      instanceType,
      instanceCount,
    });

    const cost = await ceiling(
      { instanceGroups: [group("cpu", "ml.m5.large", 2), group("gpu", "ml.p3.2xlarge", 1)] },
      { pricePerHourUsd: { "ml.m5.large": 0.1 } },
    );

    expect(cost).toMatchObject({
      instanceHours: 6,
      amountUsd: 2 * (2 * 0.1 + 4.131),
      priceSource: "pricePerHourUsd and AWS's price list",
    });
  });

  it("takes the dearest of several preferences", async () => {
    const cost = await ceiling({
      instancePreferences: [
        { instanceType: "ml.m5.large", instanceCount: 4 },
        { instanceType: "ml.p3.2xlarge", instanceCount: 1 },
      ],
    });

    expect(cost).toMatchObject({ instanceHours: 8, amountUsd: 2 * 4.131 });
    expect(cost.explanation).toContain("the dearest of 2 preferences");
  });

  it("takes the dearest of the machines that fit() may go on with", async () => {
    const cost = await ceiling({
      instanceType: "ml.m5.large",
      instanceCount: 4,
      capacityFallbacks: [{ instanceType: "ml.p3.2xlarge", instanceCount: 1 }],
    });

    expect(cost).toMatchObject({ instanceHours: 8, amountUsd: 2 * 4.131 });
    expect(cost.explanation).toContain("the dearest of 2 choices of machines");
  });

  it("adds the time that a warm pool is kept", async () => {
    const cost = await ceiling({ instanceType: "ml.m5.large", keepAlivePeriodInSeconds: 1_800 });

    expect(cost).toMatchObject({ instanceHours: 2.5, amountUsd: 2.5 * 0.128 });
    expect(cost.explanation).toContain("for 2 h and up to 0.5 h in a warm pool");
  });

  it("counts neither the wait for spot capacity nor retries", async () => {
    const cost = await ceiling({
      instanceType: "ml.m5.large",
      useSpotInstances: true,
      maxWait: 86_400,
      maxRetryAttempts: 30,
    });

    expect(cost).toMatchObject({ instanceHours: 2, amountUsd: 0.256 });
    expect(cost.explanation).toContain("on-demand price; spot is cheaper");
    expect(cost.explanation).toContain("maxRun bounds all retries together");
  });

  it("says why there is none", async () => {
    const unlisted = await ceiling({ instanceType: "ml.m5.4xlarge" });
    const offline = await ceiling({ instanceType: "ml.m5.large" }, { preflight: "offline" });
    aws.denied.add("GetProducts");
    const denied = await ceiling({ instanceType: "ml.m5.large" });

    expect(unlisted).toMatchObject({
      instanceHours: 2,
      amountUsd: undefined,
      priceSource: undefined,
    });
    expect(unlisted.explanation).toContain(
      "AWS's price list has no training price of it in eu-west-1",
    );
    expect(offline.explanation).toContain('give pricePerHourUsd, or plan with preflight: "aws"');
    expect(denied.explanation).toContain("AccessDeniedException");
  });

  it("refuses a price that is none", async () => {
    const estimator = new Estimator({
      imageUri: "x",
      instanceType: "ml.m5.large",
      session: aws.session(),
    });

    const { findings } = await estimator.plan(undefined, {
      preflight: "offline",
      pricePerHourUsd: { "ml.m5.large": -1 },
    });

    expect(findings).toContainEqual(
      expect.objectContaining({ severity: "error", path: "pricePerHourUsd.ml.m5.large" }),
    );
  });
});

describe("the price list", () => {
  it("gives the highest hourly price of what matches, and no reservation fee", () => {
    expect(priceOf([product("0.1"), product("0.2"), product("99", "Quantity")])).toBe(0.2);
  });

  it.each([[[]], [["<html>"]], [[null]], [["{}"]], [[product("0")]], [[product("free")]]])(
    "gives none from %j",
    (list) => {
      expect(priceOf(list)).toBeUndefined();
    },
  );
});
