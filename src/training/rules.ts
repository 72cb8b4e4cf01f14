/** What options must not say together: rules that the service's model of single members does not have. Pure. */

import type { Finding } from "../errors.ts";
import { accelerator, hasNvmeDisks } from "./instance-traits.ts";
import { isRecord } from "./is-record.ts";
import { asksForLocal, type EstimatorOptions } from "./options.ts";

type Tell = (path: string, message: string, hint: string) => void;

/** Takes findings of the two severities that rules have. */
interface Findings {
  readonly error: Tell;
  readonly warning: Tell;
}

/** The longest that a job may run, 28 days (API reference, StoppingCondition). */
const LONGEST_RUN_SECONDS = 2_419_200;
/** Tags of images that were built for GPUs: `…-gpu-py311-cu124-ubuntu22.04`. */
const GPU_IMAGE = /:(?=.*(?:-|^)(?:gpu|cu\d{2,3})(?:-|$))/;

/**
 * What of the options excludes, needs or loses something else. An error is what the service refuses, or what would be dropped in
 * silence; what the documentation advises is a warning.
 *
 * @param options - the estimator's
 * @param isLocal - the job runs on a local cloud
 */
export function ruleFindings(options: EstimatorOptions, isLocal: boolean): Finding[] {
  const found: Finding[] = [];
  const tell =
    (severity: Finding["severity"]): Tell =>
    (path, message, hint) =>
      void found.push({ severity, path, message, hint });
  const tells: Findings = { error: tell("error"), warning: tell("warning") };
  instanceRules(options, tells);
  timeRules(options, tells);
  spotRules(options, isLocal, tells);
  volumeRules(options, tells);
  networkRules(options, tells);
  lostValues(options, tells);
  debugRules(options, tells);
  return found;
}

function instanceRules(options: EstimatorOptions, { error, warning }: Findings): void {
  const { instanceType, instanceCount, instanceGroups, instancePreferences } = options;
  const { instancePlacementConfig, useSpotInstances, imageUri = "", capacityFallbacks } = options;
  if (
    instanceGroups !== undefined &&
    capacityFallbacks?.some((fallback) => typeof fallback === "string")
  ) {
    error(
      "capacityFallbacks",
      "A type alone cannot take the place of groups.",
      "Give { instanceGroups: [...] } with other types in them.",
    );
  }
  if (instanceGroups !== undefined && (instanceType ?? instanceCount) !== undefined) {
    error(
      "instanceGroups",
      "instanceCount and instanceType cannot be set when instanceGroups is set.",
      "Leave them out: each group has its own.",
    );
  }
  if (instancePreferences !== undefined) {
    const others = {
      instanceType,
      instanceGroups,
      instancePlacementConfig,
      useSpotInstances: useSpotInstances || undefined,
    };
    for (const [name, value] of Object.entries(others)) {
      if (value !== undefined) {
        error(
          "instancePreferences",
          `It cannot be given together with ${name}.`,
          `Leave one of the two out.`,
        );
      }
    }
  }
  // That a name is missing, the service's model tells.
  const names = (instanceGroups ?? []).flatMap(({ instanceGroupName }) => instanceGroupName ?? []);
  for (const name of new Set(names.filter((name, index) => names.indexOf(name) !== index))) {
    warning("instanceGroups", `Two groups are called '${name}'.`, "Give each its own name.");
  }
  const types = instanceTypes(options);
  if (GPU_IMAGE.test(imageUri) && types.length > 0 && types.every((type) => !computes(type))) {
    warning(
      "imageUri",
      `'${imageUri}' is built for GPUs, and ${types.join(", ")} has none.`,
      "Take the image for CPUs, or an instance type with GPUs (ml.g…, ml.p…).",
    );
  }
}

function timeRules(options: EstimatorOptions, { error, warning }: Findings): void {
  const { maxRun, maxWait, useSpotInstances, keepAlivePeriodInSeconds = 0 } = options;
  if (maxWait !== undefined && useSpotInstances !== true) {
    error(
      "maxWait",
      "It is for spot instances only.",
      "Set useSpotInstances: true, or leave maxWait out.",
    );
  }
  if (maxRun !== undefined && maxRun > LONGEST_RUN_SECONDS) {
    warning(
      "maxRun",
      `${maxRun} s are more than the ${LONGEST_RUN_SECONDS} s (28 days) that a job may run.`,
      "Give at most 2,419,200; go on from checkpoints after that.",
    );
  }
  if (keepAlivePeriodInSeconds > 0 && useSpotInstances) {
    warning(
      "keepAlivePeriodInSeconds",
      "Spot instances are not kept in a warm pool.",
      "Use one of the two.",
    );
  }
}

function spotRules(
  options: EstimatorOptions,
  isLocal: boolean,
  { error, warning }: Findings,
): void {
  if (options.useSpotInstances !== true) {
    return;
  }
  const { maxRun = 86_400, maxWait, checkpointS3Uri } = options;
  if (asksForLocal(options)) {
    error(
      "useSpotInstances",
      `There are no spot instances of type '${options.instanceType}'.`,
      "Name an ml. instance type: with a session of a local cloud the job runs locally all the same.",
    );
  }
  if (maxWait === undefined || maxWait < maxRun) {
    error(
      "maxWait",
      maxWait === undefined
        ? "It is required with useSpotInstances."
        : `${maxWait} s is less than maxRun, ${maxRun} s.`,
      `It counts the waiting and the running: give at least maxRun, ${maxRun}.`,
    );
  }
  if (checkpointS3Uri === undefined && maxRun > 3600 && !isLocal) {
    warning(
      "checkpointS3Uri",
      "A long spot job without checkpoints begins again from nothing after each interruption.",
      "Give checkpointS3Uri, and have the program write to /opt/ml/checkpoints and read from it.",
    );
  }
}

function volumeRules(options: EstimatorOptions, { warning }: Findings): void {
  const fixed = instanceTypes(options).filter(hasNvmeDisks);
  if (fixed.length === 0) {
    return;
  }
  const which = fixed.join(", ");
  if (options.volumeSize !== undefined) {
    warning(
      "volumeSize",
      `${which} has NVMe disks of a fixed size, which are used in place of a volume.`,
      "Leave volumeSize out; the service refuses more than the disks hold.",
    );
  }
  if (options.volumeKmsKey !== undefined) {
    warning(
      "volumeKmsKey",
      `${which} has NVMe disks that encrypt by themselves and take no KMS key.`,
      "Leave volumeKmsKey out for these types.",
    );
  }
}

function networkRules(options: EstimatorOptions, { error, warning }: Findings): void {
  const { subnets, securityGroupIds, enableNetworkIsolation, environment = {} } = options;
  if ((subnets === undefined) !== (securityGroupIds === undefined)) {
    error(
      subnets === undefined ? "subnets" : "securityGroupIds",
      "When setting up custom VPC, both subnets and securityGroupIds must be set.",
      "Give both, or neither.",
    );
  }
  if (enableNetworkIsolation && Object.hasOwn(environment, "MLFLOW_TRACKING_URI")) {
    warning(
      "environment.MLFLOW_TRACKING_URI",
      "With enableNetworkIsolation the container cannot reach a tracking server.",
      "Turn isolation off, or log what the job wrote after its end.",
    );
  }
}

/** Values that the request has no place for without another one: Python drops them in silence. */
function lostValues(options: EstimatorOptions, { error }: Findings): void {
  if (options.checkpointLocalPath !== undefined && options.checkpointS3Uri === undefined) {
    error(
      "checkpointLocalPath",
      "It says nothing without checkpointS3Uri.",
      "Give checkpointS3Uri, or leave it out.",
    );
  }
  if (
    options.trainingRepositoryCredentialsProviderArn !== undefined &&
    options.trainingRepositoryAccessMode === undefined
  ) {
    error(
      "trainingRepositoryCredentialsProviderArn",
      "It says nothing without trainingRepositoryAccessMode.",
      'Set trainingRepositoryAccessMode: "Vpc".',
    );
  }
  const { overrides, capacityFallbacks = [] } = options;
  const resources: unknown = overrides?.["ResourceConfig"];
  const namesType = capacityFallbacks.some(
    (fallback) => typeof fallback === "string" || fallback.instanceType !== undefined,
  );
  if (namesType && isRecord(resources) && typeof resources["InstanceType"] === "string") {
    error(
      "capacityFallbacks",
      "Their instance types are lost: overrides.ResourceConfig.InstanceType takes their place.",
      "Give the type as instanceType, and leave it out of overrides.",
    );
  }
  if (options.modelChannelName !== undefined && options.modelUri === undefined) {
    error(
      "modelChannelName",
      "It says nothing without modelUri.",
      "Give modelUri, or leave it out.",
    );
  }
}

/** What the debugger and the profiler are told although they are off. */
function debugRules(options: EstimatorOptions, { error, warning }: Findings): void {
  const { debuggerHookConfig, profilerConfig, disableProfiler, rules = [] } = options;
  for (const [index, { kind }] of rules.entries()) {
    if ((kind ?? undefined) === undefined) {
      error(
        `rules[${index}].kind`,
        "It is required: the rule would be lost.",
        "Make rules with Rule or ProfilerRule, or say debugger or profiler.",
      );
    }
  }
  if (disableProfiler && profilerConfig !== undefined && profilerConfig.disableProfiler !== true) {
    error(
      "profilerConfig",
      "It says nothing with disableProfiler: true.",
      "Leave one of the two out.",
    );
  }
  if (profilerConfig?.disableProfiler) {
    for (const [name, value] of Object.entries(profilerConfig)) {
      if (name !== "disableProfiler" && value !== undefined) {
        error(
          `profilerConfig.${name}`,
          "It says nothing with disableProfiler: true.",
          "Leave one of the two out.",
        );
      }
    }
  }
  const isProfilerOff = disableProfiler === true || profilerConfig?.disableProfiler === true;
  const off = { debugger: debuggerHookConfig === false, profiler: isProfilerOff };
  const what = { debugger: "debuggerHookConfig: false", profiler: "disableProfiler" };
  for (const { kind, name } of rules) {
    if (off[kind]) {
      warning(
        "rules",
        `The ${kind} rule '${name}' has nothing to look at: the ${kind} is off.`,
        `Leave ${what[kind]} out.`,
      );
    }
  }
}

/** All types that the job may run on. */
function instanceTypes(options: EstimatorOptions): string[] {
  return [
    ...(options.instanceType === undefined ? [] : [options.instanceType]),
    ...(options.instanceGroups ?? []).map(({ instanceType }) => instanceType),
    ...(options.instancePreferences ?? []).map(({ instanceType }) => instanceType),
  ];
}

/** Whether it has an accelerator, or may have one. */
function computes(type: string): boolean {
  return accelerator(type) !== "none";
}
