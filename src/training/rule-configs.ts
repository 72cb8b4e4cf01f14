/** SageMaker's built-in rules and the actions of rules, under Python's names: `ruleConfigs`. Pure. */

import { type Finding, ValidationError } from "../errors.ts";
import type { CollectionConfig, RuleAction, RuleConfig } from "./debug-options.ts";
import {
  DEBUGGER_RULES,
  type DebuggerRuleName,
  PROFILER_RULES,
  type ProfilerRuleName,
  type ProfilerRuleParameterNames,
} from "./debug-rule-table.ts";

/** A built-in rule, as {@link ruleConfigs} give it: for `Rule.sagemaker` or `ProfilerRule.sagemaker`. */
export interface BuiltInRule<Kind extends RuleConfig["kind"] = RuleConfig["kind"]> {
  /** `debugger`: for {@link Rule}. `profiler`: for {@link ProfilerRule}. */
  readonly kind: Kind;
  /** Its name. */
  readonly name: string;
  /** Its parameters, `rule_to_invoke` among them. */
  readonly ruleParameters: Readonly<Record<string, string>>;
  /** The tensors that it looks at. */
  readonly collectionsToSave: readonly CollectionConfig[];
}

/** The parameters of a profiler rule, in the service's words. */
export type ProfilerRuleParameters<Name extends ProfilerRuleName> = Readonly<
  Partial<Record<ProfilerRuleParameterNames[Name], number | string>>
>;

/** The built-in rules under Python's names in camelCase, and the actions of rules. */
export type RuleConfigs = {
  readonly [Name in DebuggerRuleName]: () => BuiltInRule<"debugger">;
} & {
  readonly [Name in ProfilerRuleName]: (
    parameters?: ProfilerRuleParameters<Name>,
  ) => BuiltInRule<"profiler">;
} & {
  /** All profiler rules, and a report of what they found; `<rule>_<parameter>` sets a rule's parameter. */
  readonly ProfilerReport: (
    parameters?: Readonly<Record<`${ProfilerRuleName}_${string}`, number | string>>,
  ) => BuiltInRule<"profiler">;
  /** Stops the training job, or the one job whose name begins so. */
  readonly StopTraining: (trainingJobPrefix?: string) => RuleAction;
  /** Sends an e-mail. */
  readonly Email: (emailAddress: string) => RuleAction;
  /** Sends a text message. */
  readonly SMS: (phoneNumber: string) => RuleAction;
};

/**
 * The built-in rules under Python's names (`rule_configs`), and the actions of rules.
 *
 * @example
 * ```ts
 * Rule.sagemaker(ruleConfigs.lossNotDecreasing(), { actions: [ruleConfigs.StopTraining()] });
 * ProfilerRule.sagemaker(ruleConfigs.LowGPUUtilization({ threshold_p95: 80 }));
 * ```
 */
export const ruleConfigs: RuleConfigs = {
  ...eachOf(
    Object.keys(DEBUGGER_RULES) as DebuggerRuleName[],
    (key) => (): BuiltInRule<"debugger"> => {
      const [name, collectionsToSave] = DEBUGGER_RULES[key];
      return {
        kind: "debugger",
        name,
        ruleParameters: { rule_to_invoke: name },
        collectionsToSave,
      };
    },
  ),
  ...eachOf(
    profilerRuleNames(),
    (name) =>
      (parameters: Readonly<Record<string, unknown>> = {}) =>
        profilerRule(name, parameters),
  ),
  ProfilerReport: (parameters = {}) => {
    refuse(
      Object.keys(parameters).flatMap((key) => {
        const [rule = "", ...words] = key.split("_");
        const name = profilerRuleNames().find((each) => each.toLowerCase() === rule.toLowerCase());
        const known = name === undefined ? [] : parameterNames(name);
        return known.includes(words.join("_").toLowerCase())
          ? []
          : [
              unknownParameter(
                "ProfilerReport",
                key,
                name === undefined
                  ? profilerRuleNames().map((each) => `${each}_…`)
                  : known.map((each) => `${name}_${each}`),
              ),
            ];
      }),
    );
    return built("ProfilerReport", parameters);
  },
  StopTraining: (trainingJobPrefix) => ({
    name: "stoptraining",
    ...(trainingJobPrefix !== undefined && { trainingJobPrefix }),
  }),
  Email: (endpoint) => ({ name: "email", endpoint }),
  SMS: (endpoint) => ({ name: "sms", endpoint }),
};

function profilerRule(
  name: ProfilerRuleName,
  parameters: Readonly<Record<string, unknown>>,
): BuiltInRule<"profiler"> {
  const known = parameterNames(name);
  refuse(
    Object.keys(parameters)
      .filter((key) => !known.includes(key))
      .map((key) => unknownParameter(name, key, known)),
  );
  return built(name, { ...PROFILER_RULES[name], ...parameters });
}

function built(
  name: string,
  parameters: Readonly<Record<string, unknown>>,
): BuiltInRule<"profiler"> {
  const texts = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [key, String(value)]);
  return {
    kind: "profiler",
    name,
    ruleParameters: { ...Object.fromEntries(texts), rule_to_invoke: name },
    collectionsToSave: [],
  };
}

function eachOf<Name extends string, Made>(
  names: readonly Name[],
  make: (name: Name) => Made,
): Record<Name, Made> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, Made>;
}

function profilerRuleNames(): ProfilerRuleName[] {
  return Object.keys(PROFILER_RULES) as ProfilerRuleName[];
}

function parameterNames(name: ProfilerRuleName): string[] {
  return [...Object.keys(PROFILER_RULES[name]), ...(name === "StepOutlier" ? ["mode"] : [])];
}

function unknownParameter(rule: string, key: string, known: readonly string[]): Finding {
  return {
    severity: "error",
    path: key,
    message: `${rule} has no such parameter.`,
    hint: `Known: ${known.join(", ")}.`,
  };
}

/** Throws what is wrong with a rule. */
export function refuse(problems: readonly Finding[]): void {
  if (problems.length > 0) {
    throw new ValidationError("The rule cannot be used", problems);
  }
}
