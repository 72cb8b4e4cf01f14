import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SageMakerError, trainingEnvironment } from "sagemaker-estimator/container";
import { describe, expect, it } from "vitest";
import { folderWith } from "../helpers/child-program.ts";

/** The configuration files as the platform writes them. */
const config = {
  "input/config/hyperparameters.json":
    '{"epochs":"3","rate":"1e-3","optimizer":"adam","python":"\\"quoted\\"","flags":"[1,2]"}',
  "input/config/inputdataconfig.json":
    '{"train":{"ContentType":"text/csv","TrainingInputMode":"File","S3DistributionType":"FullyReplicated","RecordWrapperType":"None"},"test-set":{"TrainingInputMode":"Pipe","S3DistributionType":"ShardedByS3Key","RecordWrapperType":"RecordIO"}}',
  "input/config/resourceconfig.json":
    '{"current_host":"algo-2","current_instance_type":"ml.m5.large","current_group_name":"workers","hosts":["algo-1","algo-2"],"instance_groups":[{"instance_group_name":"workers","instance_type":"ml.m5.large","hosts":["algo-2","algo-1"]}],"network_interface_name":"eth0","topology":null}',
};

describe("trainingEnvironment", () => {
  it("reads what the platform wrote", async () => {
    const baseDir = await folderWith(config);

    const job = await trainingEnvironment({
      env: {
        SAGEMAKER_BASE_DIR: baseDir,
        TRAINING_JOB_NAME: "glm-1",
        TRAINING_JOB_ARN: "arn:aws:sagemaker:eu-west-1:123456789012:training-job/glm-1",
      },
    });

    expect(job).toMatchObject({
      baseDir,
      inputDir: join(baseDir, "input"),
      inputConfigDir: join(baseDir, "input/config"),
      modelDir: join(baseDir, "model"),
      outputDir: join(baseDir, "output"),
      outputDataDir: join(baseDir, "output/data"),
      failureFile: join(baseDir, "output/failure"),
      checkpointDir: join(baseDir, "checkpoints"),
      hyperparameters: {
        epochs: 3,
        rate: 0.001,
        optimizer: "adam",
        python: "quoted",
        flags: [1, 2],
      },
      rawHyperparameters: { epochs: "3", python: '"quoted"' },
      hosts: ["algo-1", "algo-2"],
      currentHost: "algo-2",
      hostRank: 1,
      isPrimary: false,
      instanceType: "ml.m5.large",
      currentInstanceGroup: "workers",
      instanceGroups: [
        {
          instanceGroupName: "workers",
          instanceType: "ml.m5.large",
          hosts: ["algo-2", "algo-1"],
        },
      ],
      networkInterfaceName: "eth0",
      jobName: "glm-1",
      jobArn: "arn:aws:sagemaker:eu-west-1:123456789012:training-job/glm-1",
      region: "eu-west-1",
    });
    expect(job.channels).toEqual({
      train: {
        name: "train",
        path: join(baseDir, "input/data/train"),
        contentType: "text/csv",
        inputMode: "File",
        s3DistributionType: "FullyReplicated",
        recordWrapperType: "None",
      },
      "test-set": {
        name: "test-set",
        path: join(baseDir, "input/data/test-set"),
        inputMode: "Pipe",
        s3DistributionType: "ShardedByS3Key",
        recordWrapperType: "RecordIO",
      },
    });
  });

  it("lies at /opt/ml unless the environment says otherwise", async () => {
    const job = await trainingEnvironment({ env: {} });

    expect(job.modelDir).toBe("/opt/ml/model");
    expect(job.failureFile).toBe("/opt/ml/output/failure");
  });

  it("lets the training toolkit's SM_ variables win over the base folder", async () => {
    const baseDir = await folderWith(config);

    const job = await trainingEnvironment({
      env: {
        SAGEMAKER_BASE_DIR: baseDir,
        SM_MODEL_DIR: "/m",
        SM_OUTPUT_DIR: "/o",
        SM_OUTPUT_DATA_DIR: "/d",
        SM_CHECKPOINT_DIR: "/c",
        SM_CHANNEL_TRAIN: "/elsewhere/train",
        "SM_CHANNEL_TEST-SET": "/elsewhere/test",
        AWS_REGION: "ap-south-1",
      },
    });

    expect(job).toMatchObject({
      modelDir: "/m",
      outputDir: "/o",
      outputDataDir: "/d",
      failureFile: "/o/failure",
      checkpointDir: "/c",
      region: "ap-south-1",
    });
    expect(job.channel("train").path).toBe("/elsewhere/train");
    expect(job.channel("test-set").path).toBe("/elsewhere/test");
  });

  it("finds a channel whose variable was written with underscores", async () => {
    const baseDir = await folderWith(config);

    const job = await trainingEnvironment({
      env: { SAGEMAKER_BASE_DIR: baseDir, SM_CHANNEL_TEST_SET: "/elsewhere/test" },
    });

    expect(job.channel("test-set").path).toBe("/elsewhere/test");
  });

  it("takes the input folder from the variables with all that lies below it", async () => {
    const folder = await folderWith({
      "in/config/inputdataconfig.json": { train: {} },
      "in/config/hyperparameters.json": { a: "1" },
    });

    const job = await trainingEnvironment({ env: { SM_INPUT_DIR: join(folder, "in") } });

    expect(job.hyperparameters).toEqual({ a: 1 });
    expect(job.channel("train").path).toBe(join(folder, "in/data/train"));
  });

  it("reads the checkpoint folder from its configuration", async () => {
    const baseDir = await folderWith({
      "input/config/checkpointconfig.json": '{"LocalPath":"/opt/ml/other"}',
    });

    const job = await trainingEnvironment({ env: { SAGEMAKER_BASE_DIR: baseDir } });

    expect(job.checkpointDir).toBe("/opt/ml/other");
  });

  it("is one host of its own when the program is run by hand", async () => {
    const baseDir = await folderWith({});

    const job = await trainingEnvironment({ env: { SAGEMAKER_BASE_DIR: baseDir } });

    expect(job).toMatchObject({
      hosts: ["algo-1"],
      currentHost: "algo-1",
      isPrimary: true,
      instanceType: "local",
      currentInstanceGroup: "homogeneousCluster",
      hyperparameters: {},
      channels: {},
    });
    expect(job.jobName).toBeUndefined();
    expect(job.region).toBeUndefined();
  });

  it("names a configuration file that it cannot read", async () => {
    const baseDir = await folderWith({ "input/config/resourceconfig.json": '{"hosts":' });

    const reading = trainingEnvironment({ env: { SAGEMAKER_BASE_DIR: baseDir } });

    await expect(reading).rejects.toThrow(/resourceconfig\.json cannot be read/);
    await expect(reading).rejects.toBeInstanceOf(SageMakerError);
  });

  it("refuses a configuration file that holds no object", async () => {
    const baseDir = await folderWith({ "input/config/hyperparameters.json": "[]" });

    await expect(trainingEnvironment({ env: { SAGEMAKER_BASE_DIR: baseDir } })).rejects.toThrow(
      /hyperparameters\.json cannot be read: it holds no JSON object/,
    );
  });

  it("stops reading when it is aborted", async () => {
    const signal = AbortSignal.abort(new Error("enough"));

    await expect(trainingEnvironment({ env: {}, signal })).rejects.toThrow("enough");
  });
});

describe("channels", () => {
  it("names the channels that there are when one is asked for that is not", async () => {
    const baseDir = await folderWith(config);
    const job = await trainingEnvironment({ env: { SAGEMAKER_BASE_DIR: baseDir } });

    expect(() => job.channel("training")).toThrow(
      'The job has no input channel "training" (it has: train, test-set).',
    );
    expect(() => job.channel("toString")).toThrow(SageMakerError);
  });

  it("lists a channel's files in S3's order, below its folders and through links", async () => {
    const baseDir = await folderWith({
      ...config,
      "input/data/train/b.csv": "b",
      "input/data/train/a/z.csv": "z",
      "input/data/train/a.csv": "a",
      "input/data/train/\u{FFEE}.csv": "",
      "input/data/train/\u{10000}.csv": "",
      "elsewhere/linked.csv": "l",
    });
    const train = join(baseDir, "input/data/train");
    await mkdir(join(train, "empty"));
    await symlink(join(baseDir, "elsewhere"), join(train, "link"));
    await symlink(train, join(train, "a/loop"));
    const job = await trainingEnvironment({ env: { SAGEMAKER_BASE_DIR: baseDir } });

    const files = await job.channelFiles("train");

    expect(files.map((file) => file.slice(train.length + 1))).toEqual([
      "a.csv",
      "a/z.csv",
      "b.csv",
      "link/linked.csv",
      "\u{FFEE}.csv",
      "\u{10000}.csv",
    ]);
  });

  it("has no files to list in Pipe mode, and says so", async () => {
    const baseDir = await folderWith(config);
    const job = await trainingEnvironment({ env: { SAGEMAKER_BASE_DIR: baseDir } });

    await expect(job.channelFiles("test-set")).rejects.toThrow(/"test-set" is in Pipe mode/);
  });

  it("stops listing when it is aborted", async () => {
    const baseDir = await folderWith(config);
    await mkdir(join(baseDir, "input/data/train"), { recursive: true });
    await writeFile(join(baseDir, "input/data/train/a.csv"), "");
    const job = await trainingEnvironment({ env: { SAGEMAKER_BASE_DIR: baseDir } });

    const listing = job.channelFiles("train", { signal: AbortSignal.abort(new Error("enough")) });

    await expect(listing).rejects.toThrow("enough");
  });
});
