/** A job's description back as the options that made it: what `attach` restores. Pure. */

import type { DescribeTrainingJobCommandOutput, Tag } from "../aws/types.ts";
import { baseFromName } from "./job-name.ts";
import type { EstimatorOptions } from "./options.ts";

/**
 * The options that ask for the same job again. Hyperparameters come back as the service keeps them, as strings; tags that
 * AWS itself made (`aws:…`) are left out, since no request may carry them.
 *
 * @param job - DescribeTrainingJob's answer
 * @param tags - ListTags' answer
 */
export function optionsFromDescription(
  job: DescribeTrainingJobCommandOutput,
  tags: readonly Tag[],
): EstimatorOptions {
  const algorithm = job.AlgorithmSpecification;
  const resources = job.ResourceConfig;
  const own = tags.filter(({ Key }) => Key !== undefined && !Key.startsWith("aws:"));
  const accessMode = algorithm?.TrainingImageConfig?.TrainingRepositoryAccessMode;
  return {
    imageUri: algorithm?.TrainingImage ?? "",
    ...defined("role", job.RoleArn),
    ...defined("instanceType", resources?.InstanceType),
    ...defined("instanceCount", resources?.InstanceCount),
    ...defined("volumeSize", resources?.VolumeSizeInGB),
    ...defined("maxRun", job.StoppingCondition?.MaxRuntimeInSeconds),
    ...defined("inputMode", algorithm?.TrainingInputMode),
    ...defined("outputPath", job.OutputDataConfig?.S3OutputPath),
    ...defined("baseJobName", job.TrainingJobName && baseFromName(job.TrainingJobName)),
    ...defined("hyperparameters", job.HyperParameters),
    ...defined("environment", job.Environment),
    ...(own.length > 0 && {
      tags: own.map(({ Key, Value }) => ({ Key: Key ?? "", Value: Value ?? "" })),
    }),
    ...(algorithm?.MetricDefinitions && {
      metricDefinitions: algorithm.MetricDefinitions.map(({ Name, Regex }) => ({
        Name: Name ?? "",
        Regex: Regex ?? "",
      })),
    }),
    ...defined("containerEntryPoint", algorithm?.ContainerEntrypoint),
    ...defined("containerArguments", algorithm?.ContainerArguments),
    ...defined("trainingRepositoryAccessMode", accessMode),
  };
}

function defined<K extends keyof EstimatorOptions>(
  name: K,
  value: EstimatorOptions[K] | undefined,
): Pick<EstimatorOptions, K> | Record<never, never> {
  return value === undefined || value === ""
    ? {}
    : ({ [name]: value } as Pick<EstimatorOptions, K>);
}
