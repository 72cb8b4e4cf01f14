/** Other machines to go on with when there is no capacity for the first: which, when, and how the next job is called. Pure. */

import { awsErrorCode } from "../aws/translate.ts";
import { CapacityError, type Finding } from "../errors.ts";
import type { TrainingJobResult } from "./end-of-job.ts";
import { requestFindings } from "./findings.ts";
import { MAX_JOB_NAME_LENGTH } from "./job-name.ts";
import type { EstimatorOptions } from "./options.ts";
import { mergeOverrides } from "./overrides.ts";
import type { TrainingJobRequest } from "./request.ts";
import { resourceConfig, stoppingCondition } from "./resource-request.ts";
import { ruleFindings } from "./rules.ts";
import { sentence } from "./sentence.ts";

/** What the service says when it creates no job because there are no instances. */
const NO_INSTANCES = /insufficient.{0,20}capacity|unable to provision requested ML compute/i;
/** What it says of a quota for one instance type: `… service limit 'ml.p3.2xlarge for training job usage' is 0 Instances …`. */
const TYPE_QUOTA = /'ml\.[^']+ for [^']*(?:training|warm pool)[^']*usage'/i;

/**
 * The options of each attempt, in order: those given, then those with each fallback's machines in their place.
 *
 * @param options - the estimator's
 */
export function machineChoices(options: EstimatorOptions): EstimatorOptions[] {
  const { capacityFallbacks = [], ...first } = options;
  const others = capacityFallbacks.map((fallback): EstimatorOptions => {
    const machines =
      typeof fallback === "string"
        ? { instanceType: fallback, instancePreferences: undefined }
        : fallback;
    const all = Object.entries({ ...first, ...machines });
    return Object.fromEntries(all.filter(([, value]) => value !== undefined));
  });
  return [first, ...others];
}

/**
 * Why an attempt came to nothing for want of machines; `undefined` when it is for anything else.
 *
 * A quota for the instance type that is used up counts: a list of types says that any of them would do, and neither can this one be
 * had now. So does a spot job that was given up before it began.
 *
 * @param outcome - what was thrown, or how the job ended
 */
export function shortageOf(outcome: unknown): string | undefined {
  if (CapacityError.isInstance(outcome)) {
    return outcome.failureReason ?? outcome.message;
  }
  if (outcome instanceof Error) {
    const { cause } = outcome;
    const said = cause instanceof Error ? cause.message : "";
    const code = awsErrorCode(cause);
    const words = sentence(said);
    const isShortage =
      NO_INSTANCES.test(`${code} ${said}`) ||
      (code === "ResourceLimitExceeded" && TYPE_QUOTA.test(said));
    return isShortage ? `${code}: ${words}` : undefined;
  }
  const { stopReason, trainingSeconds } = (outcome ?? {}) as Partial<TrainingJobResult>;
  return stopReason === "MaxWaitTimeExceeded" && trainingSeconds === undefined
    ? "the time to wait for spot instances was over before the training began."
    : undefined;
}

/**
 * The machines of an attempt, for people.
 *
 * @param options - that attempt's
 */
export function machinesInWords(options: EstimatorOptions): string {
  const { instanceType, instanceCount = 1, instanceGroups, instancePreferences } = options;
  const groups = (instanceGroups ?? []).map(
    (group) => `${group.instanceCount} x ${group.instanceType}`,
  );
  const preferred = (instancePreferences ?? []).map((preference) => preference.instanceType);
  const machines =
    groups.join(" + ") || preferred.join(" or ") || `${instanceCount} x ${instanceType}`;
  return options.useSpotInstances ? `${machines} (spot)` : machines;
}

/**
 * A name of its own for each attempt of a job that the caller named: `name`, `name-2`, `name-3`.
 *
 * @param name - the caller's
 * @param turn - 0 for the first attempt
 */
export function nameOfTurn(name: string, turn: number): string {
  if (turn === 0) {
    return name;
  }
  const suffix = `-${turn + 1}`;
  return name.slice(0, MAX_JOB_NAME_LENGTH - suffix.length).replace(/-+$/, "") + suffix;
}

/**
 * The requests that would follow the first.
 *
 * @param options - the estimator's
 * @param request - the request of the first attempt
 */
export function fallbackRequests(
  options: EstimatorOptions,
  request: TrainingJobRequest,
): TrainingJobRequest[] {
  return machineChoices(options)
    .slice(1)
    .map((choice) => withMachinesOf(choice, request));
}

function withMachinesOf(choice: EstimatorOptions, request: TrainingJobRequest): TrainingJobRequest {
  const {
    ResourceConfig: _,
    StoppingCondition: __,
    EnableManagedSpotTraining: ___,
    ...rest
  } = request;
  const varied = {
    ...rest,
    ResourceConfig: resourceConfig(choice),
    StoppingCondition: stoppingCondition(choice),
    ...(choice.useSpotInstances && { EnableManagedSpotTraining: true }),
  };
  return mergeOverrides(varied, choice.overrides ?? {});
}

/**
 * What is wrong with the fallbacks: told before the first attempt, not hours later.
 *
 * @param options - the estimator's
 * @param request - the request of the first attempt
 * @param how - `isLocal`: the job runs on a local cloud; `wait`: `fit()` sees the job's end
 */
export function fallbackFindings(
  options: EstimatorOptions,
  request: TrainingJobRequest,
  how: { readonly isLocal: boolean; readonly wait: boolean },
): Finding[] {
  const { capacityFallbacks: fallbacks = [] } = options;
  const [first = {}, ...others] = machineChoices(options);
  const findingsOf = (choice: EstimatorOptions): Finding[] => {
    const varied = withMachinesOf(choice, request);
    const context = { channels: [], isLocal: how.isLocal, overrides: options.overrides };
    return [...ruleFindings(choice, how.isLocal), ...requestFindings(varied, context)];
  };
  const known = new Set(findingsOf(first).map(({ path, message }) => `${path} ${message}`));
  const found = others.flatMap((choice, index) =>
    findingsOf(choice)
      // What is wrong with the first attempt too is told there.
      .filter(({ path, message }) => !known.has(`${path} ${message}`))
      .map((finding) => ({ ...finding, path: `capacityFallbacks[${index}].${finding.path}` })),
  );
  if (fallbacks.length > 0 && !how.wait) {
    found.push({
      severity: "warning",
      path: "capacityFallbacks",
      message: "With wait: false nobody sees that a job fails for want of capacity.",
      hint: "Only a start that is refused moves on. Leave wait out, or wait with job.wait() and start the next yourself.",
    });
  }
  return found;
}
