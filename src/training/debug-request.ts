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
 * What of it was asked for; nothing is on by itself. A rule asks for what it looks at: a debugger rule for the hook, a profiler rule
 * for the profiler.
 *
 * @param options - the estimator's
 * @param outputPath - where tensors and profiles go unless told otherwise
 */
export function debugRequest(options: DebugOptions, outputPath: string): DebugMembers {
  const { rules = [], tensorboardOutputConfig: board } = options;
  const ofKind = (kind: RuleConfig["kind"]) => rules.filter((rule) => rule.kind === kind).map(rule);
  const debuggerRules = ofKind("debugger");
  const profilerRules = ofKind("profiler");
  const hook = options.debuggerHookConfig ?? debuggerRules.length > 0;
  return {
    ...(hook !== false && { DebugHookConfig: hookConfig(hook === true ? {} : hook, outputPath) }),
    ...(debuggerRules.length > 0 && { DebugRuleConfigurations: debuggerRules }),
    ...given("ProfilerConfig", profilerConfig(options, profilerRules.length > 0, outputPath)),
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
    // An empty list, too, as Python sends it.
    CollectionConfigurations: (hook.collectionConfigs ?? []).map(({ name, parameters }) => ({
      CollectionName: name,
      ...(parameters && { CollectionParameters: { ...parameters } }),
    })),
  };
}

/** With `disableProfiler` the service takes no other member. */
function profilerConfig(
  { profilerConfig: profiler, disableProfiler }: DebugOptions,
  hasRules: boolean,
  outputPath: string,
): DebugMembers["ProfilerConfig"] {
  if (disableProfiler === true || profiler?.disableProfiler === true) {
    return { DisableProfiler: true };
  }
  return profiler !== undefined || hasRules
    ? enabledProfiler(profiler ?? {}, outputPath)
    : undefined;
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
    RuleEvaluatorImage: config.imageUri ?? "",
    ...given("InstanceType", config.instanceType),
    ...given("VolumeSizeInGB", config.volumeSizeInGB),
    ...(config.ruleParameters && { RuleParameters: { ...config.ruleParameters } }),
    ...given("S3OutputPath", config.s3OutputPath),
    ...given("LocalPath", config.containerLocalOutputPath),
  };
}
