/** Debugger, profiler and TensorBoard as the request has them. Pure. */

import type { CreateTrainingJobCommandInput } from "../aws/types.ts";
import { given } from "./channel-request.ts";
import type {
  DebuggerHookConfig,
  DebugOptions,
  ProfilerConfig,
  RuleConfig,
} from "./debug-options.ts";

/** The members of the request that these options make. */
type DebugMembers = Pick<
  CreateTrainingJobCommandInput,
  | "DebugHookConfig"
  | "DebugRuleConfigurations"
  | "ProfilerConfig"
  | "ProfilerRuleConfigurations"
  | "TensorBoardOutputConfig"
>;

/**
 * What of it was asked for; nothing is on by itself.
 *
 * @param options - the estimator's
 * @param outputPath - where tensors and profiles go unless told otherwise
 */
export function debugRequest(options: DebugOptions, outputPath: string): DebugMembers {
  const { debuggerHookConfig: hook, rules = [], tensorboardOutputConfig: board } = options;
  const ofKind = (kind: RuleConfig["kind"]) => rules.filter((rule) => rule.kind === kind).map(rule);
  const debuggerRules = ofKind("debugger");
  const profilerRules = ofKind("profiler");
  return {
    ...(hook !== undefined &&
      hook !== false && { DebugHookConfig: hookConfig(hook === true ? {} : hook, outputPath) }),
    ...(debuggerRules.length > 0 && { DebugRuleConfigurations: debuggerRules }),
    ...given("ProfilerConfig", profilerConfig(options, outputPath)),
    ...(profilerRules.length > 0 && { ProfilerRuleConfigurations: profilerRules }),
    ...(board && {
      TensorBoardOutputConfig: {
        S3OutputPath: board.s3OutputPath,
        ...given("LocalPath", board.containerLocalOutputPath),
      },
    }),
  };
}

function hookConfig(hook: DebuggerHookConfig, outputPath: string): DebugMembers["DebugHookConfig"] {
  return {
    S3OutputPath: hook.s3OutputPath ?? outputPath,
    ...given("LocalPath", hook.containerLocalOutputPath),
    ...(hook.hookParameters && { HookParameters: { ...hook.hookParameters } }),
    ...(hook.collectionConfigs && {
      CollectionConfigurations: hook.collectionConfigs.map(({ name, parameters }) => ({
        CollectionName: name,
        ...(parameters && { CollectionParameters: { ...parameters } }),
      })),
    }),
  };
}

/** With `disableProfiler` the service takes no other member. */
function profilerConfig(
  { profilerConfig: profiler, disableProfiler }: DebugOptions,
  outputPath: string,
): DebugMembers["ProfilerConfig"] {
  if (disableProfiler === true || profiler?.disableProfiler === true) {
    return { DisableProfiler: true };
  }
  return profiler && enabledProfiler(profiler, outputPath);
}

function enabledProfiler(
  profiler: ProfilerConfig,
  outputPath: string,
): DebugMembers["ProfilerConfig"] {
  return {
    S3OutputPath: profiler.s3OutputPath ?? outputPath,
    ...given("ProfilingIntervalInMilliseconds", profiler.systemMonitorIntervalMillis),
    ...(profiler.frameworkProfileParams && {
      ProfilingParameters: { ...profiler.frameworkProfileParams },
    }),
    DisableProfiler: false,
  };
}

function rule(config: RuleConfig): {
  RuleConfigurationName: string;
  RuleEvaluatorImage: string;
} {
  return {
    RuleConfigurationName: config.name,
    RuleEvaluatorImage: config.imageUri,
    ...given("InstanceType", config.instanceType),
    ...given("VolumeSizeInGB", config.volumeSizeInGB),
    ...(config.ruleParameters && { RuleParameters: { ...config.ruleParameters } }),
    ...given("S3OutputPath", config.s3OutputPath),
    ...given("LocalPath", config.containerLocalOutputPath),
  };
}
