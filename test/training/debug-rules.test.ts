import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ValidationError } from "../../src/errors.ts";
import { Estimator } from "../../src/estimator.ts";
import { LocalCloud } from "../../src/local/index.ts";
import type { RuleConfig } from "../../src/training/debug-options.ts";
import {
  type CustomRuleOptions,
  ProfilerRule,
  Rule,
  type RuleOptions,
} from "../../src/training/debug-rules.ts";
import type { EstimatorOptions } from "../../src/training/options.ts";
import type { TrainingJobRequest } from "../../src/training/request.ts";
import { ruleConfigs } from "../../src/training/rule-configs.ts";
import { committedAnswers, debugQuestions, snakeCase } from "../helpers/sdk-questions.ts";

const root = mkdtempSync(join(tmpdir(), "rules-"));
afterAll(() => rmSync(root, { recursive: true }));

function estimator(options: Partial<EstimatorOptions>, region = "eu-west-1"): Estimator {
  return new Estimator({
    imageUri: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/mine:1",
    instanceType: "ml.m5.xlarge",
    outputPath: "s3://bucket/prefix",
    session: new LocalCloud({ root, region }).session(),
    ...options,
  });
}

async function request(options: Partial<EstimatorOptions>): Promise<TrainingJobRequest> {
  const plan = await estimator(options).plan(undefined, { preflight: "offline", jobName: "job" });
  expect(plan.findings.filter(({ severity }) => severity === "error")).toEqual([]);
  return plan.request;
}

type Words = Readonly<Record<string, unknown>>;
type RuleCase = readonly [kind: string, how: string, base: unknown, options: Words];

/** What is written as `{ parameters }`, so that nobody renames its members. */
const unwrapped = (words: Words): Words =>
  Object.fromEntries(
    Object.entries(words).map(([name, value]) => [
      name,
      name.endsWith("Parameters") ? (value as { parameters: unknown }).parameters : value,
    ]),
  );

/** A case of the questions in this library's words. */
function ruleOf([kind, how, base, words]: RuleCase): RuleConfig {
  const actions = (words["actions"] as [string, ...string[]][] | undefined)?.map(
    ([name, ...given]) =>
      (ruleConfigs as unknown as Record<string, (...words: string[]) => unknown>)[name]?.(...given),
  );
  const options = { ...unwrapped(words), ...(actions && { actions }) };
  const builtIn = ruleConfigs as unknown as Record<string, (parameters?: unknown) => never>;
  if (how === "custom") {
    const custom = options as unknown as CustomRuleOptions;
    return kind === "Rule" ? Rule.custom(custom) : ProfilerRule.custom(custom);
  }
  if (kind === "Rule") {
    const key = Object.keys(ruleConfigs).find((name) => snakeCase(name) === base) ?? "";
    return Rule.sagemaker(builtIn[key]?.() as never, options as RuleOptions);
  }
  const [name, { parameters }] = base as [string, { parameters: unknown }];
  return ProfilerRule.sagemaker(builtIn[name]?.(parameters) as never, options as RuleOptions);
}

function optionsOf([, given]: readonly [string, Words]): Partial<EstimatorOptions> {
  const { imageUri: _, instanceType: __, rules, debuggerHookConfig: hook, ...others } = given;
  return {
    ...others,
    ...(hook !== undefined && {
      debuggerHookConfig: typeof hook === "boolean" ? hook : unwrapped(hook as Words),
    }),
    ...(rules !== undefined && { rules: (rules as RuleCase[]).map(ruleOf) }),
  };
}

type Members = Partial<
  Pick<
    TrainingJobRequest,
    | "DebugHookConfig"
    | "DebugRuleConfigurations"
    | "ProfilerConfig"
    | "ProfilerRuleConfigurations"
    | "TensorBoardOutputConfig"
  >
>;

/** In an order, and with actions read: the same requests look the same. */
function comparable(from: Members): unknown {
  const rules = (configs: Members["DebugRuleConfigurations"]) =>
    configs?.map(({ RuleParameters, ...rule }) => ({
      ...rule,
      RuleParameters: Object.fromEntries(
        Object.entries(RuleParameters ?? {}).map(([name, value]) => [
          name,
          name === "action_json" ? JSON.parse(value.replaceAll('\\"', '"')) : value,
        ]),
      ),
    }));
  const byName = (hook: NonNullable<Members["DebugHookConfig"]>) => ({
    ...hook,
    CollectionConfigurations: hook.CollectionConfigurations?.toSorted((left, right) =>
      JSON.stringify(left) < JSON.stringify(right) ? -1 : 1,
    ),
  });
  return {
    hook: from.DebugHookConfig && byName(from.DebugHookConfig),
    debugger: rules(from.DebugRuleConfigurations),
    profile: from.ProfilerConfig,
    profiler: rules(from.ProfilerRuleConfigurations),
    board: from.TensorBoardOutputConfig,
  };
}

describe("rules", () => {
  const questions = debugQuestions();
  const answers = committedAnswers("rules");

  test("were compared with the Python SDK", () => {
    expect([...questions.keys()]).toEqual(Object.keys(answers));
  });

  const accepted = Object.entries(answers).filter(([, { answer }]) => answer !== undefined);
  test.each(accepted)("are asked for as Python asks: %s", async (name, { answer }) => {
    const ours = await request(optionsOf(questions.get(name) ?? ["", {}]));
    const python = structuredClone(answer) as Members;
    // Python turns both on, asked or not.
    if (ours.DebugHookConfig === undefined) delete python.DebugHookConfig;
    if (ours.ProfilerConfig === undefined) delete python.ProfilerConfig;
    // Python writes what was not given as a word.
    if (name === "StepOutlier") {
      delete python.ProfilerRuleConfigurations?.[0]?.RuleParameters?.["mode"];
    }
    expect(comparable(ours)).toEqual(comparable(python));
  });

  const refused = Object.entries(answers).filter(([, { answer }]) => answer === undefined);
  test.each(refused)("are refused where Python refuses: %s", (name) => {
    expect(() => optionsOf(questions.get(name) ?? ["", {}])).toThrow(ValidationError);
  });

  test("have their source in S3", () => {
    expect(() =>
      ProfilerRule.custom({
        name: "Mine",
        imageUri: "rule",
        instanceType: "ml.t3.medium",
        volumeSizeInGB: 5,
        source: "rules/mine.py",
        ruleToInvoke: "Mine",
      }),
    ).toThrow("'rules/mine.py' is not an s3:// URI. Upload it first: S3Uploader.upload.");
  });

  test("name a parameter's rule when there is no such rule", () => {
    expect(() => ruleConfigs.ProfilerReport({ Nothing_threshold: 1 } as never)).toThrow(
      /Nothing_threshold: ProfilerReport has no such parameter\. Known: BatchSize_…/,
    );
  });

  test("are evaluated by an image of the session's region, where there is one", async () => {
    const rules = [Rule.sagemaker(ruleConfigs.overfit()), Rule.sagemaker(ruleConfigs.allZero())];
    const plan = await estimator({ rules }, "ap-southeast-5").plan(undefined, {
      preflight: "offline",
    });
    expect(plan.findings.map(({ severity, path }) => `${severity} ${path}`)).toEqual(
      expect.arrayContaining(["error rules.0.imageUri", "error rules.1.imageUri"]),
    );
    const own = await request({
      rules: [{ ...Rule.sagemaker(ruleConfigs.overfit()), imageUri: "rule:1" }],
    });
    expect(own.DebugRuleConfigurations?.[0]?.RuleEvaluatorImage).toBe("rule:1");
  });
});
