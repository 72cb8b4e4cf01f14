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
