/**
 * The committed answers of the SageMaker Python SDK (`test/fixtures/sagemaker-sdk/`) are what it answers. The unit tests compare
 * this library with them. `npm run test:interop -- sagemaker-sdk -u` writes them anew.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import {
  fixturePath,
  imageQuestion,
  imageQuestions,
  type SdkAnswer,
  type SdkQuestion,
} from "../helpers/sdk-questions.ts";
import { installed, lacking } from "./installed.ts";
import { testWith } from "./needs.ts";

const PYTHON = installed("sagemaker-sdk/bin/python");
const PROGRAM = fileURLToPath(new URL("sagemaker_sdk.py", import.meta.url));

/** Answers in the order of the questions. */
async function ask(questions: readonly SdkQuestion[]): Promise<readonly SdkAnswer[]> {
  const child = spawn(PYTHON, [PROGRAM], { stdio: "pipe" });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
    child.stdin.end(JSON.stringify(questions)),
  ]);
  if (code !== 0) throw new Error(`It ended with ${code}: ${err}`);
  return JSON.parse(out) as SdkAnswer[];
}

/** One line an answer: what changes is seen. */
function fixture(names: readonly string[], answers: readonly SdkAnswer[]): string {
  const lines = names.map(
    (name, index) => `    ${JSON.stringify(name)}: ${JSON.stringify(answers[index])}`,
  );
  const about =
    "What the SageMaker Python SDK (sagemaker<3) answered to the questions of test/helpers/sdk-questions.ts, " +
    "asked by test/interop/sagemaker_sdk.py. Written anew by: npm run test:interop -- sagemaker-sdk -u";
  return `{\n  "about": ${JSON.stringify(about)},\n  "answers": {\n${lines.join(",\n")}\n  }\n}\n`;
}

testWith(lacking(PYTHON), "images", async () => {
  const questions = imageQuestions();
  const answers = await ask([...questions.values()].map(imageQuestion));
  await expect(fixture([...questions.keys()], answers)).toMatchFileSnapshot(fixturePath("images"));
});
