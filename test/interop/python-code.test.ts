/** Script mode as the Python Estimator has it: its hyperparameters and channels, and ours with `codeDelivery: "toolkit"`. */

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect } from "vitest";
import { inputsOf, LEAST, type OptionSet, type PlainOptions } from "../helpers/option-sets.ts";
import { planOf } from "../helpers/plan-case.ts";
import { askPython } from "./ask-python.ts";
import { installed, lacking } from "./installed.ts";
import { startUnless, testWith } from "./needs.ts";

const PYTHON = installed("sagemaker-sdk/bin/python");
const reason = lacking(PYTHON);

const CASES: Readonly<Record<string, PlainOptions>> = {
  "a folder": {},
  "the default bucket": { outputPath: undefined as never },
  "a place for code": { codeLocation: "s3://code-bucket" },
  "a prefix for code": { codeLocation: "s3://code-bucket/some/prefix" },
  "a prefix for code with a slash": { codeLocation: "s3://code-bucket/prefix/" },
  "code beside the output": { codeLocation: "s3://bucket/code", outputKmsKey: "key" },
  "a log level": { containerLogLevel: 10 },
  "strings and numbers": {
    hyperparameters: { s: "x", quoted: '"x"', i: 3, f: 0.5, b: true, n: null },
  },
  lists: { hyperparameters: { l: ["a"], e: [] } },
  "strings that read as JSON": { hyperparameters: { a: '{"k": 1}', b: "007", c: "null" } },
  "a program in a folder of it": { entryPoint: "pkg/train.py" },
  "the default bucket and a key": { outputPath: undefined as never, outputKmsKey: "key" },
  "isolation and a place for code": {
    enableNetworkIsolation: true,
    codeLocation: "s3://code-bucket/some/prefix",
  },
  "code in S3 and isolation": {
    sourceDir: "s3://code-bucket/x/sourcedir.tar.gz",
    enableNetworkIsolation: true,
  },
  "a model": { modelUri: "s3://bucket/model.tar.gz" },
  "spot and checkpoints": {
    useSpotInstances: true,
    maxWait: 90_000,
    checkpointS3Uri: "s3://bucket/checkpoints",
  },
  "plain artifacts in a bucket without a prefix": {
    outputPath: "s3://bucket",
    disableOutputCompression: true,
  },
  "Pipe mode": { inputMode: "Pipe" },
  isolation: { enableNetworkIsolation: true },
  "isolation and a model": { enableNetworkIsolation: true, modelUri: "s3://bucket/model" },
  "code in S3": { sourceDir: "s3://code-bucket/x/sourcedir.tar.gz" },
};

describe("script mode makes the request of the Python Estimator", () => {
  let folder = "";
  const answers = new Map<string, { request?: Record<string, unknown>; error?: string }>();
  const setOf = (more: PlainOptions): OptionSet => {
    const options = {
      ...LEAST,
      sourceDir: join(folder, "src"),
      entryPoint: "train.py",
      codeDelivery: "toolkit",
      jsonEncodeStrings: true,
      ...more,
    };
    return {
      options: Object.fromEntries(
        Object.entries(options).filter(([, value]) => value !== undefined),
      ),
      inputs: { kind: "uri", uri: "s3://bucket/mydata" },
    };
  };

  startUnless(reason, async () => {
    folder = await mkdtemp(join(tmpdir(), "interop-code-"));
    await mkdir(join(folder, "src"));
    await mkdir(join(folder, "src/pkg"));
    await writeFile(join(folder, "src/train.py"), "print(1)\n");
    await writeFile(join(folder, "src/pkg/train.py"), "print(2)\n");
    const names = Object.keys(CASES);
    const told = await askPython<{ request?: Record<string, unknown> }>(
      PYTHON,
      "estimator_requests.py",
      Object.values(CASES).map(setOf),
    );
    for (const [index, name] of names.entries()) answers.set(name, told[index] ?? {});
  });
  afterAll(async () => {
    if (folder !== "") await rm(folder, { recursive: true, force: true });
  });

  for (const [name, more] of Object.entries(CASES)) {
    testWith(reason, `with ${name}`, async () => {
      const { options, inputs } = setOf(more);
      const { request, findings } = await planOf({
        options: { outputPath: undefined, ...options },
        inputs: inputsOf(inputs),
        session: { defaultBucket: "default-bucket" },
      });
      const { request: python, error } = answers.get(name) ?? {};
      // Python turns both on by itself; that is shown elsewhere.
      const { DebugHookConfig: _, ProfilerConfig: __, ...rest } = python ?? {};

      expect(error).toBeUndefined();
      expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
      expect(JSON.parse(JSON.stringify(request))).toEqual(rest);
    });
  }
});
