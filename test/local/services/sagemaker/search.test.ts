import type { SearchExpression } from "@aws-sdk/client-sagemaker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  conditionOf,
  type SearchExpression as Expression,
} from "../../../../src/local/services/sagemaker/search/expression.ts";
import { type CloudFixture, startCloud } from "../../../helpers/cloud-fixture.ts";

const RECORD = {
  TrainingJobName: "glm-1",
  CreationTime: Date.parse("2026-01-02T03:04:05Z") / 1000,
  HyperParameters: { "learning.rate": "0.25", family: "poisson" },
  FinalMetricDataList: [{ MetricName: "val:rmse", Value: 0.5 }],
  ModelArtifacts: { S3ModelArtifacts: "s3://b/m" },
  InputDataConfig: [
    { ChannelName: "train", DataSource: { S3DataSource: { S3Uri: "s3://b/train" } } },
    { ChannelName: "test", DataSource: { S3DataSource: { S3Uri: "s3://b/test" } } },
  ],
  Tags: [{ Key: "team", Value: "a" }],
};

const filter = (Name: string, Operator?: string, Value?: string): Expression => ({
  Filters: [{ Name, ...(Operator && { Operator }), ...(Value && { Value }) }],
});

describe("an expression", () => {
  it.each([
    [filter("TrainingJobName", undefined, "glm-1"), true],
    [filter("TrainingJobName", "NotEquals", "glm-1"), false],
    [filter("TrainingJobName", "Contains", "lm"), true],
    [filter("TrainingJobName", "In", "a,glm-1"), true],
    [filter("FailureReason", "Exists"), false],
    [filter("FailureReason", "NotExists"), true],
    [filter("ModelArtifacts.S3ModelArtifacts", "Equals", "s3://b/m"), true],
    [filter("Tags.team", "Equals", "a"), true],
    [filter("Metrics.val:rmse", "LessThan", "0.6"), true],
    [filter("Metrics.val:rmse", "GreaterThan", "0.6"), false],
    [filter("HyperParameters.learning.rate", "GreaterThanOrEqualTo", "0.25"), true],
    [filter("CreationTime", "GreaterThan", "2026-01-02T03:04:04"), true],
    [filter("CreationTime", "LessThan", "2026-01-02T03:04:05Z"), false],
    [filter("InputDataConfig.ChannelName", "Equals", "test"), true],
  ])("%j is %j", (expression, wanted) => {
    expect(conditionOf(expression)(RECORD)).toBe(wanted);
  });

  it("looks for all nested conditions in one item", () => {
    const nested = (uri: string): Expression => ({
      NestedFilters: [
        {
          NestedPropertyName: "InputDataConfig",
          Filters: [
            { Name: "InputDataConfig.ChannelName", Operator: "Equals", Value: "train" },
            { Name: "InputDataConfig.DataSource.S3DataSource.S3Uri", Value: uri },
          ],
        },
      ],
    });
    expect(conditionOf(nested("s3://b/train"))(RECORD)).toBe(true);
    expect(conditionOf(nested("s3://b/test"))(RECORD)).toBe(false);
  });

  it("joins by And, or by Or", () => {
    const parts = [filter("TrainingJobName", "Equals", "x"), filter("Tags.team", "Equals", "a")];
    expect(conditionOf({ SubExpressions: parts })(RECORD)).toBe(false);
    expect(conditionOf({ SubExpressions: parts, Operator: "Or" })(RECORD)).toBe(true);
  });

  it.each([
    [{}, "at least one of Filters"],
    [{ SubExpressions: [{}] }, "at least one of Filters"],
    [filter("TrainingJobName"), "needs a Value"],
    [filter("TrainingJobName", "LessThan", "x"), "not supported for text: TrainingJobName"],
    [
      { SubExpressions: [filter("A", "Contains", "x"), filter("B", "Contains", "x")] },
      "'CONTAINS' operator usage limit of 1 exceeded.",
    ],
  ])("%j is refused", (expression, words) => {
    expect(() => conditionOf(expression)(RECORD)).toThrow(words);
  });
});

describe("Search", () => {
  let cloud: CloudFixture;

  beforeAll(async () => {
    cloud = await startCloud();
    for (const [index, name] of ["a", "b", "c"].entries()) {
      await cloud.sagemaker.createModelPackageGroup({
        ModelPackageGroupName: name,
        Tags: [{ Key: "team", Value: index < 2 ? "x" : "y" }],
      });
    }
    await cloud.sagemaker.createModelPackage({ ModelPackageGroupName: "a", SourceUri: "s3://b" });
  });

  afterAll(async () => await cloud.stop());

  it("finds groups page by page, the newest first, and tells how many there are", async () => {
    const expression: SearchExpression = {
      Filters: [{ Name: "Tags.team", Operator: "Equals", Value: "x" }],
    };
    const query = { Resource: "ModelPackageGroup", SearchExpression: expression } as const;
    const first = await cloud.sagemaker.search({ ...query, MaxResults: 1 });
    const second = await cloud.sagemaker.search({ ...query, NextToken: first.NextToken });

    expect(first.TotalHits).toEqual({ Value: 2, Relation: "EqualTo" });
    expect(
      [first, second].map(({ Results: all = [] }) =>
        all.map((one) => one.ModelPackageGroup?.ModelPackageGroupName),
      ),
    ).toEqual([["b"], ["a"]]);
    expect(second.NextToken).toBeUndefined();
  });

  it("finds versions, and nothing of what there is not here", async () => {
    const versions = await cloud.sagemaker.search({
      Resource: "ModelPackage",
      SearchExpression: { Filters: [{ Name: "ModelPackageGroupName", Value: "a" }] },
    });
    const endpoints = await cloud.sagemaker.search({ Resource: "Endpoint" });

    expect(versions.Results).toMatchObject([{ ModelPackage: { ModelPackageVersion: 1 } }]);
    expect(endpoints.Results).toEqual([]);
  });
});
