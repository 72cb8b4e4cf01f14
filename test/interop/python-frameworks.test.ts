/** The framework estimators of the Python SDK and ours, given the same options: the same CreateTrainingJob request, whole. */

import { describe, expect } from "vitest";
import {
  type Estimator,
  type FitInputs,
  HuggingFace,
  PyTorch,
  SKLearn,
  TensorFlow,
  XGBoost,
} from "../../src/index.ts";
import { awsSession } from "../helpers/plan-case.ts";
import { estimatorQuestion, type SdkAnswer } from "../helpers/sdk-questions.ts";
import { askPython } from "./ask-python.ts";
import { installed, lacking } from "./installed.ts";
import { startUnless, testWith } from "./needs.ts";

const PYTHON = installed("sagemaker-sdk/bin/python");
const reason = lacking(PYTHON);

type Options = Readonly<Record<string, unknown>>;

const GIVEN: Options = {
  entryPoint: "train.py",
  sourceDir: "s3://code/sourcedir.tar.gz",
  instanceType: "ml.m5.xlarge",
};
const GPU = { instanceType: "ml.p3.2xlarge" };
const CLASSES: Readonly<Record<string, readonly [new (options: never) => Estimator, Options]>> = {
  PyTorch: [PyTorch, { frameworkVersion: "2.3.0", pyVersion: "py311" }],
  TensorFlow: [TensorFlow, { frameworkVersion: "2.16", pyVersion: "py310" }],
  HuggingFace: [
    HuggingFace,
    { transformersVersion: "4.36.0", pytorchVersion: "2.1.0", pyVersion: "py310", ...GPU },
  ],
  SKLearn: [SKLearn, { frameworkVersion: "1.2-1", pyVersion: "py3" }],
  XGBoost: [XGBoost, { frameworkVersion: "1.7-1", pyVersion: "py3" }],
};

/** What each of the classes is given as well. */
const CASES: Readonly<Record<string, Options>> = {
  "nothing more": {},
  "hyperparameters of each kind": {
    hyperparameters: { s: "x", n: 3, f: 0.5, t: true, none: null, l: [1, "a"], o: { k: [null] } },
  },
  "strings that read as JSON": { hyperparameters: { a: '{"k": 1}', b: "007", c: '"q"', d: "" } },
  "text beyond ASCII": { hyperparameters: { city: "Zürich – 東京 🎉", schlüssel: "ü" } },
  "a hyperparameter's odd name": { hyperparameters: { "a-b.c/d": 1, "with space": 2 } },
  isolation: { enableNetworkIsolation: true },
  "isolation and a model": { enableNetworkIsolation: true, modelUri: "s3://models/m.tar.gz" },
  "spot with checkpoints": {
    useSpotInstances: true,
    maxRun: 600,
    maxWait: 900,
    checkpointS3Uri: "s3://bucket/checkpoints",
    checkpointLocalPath: "/opt/ml/state",
  },
  metrics: { metricDefinitions: [{ Name: "loss", Regex: "loss=([0-9.]+)" }] },
  "metrics as time series": { enableSagemakerMetrics: true },
  "no metrics as time series": { enableSagemakerMetrics: false },
  "a log level": { containerLogLevel: 40 },
  "tags and an environment": { tags: { team: "pricing" }, environment: { A: "1" } },
  "a VPC and encryption": {
    subnets: ["subnet-1"],
    securityGroupIds: ["sg-1", "sg-2"],
    encryptInterContainerTraffic: true,
    outputKmsKey: "alias/mine",
    volumeKmsKey: "alias/volumes",
  },
  "a warm pool and retries": { keepAlivePeriodInSeconds: 600, maxRetryAttempts: 3 },
  "an image of one's own": {
    imageUri: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/mine:1",
  },
  "plain artifacts and Pipe mode": { disableOutputCompression: true, inputMode: "Pipe" },
};

/** Python has one number where JavaScript has another: `2` and `2.0` read the same. */
function decoded(request: unknown): Options {
  const { HyperParameters = {}, ...rest } = JSON.parse(JSON.stringify(request)) as {
    HyperParameters?: Readonly<Record<string, string>>;
  };
  const values = Object.entries(HyperParameters).map(([name, text]) => [name, JSON.parse(text)]);
  return { ...rest, HyperParameters: Object.fromEntries(values) };
}

const cases = Object.entries(CLASSES).flatMap(([cls, [Framework, version]]) =>
  Object.entries(CASES).map(([name, more]) => ({
    name: `${cls} with ${name}`,
    cls,
    Framework,
    options: { ...GIVEN, ...version, ...more } as Options,
  })),
);

async function oursOf(Framework: new (options: never) => Estimator, options: Options) {
  const session = awsSession({ region: "eu-west-1", defaultBucket: "mybucket" });
  try {
    const given = {
      role: "arn:aws:iam::123456789012:role/SageMakerRole",
      outputPath: "s3://bucket/prefix",
      session,
      ...options,
    };
    return await new Framework(given as never).plan(undefined as FitInputs | undefined, {
      preflight: "offline",
      jobName: "job",
    });
  } finally {
    await session.close();
  }
}

describe("a framework's estimator makes the request of Python's", () => {
  const answers: SdkAnswer[] = [];

  startUnless(reason, async () => {
    const questions = cases.map(({ cls, options }) => estimatorQuestion([cls, options]));
    answers.push(...(await askPython<SdkAnswer>(PYTHON, "sagemaker_sdk.py", questions)));
  });

  for (const [index, { name, Framework, options }] of cases.entries()) {
    testWith(reason, name, async () => {
      const { request, findings } = await oursOf(Framework, options);
      const { answer, refused } = answers[index] ?? {};
      // Python turns both on by itself, and sends empty lists; that is shown elsewhere.
      const {
        DebugHookConfig: _,
        ProfilerConfig: __,
        Tags: tags = [],
        ...rest
      } = (answer ?? {}) as Options;

      expect(refused).toBeUndefined();
      expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
      expect(decoded(request)).toEqual(
        decoded({ ...rest, ...((tags as unknown[]).length > 0 && { Tags: tags }) }),
      );
    });
  }
});
