/** A job's machines and times back as options. Pure. */

import type { DescribeTrainingJobCommandOutput } from "../aws/types.ts";
import { given } from "./channel-request.ts";
import type { ResourceOptions } from "./resource-options.ts";

const DEFAULT_MAX_RUN_SECONDS = 86_400;

/**
 * The options of the machines that a job ran on.
 *
 * @param job - DescribeTrainingJob's answer
 */
export function resourceOptions(job: DescribeTrainingJobCommandOutput): ResourceOptions {
  const resources = job.ResourceConfig;
  const stopping = job.StoppingCondition;
  const preferences = resources?.InstancePreferences;
  return {
    // With preferences the service answers what it selected in other members.
    ...(preferences === undefined && {
      ...given("instanceType", resources?.InstanceType),
      ...(resources?.InstanceGroups?.length
        ? {}
        : given("instanceCount", resources?.InstanceCount)),
    }),
    ...(resources?.InstanceGroups?.length && {
      instanceGroups: resources.InstanceGroups.map((group) => ({
        instanceGroupName: group.InstanceGroupName ?? "",
        instanceType: group.InstanceType ?? "",
        instanceCount: group.InstanceCount ?? 0,
      })),
    }),
    ...(preferences && {
      instancePreferences: preferences.map((preference) => ({
        instanceType: preference.InstanceType ?? "",
        ...given("instanceCount", preference.InstanceCount),
        ...given("trainingPlan", preference.TrainingPlanArns?.[0]),
      })),
    }),
    ...given("volumeSize", resources?.VolumeSizeInGB),
    ...given("volumeKmsKey", resources?.VolumeKmsKeyId || undefined),
    ...given("keepAlivePeriodInSeconds", resources?.KeepAlivePeriodInSeconds),
    ...given("trainingPlan", resources?.TrainingPlanArn),
    ...given("instancePlacementConfig", resources?.InstancePlacementConfig as never),
    ...given("maxRun", isDefaultOfServerless(job) ? undefined : stopping?.MaxRuntimeInSeconds),
    ...given("maxWait", stopping?.MaxWaitTimeInSeconds),
    ...given("maxPendingTime", stopping?.MaxPendingTimeInSeconds),
    ...(job.EnableManagedSpotTraining && { useSpotInstances: true }),
  };
}

/** A serverless job is given no time unless it is asked for; the service answers its default all the same. */
function isDefaultOfServerless(job: DescribeTrainingJobCommandOutput): boolean {
  return (
    job.ServerlessJobConfig !== undefined &&
    job.ResourceConfig === undefined &&
    job.StoppingCondition?.MaxRuntimeInSeconds === DEFAULT_MAX_RUN_SECONDS
  );
}
