import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ValidationError } from "../../../src/errors.ts";
import { Estimator } from "../../../src/estimator.ts";
import { MlflowClient, MlflowError } from "../../../src/mlflow/index.ts";
import type { RegisterModelOptions } from "../../../src/training/register/register-options.ts";
import type { TrainingJob } from "../../../src/training/training-job.ts";
import { type CloudFixture, startCloud, writeProgram } from "../../helpers/cloud-fixture.ts";

let fixture: CloudFixture;
/** A job with a run, and one without. */
let tracked: TrainingJob;
let plain: TrainingJob;
let runs: MlflowClient;

beforeAll(async () => {
  fixture = await startCloud({ engine: "process" });
  const imageUri = await writeProgram(join(fixture.folder, "program"), {
    train: '#!/bin/sh\necho m > "$SM_MODEL_DIR/m"\n',
  });
  const trackingUri = pathToFileURL(join(fixture.folder, "mlruns")).href;
  const session = fixture.cloud.session();
  const estimator = new Estimator({ imageUri, instanceType: "local", session });
  const quiet = { logs: "None" } as const;
  tracked = await estimator.fit(undefined, { ...quiet, mlflow: { trackingUri } });
  plain = await estimator.fit(undefined, { ...quiet, mlflow: false });
  runs = new MlflowClient({ trackingUri });
}, 60_000);

afterAll(async () => await fixture.stop());

const versionsOf = async (name: string) =>
  (await runs.searchModelVersions({ filter: `name = '${name}'` })).items;

describe("the model of a job that has a run", () => {
  it("goes into both registries, each of which tells of the other", async () => {
    const registered = await tracked.registerModel({
      ...{ name: "pricing", alias: "champion", description: "A GLM", tags: { team: "a" } },
    });
    const version = await runs.getModelVersionByAlias("pricing", "champion");
    const package_ = await fixture.sagemaker.describeModelPackage({
      ModelPackageName: "pricing/1",
    });

    const source = await tracked.modelData();
    const { runId, trackingUri } = tracked.mlflowRun ?? {};
    expect(registered.mlflow).toEqual({ version: "1", trackingUri, runId, source, isNew: true });
    expect(version).toMatchObject({ version: "1", source, runId, description: "A GLM" });
    expect(version.tags).toEqual({
      team: "a",
      "sagemaker.training_job_name": tracked.name,
      "sagemaker.training_job_arn": tracked.arn,
      "sagemaker.model_package_arn": registered.sagemaker.modelPackageArn,
    });
    expect(package_.CustomerMetadataProperties).toEqual({ team: "a", "mlflow.run_id": runId });
  });

  it("is one version in each, however often and by however many at once it is registered", async () => {
    const all = await Promise.all(
      Array.from({ length: 4 }, () => tracked.registerModel({ name: "once" })),
    );
    const again = await tracked.registerModel({ name: "once", tags: { new: "1" } });

    expect(new Set(all.map(({ mlflow }) => mlflow?.version)).size).toBe(1);
    expect(again).toMatchObject({ sagemaker: { isNew: false }, mlflow: { isNew: false } });
    expect(await versionsOf("once")).toMatchObject([{ tags: { new: "1" } }]);
  });

  it("has an alias that moves with the next model", async () => {
    await tracked.registerModel({ name: "moving", alias: "champion" });
    const { trackingUri } = tracked.mlflowRun ?? {};
    const next = await plain.registerModel({
      ...{ name: "moving", alias: "champion", mlflow: { trackingUri } },
    });

    expect(next.mlflow).toMatchObject({ version: "2", isNew: true });
    expect(next.mlflow?.runId).toBeUndefined();
    expect((await runs.getModelVersionByAlias("moving", "champion")).version).toBe("2");
  });

  it("stays registered in SageMaker when MLflow refuses it, and the error says so", async () => {
    const options = { name: "n".repeat(300), modelPackageGroupName: "long" };
    const error = await tracked.registerModel(options).catch((thrown: unknown) => thrown);

    expect(String(error)).toMatch(
      /registered as version 1 of long \(arn:.*\/long\/1\), but not as it should be in MLflow: .*maximum length.*Call registerModel\(\) again/s,
    );
    expect((error as Error).cause).toBeInstanceOf(MlflowError);
    const right = await tracked.registerModel({ ...options, name: "short" });
    expect(right).toMatchObject({ sagemaker: { isNew: false }, mlflow: { isNew: true } });
  });

  it("goes into one of them alone where that is asked for", async () => {
    const inMlflow = await tracked.registerModel({ name: "any name", registry: "mlflow" });
    const inSageMaker = await tracked.registerModel({ name: "alone", registry: "sagemaker" });

    expect(Object.keys(inMlflow)).toEqual(["name", "mlflow"]);
    expect(Object.keys(inSageMaker)).toEqual(["name", "sagemaker"]);
    expect(await versionsOf("alone")).toEqual([]);
  });
});

describe("the model of a job without a run", () => {
  it("goes into SageMaker's registry, and into a local session's own folder when it is asked for", async () => {
    const byDefault = await plain.registerModel({ name: "plain" });
    const { mlflow } = await plain.registerModel({ name: "plain", registry: "both" });

    expect(byDefault.mlflow).toBeUndefined();
    expect(mlflow).toMatchObject({
      ...{ version: "1", trackingUri: pathToFileURL(join(fixture.root, "mlruns")).href },
    });
  });
});

it("tells where a model is registered without the password that leads there", async () => {
  const server = await fixture.cloud.listen();
  try {
    const trackingUri = server.url.replace("://", "://user:secret@");
    const { mlflow } = await plain.registerModel({ name: "closed", mlflow: { trackingUri } });

    expect(mlflow).toMatchObject({ trackingUri: server.url, isNew: true });
  } finally {
    await server.close();
  }
});

describe("what is wrong", () => {
  it.each<[RegisterModelOptions, string[]]>([
    [{ name: "a/b", modelPackageGroupName: "ab" }, ["name"]],
    [
      { name: "a", registry: "mlflow", contentTypes: ["text/csv"], imageUri: "x" },
      ["contentTypes", "imageUri"],
    ],
    [{ name: "a", registry: "none" as never }, ["registry"]],

    [{ name: "early", mlflow: { trackingUri: "sqlite:///x" } }, ["mlflow.trackingUri"]],
  ])("in %j is told before anything is registered", async (options, paths) => {
    const error = await tracked.registerModel(options).catch((thrown: unknown) => thrown);

    expect(error).toBeInstanceOf(ValidationError);
    expect((error as ValidationError).findings.map(({ path }) => path).toSorted()).toEqual(paths);
    await expect(
      fixture.sagemaker.describeModelPackage({ ModelPackageName: `${options.name}/1` }),
    ).rejects.toThrow();
  });
});
