import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { hostFolder } from "../../../src/local/opt-ml.ts";
import { containerEnvironment } from "../../../src/local/runner/container-environment.ts";
import { readJobRequest } from "../../../src/local/runner/job-request.ts";

const node = dirname(process.execPath);
const cloud = {
  ...{ url: "http://127.0.0.1:1", accessKeyId: "key", secretAccessKey: "secret" },
  sessionToken: "token",
};

function environment(
  more: {
    mounts?: boolean;
    cloud?: typeof cloud | undefined;
    variables?: Record<string, string>;
  } = {},
): Record<string, string> {
  return containerEnvironment({
    job: { name: "job", arn: "arn:job", region: "eu-west-1", program: "/program" },
    request: readJobRequest({
      Environment: more.variables,
      ResourceConfig: { InstanceType: "local", InstanceCount: 1 },
      InputDataConfig: [{ ChannelName: "train", DataSource: {} }],
    }),
    host: hostFolder("/jobs/job", "algo-1"),
    mounts: more.mounts ?? true,
    cloud: "cloud" in more ? more.cloud : cloud,
    launcher: { path: "/usr/bin", lang: undefined },
  });
}

describe("a container's environment", () => {
  it("is made from nothing: the contract's variables and the way to the local cloud", () => {
    expect(environment()).toEqual({
      TRAINING_JOB_NAME: "job",
      TRAINING_JOB_ARN: "arn:job",
      AWS_REGION: "eu-west-1",
      AWS_DEFAULT_REGION: "eu-west-1",
      AWS_EXECUTION_ENV: "AWS_ECS_EC2",
      SAGEMAKER_METRICS_DIRECTORY: "/opt/ml/output/metrics/sagemaker",
      DMLC_INTERFACE: "eth0",
      PATH: `/program:${node}:/usr/bin`,
      HOME: "/jobs/job/hosts/algo-1/home",
      TMPDIR: "/tmp",
      LANG: "C.UTF-8",
      HOSTNAME: "algo-1",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_ENDPOINT_URL: "http://127.0.0.1:1",
      AWS_ENDPOINT_URL_S3: "http://127.0.0.1:1",
      S3_ENDPOINT_URL: "http://127.0.0.1:1",
      AWS_ACCESS_KEY_ID: "key",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_SESSION_TOKEN: "token",
      MLFLOW_TRACKING_URI: "http://127.0.0.1:1",
      SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT: "http://127.0.0.1:1",
    });
  });

  it("has the request's own variables, and the program folder first on its PATH all the same", () => {
    const made = environment({
      variables: { LOG_LEVEL: "info", PATH: "/opt/conda/bin", LANG: "de" },
    });
    expect(made).toMatchObject({ LOG_LEVEL: "info", LANG: "de" });
    expect(made["PATH"]).toBe(`/program:${node}:/opt/conda/bin`);
  });

  it("leads nowhere with network isolation, and has no credentials", () => {
    const names = Object.keys(environment({ cloud: undefined }));
    expect(names.filter((name) => /ENDPOINT|KEY|TOKEN/.test(name))).toEqual([]);
  });

  it("names the paths where nothing is mounted", () => {
    const ml = "/jobs/job/hosts/algo-1/ml";
    expect(environment({ mounts: false })).toMatchObject({
      SAGEMAKER_BASE_DIR: ml,
      SAGEMAKER_METRICS_DIRECTORY: `${ml}/output/metrics/sagemaker`,
      SM_MODEL_DIR: `${ml}/model`,
      SM_OUTPUT_DATA_DIR: `${ml}/output/data`,
      SM_OUTPUT_INTERMEDIATE_DIR: `${ml}/output/intermediate`,
      SM_CHANNEL_TRAIN: `${ml}/input/data/train`,
      SM_CHANNELS: '["train"]',
      TMPDIR: "/jobs/job/hosts/algo-1/tmp",
    });
  });
});
