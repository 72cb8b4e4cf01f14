/** A job's debugger, profiler and TensorBoard back as options. Pure. */

import type { DescribeTrainingJobCommandOutput } from "../aws/types.ts";
import { given } from "./channel-request.ts";
import type { DebugOptions, RuleConfig } from "./debug-options.ts";

/** A rule as the service answers it. */
type Rule = NonNullable<DescribeTrainingJobCommandOutput["DebugRuleConfigurations"]>[number];

/**
 * What was asked for.
 *
 * @param job - DescribeTrainingJob's answer
 */
export function debugOptions(job: DescribeTrainingJobCommandOutput): DebugOptions {
  const { DebugHookConfig: hook, ProfilerConfig: profiler, TensorBoardOutputConfig: board } = job;
  const rules = [
    ...(job.DebugRuleConfigurations ?? []).map((rule) => ruleConfig("debugger", rule)),
    ...(job.ProfilerRuleConfigurations ?? []).map((rule) => ruleConfig("profiler", rule)),
  ];
  // The debugger's rules bring a hook along unless there shall be none.
  const isWithoutHook = hook === undefined && rules.some(({ kind }) => kind === "debugger");
  return {
    ...(isWithoutHook && { debuggerHookConfig: false }),
    ...(hook && {
      debuggerHookConfig: {
        ...given("s3OutputPath", hook.S3OutputPath),
        ...given("containerLocalOutputPath", hook.LocalPath),
        ...given("hookParameters", hook.HookParameters),
        ...(hook.CollectionConfigurations && {
          collectionConfigs: hook.CollectionConfigurations.map((collection) => ({
            name: collection.CollectionName ?? "",
            ...given("parameters", collection.CollectionParameters),
          })),
        }),
      },
    }),
    ...(rules.length > 0 && { rules }),
    ...(profiler &&
      (profiler.DisableProfiler
        ? { disableProfiler: true }
        : {
            profilerConfig: {
              ...given("s3OutputPath", profiler.S3OutputPath),
              ...given("systemMonitorIntervalMillis", profiler.ProfilingIntervalInMilliseconds),
              ...given("frameworkProfileParams", profiler.ProfilingParameters),
            },
          })),
    ...(board && {
      tensorboardOutputConfig: {
        s3OutputPath: board.S3OutputPath ?? "",
        ...given("containerLocalOutputPath", board.LocalPath),
      },
    }),
  };
}

function ruleConfig(kind: RuleConfig["kind"], rule: Rule): RuleConfig {
  return {
    kind,
    name: rule.RuleConfigurationName ?? "",
    imageUri: rule.RuleEvaluatorImage ?? "",
    ...given("instanceType", rule.InstanceType),
    ...given("volumeSizeInGB", rule.VolumeSizeInGB),
    ...given("ruleParameters", rule.RuleParameters),
    ...given("s3OutputPath", rule.S3OutputPath),
    ...given("containerLocalOutputPath", rule.LocalPath),
  };
}
