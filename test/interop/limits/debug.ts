/** Limits of debugger, profiler and TensorBoard. */

import type { PlanCase } from "../../helpers/plan-case.ts";
import { COUNTS, type Limit, list, long, named, PATHS, record, S3 } from "./values.ts";

const rule =
  (option: string) =>
  (value: unknown): PlanCase => ({
    options: { rules: [{ kind: "debugger", name: "n", imageUri: "i", ...named(value, option) }] },
  });
const hook =
  (option: string) =>
  (value: unknown): PlanCase => ({
    options: { debuggerHookConfig: named(value, option) },
  });
/** All of them. */
export const DEBUG_LIMITS: readonly Limit[] = [
  {
    path: "debuggerHookConfig.s3OutputPath",
    member: "DebugHookConfig.S3OutputPath",
    values: S3,
    given: hook("s3OutputPath"),
  },
  {
    path: "debuggerHookConfig.containerLocalOutputPath",
    member: "DebugHookConfig.LocalPath",
    values: PATHS,
    given: hook("containerLocalOutputPath"),
  },
  {
    path: "debuggerHookConfig.hookParameters",
    member: "DebugHookConfig.HookParameters",
    values: [record(20), record(21)],
    given: hook("hookParameters"),
  },
  {
    path: "debuggerHookConfig.collectionConfigs",
    member: "DebugHookConfig.CollectionConfigurations",
    values: [20, 21],
    given: (value) => hook("collectionConfigs")(list(value as number).map((name) => ({ name }))),
  },
  {
    path: "debuggerHookConfig.collectionConfigs[0].name",
    member: "DebugHookConfig.CollectionConfigurations.0.CollectionName",
    values: ["", long(256), long(257)],
    given: (name) => hook("collectionConfigs")([{ name }]),
  },
  {
    path: "debuggerHookConfig.collectionConfigs[0].parameters",
    member: "DebugHookConfig.CollectionConfigurations.0.CollectionParameters",
    values: [record(20), record(21)],
    given: (parameters) => hook("collectionConfigs")([{ name: "n", parameters }]),
  },
  {
    path: "rules",
    member: "DebugRuleConfigurations",
    values: [20, 21],
    given: (value) => ({
      options: {
        rules: list(value as number).map((name) => ({ kind: "debugger", name, imageUri: "i" })),
      },
    }),
  },
  {
    path: "rules[0].name",
    member: "DebugRuleConfigurations.0.RuleConfigurationName",
    values: ["", long(256), long(257)],
    given: rule("name"),
  },
  {
    path: "rules[0].imageUri",
    member: "DebugRuleConfigurations.0.RuleEvaluatorImage",
    values: ["", long(255), long(256)],
    given: rule("imageUri"),
  },
  {
    path: "rules[0].instanceType",
    member: "DebugRuleConfigurations.0.InstanceType",
    values: ["ml.t3.medium", "ml.none.big", "x"],
    given: rule("instanceType"),
  },
  {
    path: "rules[0].volumeSizeInGB",
    member: "DebugRuleConfigurations.0.VolumeSizeInGB",
    values: COUNTS,
    given: rule("volumeSizeInGB"),
  },
  {
    path: "rules[0].ruleParameters",
    member: "DebugRuleConfigurations.0.RuleParameters",
    values: [record(100), record(101)],
    given: rule("ruleParameters"),
  },
  {
    path: "rules[0].s3OutputPath",
    member: "DebugRuleConfigurations.0.S3OutputPath",
    values: S3,
    given: rule("s3OutputPath"),
  },
  {
    path: "rules[0].containerLocalOutputPath",
    member: "DebugRuleConfigurations.0.LocalPath",
    values: PATHS,
    given: rule("containerLocalOutputPath"),
  },
  {
    path: "profilerConfig.s3OutputPath",
    member: "ProfilerConfig.S3OutputPath",
    values: S3,
    given: (s3OutputPath) => ({ options: { profilerConfig: { s3OutputPath } } }),
  },
  {
    path: "profilerConfig.systemMonitorIntervalMillis",
    member: "ProfilerConfig.ProfilingIntervalInMilliseconds",
    values: [500, 0.5, "500"],
    given: (systemMonitorIntervalMillis) => ({
      options: { profilerConfig: { systemMonitorIntervalMillis } },
    }),
  },
  {
    path: "profilerConfig.frameworkProfileParams",
    member: "ProfilerConfig.ProfilingParameters",
    values: [record(20), record(21)],
    given: (frameworkProfileParams) => ({
      options: { profilerConfig: { frameworkProfileParams } },
    }),
  },
  {
    path: "tensorboardOutputConfig.s3OutputPath",
    member: "TensorBoardOutputConfig.S3OutputPath",
    values: [...S3, undefined],
    given: (s3OutputPath) => ({ options: { tensorboardOutputConfig: { s3OutputPath } } }),
  },
  {
    path: "tensorboardOutputConfig.containerLocalOutputPath",
    member: "TensorBoardOutputConfig.LocalPath",
    values: PATHS,
    given: (containerLocalOutputPath) => ({
      options: {
        tensorboardOutputConfig: { s3OutputPath: "s3://bucket/tb", containerLocalOutputPath },
      },
    }),
  },
];
