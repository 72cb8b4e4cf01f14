import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Finding } from "../../../src/errors.ts";
import { HuggingFace, PyTorch, SKLearn, TensorFlow, XGBoost } from "../../../src/frameworks.ts";
import { LocalCloud } from "../../../src/local/index.ts";
import type { TrainingPlan } from "../../../src/training/plan.ts";
import {
  committedAnswers,
  distributionQuestions,
  type EstimatorQuestion,
} from "../../helpers/sdk-questions.ts";

const CLASSES = { HuggingFace, PyTorch, SKLearn, TensorFlow, XGBoost };
const root = mkdtempSync(join(tmpdir(), "frameworks-"));
const session = new LocalCloud({ root, region: "eu-west-1" }).session();
afterAll(() => {
  rmSync(root, { recursive: true });
});

function planOf([cls, options]: EstimatorQuestion): Promise<TrainingPlan> {
  const Framework = CLASSES[cls as keyof typeof CLASSES];
  const estimator = new Framework({
    entryPoint: "",
    role: "arn:aws:iam::123456789012:role/SageMakerRole",
    outputPath: "s3://bucket/prefix",
    session,
    ...options,
  });
  return estimator.plan(undefined, { preflight: "offline", jobName: "job" });
}

async function told(question: EstimatorQuestion): Promise<readonly Finding[]> {
  return (await planOf(question)).findings.filter(({ path }) => path.startsWith("distribution."));
}

/** What script mode adds is shown elsewhere. */
const CODE = ["submit_directory", "program", "container_log_level", "job_name", "region"].map(
  (name) => `sagemaker_${name}`,
);

function parsed(hyperparameters: Readonly<Record<string, string>> = {}): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(hyperparameters)
      .filter(([name]) => !CODE.includes(name))
      .map(([name, value]) => [name, JSON.parse(value)]),
  );
}

interface SdkRequest {
  readonly AlgorithmSpecification: Readonly<Record<string, unknown>>;
  readonly HyperParameters: Readonly<Record<string, string>>;
}

const questions = distributionQuestions();
const answers = committedAnswers("distributions");
const question = (name: string): EstimatorQuestion => questions.get(name) ?? ["", {}];

describe("a framework's estimator", () => {
  test("was compared with the Python SDK on every distribution", () => {
    expect([...questions.keys()]).toEqual(Object.keys(answers));
  });

  const accepted = Object.entries(answers).filter(([, { answer }]) => answer !== undefined);
  test.each(accepted)(
    "asks for the image and hyperparameters that Python asks for: %s",
    async (name, { answer }) => {
      const { AlgorithmSpecification, HyperParameters } = answer as SdkRequest;
      const { request } = await planOf(question(name));
      expect(parsed(request.HyperParameters)).toEqual(parsed(HyperParameters));
      const { TrainingImage, EnableSageMakerMetricsTimeSeries } = AlgorithmSpecification;
      expect(request.AlgorithmSpecification?.TrainingImage).toBe(TrainingImage);
      expect(request.AlgorithmSpecification?.EnableSageMakerMetricsTimeSeries).toBe(
        EnableSageMakerMetricsTimeSeries,
      );
    },
  );

  const refused = Object.entries(answers).filter(([, { answer }]) => answer === undefined);
  test.each(refused)("tells what Python refuses: %s", async (name) => {
    expect(await told(question(name))).not.toEqual([]);
  });

  /** Python sends nothing of these, without a word. */
  const LOST: readonly (readonly [name: string, path: string])[] = [
    ["PyTorch: torchDistributed with mpi", "distribution.mpi"],
    ["HuggingFace: torchDistributed with mpi", "distribution.mpi"],
    ["HuggingFace: torchDistributed over dataparallel", "distribution.smdistributed"],
    ["HuggingFace: pytorchddp with options", "distribution.pytorchddp.customMpiOptions"],
    ["HuggingFace: pytorchddp beside smdistributed", "distribution.smdistributed"],
    ["PyTorch: torchDistributed on several groups", "distribution.instanceGroups"],
    ["HuggingFace: torchDistributed on several groups", "distribution.instanceGroups"],
  ];
  test.each(LOST)("refuses what Python drops in silence: %s", async (name, path) => {
    expect(answers[name]).toHaveProperty("answer");
    expect(await told(question(name))).toEqual([
      expect.objectContaining({ severity: "error", path }),
    ]);
  });

  test("has nothing to say to the other distributions that Python takes", async () => {
    const lost = LOST.map(([name]) => name);
    for (const [name] of accepted.filter(([each]) => !lost.includes(each))) {
      // Python, too, says that a parameter server leaves GPUs idle.
      const others = (await told(question(name))).filter(
        ({ path }) => path !== "distribution.parameterServer",
      );
      expect(others, name).toEqual([]);
    }
  });

  test.each<[string, Finding["severity"]]>([
    ["PyTorch: both of smdistributed", "error"],
    ["PyTorch: a group that is not there", "error"],
    ["PyTorch: two groups", "error"],
    ["PyTorch: a group and nothing on", "error"],
    ["PyTorch: pytorchddp beside smdistributed", "error"],
    ["PyTorch: pytorchxla", "error"],
    ["PyTorch: mirrored", "error"],
    ["TensorFlow: mirrored beside a parameter server", "error"],
    ["PyTorch: torchDistributed on CPUs", "warning"],
    ["PyTorch: torchDistributed of a shell script", "warning"],
    ["PyTorch: dataparallel on P5", "warning"],
    ["PyTorch: dataparallel of a version without it", "warning"],
    ["PyTorch: modelparallel with a wrong parameter", "warning"],
    ["PyTorch: mpi on Trainium", "warning"],
  ])(
    "is stopped by what would be lost, and warned of what does not fit: %s (%s)",
    async (name, severity) => {
      const severities = (await told(question(name))).map((finding) => finding.severity);
      expect(severities).toContain(severity);
      if (severity === "warning") expect(severities).not.toContain("error");
    },
  );
});
