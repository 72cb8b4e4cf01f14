import { describe, expect, test } from "vitest";
import { ValidationError } from "../../src/errors.ts";
import { parseEcrUri } from "../../src/image/ecr-uri.ts";
import { IMAGES } from "../../src/image/image-table.ts";
import { imageUris, type RetrieveOptions } from "../../src/image/image-uris.ts";
import { committedAnswers, imageQuestions } from "../helpers/sdk-questions.ts";

const PYTORCH: RetrieveOptions = {
  framework: "pytorch",
  region: "eu-west-1",
  version: "2.8",
  instanceType: "ml.g5.xlarge",
};

function refusal(options: RetrieveOptions): { path: string; text: string } {
  try {
    return { path: "", text: imageUris.retrieve(options) };
  } catch (error) {
    if (!ValidationError.isInstance(error)) throw error;
    expect(error.findings).toHaveLength(1);
    return { path: error.findings[0]?.path ?? "", text: error.message };
  }
}

describe("imageUris.retrieve", () => {
  const answers = committedAnswers("images");
  const questions = imageQuestions();

  test("was compared with the Python SDK on every version, region and kind of instance", () => {
    expect([...questions.keys()]).toEqual(Object.keys(answers));
  });

  /** Where Python gives an image without having looked at the instance type: it could not run there. */
  const STRICTER = [
    "huggingface eu-west-1 4.56 pytorch2.8 ml.p2.xlarge",
    "xgboost eu-west-1 3.0-5 ml.inf1.xlarge",
    "xgboost eu-west-1 3.0-5 m5.large",
  ];

  test.each(STRICTER)("refuses what Python does not look at: %s", (name) => {
    expect(answers[name]).toHaveProperty("answer");
    expect(refusal(questions.get(name) ?? PYTORCH).path).toBe("instanceType");
  });

  const same = [...questions].filter(([name]) => !STRICTER.includes(name));
  test.each(same)("answers as Python does to %s", (name, options) => {
    const { path, text } = refusal(options);
    expect(path === "" ? { answer: text } : { refused: "ValueError" }).toEqual(answers[name]);
  });

  test("gives references that ECR's own form has", () => {
    for (const options of questions.values()) {
      const { path, text } = refusal(options);
      if (path === "") expect(parseEcrUri(text)).toMatchObject({ region: options.region });
    }
  });

  test("takes a Python version that the image has, and refuses another", () => {
    expect(imageUris.retrieve({ ...PYTORCH, pyVersion: "py312" })).toBe(
      imageUris.retrieve(PYTORCH),
    );
    expect(refusal({ ...PYTORCH, pyVersion: "py39" })).toMatchObject({
      path: "pyVersion",
      text: expect.stringContaining("has py312, not 'py39'"),
    });
    const xgboost: RetrieveOptions = {
      framework: "xgboost",
      region: "eu-west-1",
      version: "1.7-1",
    };
    expect(imageUris.retrieve({ ...xgboost, pyVersion: "py3" })).toBe(imageUris.retrieve(xgboost));
  });

  test.each<[string, Partial<RetrieveOptions>, string, string]>([
    ["an unknown version", { version: "9.9" }, "version", "2.7.1 (or 2.7), 2.8.0 (or 2.8)"],
    ["an unknown region", { region: "xx-north-9" }, "region", "eu-west-1"],
    ["a framework that is not here", { framework: "mxnet" as never }, "framework", "huggingface"],
    ["Arm", { instanceType: "ml.c7g.xlarge" }, "instanceType", "(Arm)"],
    ["Trainium", { instanceType: "ml.trn1.2xlarge" }, "instanceType", "(Neuron)"],
    ["no instance type", { instanceType: undefined as never }, "instanceType", "required"],
    ["another scope", { imageScope: "inference" as never }, "imageScope", "only training"],
  ])("refuses %s, says what there is and the way around", (_, given, path, words) => {
    const told = refusal({ ...PYTORCH, ...given });
    expect(told.path).toBe(path);
    expect(told.text).toContain(words);
    expect(told.text).toContain("given as imageUri");
    expect(told.text).toContain("https://");
  });

  test("refuses a Hugging Face version without the framework underneath, or half in short", () => {
    const huggingface: RetrieveOptions = {
      framework: "huggingface",
      region: "eu-west-1",
      version: "4.56",
      instanceType: "ml.g5.xlarge",
    };
    expect(refusal(huggingface)).toMatchObject({
      path: "baseFrameworkVersion",
      text: expect.stringContaining("pytorch2.8"),
    });
    expect(refusal({ ...huggingface, baseFrameworkVersion: "pytorch2.8.0" }).path).toBe(
      "baseFrameworkVersion",
    );
  });

  test("knows a short form for one version only", () => {
    for (const [name, { rows }] of Object.entries(IMAGES)) {
      const tags = rows.flatMap(({ version, short, base }) =>
        [version, ...(short === undefined ? [] : [short])].map((each) => `${each} ${base?.name}`),
      );
      expect(new Set(tags).size, name).toBe(tags.length);
    }
  });
});
