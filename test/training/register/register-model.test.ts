import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ValidationError } from "../../../src/errors.ts";
import { Estimator } from "../../../src/estimator.ts";
import { inProcessHandler } from "../../../src/local/wire/in-process.ts";
import type { WireResponse } from "../../../src/local/wire/message.ts";
import { Session } from "../../../src/session.ts";
import type { RegisterModelOptions } from "../../../src/training/register/register-options.ts";
import { TrainingJob } from "../../../src/training/training-job.ts";
import { type CloudFixture, startCloud, writeProgram } from "../../helpers/cloud-fixture.ts";
import { answer, refusal } from "../../helpers/job-wire.ts";

interface Call {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

const ARN = "arn:aws:sagemaker:us-east-1:123456789012";
let fixture: CloudFixture;
let image: string;
let job: TrainingJob;
let calls: Call[] = [];
/** Another answer than the service's; asked before it acts. */
let fault: (call: Call) => WireResponse | Error | undefined = () => undefined;
/** The same, when it has acted. */
let after: (call: Call, response: WireResponse) => WireResponse | Error = (_, it) => it;
const warnings: string[] = [];
let group = "";
let count = 0;

beforeAll(async () => {
  fixture = await startCloud({ engine: "process" });
  image = await writeProgram(join(fixture.folder, "program"), {
    train: '#!/bin/sh\necho m > "$SM_MODEL_DIR/m"\n',
  });
  const session = fixture.cloud.session();
  const estimator = new Estimator({ imageUri: image, instanceType: "local", session });
  const { name } = await estimator.fit(undefined, { logs: "None" });
  job = await TrainingJob.attach(name, { session: wired() });
}, 60_000);

afterAll(async () => await fixture.stop());

beforeEach(() => {
  count += 1;
  group = `pricing-${count}`;
  calls = [];
  fault = () => undefined;
  after = (_, response) => response;
});

/** A session whose calls are seen, and go wrong where a test wants it. */
function wired(): Session {
  return new Session({
    ...{ region: "us-east-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } },
    sagemakerConfig: false,
    logger: { debug() {}, info() {}, warn: (message) => void warnings.push(message) },
    clientConfig: {
      maxAttempts: 1,
      requestHandler: inProcessHandler(async (request) => {
        const operation = String(request.headers["x-amz-target"]).replace(/^.*\./, "");
        const input = Buffer.isBuffer(request.body) ? request.body.toString() : "";
        const call = { operation, input: input.startsWith("{") ? JSON.parse(input) : {} };
        calls.push(call);
        const given = fault(call) ?? after(call, await fixture.cloud.handle(request));
        if (given instanceof Error) throw given;
        return given;
      }),
    },
  });
}

/** The description of the job, with these members. */
function described(more: object): typeof after {
  return ({ operation }, response) =>
    operation === "DescribeTrainingJob"
      ? answer(200, { ...JSON.parse(String(response.body)), ...more })
      : response;
}

const register = async (more: Partial<RegisterModelOptions & { registry?: "both" }> = {}) =>
  await job.registerModel({ name: group, ...more });
const package_ = async (version = 1) =>
  await fixture.sagemaker.describeModelPackage({ ModelPackageName: `${group}/${version}` });
const aliases = async () =>
  (await fixture.sagemaker.listTags({ ResourceArn: `${ARN}:model-package-group/${group}` })).Tags;

describe("a job's model", () => {
  it("becomes a version of a group, with all that is said of it", async () => {
    const registered = await register({
      ...{ alias: "champion", description: "A GLM", tags: { team: "a" } },
      ...{ contentTypes: ["text/csv"], responseTypes: ["application/json"] },
      ...{ inferenceInstances: ["ml.m5.large"], transformInstances: ["ml.m5.xlarge"] },
      ...{ environment: { LINK: "log" }, domain: "MACHINE_LEARNING", task: "REGRESSION" },
      ...{ framework: "SKLEARN", frameworkVersion: "1.2", dataInputConfiguration: "{}" },
      ...{ customerMetadataProperties: { review: "none" }, approvalStatus: "Approved" },
      ...{ metadataProperties: { projectId: "p" }, overrides: { ModelCard: CARD } },
    });
    const { InferenceSpecification: inference, ...told } = await package_();

    expect(registered).toEqual({
      name: group,
      alias: "champion",
      sagemaker: {
        modelPackageGroupName: group,
        modelPackageArn: `${ARN}:model-package/${group}/1`,
        ...{ version: 1, approvalStatus: "Approved", isNew: true },
      },
    });
    expect(inference).toEqual({
      Containers: [
        {
          ...{ Image: image, ModelDataUrl: await job.modelData(), Environment: { LINK: "log" } },
          ...{
            Framework: "SKLEARN",
            FrameworkVersion: "1.2",
            ModelInput: { DataInputConfig: "{}" },
          },
        },
      ],
      ...{ SupportedContentTypes: ["text/csv"], SupportedResponseMIMETypes: ["application/json"] },
      SupportedRealtimeInferenceInstanceTypes: ["ml.m5.large"],
      SupportedTransformInstanceTypes: ["ml.m5.xlarge"],
    });
    expect(told).toMatchObject({
      ...{ ModelPackageDescription: "A GLM", Domain: "MACHINE_LEARNING", Task: "REGRESSION" },
      CustomerMetadataProperties: { team: "a", review: "none" },
      ...{ ModelApprovalStatus: "Approved", ModelCard: CARD },
    });
    expect(told.MetadataProperties).toMatchObject({ GeneratedBy: job.arn, ProjectId: "p" });
    expect(await aliases()).toEqual([{ Key: "alias:champion", Value: "1" }]);
  });

  it("is one version, however often it is registered, and by however many at once", async () => {
    const options = { contentTypes: ["text/csv"] };
    const all = await Promise.all(Array.from({ length: 5 }, () => register(options)));
    const again = await register(options);

    expect(new Set(all.map(({ sagemaker }) => sagemaker.version))).toEqual(new Set([1]));
    expect(again.sagemaker).toMatchObject({ version: 1, isNew: false });
  });

  it("is another version to be served in another way, and when it was deleted", async () => {
    await register();
    expect((await register({ contentTypes: ["text/csv"] })).sagemaker.version).toBe(2);
    expect((await register({ imageUri: "serving:1" })).sagemaker.version).toBe(3);
    expect((await register()).sagemaker.version).toBe(1);
    await fixture.sagemaker.deleteModelPackage({ ModelPackageName: `${group}/1` });
    const same = await register();

    // What was registered as text/csv serves whatever is said no more of.
    expect(same.sagemaker).toMatchObject({ version: 2, isNew: false });
  });

  it("keeps a decision that was made, unless another is", async () => {
    await register({ approvalStatus: "Approved" });
    expect((await register()).sagemaker.approvalStatus).toBe("Approved");
    const pending = await register({ approvalStatus: "PendingManualApproval" });
    expect(pending.sagemaker.approvalStatus).toBe("Approved");
    const rejected = await register({ approvalStatus: "Rejected", tags: { why: "bias" } });

    expect(rejected.sagemaker).toMatchObject({ approvalStatus: "Rejected", isNew: false });
    expect(await package_()).toMatchObject({
      ModelApprovalStatus: "Rejected",
      CustomerMetadataProperties: { why: "bias" },
    });
  });

  it("has an alias that moves", async () => {
    await register({ alias: "champion" });
    await register({ alias: "challenger", contentTypes: ["text/csv"] });
    await register({ alias: "champion", contentTypes: ["text/csv"] });

    expect(await aliases()).toEqual([
      { Key: "alias:challenger", Value: "2" },
      { Key: "alias:champion", Value: "2" },
    ]);
  });

  it("goes into a group of another name, and into one that is named by its ARN", async () => {
    await register({ name: "any name/at all", modelPackageGroupName: group });
    const arn = `${ARN}:model-package-group/${group}`;
    expect((await register({ modelPackageGroupName: arn })).sagemaker).toMatchObject({
      ...{ modelPackageGroupName: group, version: 1, isNew: false },
    });
    await expect(
      register({ modelPackageGroupName: `${ARN}:model-package-group/never` }),
    ).rejects.toThrow(`${ARN}:model-package-group/never does not exist`);
  });

  it("is registered as plain files where it lies as such", async () => {
    const folder = String(await job.modelData()).replace(/\/[^/]*$/, "/");
    after = described({
      ModelArtifacts: { S3ModelArtifacts: folder },
      OutputDataConfig: { S3OutputPath: "s3://b", CompressionType: "NONE" },
    });
    await register();

    expect((await package_()).InferenceSpecification?.Containers?.[0]).toEqual({
      Image: image,
      ModelDataSource: {
        S3DataSource: { S3Uri: folder, S3DataType: "S3Prefix", CompressionType: "None" },
      },
    });
  });

  it("tells the commit that the run record tells", async () => {
    const { code } = await job.runRecord();
    await register();

    expect((await package_()).MetadataProperties?.CommitId).toBe(
      code?.git && `${code.git.commit}${code.git.dirty ? "-dirty" : ""}`,
    );
  });
});

const CARD = { ModelCardContent: "{}", ModelCardStatus: "Draft" } as const;

describe("what is wrong", () => {
  it("is told at once, under the options' names, before anything is called", async () => {
    const error = await register({
      ...{ name: "", alias: "latest", approvalStatus: "Fine" as never },
      ...{ contentType: ["text/csv"], contentTypes: "text/csv" as never },
    } as never).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(ValidationError);
    expect((error as ValidationError).findings.map(({ path }) => path).toSorted()).toEqual([
      ...["alias", "approvalStatus", "contentType", "contentTypes", "name"],
    ]);
    expect(calls).toEqual([]);
  });

  it("is told of the service's limits, and no group is made", async () => {
    const error = await register({
      ...{ name: "a_b", imageUri: "with blank", responseTypes: ["csv"] },
      ...{ tags: { "a!": "x" }, customerMetadataProperties: { b: "" } },
      ...{ inferenceInstances: ["large"], environment: { "A-B": "secret" } },
      ...{ metadataProperties: { commitId: "c".repeat(1025) } },
      overrides: { ModelMetrics: { Bias: { Report: {} } } },
    }).catch((thrown: unknown) => thrown);

    expect((error as ValidationError).findings.map(({ path }) => path).toSorted()).toEqual([
      "customerMetadataProperties.b",
      "environment.A-B",
      "imageUri",
      "inferenceInstances[0]",
      "metadataProperties.commitId",
      "name",
      "overrides.ModelMetrics.Bias.Report.ContentType",
      "overrides.ModelMetrics.Bias.Report.S3Uri",
      "responseTypes[0]",
      "tags.a!",
    ]);
    expect(String(error)).not.toContain("secret");
    expect(calls.some(({ operation }) => operation.includes("ModelPackage"))).toBe(false);
  });

  it("lets the service judge what may be newer than this library", async () => {
    fault = ({ operation, input }) =>
      operation === "CreateModelPackage"
        ? refusal("ValidationException", `Never heard of ${JSON.stringify(input["NewMember"])}`)
        : undefined;

    await expect(
      register({ inferenceInstances: ["ml.m99.large"], overrides: { NewMember: 1 } }),
    ).rejects.toThrow("Never heard of 1");
  });

  it.each([
    [
      { TrainingJobStatus: "InProgress" },
      "the job is InProgress. Wait for its end with job.wait().",
    ],
    [
      { TrainingJobStatus: "Failed" },
      "the job is Failed. Register the model of a job that completed.",
    ],
    [{ TrainingJobStatus: "Stopped" }, "the job is Stopped."],
    [{ ModelArtifacts: {} }, "has no model"],
    [
      { AlgorithmSpecification: { AlgorithmName: "arn:algorithm", TrainingInputMode: "File" } },
      "trained by the algorithm arn:algorithm, and no image is known that serves it",
    ],
  ])("a job with %j is refused", async (more, words) => {
    after = described(more);

    await expect(register()).rejects.toThrow(words);
    expect(calls.map(({ operation }) => operation)).toEqual(["DescribeTrainingJob"]);
  });
});

describe("when the service", () => {
  it("has the group made by somebody else in between, it is that group", async () => {
    fault = ({ operation }) =>
      operation === "CreateModelPackageGroup"
        ? refusal("ValidationException", `Model Package Group already exists: ${ARN}:x/${group}`)
        : undefined;
    await expect(register()).rejects.toThrow("does not exist");

    await fixture.sagemaker.createModelPackageGroup({ ModelPackageGroupName: group });
    let isFirst = true;
    const taken = fault;
    fault = (call) => {
      if (call.operation !== "DescribeModelPackageGroup" || !isFirst) return taken(call);
      isFirst = false;
      return refusal("ValidationException", `ModelPackageGroup ${ARN}:x/${group} does not exist.`);
    };
    expect((await register()).sagemaker.version).toBe(1);
  });

  it("does not answer when it has made the version, there is one version", async () => {
    let lost = 0;
    after = ({ operation }, response) => {
      if (operation !== "CreateModelPackage" || lost > 0) return response;
      lost += 1;
      return Object.assign(new Error("connection reset"), { code: "ECONNRESET" });
    };

    expect((await register()).sagemaker).toMatchObject({ version: 1, isNew: true });
    expect(lost).toBe(1);
    const { ModelPackageSummaryList: all } = await fixture.sagemaker.listModelPackages({
      ModelPackageGroupName: group,
    });
    expect(all).toHaveLength(1);
  });

  it("refuses the alias, the error tells of the version, and the next call finds it", async () => {
    fault = ({ operation }) =>
      operation === "AddTags" ? refusal("AccessDeniedException", "not authorized") : undefined;
    await expect(register({ alias: "champion" })).rejects.toThrow(
      new RegExp(
        `registered as version 1 of ${group} \\(${ARN}:model-package/${group}/1\\), but its alias champion was not set: .*AccessDenied.*Call registerModel\\(\\) again`,
      ),
    );
    fault = () => undefined;

    expect((await register({ alias: "champion" })).sagemaker).toMatchObject({
      ...{ version: 1, isNew: false },
    });
    expect(await aliases()).toEqual([{ Key: "alias:champion", Value: "1" }]);
  });

  it.each([
    ["Completed", undefined],
    ["Failed", "which is Failed now. The image could not be pulled."],
  ])("takes its time, the version is waited for until it is %s", async (status, words) => {
    let looks = 0;
    after = ({ operation }, response) => {
      if (operation !== "DescribeModelPackage") return response;
      looks += 1;
      return answer(200, {
        ...JSON.parse(String(response.body)),
        ModelPackageStatus: looks < 3 ? "InProgress" : status,
        ModelPackageStatusDetails: {
          ValidationStatuses: [],
          ImageScanStatuses: [
            {
              Name: "scan",
              Status: status,
              FailureReason: words && "The image could not be pulled.",
            },
          ],
        },
      });
    };
    const registering = register();

    if (words === undefined) expect((await registering).sagemaker.version).toBe(1);
    else await expect(registering).rejects.toThrow(words);
    expect(looks).toBe(3);
  });

  it("lets versions be made and not be looked at, one is made, and a warning says what is not known", async () => {
    fault = ({ operation }) =>
      /List|DescribeModelPackage$/.test(operation)
        ? refusal("AccessDeniedException", "not authorized")
        : undefined;
    const arn = `${ARN}:model-package-group/${group}`;
    await fixture.sagemaker.createModelPackageGroup({ ModelPackageGroupName: group });
    warnings.length = 0;
    const { sagemaker } = await register({
      modelPackageGroupName: arn,
      approvalStatus: "Approved",
    });

    expect(sagemaker).toEqual({
      modelPackageGroupName: group,
      modelPackageArn: `${ARN}:model-package/${group}/1`,
      ...{ version: 1, approvalStatus: "Approved", isNew: true },
    });
    expect(warnings.join()).toContain("it may be there twice");
  });

  it("remembers the token of a version that was deleted, another is made", async () => {
    const gone = `${ARN}:model-package/${group}/1`;
    let isFirst = true;
    fault = ({ operation }) => {
      if (operation !== "CreateModelPackage" || !isFirst) return undefined;
      isFirst = false;
      return answer(200, { ModelPackageArn: gone });
    };

    expect((await register()).sagemaker).toMatchObject({ version: 1, isNew: true });
  });

  it("is slow, the caller's signal ends it", async () => {
    const controller = new AbortController();
    fault = ({ operation }) => {
      if (operation === "ListModelPackages") controller.abort(new Error("enough"));
      return undefined;
    };

    await expect(register({ signal: controller.signal })).rejects.toThrow("enough");
    expect(calls.some(({ operation }) => operation === "CreateModelPackage")).toBe(false);
  });
});
