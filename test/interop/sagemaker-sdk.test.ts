/**
 * The committed answers of the SageMaker Python SDK (`test/fixtures/sagemaker-sdk/`) are what it answers. The unit tests compare
 * this library with them. `npm run test:interop -- sagemaker-sdk -u` writes them anew.
 */

import { expect } from "vitest";
import {
  debugQuestions,
  distributionQuestions,
  estimatorQuestion,
  fixturePath,
  imageQuestion,
  imageQuestions,
  registerQuestion,
  registerQuestions,
  type SdkAnswer,
  type SdkQuestion,
} from "../helpers/sdk-questions.ts";
import { askPython } from "./ask-python.ts";
import { installed, lacking } from "./installed.ts";
import { testWith } from "./needs.ts";

const PYTHON = installed("sagemaker-sdk/bin/python");

/** Answers in the order of the questions. */
const ask = (questions: readonly SdkQuestion[]): Promise<SdkAnswer[]> =>
  askPython(PYTHON, "sagemaker_sdk.py", questions);

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

testWith(lacking(PYTHON), "framework estimators and their distributions", async () => {
  const questions = distributionQuestions();
  const answers = await ask([...questions.values()].map(estimatorQuestion));
  await expect(fixture([...questions.keys()], answers)).toMatchFileSnapshot(
    fixturePath("distributions"),
  );
});

testWith(lacking(PYTHON), "rules, hooks and profilers", async () => {
  const questions = debugQuestions();
  const answers = await ask([...questions.values()].map(estimatorQuestion));
  await expect(fixture([...questions.keys()], answers)).toMatchFileSnapshot(fixturePath("rules"));
});

testWith(lacking(PYTHON), "models that are registered", async () => {
  const questions = registerQuestions();
  const answers = await ask([...questions.values()].map(registerQuestion));
  await expect(fixture([...questions.keys()], answers)).toMatchFileSnapshot(
    fixturePath("registrations"),
  );
});
