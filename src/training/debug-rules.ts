/** Rules of the debugger and the profiler, made as in Python: `Rule` and `ProfilerRule`. Pure. */

import type { Finding } from "../errors.ts";
import type { CollectionConfig, RuleAction, RuleConfig } from "./debug-options.ts";
import { type BuiltInRule, refuse } from "./rule-configs.ts";

/** What may be said of every rule. */
interface RulePlaces {
  /** Where its output goes. Default: beside the tensors or profiles. */
  readonly s3OutputPath?: string;
  /** The folder of its output in the container. */
  readonly containerLocalOutputPath?: string;
}

/** How a built-in rule over tensors is used. */
export interface RuleOptions extends RulePlaces {
  /** The rule's name, unique in the job. Default: the built-in rule's. */
  readonly name?: string;
  /** More parameters, in the rule's own words; not `rule_to_invoke`. */
  readonly ruleParameters?: Readonly<Record<string, string>>;
  /** The tensors of other runs, for `similarAcrossRuns`. */
  readonly otherTrialsS3InputPaths?: readonly string[];
  /** The tensors that the hook saves for it. Default: what the built-in rule looks at. */
  readonly collectionsToSave?: readonly CollectionConfig[];
  /** What happens when it fires. Default: nothing but its status. */
  readonly actions?: readonly RuleAction[];
}

/** How a built-in rule over profiles is used. */
export interface ProfilerRuleOptions extends RulePlaces {
  /** The rule's name, unique in the job. Default: the built-in rule's. */
  readonly name?: string;
}

/** A rule over profiles of one's own. */
export interface CustomProfilerRuleOptions extends RulePlaces {
  /** The rule's name, unique in the job. */
  readonly name: string;
  /** The image that evaluates it. */
  readonly imageUri: string;
  /** The type of the instance that evaluates it. */
  readonly instanceType: string;
  /** Its volume in GB. */
  readonly volumeSizeInGB: number;
  /** The `s3://` URI of the rule's source. Needs `ruleToInvoke`. */
  readonly source?: string;
  /** The rule's name in its source. Needs `source`. */
  readonly ruleToInvoke?: string;
  /** Its parameters. */
  readonly ruleParameters?: Readonly<Record<string, string>>;
}

/** A rule over tensors of one's own. */
export interface CustomRuleOptions extends CustomProfilerRuleOptions {
  /** The tensors of other runs. */
  readonly otherTrialsS3InputPaths?: readonly string[];
  /** The tensors that the hook saves for it. Default: those of `debuggerHookConfig` alone. */
  readonly collectionsToSave?: readonly CollectionConfig[];
  /** What happens when it fires. Default: nothing but its status. */
  readonly actions?: readonly RuleAction[];
}

/**
 * Rules over the tensors that the debugger's hook saves: Python's `Rule`. The image that evaluates a built-in rule is found by the
 * session's region.
 *
 * @example
 * ```ts
 * const estimator = new PyTorch({ ...options, rules: [Rule.sagemaker(ruleConfigs.vanishingGradient())] });
 * ```
 */
export const Rule = {
  /**
   * A built-in rule.
   *
   * @param baseConfig - which one, of {@link ruleConfigs}
   * @param options - see {@link RuleOptions}
   * @throws {@link ValidationError} when the parameters name another rule
   */
  sagemaker(baseConfig: BuiltInRule<"debugger">, options: RuleOptions = {}): RuleConfig {
    const { name = baseConfig.name, ruleParameters, otherTrialsS3InputPaths, ...others } = options;
    if (ruleParameters !== undefined && Object.hasOwn(ruleParameters, "rule_to_invoke")) {
      refuse([
        {
          severity: "error",
          path: "ruleParameters.rule_to_invoke",
          message: "A built-in rule names itself.",
          hint: "Leave it out, or use Rule.custom.",
        },
      ]);
    }
    return {
      kind: "debugger",
      collectionsToSave: baseConfig.collectionsToSave,
      ...others,
      name,
      ruleParameters: {
        ...otherTrials(otherTrialsS3InputPaths),
        ...baseConfig.ruleParameters,
        ...ruleParameters,
      },
    };
  },
  /**
   * A rule of one's own.
   *
   * @param options - see {@link CustomRuleOptions}
   * @throws {@link ValidationError} when `source` and `ruleToInvoke` are not given together, or the source is not in S3
   */
  custom(options: CustomRuleOptions): RuleConfig {
    const { otherTrialsS3InputPaths, ...others } = options;
    const rule = customRule("debugger", others);
    const ruleParameters = { ...otherTrials(otherTrialsS3InputPaths), ...rule.ruleParameters };
    return { ...rule, ...(Object.keys(ruleParameters).length > 0 && { ruleParameters }) };
  },
};

/**
 * Rules over the profiles that the profiler writes: Python's `ProfilerRule`.
 *
 * @example
 * ```ts
 * const estimator = new PyTorch({ ...options, rules: [ProfilerRule.sagemaker(ruleConfigs.ProfilerReport())] });
 * ```
 */
export const ProfilerRule = {
  /**
   * A built-in rule.
   *
   * @param baseConfig - which one, of {@link ruleConfigs}
   * @param options - see {@link ProfilerRuleOptions}
   */
  sagemaker(baseConfig: BuiltInRule<"profiler">, options: ProfilerRuleOptions = {}): RuleConfig {
    const { name, ruleParameters } = baseConfig;
    return { kind: "profiler", name, ...options, ruleParameters };
  },
  /**
   * A rule of one's own.
   *
   * @param options - see {@link CustomProfilerRuleOptions}
   * @throws {@link ValidationError} when `source` and `ruleToInvoke` are not given together, or the source is not in S3
   */
  custom(options: CustomProfilerRuleOptions): RuleConfig {
    return customRule("profiler", options);
  },
};

function customRule(kind: RuleConfig["kind"], options: CustomProfilerRuleOptions): RuleConfig {
  const { source, ruleToInvoke, ruleParameters, ...others } = options;
  const problems: Finding[] = [];
  if ((source === undefined) !== (ruleToInvoke === undefined)) {
    problems.push({
      severity: "error",
      path: source === undefined ? "source" : "ruleToInvoke",
      message: "source and ruleToInvoke are given together, or not at all.",
    });
  }
  if (source !== undefined && !source.startsWith("s3://")) {
    problems.push({
      severity: "error",
      path: "source",
      message: `'${source}' is not an s3:// URI.`,
      hint: "Upload it first: S3Uploader.upload.",
    });
  }
  refuse(problems);
  const parameters = {
    ...(source !== undefined && { source_s3_uri: source }),
    ...(ruleToInvoke !== undefined && { rule_to_invoke: ruleToInvoke }),
    ...ruleParameters,
  };
  return {
    kind,
    ...others,
    ...(Object.keys(parameters).length > 0 && { ruleParameters: parameters }),
  };
}

function otherTrials(paths: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(paths.map((path, index) => [`other_trial_${index}`, path]));
}
