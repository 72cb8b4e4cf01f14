import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Estimator } from "../src/estimator.ts";
import { HuggingFace, PyTorch, SKLearn, TensorFlow, XGBoost } from "../src/frameworks.ts";
import { LocalCloud } from "../src/local/index.ts";
import type { FrameworkOptions } from "../src/training/framework/framework-options.ts";

const root = mkdtempSync(join(tmpdir(), "frameworks-"));
const session = new LocalCloud({ root, region: "eu-west-1" }).session();
afterAll(() => rmSync(root, { recursive: true }));

const GIVEN: FrameworkOptions = {
  entryPoint: "train.py",
  sourceDir: "s3://code/sourcedir.tar.gz",
  instanceType: "ml.g5.xlarge",
  session,
};

const plan = (estimator: Estimator) => estimator.plan(undefined, { preflight: "offline" });

async function found(estimator: Estimator): Promise<Record<string, string>> {
  const { findings } = await plan(estimator);
  return Object.fromEntries(findings.map(({ severity, path }) => [path, severity]));
}

describe("estimators of frameworks", () => {
  test("are Estimators whose image the version and the session's region name", async () => {
    const estimator = new PyTorch({ ...GIVEN, frameworkVersion: "2.8" });
    expect(estimator).toBeInstanceOf(Estimator);
    const { request, findings } = await plan(estimator);
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(request.AlgorithmSpecification?.TrainingImage).toBe(
      "763104351884.dkr.ecr.eu-west-1.amazonaws.com/pytorch-training:2.8-gpu-py312",
    );
  });

  test.each<[string, Estimator]>([
    ["pytorch-training", new PyTorch({ ...GIVEN, frameworkVersion: "2.8" })],
    ["tensorflow-training", new TensorFlow({ ...GIVEN, frameworkVersion: "2.19" })],
    [
      "huggingface-pytorch-training",
      new HuggingFace({ ...GIVEN, transformersVersion: "4.56", pytorchVersion: "2.8" }),
    ],
    [
      "sagemaker-scikit-learn",
      new SKLearn({ ...GIVEN, instanceType: "local", frameworkVersion: "1.4-2" }),
    ],
    ["sagemaker-xgboost", new XGBoost({ ...GIVEN, frameworkVersion: "3.0-5" })],
    ["mine", new PyTorch({ ...GIVEN, frameworkVersion: "2.8", baseJobName: "mine" })],
  ])("call their jobs %s-<time>, as Python does", async (base, estimator) => {
    const { TrainingJobName = "" } = (await plan(estimator)).request;
    expect(TrainingJobName.replace(/-\d{4}-.*/, "")).toBe(base);
  });

  test("quote strings among the hyperparameters, unless told otherwise", async () => {
    const hyperparameters = { model: "bert", epochs: 3 };
    const quoted = await plan(new PyTorch({ ...GIVEN, frameworkVersion: "2.8", hyperparameters }));
    expect(quoted.request.HyperParameters).toMatchObject({ model: '"bert"', epochs: "3" });
    const plain = await plan(
      new PyTorch({ ...GIVEN, frameworkVersion: "2.8", hyperparameters, jsonEncodeStrings: false }),
    );
    expect(plain.request.HyperParameters).toMatchObject({ model: "bert", epochs: "3" });
  });

  test("take an image of one's own, and another region's", async () => {
    const imageUri = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/mine:1";
    const own = await plan(new PyTorch({ ...GIVEN, imageUri }));
    expect(own.request.AlgorithmSpecification).toEqual({
      TrainingImage: imageUri,
      TrainingInputMode: "File",
    });
    const other = await plan(
      new XGBoost({ ...GIVEN, frameworkVersion: "1.7-1", imageUriRegion: "us-east-1" }),
    );
    expect(other.request.AlgorithmSpecification?.TrainingImage).toBe(
      "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1",
    );
  });

  test("take the image for GPUs where one of several groups has them", async () => {
    const { instanceType: _, ...others } = GIVEN;
    const instanceGroups = [
      { instanceGroupName: "a", instanceType: "ml.c5.xlarge", instanceCount: 1 },
      { instanceGroupName: "b", instanceType: "ml.g5.xlarge", instanceCount: 1 },
    ];
    const { request } = await plan(
      new PyTorch({ ...others, frameworkVersion: "2.8", instanceGroups }),
    );
    expect(request.AlgorithmSpecification?.TrainingImage).toContain("-gpu-");
  });

  test("tell what is not in the table by their own option's name", async () => {
    expect(await found(new PyTorch({ ...GIVEN, frameworkVersion: "0.9" }))).toEqual({
      frameworkVersion: "error",
    });
    expect(await found(new PyTorch(GIVEN))).toEqual({ frameworkVersion: "error" });
    expect(
      await found(new HuggingFace({ ...GIVEN, transformersVersion: "1.0", pytorchVersion: "2.8" })),
    ).toEqual({ transformersVersion: "error" });
    expect(await found(new HuggingFace({ ...GIVEN, transformersVersion: "4.56" }))).toEqual({
      pytorchVersion: "error",
    });
    expect(
      await found(new PyTorch({ ...GIVEN, frameworkVersion: "2.8", pyVersion: "py27" })),
    ).toEqual({ pyVersion: "error" });
    expect(
      await found(new PyTorch({ ...GIVEN, frameworkVersion: "2.8", imageUriRegion: "xx-north-9" })),
    ).toEqual({ imageUri: "error" });
  });

  test("refuse by name what only Python's have, and what another framework's have", async () => {
    const compilerConfig = {} as never;
    expect(await found(new PyTorch({ ...GIVEN, frameworkVersion: "2.8", compilerConfig }))).toEqual(
      { compilerConfig: "error" },
    );
    const distribution = { mpi: { enabled: true } };
    expect(
      await found(
        new SKLearn({
          ...GIVEN,
          instanceType: "ml.m5.xlarge",
          frameworkVersion: "1.4-2",
          ...{ distribution },
        }),
      ),
    ).toMatchObject({ distribution: "error" });
    const { entryPoint: _, ...others } = GIVEN;
    expect(
      await found(new PyTorch({ ...others, frameworkVersion: "2.8" } as never)),
    ).toHaveProperty("entryPoint", "error");
  });

  test("say once that another framework has a strategy", async () => {
    const distribution = { multiWorkerMirroredStrategy: { enabled: true } } as object;
    const { findings } = await plan(
      new PyTorch({ ...GIVEN, frameworkVersion: "1.13.1", distribution }),
    );
    expect(findings.map(({ message }) => message)).toEqual([
      "pytorch does not know it: it would be lost.",
    ]);
  });

  test("refuse hyperparameters that they set themselves", async () => {
    const hyperparameters = { model_dir: "s3://models/mine" };
    expect(
      await found(new TensorFlow({ ...GIVEN, frameworkVersion: "2.19", hyperparameters })),
    ).toEqual({ "hyperparameters.model_dir": "error" });
  });

  test("warn of several instances for scikit-learn, and of a debugger beside a parameter server", async () => {
    expect(
      await found(
        new SKLearn({
          ...GIVEN,
          instanceType: "ml.m5.xlarge",
          frameworkVersion: "1.4-2",
          instanceCount: 2,
        }),
      ),
    ).toEqual({ instanceCount: "warning" });
    expect(
      await found(
        new TensorFlow({
          ...GIVEN,
          frameworkVersion: "2.19",
          debuggerHookConfig: true,
          distribution: { parameterServer: { enabled: true } },
        }),
      ),
    ).toEqual({ debuggerHookConfig: "warning" });
  });

  test("refuse Python's names of a distribution, and say ours", async () => {
    const distribution = { torch_distributed: { enabled: true } } as never;
    const { findings } = await plan(
      new PyTorch({ ...GIVEN, frameworkVersion: "2.8", distribution }),
    );
    expect(findings).toEqual([
      {
        severity: "error",
        path: "distribution.torch_distributed",
        message: "pytorch does not know it: it would be lost.",
        hint: "Here it is called torchDistributed.",
      },
    ]);
  });

  test("refuse a distribution that no toolkit would read", async () => {
    expect(
      await found(
        new PyTorch({
          ...GIVEN,
          frameworkVersion: "2.8",
          codeDelivery: "channel",
          distribution: { torchDistributed: { enabled: true } },
        }),
      ),
    ).toHaveProperty(["distribution.torchDistributed"], "error");
  });

  test("know that the model parallelism library has images of its own with torchrun", async () => {
    expect(
      await found(
        new PyTorch({
          ...GIVEN,
          frameworkVersion: "2.2",
          distribution: {
            torchDistributed: { enabled: true },
            smdistributed: { modelparallel: { enabled: true } },
          },
        }),
      ),
    ).toEqual({ "distribution.smdistributed.modelparallel": "error" });
  });
});
