/** What the SageMaker Python SDK is asked (`test/interop/sagemaker-sdk.test.ts`), and its answers as they were committed. */

import { readFileSync } from "node:fs";
import { DEEP_LEARNING_ACCOUNTS } from "../../src/image/image-accounts.ts";
import { IMAGES } from "../../src/image/image-table.ts";
import type { RetrieveOptions } from "../../src/image/image-uris.ts";
import { DEBUGGER_RULES, PROFILER_RULES } from "../../src/training/debug-rule-table.ts";
import type { RegisterModelOptions } from "../../src/training/register/register-options.ts";

/** A question of `sagemaker_sdk.py`. */
export type SdkQuestion =
  | readonly ["image", Readonly<Record<string, unknown>>]
  | readonly ["request", string, Readonly<Record<string, unknown>>]
  | readonly ["register", object, Readonly<Record<string, unknown>>];

/** Its answer: what came out, or the class of the refusal. */
export type SdkAnswer =
  | { readonly answer: unknown; readonly refused?: undefined }
  | { readonly refused: string; readonly answer?: undefined };

/** Where the answers to one set of questions are kept. */
export function fixturePath(name: string): string {
  return new URL(`../fixtures/sagemaker-sdk/${name}.json`, import.meta.url).pathname;
}

/** Answers by the questions' names, as they were committed. */
export function committedAnswers(name: string): Readonly<Record<string, SdkAnswer>> {
  const { answers } = JSON.parse(readFileSync(fixturePath(name), "utf8")) as {
    answers: Record<string, SdkAnswer>;
  };
  return answers;
}

/** Our option names in Python's. */
export function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toLowerCase();
}

function question(options: RetrieveOptions): [string, RetrieveOptions] {
  return [Object.values(options).join(" "), options];
}

/** Every version with its short form, in regions of each partition and on both processors; the newest in every region. */
export function imageQuestions(): ReadonlyMap<string, RetrieveOptions> {
  const asked: [string, RetrieveOptions][] = [];
  for (const framework of ["pytorch", "tensorflow", "huggingface", "sklearn", "xgboost"] as const) {
    const { rows } = IMAGES[framework];
    const versions = rows.flatMap(({ version, short, base }) => [
      {
        version,
        ...(base && { baseFrameworkVersion: `${base.name}${base.version}` }),
      },
      ...(short === undefined
        ? []
        : [
            {
              version: short,
              ...(base && { baseFrameworkVersion: `${base.name}${base.short}` }),
            },
          ]),
    ]);
    for (const version of versions) {
      for (const region of ["us-east-1", "cn-north-1"]) {
        for (const instanceType of ["ml.c5.xlarge", "ml.g5.2xlarge"]) {
          asked.push(question({ framework, region, ...version, instanceType }));
        }
      }
    }
    const newest = versions.at(-1);
    for (const region of [...Object.keys(DEEP_LEARNING_ACCOUNTS), "xx-north-9"]) {
      const instanceType = framework === "sklearn" ? "ml.m5.large" : "ml.g4dn.xlarge";
      asked.push(question({ framework, region, ...newest, instanceType }));
    }
    for (const instanceType of [
      "local",
      "local_gpu",
      "ml.p4d.24xlarge",
      "ml.p6e-gb200.36xlarge",
      "ml.inf1.xlarge",
      "ml.p2.xlarge",
      "m5.large",
    ]) {
      asked.push(question({ framework, region: "eu-west-1", ...newest, instanceType }));
    }
    asked.push(question({ framework, region: "eu-west-1", version: "0.0", instanceType: "local" }));
  }
  for (const framework of ["debugger", "detailed-profiler"] as const) {
    for (const region of Object.keys(DEEP_LEARNING_ACCOUNTS)) {
      asked.push(question({ framework, region }));
    }
  }
  return new Map(asked);
}

/** The same as the Python SDK is asked. */
export function imageQuestion(options: RetrieveOptions): SdkQuestion {
  return [
    "image",
    {
      ...Object.fromEntries(
        Object.entries(options).map(([name, value]) => [snakeCase(name), value]),
      ),
      ...(!["debugger", "detailed-profiler"].includes(options.framework) && {
        image_scope: "training",
      }),
    },
  ];
}

/** A framework's estimator in our options; the Python SDK is asked for the same in its own. */
export type EstimatorQuestion = readonly [cls: string, options: Readonly<Record<string, unknown>>];

/** Their members are the service's or the program's words in both. */
const VERBATIM = ["hyperparameters", "parameters", "environment", "tags", "metricDefinitions"];

function inPython(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inPython);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      snakeCase(name),
      VERBATIM.includes(name) ? member : inPython(member),
    ]),
  );
}

/** The same as the Python SDK is asked. */
export function estimatorQuestion([cls, options]: EstimatorQuestion): SdkQuestion {
  return ["request", cls, inPython(options) as Readonly<Record<string, unknown>>];
}

const PYTORCH = {
  entryPoint: "train.py",
  sourceDir: "s3://code/sourcedir.tar.gz",
  frameworkVersion: "2.2.0",
  pyVersion: "py310",
  instanceType: "ml.p4d.24xlarge",
};
const TENSORFLOW = { ...PYTORCH, frameworkVersion: "2.11.0", pyVersion: "py39" };
const { frameworkVersion: _, ...UNVERSIONED } = PYTORCH;
const HUGGINGFACE = {
  ...UNVERSIONED,
  transformersVersion: "4.28.1",
  pytorchVersion: "2.0.0",
  pyVersion: "py310",
};
const { instanceType: __, ...GROUPED } = PYTORCH;
const GROUPS = [
  { instanceGroupName: "gpu", instanceType: "ml.p4d.24xlarge", instanceCount: 2 },
  { instanceGroupName: "cpu", instanceType: "ml.c5.xlarge", instanceCount: 1 },
];
const ON = { enabled: true };
const OFF = { enabled: false };

/** Each distribution that a framework's estimator takes, and others that Python refuses. */
export function distributionQuestions(): ReadonlyMap<string, EstimatorQuestion> {
  const asked: Record<string, EstimatorQuestion> = {};
  const three = { PyTorch: PYTORCH, TensorFlow: TENSORFLOW, HuggingFace: HUGGINGFACE };
  for (const [cls, options] of Object.entries(three)) {
    const ask = (name: string, distribution: unknown, more: object = {}): void => {
      asked[`${cls}: ${name}`] = [cls, { ...options, distribution, ...more }];
    };
    asked[`${cls}: none`] = [cls, options];
    ask("parameterServer", { parameterServer: ON });
    ask("parameterServer off", { parameterServer: OFF });
    ask("mpi", { mpi: ON });
    ask("mpi off", { mpi: OFF });
    ask("mpi with its options", {
      mpi: { enabled: true, processesPerHost: 8, customMpiOptions: '-x NCCL_DEBUG="INFO"' },
    });
    ask("dataparallel", { smdistributed: { dataparallel: ON } });
    ask("dataparallel off", { smdistributed: { dataparallel: OFF } });
    ask("dataparallel with its options", {
      smdistributed: { dataparallel: { enabled: true, customMpiOptions: "-verbose" } },
    });
    ask("modelparallel over mpi", {
      smdistributed: {
        modelparallel: { enabled: true, parameters: { partitions: 2, microbatches: 4, ddp: true } },
      },
      mpi: { enabled: true, processesPerHost: 8 },
    });
    ask("modelparallel without parameters", { smdistributed: { modelparallel: ON } });
    ask("modelparallel off", {
      smdistributed: { modelparallel: { enabled: false, parameters: { partitions: 2 } } },
    });
    ask("both of smdistributed", { smdistributed: { dataparallel: ON, modelparallel: ON } });
    ask("several, none of them torchrun", { parameterServer: OFF, mpi: ON });
    ask(
      "mpi on a group",
      { mpi: ON, instanceGroups: ["gpu"] },
      { instanceGroups: GROUPS, instanceType: undefined },
    );
    ask(
      "mpi on the only group",
      { mpi: ON },
      { instanceGroups: GROUPS.slice(0, 1), instanceType: undefined },
    );
    ask(
      "dataparallel on a group",
      { smdistributed: { dataparallel: ON }, instanceGroups: ["gpu"] },
      { instanceGroups: GROUPS, instanceType: undefined },
    );
    ask(
      "a group that is not there",
      { mpi: ON, instanceGroups: ["tpu"] },
      { instanceGroups: GROUPS, instanceType: undefined },
    );
    ask(
      "two groups",
      { mpi: ON, instanceGroups: ["gpu", "cpu"] },
      { instanceGroups: GROUPS, instanceType: undefined },
    );
    ask("a group without the estimator's", { mpi: ON, instanceGroups: ["gpu"] });
    ask(
      "a group and nothing on",
      { mpi: OFF, instanceGroups: ["gpu"] },
      { instanceGroups: GROUPS, instanceType: undefined },
    );
  }
  for (const [cls, options] of Object.entries({ PyTorch: PYTORCH, HuggingFace: HUGGINGFACE })) {
    const ask = (name: string, distribution: unknown, more: object = {}): void => {
      asked[`${cls}: ${name}`] = [cls, { ...options, distribution, ...more }];
    };
    ask("torchDistributed", { torchDistributed: ON });
    ask("torchDistributed off", { torchDistributed: OFF });
    ask(
      "torchDistributed on several groups",
      { torchDistributed: ON, instanceGroups: ["gpu"] },
      { instanceGroups: GROUPS, instanceType: undefined },
    );
    ask("torchDistributed over dataparallel", {
      torchDistributed: ON,
      smdistributed: { dataparallel: ON },
    });
    ask("torchDistributed with mpi", { torchDistributed: ON, mpi: ON });
    ask("torchDistributed on CPUs", { torchDistributed: ON }, { instanceType: "ml.c5.xlarge" });
    ask("torchDistributed of a shell script", { torchDistributed: ON }, { entryPoint: "train.sh" });
    ask("pytorchddp", { pytorchddp: ON });
    ask("pytorchddp off", { pytorchddp: OFF });
    ask("pytorchddp with options", { pytorchddp: { enabled: true, customMpiOptions: "-verbose" } });
    ask("pytorchddp beside smdistributed", { pytorchddp: ON, smdistributed: { dataparallel: ON } });
    ask("pytorchxla", { pytorchxla: ON });
  }
  const others: Record<string, EstimatorQuestion> = {
    "PyTorch: newest": [
      "PyTorch",
      {
        ...PYTORCH,
        frameworkVersion: "2.8.0",
        pyVersion: "py312",
        instanceType: "ml.p5.48xlarge",
        distribution: { torchDistributed: ON },
      },
    ],
    "PyTorch: dataparallel on P5": [
      "PyTorch",
      {
        ...PYTORCH,
        instanceType: "ml.p5.48xlarge",
        distribution: { smdistributed: { dataparallel: ON } },
      },
    ],
    "PyTorch: dataparallel of a version without it": [
      "PyTorch",
      {
        ...PYTORCH,
        frameworkVersion: "2.8.0",
        pyVersion: "py312",
        distribution: { smdistributed: { dataparallel: ON } },
      },
    ],
    "PyTorch: modelparallel with a wrong parameter": [
      "PyTorch",
      {
        ...PYTORCH,
        distribution: {
          smdistributed: { modelparallel: { enabled: true, parameters: { partitions: 0 } } },
        },
      },
    ],
    "PyTorch: mirrored": [
      "PyTorch",
      { ...PYTORCH, distribution: { multiWorkerMirroredStrategy: ON } },
    ],
    "PyTorch: mpi on Trainium": [
      "PyTorch",
      {
        ...PYTORCH,
        imageUri: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/neuron:1",
        instanceType: "ml.trn1.2xlarge",
        distribution: { mpi: ON },
      },
    ],
    "PyTorch: an image of one's own": [
      "PyTorch",
      {
        ...UNVERSIONED,
        pyVersion: undefined,
        imageUri: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/mine:1",
        distribution: { torchDistributed: ON },
      },
    ],
    "PyTorch: groups and no distribution": ["PyTorch", { ...GROUPED, instanceGroups: GROUPS }],
    "PyTorch: metrics off": ["PyTorch", { ...PYTORCH, enableSagemakerMetrics: false }],
    "TensorFlow: mirrored": [
      "TensorFlow",
      { ...TENSORFLOW, distribution: { multiWorkerMirroredStrategy: ON } },
    ],
    "TensorFlow: mirrored off": [
      "TensorFlow",
      { ...TENSORFLOW, distribution: { multiWorkerMirroredStrategy: OFF } },
    ],
    "TensorFlow: mirrored beside a parameter server": [
      "TensorFlow",
      { ...TENSORFLOW, distribution: { multiWorkerMirroredStrategy: ON, parameterServer: ON } },
    ],
    "TensorFlow: no model_dir": ["TensorFlow", { ...TENSORFLOW, modelDir: false }],
    "TensorFlow: a model_dir": ["TensorFlow", { ...TENSORFLOW, modelDir: "s3://models/here" }],
    "HuggingFace: on TensorFlow": [
      "HuggingFace",
      { ...UNVERSIONED, transformersVersion: "4.17", tensorflowVersion: "2.6", pyVersion: "py38" },
    ],
    "HuggingFace: an image of one's own": [
      "HuggingFace",
      {
        ...UNVERSIONED,
        pyVersion: "py310",
        imageUri: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/mine:1",
      },
    ],
    "SKLearn: plain": [
      "SKLearn",
      {
        ...UNVERSIONED,
        frameworkVersion: "1.4-2",
        pyVersion: "py3",
        instanceType: "ml.m5.xlarge",
        hyperparameters: { a: "x", b: [1], c: null },
      },
    ],
    "XGBoost: plain": [
      "XGBoost",
      {
        ...UNVERSIONED,
        frameworkVersion: "3.0-5",
        pyVersion: "py3",
        instanceType: "ml.m5.xlarge",
        instanceCount: 2,
      },
    ],
  };
  return new Map([...Object.entries(asked), ...Object.entries(others)]);
}

/** Rules, hooks and profilers as the Python SDK is asked; `test/training/debug-rules.test.ts` makes the same in our words. */
export function debugQuestions(): ReadonlyMap<string, EstimatorQuestion> {
  const plain = {
    imageUri: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/mine:1",
    instanceType: "ml.m5.xlarge",
  };
  const asked = Object.entries(DEBUG_CASES).map(([name, options]): [string, EstimatorQuestion] => [
    name,
    ["Estimator", { ...plain, ...options }],
  ]);
  return new Map(asked);
}

const COLLECTION = { name: "losses", parameters: { save_interval: "10" } };
const CUSTOM = {
  name: "Mine",
  imageUri: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/rule:1",
  instanceType: "ml.t3.medium",
  volumeSizeInGB: 5,
};

/** A rule is `[kind, how, base, options]`; a profiler rule's base is its name and parameters. */
const DEBUG_CASES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  ...Object.fromEntries(
    Object.keys(DEBUGGER_RULES).map((name) => [
      name,
      { rules: [["Rule", "sagemaker", snakeCase(name), {}]] },
    ]),
  ),
  ...Object.fromEntries(
    [...Object.keys(PROFILER_RULES), "ProfilerReport"]
      // Python's package has it, and does not give it out.
      .filter((name) => name !== "Dataloader")
      .map((name) => [
        name,
        { rules: [["ProfilerRule", "sagemaker", [name, { parameters: {} }], {}]] },
      ]),
  ),
  "a debugger rule with everything": {
    rules: [
      [
        "Rule",
        "sagemaker",
        "similar_across_runs",
        {
          name: "Similar",
          containerLocalOutputPath: "/opt/ml/processing/output/rule",
          s3OutputPath: "s3://bucket/rules",
          otherTrialsS3InputPaths: ["s3://bucket/a", "s3://bucket/b"],
          ruleParameters: { parameters: { include_regex: ".*" } },
          collectionsToSave: [COLLECTION],
        },
      ],
    ],
  },
  "rules that look at the same, and a hook": {
    rules: [
      ["Rule", "sagemaker", "vanishing_gradient", { name: "First" }],
      ["Rule", "sagemaker", "vanishing_gradient", { name: "Second" }],
    ],
    debuggerHookConfig: {
      s3OutputPath: "s3://bucket/tensors",
      containerLocalOutputPath: "/opt/ml/output/tensors",
      hookParameters: { parameters: { "train.save_interval": "5" } },
      collectionConfigs: [COLLECTION],
    },
  },
  actions: {
    rules: [
      [
        "Rule",
        "sagemaker",
        "overfit",
        { actions: [["StopTraining"], ["Email", "who@example.com"], ["SMS", "+41441234567"]] },
      ],
      ["Rule", "sagemaker", "overtraining", { actions: [["StopTraining", "some-job"]] }],
    ],
  },
  "a debugger rule of one's own": {
    rules: [
      [
        "Rule",
        "custom",
        null,
        {
          ...CUSTOM,
          source: "s3://bucket/rule.py",
          ruleToInvoke: "CustomGradientRule",
          ruleParameters: { parameters: { threshold: "20" } },
          collectionsToSave: [COLLECTION],
        },
      ],
    ],
  },
  "a debugger rule in an image of one's own": { rules: [["Rule", "custom", null, CUSTOM]] },
  "a profiler rule of one's own": {
    rules: [
      [
        "ProfilerRule",
        "custom",
        null,
        {
          ...CUSTOM,
          source: "s3://bucket/rule.py",
          ruleToInvoke: "CustomProfilerRule",
          ruleParameters: { parameters: { threshold: "20" } },
          s3OutputPath: "s3://bucket/rules",
        },
      ],
    ],
  },
  "a source without a rule": {
    rules: [["Rule", "custom", null, { ...CUSTOM, source: "s3://bucket/rule.py" }]],
  },
  "a built-in rule that names another": {
    rules: [
      [
        "Rule",
        "sagemaker",
        "overfit",
        { ruleParameters: { parameters: { rule_to_invoke: "AllZero" } } },
      ],
    ],
  },
  "profiler parameters": {
    rules: [
      [
        "ProfilerRule",
        "sagemaker",
        ["LowGPUUtilization", { parameters: { threshold_p95: 80 } }],
        { name: "Low" },
      ],
      [
        "ProfilerRule",
        "sagemaker",
        ["ProfilerReport", { parameters: { CPUBottleneck_cpu_threshold: 60 } }],
        {},
      ],
    ],
  },
  "a profiler parameter that is not there": {
    rules: [["ProfilerRule", "sagemaker", ["BatchSize", { parameters: { threshold: 1 } }], {}]],
  },
  "a report's parameter that is not there": {
    rules: [
      [
        "ProfilerRule",
        "sagemaker",
        ["ProfilerReport", { parameters: { BatchSize_threshold: 1 } }],
        {},
      ],
    ],
  },
  "hook, profiler and TensorBoard": {
    debuggerHookConfig: true,
    profilerConfig: { s3OutputPath: "s3://bucket/profiles", systemMonitorIntervalMillis: 500 },
    tensorboardOutputConfig: {
      s3OutputPath: "s3://bucket/board",
      containerLocalOutputPath: "/opt/ml/output/tensorboard",
    },
  },
};

/** A job as it is described, and how its model is registered. */
export type RegisterQuestion = readonly [job: object, options: RegisterModelOptions];

/** Each way to register a model that both have. */
export function registerQuestions(): ReadonlyMap<string, RegisterQuestion> {
  const job = {
    TrainingJobName: "job",
    TrainingJobStatus: "Completed",
    TrainingJobArn: "arn:aws:sagemaker:eu-west-1:123456789012:training-job/job",
    AlgorithmSpecification: { TrainingImage: "image:1", TrainingInputMode: "File" },
    ModelArtifacts: { S3ModelArtifacts: "s3://bucket/prefix/job/output/model.tar.gz" },
  } as const;
  const least = { name: "pricing", metadataProperties: { generatedBy: "job" } };
  const lists = { contentTypes: ["text/csv"], responseTypes: ["text/csv", "application/json"] };
  const machines = { inferenceInstances: ["ml.m5.large"], transformInstances: ["ml.c5.xlarge"] };
  const plain = {
    ModelArtifacts: { S3ModelArtifacts: "s3://bucket/prefix/job/output/model" },
    OutputDataConfig: { S3OutputPath: "s3://bucket/prefix", CompressionType: "NONE" },
  };
  return new Map<string, RegisterQuestion>([
    ["the least", [job, least]],
    ["types and instances", [job, { ...least, ...lists, ...machines }]],
    [
      "another image, with variables",
      [job, { ...least, imageUri: "x:2", environment: { A: "1" } }],
    ],
    [
      "plain files",
      [
        { ...job, ...plain },
        { ...least, ...lists },
      ],
    ],
    ["a decision", [job, { ...least, approvalStatus: "Approved", description: "Good" }]],
    [
      "where it comes from",
      [
        job,
        {
          ...{ ...least, customerMetadataProperties: { teamName: "a" } },
          metadataProperties: {
            ...{ commitId: "c", repository: "r", generatedBy: "g", projectId: "p" },
          },
        },
      ],
    ],
    [
      "for Inference Recommender",
      [
        job,
        {
          ...{ ...least, domain: "MACHINE_LEARNING", task: "REGRESSION", framework: "XGBOOST" },
          ...{ frameworkVersion: "1.5", nearestModelName: "m", dataInputConfiguration: "{}" },
          ...{ samplePayloadUrl: "s3://bucket/sample.tar.gz", skipModelValidation: "All" },
        },
      ],
    ],
  ]);
}

/** The same as the Python SDK is asked. */
export function registerQuestion([job, options]: RegisterQuestion): SdkQuestion {
  const { name, environment, customerMetadataProperties, ...rest } = options;
  return [
    "register",
    job,
    {
      ...(inPython(rest) as object),
      model_package_group_name: name,
      ...(environment && { env: environment }),
      ...(customerMetadataProperties && {
        customer_metadata_properties: customerMetadataProperties,
      }),
    },
  ];
}
