/** Limits of what a job is and says. */

import {
  ACCOUNT,
  COUNTS,
  ECR,
  KMS,
  type Limit,
  list,
  long,
  noImage,
  PLAN,
  record,
  S3,
  SAGEMAKER,
} from "./values.ts";

/** All of them. */
export const JOB_LIMITS: readonly Limit[] = [
  {
    path: "jobName",
    member: "TrainingJobName",
    values: ["a", long(63), long(64), "a_b", "-a", "a-", "a--b", "", "ü"],
    given: (value) => ({ fit: { jobName: value as string } }),
  },
  {
    path: "imageUri",
    member: "AlgorithmSpecification.TrainingImage",
    values: [long(255, ECR), long(256, ECR), `${ECR}a\nb`],
  },
  {
    path: "algorithmArn",
    member: "AlgorithmSpecification.AlgorithmName",
    values: ["a", long(63), long(64), "a-", `${SAGEMAKER}:algorithm/a`, long(171), "", "a_b"],
    given: (value) => ({ options: { ...noImage, algorithmArn: value } }),
  },
  {
    path: "role",
    member: "RoleArn",
    values: [
      `arn:aws:iam::${ACCOUNT}:role/a/b_c`,
      "arn:aws:iam::1:role/aaaaaaaaaa",
      `arn:aws-cn:iam::${ACCOUNT}:role/a`,
      long(2048, `arn:aws:iam::${ACCOUNT}:role/`),
      long(2049, `arn:aws:iam::${ACCOUNT}:role/`),
      `arn:aws:iam::${ACCOUNT}:role/a b`,
    ],
  },
  {
    path: "inputMode",
    member: "AlgorithmSpecification.TrainingInputMode",
    values: ["File", "Pipe", "FastFile", "file", "", 1],
  },
  { path: "outputPath", member: "OutputDataConfig.S3OutputPath", values: S3 },
  { path: "outputKmsKey", member: "OutputDataConfig.KmsKeyId", values: KMS },
  { path: "volumeKmsKey", member: "ResourceConfig.VolumeKmsKeyId", values: KMS },
  { path: "volumeSize", member: "ResourceConfig.VolumeSizeInGB", values: COUNTS },
  { path: "instanceCount", member: "ResourceConfig.InstanceCount", values: COUNTS },
  {
    path: "keepAlivePeriodInSeconds",
    member: "ResourceConfig.KeepAlivePeriodInSeconds",
    values: [0, 21_600, 21_601, -1, 0.5],
  },
  { path: "trainingPlan", member: "ResourceConfig.TrainingPlanArn", values: PLAN },
  {
    path: "maxRun",
    member: "StoppingCondition.MaxRuntimeInSeconds",
    values: [1, 0, -1, 86_400, 1.5, 2_147_483_648, "60"],
  },
  {
    path: "maxPendingTime",
    member: "StoppingCondition.MaxPendingTimeInSeconds",
    values: [1800, 1799, 2_419_200, 2_419_201],
  },
  {
    path: "maxRetryAttempts",
    member: "RetryStrategy.MaximumRetryAttempts",
    values: [1, 0, 30, 31],
  },
  { path: "hyperparameters", member: "HyperParameters", values: [record(100), record(101)] },
  {
    path: "hyperparameters.k",
    member: "HyperParameters.k",
    values: [
      "",
      long(2500),
      long(2501),
      "a\nb",
      "a\rb",
      "ü".repeat(2500),
      "😀".repeat(2500),
      "😀".repeat(2501),
    ],
    given: (value) => ({ options: { hyperparameters: { k: value } } }),
  },
  {
    path: `hyperparameters.${long(257)}`,
    member: `HyperParameters.${long(257)}`,
    values: ["v"],
    given: (value) => ({ options: { hyperparameters: { [long(257)]: value } } }),
  },
  {
    path: `hyperparameters.${long(256)}`,
    member: `HyperParameters.${long(256)}`,
    values: ["v"],
    given: (value) => ({ options: { hyperparameters: { [long(256)]: value } } }),
  },
  { path: "environment", member: "Environment", values: [record(100), record(101)] },
  {
    path: "environment.K",
    member: "Environment.K",
    values: ["", long(512), long(513), "a\nb", 1],
    given: (value) => ({ options: { environment: { K: value } } }),
  },
  ...["_a1", "1A", "A-B", "", "ü", long(512), long(513)].map(
    (name): Limit => ({
      path: `environment.${name}`,
      member: `Environment.${name}`,
      values: ["v"],
      given: (value) => ({ options: { environment: { [name]: value } } }),
    }),
  ),
  { path: "tags", member: "Tags", values: [record(50), record(51)] },
  ...["a", "", "ü b:c/d=e+f-g@h_i.j", "a#b", long(128), long(129), "a\tb"].map(
    (name): Limit => ({
      path: "tags[0].Key",
      member: "Tags.0.Key",
      values: [name],
      given: (value) => ({ options: { tags: [{ Key: value, Value: "v" }] } }),
    }),
  ),
  {
    path: "tags[0].Value",
    member: "Tags.0.Value",
    values: ["", long(256), long(257), "a*b", "😀", "日本 語"],
    given: (value) => ({ options: { tags: [{ Key: "k", Value: value }] } }),
  },
  {
    path: "tags.k",
    member: "Tags.0.Value",
    values: ["v", long(257), "a*b", { a: 1 }],
    given: (value) => ({ options: { tags: { k: value } } }),
  },
  {
    path: "metricDefinitions",
    member: "AlgorithmSpecification.MetricDefinitions",
    values: [40, 41],
    given: (value) => ({
      options: { metricDefinitions: list(value as number).map((Name) => ({ Name, Regex: "r" })) },
    }),
  },
  {
    path: "metricDefinitions[0].Name",
    member: "AlgorithmSpecification.MetricDefinitions.0.Name",
    values: ["a", "", long(255), long(256), "a\n"],
    given: (Name) => ({ options: { metricDefinitions: [{ Name, Regex: "r" }] } }),
  },
  {
    path: "metricDefinitions[0].Regex",
    member: "AlgorithmSpecification.MetricDefinitions.0.Regex",
    values: ["a", "", long(500), long(501), undefined],
    given: (Regex) => ({ options: { metricDefinitions: [{ Name: "n", Regex }] } }),
  },
  ...(["containerEntryPoint", "containerArguments"] as const).flatMap((path): Limit[] => {
    const member = `AlgorithmSpecification.${path === "containerArguments" ? "ContainerArguments" : "ContainerEntrypoint"}`;
    return [
      { path, member, values: [[], list(1), list(100), list(101), "text"] },
      {
        path: `${path}[0]`,
        member: `${member}.0`,
        values: ["", long(256), long(257), 3],
        given: (value) => ({ options: { [path]: [value] } }),
      },
    ];
  }),
];
