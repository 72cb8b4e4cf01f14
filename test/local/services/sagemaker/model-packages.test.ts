import { appendFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  type CreateModelPackageInput,
  paginateListModelPackages,
  type SageMaker,
} from "@aws-sdk/client-sagemaker";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LocalCloud } from "../../../../src/local/local-cloud.ts";
import { type CloudFixture, startCloud } from "../../../helpers/cloud-fixture.ts";

const MODEL = "s3://models/job/output/model.tar.gz";
const ARN = "arn:aws:sagemaker:us-east-1:123456789012";
let fixture: CloudFixture;
let sagemaker: SageMaker;

beforeEach(async () => {
  fixture = await startCloud();
  ({ sagemaker } = fixture);
  await fixture.s3.createBucket({ Bucket: "models" });
  await fixture.s3.putObject({ Bucket: "models", Key: "job/output/model.tar.gz", Body: "model" });
});

afterEach(async () => await fixture.stop());

const specification = (
  url = MODEL,
): NonNullable<CreateModelPackageInput["InferenceSpecification"]> => ({
  Containers: [{ Image: "glm:1", ModelDataUrl: url }],
  SupportedContentTypes: ["text/csv"],
});

/** A version of a group, and its number. */
async function version(
  group: string,
  more: Partial<CreateModelPackageInput> = {},
  client = sagemaker,
): Promise<number> {
  const { ModelPackageArn: arn = "" } = await client.createModelPackage({
    ModelPackageGroupName: group,
    InferenceSpecification: specification(),
    ...more,
  });
  return Number(arn.slice(arn.lastIndexOf("/") + 1));
}

const group = async (name: string): Promise<unknown> =>
  await sagemaker.createModelPackageGroup({ ModelPackageGroupName: name });

describe("a group", () => {
  it("is made, told, listed and deleted, by its name and by its ARN", async () => {
    const arn = `${ARN}:model-package-group/pricing`;
    const made = await sagemaker.createModelPackageGroup({
      ModelPackageGroupName: "Pricing",
      ModelPackageGroupDescription: "What a policy costs",
    });
    const told = await sagemaker.describeModelPackageGroup({ ModelPackageGroupName: arn });
    const { ModelPackageGroupSummaryList: list } = await sagemaker.listModelPackageGroups({});

    expect(made.ModelPackageGroupArn).toBe(arn);
    expect(told).toMatchObject({
      ModelPackageGroupName: "Pricing",
      ModelPackageGroupArn: arn,
      ModelPackageGroupDescription: "What a policy costs",
      ModelPackageGroupStatus: "Completed",
    });
    expect(list?.map((one) => one.ModelPackageGroupName)).toEqual(["Pricing"]);

    await sagemaker.deleteModelPackageGroup({ ModelPackageGroupName: "pricing" });
    await expect(
      sagemaker.describeModelPackageGroup({ ModelPackageGroupName: "Pricing" }),
    ).rejects.toThrow(`ModelPackageGroup ${arn} does not exist.`);
    expect((await sagemaker.listModelPackageGroups({})).ModelPackageGroupSummaryList).toEqual([]);
  });

  it("has one maker among many, in whichever processes", async () => {
    const makers = Array.from({ length: 8 }, () =>
      new LocalCloud({ root: fixture.root }).session().clients.sagemaker(),
    );
    const outcomes = await Promise.allSettled(
      makers.map(async (maker) =>
        (await maker).createModelPackageGroup({ ModelPackageGroupName: "pricing" }),
      ),
    );
    const refused = outcomes.filter((one) => one.status === "rejected");

    expect(refused).toHaveLength(7);
    expect(new Set(refused.map(({ reason }) => String(reason)))).toEqual(
      new Set([
        `ValidationException: Model Package Group already exists: ${ARN}:model-package-group/pricing`,
      ]),
    );
  });

  it("keeps what is in it, and begins anew when it is made again", async () => {
    await group("pricing");
    expect(await version("pricing")).toBe(1);
    await expect(
      sagemaker.deleteModelPackageGroup({ ModelPackageGroupName: "pricing" }),
    ).rejects.toMatchObject({ name: "ConflictException" });

    await sagemaker.deleteModelPackage({ ModelPackageName: `${ARN}:model-package/pricing/1` });
    await sagemaker.deleteModelPackageGroup({ ModelPackageGroupName: "pricing" });
    await expect(version("pricing")).rejects.toThrow("does not exist");
    await group("pricing");

    expect(await version("pricing")).toBe(1);
  });

  it("has tags, and its versions have none", async () => {
    const { ModelPackageGroupArn: arn } = await sagemaker.createModelPackageGroup({
      ModelPackageGroupName: "pricing",
      Tags: [{ Key: "team", Value: "a" }],
    });
    await sagemaker.addTags({ ResourceArn: arn, Tags: [{ Key: "team", Value: "b" }] });
    await sagemaker.addTags({ ResourceArn: arn, Tags: [{ Key: "cost", Value: "1" }] });
    await sagemaker.deleteTags({ ResourceArn: arn, TagKeys: ["cost"] });
    await version("pricing");
    const ofVersion = `${ARN}:model-package/pricing/1`;

    expect((await sagemaker.listTags({ ResourceArn: arn })).Tags).toEqual([
      { Key: "team", Value: "b" },
    ]);
    expect((await sagemaker.listTags({ ResourceArn: ofVersion })).Tags).toEqual([]);
    await expect(
      sagemaker.addTags({ ResourceArn: ofVersion, Tags: [{ Key: "a", Value: "b" }] }),
    ).rejects.toThrow("CustomerMetadataProperties");
    await expect(version("pricing", { Tags: [{ Key: "a", Value: "b" }] })).rejects.toThrow(
      "CustomerMetadataProperties",
    );
  });
});

describe("a version", () => {
  beforeEach(async () => {
    await group("pricing");
  });

  it("is told as it was asked for, and waits for a decision", async () => {
    await version("pricing", { ModelPackageDescription: "The first", ClientToken: "a" });
    const { $metadata, CreationTime, LastModifiedTime, ...told } =
      await sagemaker.describeModelPackage({ ModelPackageName: `${ARN}:model-package/pricing/1` });

    expect(told).toEqual({
      ModelPackageName: "pricing",
      ModelPackageGroupName: "pricing",
      ModelPackageVersion: 1,
      ModelPackageArn: `${ARN}:model-package/pricing/1`,
      ModelPackageDescription: "The first",
      InferenceSpecification: specification(),
      ModelApprovalStatus: "PendingManualApproval",
      ModelPackageStatus: "Completed",
      ModelPackageStatusDetails: { ValidationStatuses: [], ImageScanStatuses: [] },
    });
    expect(LastModifiedTime).toEqual(CreationTime);
  });

  it("has a number of its own, however many processes make some, and never that of one that was deleted", async () => {
    const clients = await Promise.all(
      Array.from({ length: 4 }, () =>
        new LocalCloud({ root: fixture.root }).session().clients.sagemaker(),
      ),
    );
    const numbers = await Promise.all(
      clients.flatMap((client) => Array.from({ length: 5 }, () => version("pricing", {}, client))),
    );
    await sagemaker.deleteModelPackage({ ModelPackageName: "pricing/20" });

    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(await version("pricing")).toBe(21);
  });

  it("is the same for the same token, as long as it is there", async () => {
    const all = await Promise.all(
      Array.from({ length: 5 }, () => version("pricing", { ClientToken: "once" })),
    );
    expect(all).toEqual([1, 1, 1, 1, 1]);
    await sagemaker.deleteModelPackage({ ModelPackageName: "pricing/1" });
    expect(await version("pricing", { ClientToken: "once" })).toBe(2);
  });

  it("is approved, and its metadata change one by one", async () => {
    await version("pricing", { CustomerMetadataProperties: { a: "1", b: "2" } });
    await sagemaker.updateModelPackage({
      ModelPackageArn: `${ARN}:model-package/pricing/1`,
      ModelApprovalStatus: "Approved",
      ApprovalDescription: "It prices well",
      CustomerMetadataProperties: { b: "3", c: "4" },
      CustomerMetadataPropertiesToRemove: ["a"],
    });
    const told = await sagemaker.describeModelPackage({ ModelPackageName: "pricing/1" });

    expect(told).toMatchObject({
      ModelApprovalStatus: "Approved",
      ApprovalDescription: "It prices well",
    });
    expect(told.CustomerMetadataProperties).toEqual({ b: "3", c: "4" });
    await expect(
      sagemaker.updateModelPackage({
        ModelPackageArn: `${ARN}:model-package/pricing/1`,
        CustomerMetadataProperties: Object.fromEntries(
          Array.from({ length: 49 }, (_, index) => [`k${index}`, "v"]),
        ),
      }),
    ).rejects.toThrow("50 customer metadata properties, and this one would have 51");
  });

  it("is refused without its model in S3, its group, or a name", async () => {
    const lost = specification("s3://models/nowhere/model.tar.gz");

    await expect(version("pricing", { InferenceSpecification: lost })).rejects.toThrow(
      "Cannot find S3 object: nowhere/model.tar.gz in bucket models.",
    );
    await expect(version("other")).rejects.toThrow(
      `ModelPackageGroup ${ARN}:model-package-group/other does not exist.`,
    );
    await expect(sagemaker.createModelPackage({})).rejects.toThrow("Missing ARN.");
    await expect(version("pricing", { ModelPackageName: "both" })).rejects.toThrow(
      "Both ModelPackageName and ModelPackageGroupName are provided",
    );
    expect(
      (await sagemaker.listModelPackages({ ModelPackageGroupName: "pricing" }))
        .ModelPackageSummaryList,
    ).toEqual([]);
  });

  it("is found by approval, in the order of numbers, page after page", async () => {
    for (let number = 1; number <= 12; number += 1) {
      await version("pricing", { ModelApprovalStatus: number % 2 ? "Approved" : "Rejected" });
    }
    const seen: (number | undefined)[] = [];
    for await (const page of paginateListModelPackages(
      { client: sagemaker, pageSize: 4 },
      {
        ...{ ModelPackageGroupName: `${ARN}:model-package-group/pricing` },
        ...{ SortBy: "Name", SortOrder: "Descending", ModelApprovalStatus: "Approved" },
      },
    )) {
      seen.push(...(page.ModelPackageSummaryList ?? []).map((one) => one.ModelPackageVersion));
    }
    expect(seen).toEqual([11, 9, 7, 5, 3, 1]);
  });

  it("is not lost by a line that was torn", async () => {
    await version("pricing");
    const [file = ""] = await readdir(join(fixture.root, "sagemaker", "model-package-groups"));
    const path = join(fixture.root, "sagemaker", "model-package-groups", file);
    await appendFile(path, '{"type":"package","id":"x","at":1,"requ');

    expect(await version("pricing")).toBe(2);
  });
});

describe("a package without a group", () => {
  const whole = {
    ...specification(),
    SupportedResponseMIMETypes: ["text/csv"],
    SupportedTransformInstanceTypes: ["ml.m5.large" as const],
    SupportedRealtimeInferenceInstanceTypes: ["ml.m5.large" as const],
  };

  it("has a name of its own, and tags", async () => {
    const alone = { ModelPackageName: "alone", InferenceSpecification: whole };
    const { ModelPackageArn: arn } = await sagemaker.createModelPackage({
      ...alone,
      Tags: [{ Key: "team", Value: "a" }],
    });
    await group("pricing");
    await version("pricing");
    const unversioned = await sagemaker.listModelPackages({});
    const both = await sagemaker.listModelPackages({ ModelPackageType: "Both" });

    expect(arn).toBe(`${ARN}:model-package/alone`);
    expect((await sagemaker.listTags({ ResourceArn: arn })).Tags).toEqual([
      { Key: "team", Value: "a" },
    ]);
    expect(unversioned.ModelPackageSummaryList).toMatchObject([{ ModelPackageName: "alone" }]);
    expect(both.ModelPackageSummaryList).toHaveLength(2);
    await expect(sagemaker.createModelPackage(alone)).rejects.toThrow(
      `Model Package already exists: ${arn}`,
    );
    await expect(
      sagemaker.updateModelPackage({ ModelPackageArn: arn, ModelApprovalStatus: "Approved" }),
    ).rejects.toThrow("Only versioned model packages");
    await sagemaker.deleteModelPackage({ ModelPackageName: "alone" });
    await expect(sagemaker.describeModelPackage({ ModelPackageName: "alone" })).rejects.toThrow(
      `ModelPackage ${arn} does not exist.`,
    );
    await sagemaker.createModelPackage(alone);
  });

  it("needs to say what it takes and where it runs", async () => {
    await expect(
      sagemaker.createModelPackage({
        ModelPackageName: "alone",
        InferenceSpecification: specification(),
      }),
    ).rejects.toThrow(
      "needs SupportedResponseMIMETypes, SupportedTransformInstanceTypes, SupportedRealtimeInferenceInstanceTypes",
    );
  });
});
