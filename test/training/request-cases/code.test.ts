/** Code as the Python Estimator delivers it to the SageMaker training toolkit: its hyperparameters, and where its archive lies. */

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CASE_REQUEST, type PlanCase, planOf, requestOf } from "../../helpers/plan-case.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "code-case-"));
  await mkdir(join(folder, "src"));
  for (const [name, text] of Object.entries({
    "train.py": "print(1)\n",
    "src/train.py": "print(1)\n",
    "src/util.py": "x=1\n",
  })) {
    await writeFile(join(folder, name), text);
  }
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const INPUTS = "s3://bucket/mydata";
const CHANNEL = {
  ChannelName: "training",
  DataSource: {
    S3DataSource: {
      S3DataType: "S3Prefix",
      S3Uri: INPUTS,
      S3DataDistributionType: "FullyReplicated",
    },
  },
};
/** What Python adds to a job whose code lies there. */
const toolkit = (archive: string, level = "20") => ({
  sagemaker_submit_directory: JSON.stringify(archive),
  sagemaker_program: '"train.py"',
  sagemaker_container_log_level: level,
  sagemaker_job_name: '"jobname"',
  sagemaker_region: '"us-west-2"',
});

/** A case with the source folder. */
function withSource(options: PlanCase["options"], session: PlanCase["session"] = {}): PlanCase {
  return {
    options: {
      sourceDir: join(folder, "src"),
      entryPoint: "train.py",
      codeDelivery: "toolkit",
      ...options,
    },
    inputs: INPUTS,
    session,
  };
}

describe("code for the training toolkit", () => {
  it("lies in the output's bucket, whose prefix is left out", async () => {
    expect(await requestOf(withSource({}))).toEqual({
      ...CASE_REQUEST,
      InputDataConfig: [CHANNEL],
      HyperParameters: toolkit("s3://bucket/jobname/source/sourcedir.tar.gz"),
    });
  });

  it("lies where codeLocation says", async () => {
    const given = withSource({ codeLocation: "s3://another-location", outputKmsKey: "kms-key" });

    expect(await requestOf(given)).toEqual({
      ...CASE_REQUEST,
      OutputDataConfig: { S3OutputPath: "s3://bucket/prefix", KmsKeyId: "kms-key" },
      InputDataConfig: [CHANNEL],
      HyperParameters: toolkit("s3://another-location/jobname/source/sourcedir.tar.gz"),
    });
  });

  it("lies below a prefix of codeLocation", async () => {
    const { HyperParameters } = await requestOf(withSource({ codeLocation: "s3://code/a/b/" }));

    expect(HyperParameters?.["sagemaker_submit_directory"]).toBe(
      '"s3://code/a/b/jobname/source/sourcedir.tar.gz"',
    );
  });

  it("lies in the default bucket when the output does", async () => {
    const given = withSource({ outputPath: undefined, outputKmsKey: "kms-key" });

    expect(await requestOf(given)).toEqual({
      ...CASE_REQUEST,
      OutputDataConfig: {
        S3OutputPath: "s3://sagemaker-us-west-2-123456789012/",
        KmsKeyId: "kms-key",
      },
      InputDataConfig: [CHANNEL],
      HyperParameters: toolkit(
        "s3://sagemaker-us-west-2-123456789012/jobname/source/sourcedir.tar.gz",
      ),
    });
  });

  it("keeps the default bucket's prefix", async () => {
    const session = { defaultBucket: "mybucket", defaultBucketPrefix: "test-prefix" };
    const { HyperParameters } = await requestOf(withSource({ outputPath: undefined }, session));

    expect(HyperParameters?.["sagemaker_submit_directory"]).toBe(
      '"s3://mybucket/test-prefix/jobname/source/sourcedir.tar.gz"',
    );
  });

  it("has the log level that was asked for", async () => {
    const { HyperParameters } = await requestOf(withSource({ containerLogLevel: 10 }));

    expect(HyperParameters).toEqual(toolkit("s3://bucket/jobname/source/sourcedir.tar.gz", "10"));
  });

  it("is one file when there is no folder, with hyperparameters as a Framework sends them", async () => {
    const { HyperParameters, OutputDataConfig } = await requestOf({
      options: {
        outputPath: undefined,
        entryPoint: join(folder, "train.py"),
        codeDelivery: "toolkit",
        jsonEncodeStrings: true,
        hyperparameters: { "123": [456], learning_rate: 0.1 },
      },
      inputs: INPUTS,
      session: { defaultBucket: "mybucket" },
    });

    expect(OutputDataConfig).toEqual({ S3OutputPath: "s3://mybucket/" });
    expect(HyperParameters).toEqual({
      "123": "[456]",
      learning_rate: "0.1",
      ...toolkit("s3://mybucket/jobname/source/sourcedir.tar.gz"),
    });
  });

  it("quotes strings as a Framework does, by meaning", async () => {
    const hyperparameters = { s: "x", b: false, n: null, o: { k: [1] }, l: ["a"], f: 2.0 };
    const given = withSource({ jsonEncodeStrings: true, hyperparameters });
    const { HyperParameters = {} } = await requestOf(given);
    const decoded = Object.entries(HyperParameters).map(([name, text]) => [name, JSON.parse(text)]);

    expect(Object.fromEntries(decoded)).toMatchObject(hyperparameters);
    expect(HyperParameters["s"]).toBe('"x"');
  });

  it("reaches an isolated container by a channel", async () => {
    const { HyperParameters, InputDataConfig } = await requestOf(
      withSource({ enableNetworkIsolation: true }),
    );

    expect(HyperParameters?.["sagemaker_submit_directory"]).toBe(
      '"/opt/ml/input/data/code/sourcedir.tar.gz"',
    );
    expect(InputDataConfig?.at(-1)).toMatchObject({
      ChannelName: "code",
      DataSource: {
        S3DataSource: { S3Uri: "s3://bucket/jobname/source/sourcedir.tar.gz" },
      },
    });
  });

  it("is what lies in S3 already, as it is named", async () => {
    const { HyperParameters } = await requestOf(
      withSource({ sourceDir: "s3://code/mine/sourcedir.tar.gz" }),
    );

    expect(HyperParameters?.["sagemaker_submit_directory"]).toBe(
      '"s3://code/mine/sourcedir.tar.gz"',
    );
  });

  it("must be there", async () => {
    const { findings } = await planOf(withSource({ entryPoint: "gone.py" }));

    expect(findings).toMatchObject([
      { severity: "error", path: "entryPoint", message: expect.stringContaining("gone.py") },
    ]);
  });
});
