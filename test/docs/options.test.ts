import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leaves, optionOf } from "../../docs/model-members.ts";
import { GUIDE, optionsByInterface, optionsGuide } from "../../docs/options-guide.ts";
import { CREATE_TRAINING_JOB } from "../../src/training/create-training-job.model.ts";
import { edgeSets } from "../helpers/edge-sets.ts";
import { inputsOf, LEAST, type OptionSet, optionSets } from "../helpers/option-sets.ts";
import { planOf } from "../helpers/plan-case.ts";

/** What the service answers, and nobody asks for. */
const ANSWERS_ONLY = [
  "ResourceConfig.SelectedInstanceType",
  "ResourceConfig.SelectedInstanceCount",
];

const members = leaves(CREATE_TRAINING_JOB)
  .map(({ path }) => path)
  .filter((path) => !ANSWERS_ONLY.includes(path));

const SERVERLESS: OptionSet = {
  options: {
    role: LEAST.role ?? "",
    serverlessJobConfig: {
      BaseModelArn: "arn:aws:sagemaker:us-west-2:aws:hub-content/Hub/Model/m/1.0.0",
      JobType: "Evaluation",
      AcceptEula: true,
      CustomizationTechnique: "SFT",
      Peft: "LORA",
      EvaluationType: "BenchmarkEvaluation",
      EvaluatorArn: "arn",
      SequenceLength: "8K",
    },
  },
};
const ALGORITHM: OptionSet = {
  options: { ...without(LEAST, "imageUri"), algorithmArn: "my-algorithm" },
};

describe("docs/guides/options.md", () => {
  it("is what npm run docs:options makes of the code", () => {
    expect(readFileSync(GUIDE, "utf8")).toBe(optionsGuide());
  });
});

describe("every member of CreateTrainingJob", () => {
  it.each(members)("%s has an option", (member) => {
    const [head = ""] = (optionOf(member) ?? "").split(/[.[]/);
    const options = [...optionsByInterface().values()].flat().map(({ name }) => name);

    expect([...options, "inputs"]).toContain(head);
  });

  it("is made by the options of some estimator", async () => {
    const sets = [
      ...edgeSets().map(([, set]) => set),
      ...fc.sample(optionSets("all"), { numRuns: 200, seed: 20_260_104 }),
      SERVERLESS,
      ALGORITHM,
    ];
    const made = new Set<string>();
    for (const set of sets) {
      for (const path of pathsOf(await requestOf(set))) made.add(path);
    }

    expect(members.filter((member) => !made.has(member))).toEqual([]);
  });
});

async function requestOf({ options, inputs, experimentConfig }: OptionSet): Promise<unknown> {
  const absent = Object.fromEntries(Object.keys(LEAST).map((name) => [name, undefined]));
  const { request } = await planOf({
    options: { ...absent, ...options },
    inputs: inputsOf(inputs),
    fit: { jobName: "jobname", ...(experimentConfig && { experimentConfig }) },
  });
  return request;
}

/** The paths of everything that a value holds, with `[]` for a list's items. */
function pathsOf(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, `${path}[]`));
  if (typeof value !== "object" || value === null) return [path];
  const inner = Object.entries(value).flatMap(([name, member]) =>
    pathsOf(member, path === "" ? name : `${path}.${name}`),
  );
  return [path, ...inner];
}

function without<T extends object>(record: T, name: keyof T): T {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name)) as T;
}
