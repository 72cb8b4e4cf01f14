/** Limits of what other parts of SageMaker are told: experiments, MLflow, the model registry, serverless jobs. */

import { type Limit, long, named, noImage, noInstances, SAGEMAKER } from "./values.ts";

const experiment = (option: string): Limit => ({
  path: `experimentConfig.${option}`,
  member: `ExperimentConfig.${option}`,
  values: ["a", long(120), long(121), "", "a_b", "-a"],
  given: (value) => ({ fit: { jobName: "jobname", experimentConfig: named(value, option) } }),
});
const serverless = (option: string, values: readonly unknown[]): Limit => ({
  path: `serverlessJobConfig.${option}`,
  member: `ServerlessJobConfig.${option}`,
  values,
  given: (value) => ({
    options: {
      ...noImage,
      ...noInstances,
      serverlessJobConfig: {
        BaseModelArn: "arn:aws:sagemaker:us-west-2:aws:hub-content/Hub/Model/m/1.0.0",
        JobType: "FineTuning",
        ...named(value, option),
      },
    },
  }),
});

/** All of them. */
export const SERVICE_LIMITS: readonly Limit[] = [
  ...["ExperimentName", "TrialName", "TrialComponentDisplayName", "RunName"].map(experiment),
  serverless("BaseModelArn", [
    "arn:aws:sagemaker:us-west-2:aws:hub-content/Hub/Model/m",
    "arn:aws:sagemaker:us-west-2:aws:hub-content/Hub/Notebook/m",
    "",
    undefined,
  ]),
  serverless("JobType", ["Evaluation", "Training", undefined]),
  serverless("CustomizationTechnique", ["SFT", "PPO"]),
  serverless("Peft", ["LORA", "lora"]),
  serverless("EvaluationType", ["BenchmarkEvaluation", "x"]),
  serverless("EvaluatorArn", ["", "anything", "a\nb"]),
  serverless("SequenceLength", [
    "8K",
    "8k",
    "",
    long(51, "", "K").replace(/x/g, "1"),
    long(50, "", "K").replace(/x/g, "1"),
  ]),
  serverless("AcceptEula", [true, "yes"]),
  ...(
    [
      ["MlflowResourceArn", [`${SAGEMAKER}:mlflow-app/a`, `${SAGEMAKER}:mlflow/a`, "", undefined]],
      ["MlflowExperimentName", ["e", "", long(256), long(257)]],
      ["MlflowRunName", ["e", "", long(256), long(257)]],
    ] as const
  ).map(
    ([option, values]): Limit => ({
      path: `mlflowConfig.${option}`,
      member: `MlflowConfig.${option}`,
      values,
      given: (value) => ({
        options: {
          mlflowConfig: { MlflowResourceArn: `${SAGEMAKER}:mlflow-app/a`, ...named(value, option) },
        },
      }),
    }),
  ),
  ...(
    [
      [
        "ModelPackageGroupArn",
        [`${SAGEMAKER}:model-package-group/g`, `${SAGEMAKER}:model-package/g`, undefined],
      ],
      [
        "SourceModelPackageArn",
        [`${SAGEMAKER}:model-package/g/1`, `${SAGEMAKER}:model-package-group/g`, ""],
      ],
    ] as const
  ).map(
    ([option, values]): Limit => ({
      path: `modelPackageConfig.${option}`,
      member: `ModelPackageConfig.${option}`,
      values,
      given: (value) => ({
        options: {
          modelPackageConfig: {
            ModelPackageGroupArn: `${SAGEMAKER}:model-package-group/g`,
            ...named(value, option),
          },
        },
      }),
    }),
  ),
];
