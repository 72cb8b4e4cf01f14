/** The machines and the time of a job, as the request has them. Pure. */

import type { CreateTrainingJobCommandInput, TrainingInstanceType } from "../aws/types.ts";
import { given } from "./channel-request.ts";
import type { EstimatorOptions } from "./options.ts";
import type { InstanceType, ResourceOptions } from "./resource-options.ts";

const DEFAULT_VOLUME_SIZE_GB = 30;
const DEFAULT_MAX_RUN_SECONDS = 86_400;

/**
 * ResourceConfig; absent for a serverless job that asks for none of it.
 *
 * @param options - the estimator's
 */
export function resourceConfig(
  options: EstimatorOptions,
): CreateTrainingJobCommandInput["ResourceConfig"] {
  const volumeSize =
    options.volumeSize ?? (ownsNoInstances(options) ? undefined : DEFAULT_VOLUME_SIZE_GB);
  const members = {
    ...instances(options),
    ...given("VolumeSizeInGB", volumeSize),
    ...given("VolumeKmsKeyId", options.volumeKmsKey),
    ...given("KeepAlivePeriodInSeconds", options.keepAlivePeriodInSeconds),
    ...given("TrainingPlanArn", options.trainingPlan),
    ...(options.instancePlacementConfig && {
      InstancePlacementConfig: copyOf(options.instancePlacementConfig),
    }),
  };
  return Object.keys(members).length > 0 ? members : undefined;
}

/**
 * StoppingCondition: Python's default of a day is always sent, since the service's own may change.
 *
 * @param options - the estimator's
 */
export function stoppingCondition(
  options: EstimatorOptions,
): CreateTrainingJobCommandInput["StoppingCondition"] {
  const { maxRun, maxWait, maxPendingTime } = options;
  if (ownsNoInstances(options) && (maxRun ?? maxWait ?? maxPendingTime) === undefined) {
    return undefined;
  }
  return {
    MaxRuntimeInSeconds: maxRun ?? DEFAULT_MAX_RUN_SECONDS,
    ...given("MaxWaitTimeInSeconds", maxWait),
    ...given("MaxPendingTimeInSeconds", maxPendingTime),
  };
}

/** Everything that was given goes into the request: what excludes each other is told as a finding. */
function instances(options: ResourceOptions): CreateTrainingJobCommandInput["ResourceConfig"] {
  const { instanceType, instanceCount, instanceGroups, instancePreferences } = options;
  return {
    ...(instanceType !== undefined && { InstanceType: named(instanceType) }),
    ...(instanceType !== undefined || instanceCount !== undefined
      ? { InstanceCount: instanceCount ?? 1 }
      : {}),
    ...(instanceGroups && {
      InstanceGroups: instanceGroups.map((group) => ({
        InstanceGroupName: group.instanceGroupName,
        InstanceType: named(group.instanceType),
        InstanceCount: group.instanceCount,
      })),
    }),
    ...(instancePreferences && {
      InstancePreferences: instancePreferences.map((preference) => ({
        InstanceType: named(preference.instanceType),
        ...given("InstanceCount", preference.instanceCount),
        ...(preference.trainingPlan !== undefined && {
          TrainingPlanArns: [preference.trainingPlan],
        }),
      })),
    }),
  };
}

/** The client's type names the instance types of its day; the service takes newer ones. */
function named(type: InstanceType): TrainingInstanceType {
  return type as TrainingInstanceType;
}

function ownsNoInstances(options: EstimatorOptions): boolean {
  return (
    options.serverlessJobConfig !== undefined &&
    options.instanceType === undefined &&
    options.instanceGroups === undefined &&
    options.instancePreferences === undefined
  );
}

/** A copy that its owner may not change behind the plan's back, in the client's mutable type. */
function copyOf<T>(value: T): Mutable<T> {
  return structuredClone(value) as Mutable<T>;
}

type Mutable<T> = { -readonly [K in keyof T]: Mutable<T[K]> };
