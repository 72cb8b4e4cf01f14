/** Debugger, profiler and TensorBoard as the request has them. Pure. */

import { isDeepStrictEqual } from "node:util";
import type { CreateTrainingJobCommandInput } from "../aws/types.ts";
import { given } from "./channel-request.ts";
import type {
  CollectionConfig,
  DebuggerHookConfig,
  DebugOptions,
  ProfilerConfig,
  RuleAction,
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

/** What is known of the job. */
interface DebuggedJob {
  readonly jobName: string;
  readonly outputPath: string;
}

/**
 * What of it was asked for; nothing is on by itself. A rule asks for what it looks at: a debugger rule for the hook, a profiler rule
 * for the profiler.
 *
 * @param options - the estimator's
 * @param job - its name, for what stops it; and where tensors and profiles go unless told otherwise
 */
export function debugRequest(options: DebugOptions, job: DebuggedJob): DebugMembers {
  const { rules = [], tensorboardOutputConfig: board } = options;
  const { outputPath } = job;
  const ofKind = (kind: RuleConfig["kind"]) =>
    rules.filter((each) => each.kind === kind).map((each) => rule(each, job.jobName));
  const debuggerRules = ofKind("debugger");
  const profilerRules = ofKind("profiler");
  const hook = options.debuggerHookConfig ?? debuggerRules.length > 0;
  return {
    ...(hook !== false && {
      DebugHookConfig: hookConfig(hook === true ? {} : hook, rules, outputPath),
    }),
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

function hookConfig(
  hook: DebuggerHookConfig,
  rules: readonly RuleConfig[],
  outputPath: string,
): DebugMembers["DebugHookConfig"] {
  return {
    S3OutputPath: hook.s3OutputPath ?? outputPath,
    ...given("LocalPath", hook.containerLocalOutputPath),
    ...(hook.hookParameters && { HookParameters: { ...hook.hookParameters } }),
    // An empty list, too, as Python sends it.
    CollectionConfigurations: collections(hook, rules).map(({ name, parameters }) => ({
      CollectionName: name,
      ...(parameters && { CollectionParameters: { ...parameters } }),
    })),
  };
}

/** What the rules look at, and what the hook saves besides; what is the same, once. */
function collections(hook: DebuggerHookConfig, rules: readonly RuleConfig[]): CollectionConfig[] {
  const all = [
    ...rules.flatMap(({ collectionsToSave = [] }) => collectionsToSave),
    ...(hook.collectionConfigs ?? []),
  ];
  return all.filter(
    (each, index) => all.findIndex((other) => isDeepStrictEqual(other, each)) === index,
  );
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

function rule(
  config: RuleConfig,
  jobName: string,
): {
  RuleConfigurationName: string;
  RuleEvaluatorImage: string;
} {
  const { ruleParameters, actions = [] } = config;
  return {
    RuleConfigurationName: config.name,
    RuleEvaluatorImage: config.imageUri ?? "",
    ...given("InstanceType", config.instanceType),
    ...given("VolumeSizeInGB", config.volumeSizeInGB),
    ...((ruleParameters !== undefined || actions.length > 0) && {
      RuleParameters: {
        ...ruleParameters,
        ...(actions.length > 0 && { action_json: actionJson(actions, jobName) }),
      },
    }),
    ...given("S3OutputPath", config.s3OutputPath),
    ...given("LocalPath", config.containerLocalOutputPath),
  };
}

/** Actions as the evaluator reads them: a list of JSON whose quotes are escaped, as Python writes it. */
function actionJson(actions: readonly RuleAction[], jobName: string): string {
  const texts = actions.map((action) =>
    action.name === "stoptraining"
      ? { name: action.name, training_job_prefix: action.trainingJobPrefix ?? jobName }
      : { endpoint: action.endpoint, name: action.name },
  );
  return JSON.stringify(texts).replaceAll('"', '\\"');
}
