/** What the SageMaker Python SDK is asked (`test/interop/sagemaker-sdk.test.ts`), and its answers as they were committed. */

import { readFileSync } from "node:fs";
import { DEEP_LEARNING_ACCOUNTS } from "../../src/image/image-accounts.ts";
import { IMAGES } from "../../src/image/image-table.ts";
import type { RetrieveOptions } from "../../src/image/image-uris.ts";

/** A question of `sagemaker_sdk.py`. */
export type SdkQuestion =
  | readonly ["image", Readonly<Record<string, unknown>>]
  | readonly ["request", string, Readonly<Record<string, unknown>>];

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
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
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
const VERBATIM = ["hyperparameters", "parameters", "environment", "tags"];

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
