/** Jobs and files with moto's server: what others understand by SageMaker's, S3's and STS's wire protocols. */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect } from "vitest";
import {
  Estimator,
  type EstimatorOptions,
  JsonInput,
  S3Downloader,
  Session,
  TrainingJob,
} from "../../src/index.ts";
import { motoIsLacking, startMoto } from "./moto.ts";
import { startUnless, testWith } from "./needs.ts";
import type { RunningServer } from "./server.ts";

const ROLE = "arn:aws:iam::123456789012:role/SageMakerRole";
const BUCKET = "sagemaker-eu-west-1-123456789012";
const OPTIONS = {
  imageUri: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/glm:1.4.0",
  role: ROLE,
  instanceType: "ml.m5.xlarge",
  hyperparameters: { maxIterations: 25, family: "poisson", offset: { column: "Holders" } },
  environment: { LOG_LEVEL: "info" },
  tags: { team: "pricing" },
  subnets: ["subnet-1"],
  securityGroupIds: ["sg-1"],
} satisfies EstimatorOptions;

describe("with moto's server", () => {
  let server: RunningServer | undefined;
  let folder = "";
  let session = new Session();

  startUnless(motoIsLacking, async () => {
    server = await startMoto();
    folder = await mkdtemp(join(tmpdir(), "interop-moto-"));
    session = sessionOf(server.url);
  });
  afterAll(async () => {
    await session.close();
    await server?.stop();
    if (folder !== "") await rm(folder, { recursive: true, force: true });
  });

  const moto = (name: string, run: () => Promise<void>): void => testWith(motoIsLacking, name, run);
  const start = async (
    jobName: string,
    inputs?: Parameters<Estimator["fit"]>[0],
    more: Partial<EstimatorOptions> = {},
  ): Promise<TrainingJob> =>
    await new Estimator({ ...OPTIONS, ...more, session }).fit(inputs, {
      jobName,
      wait: false,
      logs: "None",
      preflight: "offline",
    });

  moto("the caller's account names the default bucket, which is made on first need", async () => {
    expect(await session.accountId()).toBe("123456789012");
    expect(await session.defaultBucket()).toBe(BUCKET);
    // It is there already.
    expect(await sessionOf(server?.url ?? "").defaultBucket()).toBe(BUCKET);
  });

  moto("local inputs and values are staged, and are there as they were", async () => {
    await writeFile(join(folder, "train.csv"), "x,y\n1,2\n");
    const job = await start("staged", {
      train: join(folder, "train.csv"),
      config: new JsonInput({ family: "poisson" }),
    });
    const { InputDataConfig = [] } = await job.describe();
    const [train = "", config = ""] = InputDataConfig.map(
      ({ DataSource }) => DataSource?.S3DataSource?.S3Uri ?? "",
    );
    await S3Downloader.download(train, join(folder, "train"), { session });

    expect(train).toContain(`s3://${BUCKET}/`);
    expect(await readFile(join(folder, "train/train.csv"), "utf8")).toBe("x,y\n1,2\n");
    expect(JSON.parse(await S3Downloader.readFile(`${config}config.json`, { session }))).toEqual({
      family: "poisson",
    });
  });

  moto("what is staged already is not uploaded again", async () => {
    await writeFile(join(folder, "once.csv"), "1\n");
    await start("once", { train: join(folder, "once.csv") });
    const plan = await new Estimator({ ...OPTIONS, session }).plan({
      train: join(folder, "once.csv"),
    });

    expect(plan.uploads).toMatchObject([{ channel: "train", present: true }]);
  });

  moto("a job is described as it was asked for", async () => {
    const job = await start("described", "s3://bucket/data/");

    expect(await job.describe()).toMatchObject({
      TrainingJobName: "described",
      AlgorithmSpecification: { TrainingImage: OPTIONS.imageUri, TrainingInputMode: "File" },
      RoleArn: ROLE,
      HyperParameters: {
        maxIterations: "25",
        family: "poisson",
        offset: '{"column":"Holders"}',
      },
      InputDataConfig: [
        {
          ChannelName: "training",
          DataSource: { S3DataSource: { S3Uri: "s3://bucket/data/", S3DataType: "S3Prefix" } },
        },
      ],
      OutputDataConfig: { S3OutputPath: `s3://${BUCKET}/` },
      ResourceConfig: { InstanceType: "ml.m5.xlarge", InstanceCount: 1, VolumeSizeInGB: 30 },
      StoppingCondition: { MaxRuntimeInSeconds: 86_400 },
      VpcConfig: { Subnets: ["subnet-1"], SecurityGroupIds: ["sg-1"] },
    });
  });

  moto("a job that has ended is waited for, without a word of its log", async () => {
    const job = await start("ended", "s3://bucket/data/");

    expect(await job.wait({ logs: false })).toMatchObject({ status: "Completed" });
  });

  moto("tags are kept, and come back with attach", async () => {
    const job = await start("tagged", "s3://bucket/data/", {
      tags: { team: "pricing", year: "2026" },
    });
    const attached = await Estimator.attach(job.name, { session });
    const { request } = await attached.plan(undefined, { preflight: "offline" });

    expect(request.Tags).toEqual(
      expect.arrayContaining([
        { Key: "team", Value: "pricing" },
        { Key: "year", Value: "2026" },
      ]),
    );
    expect(request.HyperParameters).toEqual({
      maxIterations: "25",
      family: "poisson",
      offset: '{"column":"Holders"}',
    });
    expect(request.InputDataConfig?.[0]?.DataSource?.S3DataSource?.S3Uri).toBe("s3://bucket/data/");
  });

  moto("jobs are listed, page after page", async () => {
    for (const number of [1, 2, 3]) await start(`listed-${number}`, "s3://bucket/data/");
    const names: string[] = [];
    for await (const { name } of TrainingJob.list({ session, nameContains: "listed-" })) {
      names.push(name);
    }

    expect(names.toSorted((a, b) => a.localeCompare(b))).toEqual([
      "listed-1",
      "listed-2",
      "listed-3",
    ]);
  });

  moto("a plan tells what is not there, and what moto does not answer ends no plan", async () => {
    const { findings } = await new Estimator({ ...OPTIONS, session }).plan("s3://bucket/data/", {
      preflight: "aws",
    });

    expect(findings.map(({ severity, path }) => `${severity} ${path}`)).toEqual([
      "error role",
      "error imageUri",
      "error inputs.training.s3Data",
      "note role",
      "note instanceType",
    ]);
  });

  // moto answers 500 to StopTrainingJob: stopping is shown by the local cloud alone.
  moto("a job that is not there is told by name", async () => {
    await expect(TrainingJob.attach("nobody", { session })).rejects.toThrow(/nobody/);
  });
});

function sessionOf(endpoint: string): Session {
  return new Session({
    endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "interop", secretAccessKey: "interop" },
  });
}
