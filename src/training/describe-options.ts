/** A job's description back as the options and inputs that made it: what `attach` restores. Pure. */

import type { DescribeTrainingJobCommandOutput, Tag } from "../aws/types.ts";
import type { FitInput } from "../inputs.ts";
import { given } from "./channel-request.ts";
import { CODE_CHANNEL } from "./code/code-channels.ts";
import { restoreToolkitCode } from "./code/toolkit-hyperparameters.ts";
import { debugOptions } from "./describe-debug.ts";
import { inputsFromChannels } from "./describe-inputs.ts";
import { resourceOptions } from "./describe-resources.ts";
import type { ExperimentConfig } from "./fit-options.ts";
import { baseFromName } from "./job-name.ts";
import { withoutRun } from "./mlflow-options.ts";
import type { EstimatorOptions } from "./options.ts";
import { RUN_DIGEST_TAG } from "./run-record.ts";

/** What made a job. */
export interface RestoredJob {
  /** The estimator's options. */
  readonly options: EstimatorOptions;
  /** Its channels, but for the model's; `undefined` when there are none. */
  readonly inputs: Readonly<Record<string, FitInput>> | undefined;
  /** The experiment that it was linked to. */
  readonly experimentConfig: ExperimentConfig | undefined;
}

/**
 * What asks for the same job again. Hyperparameters come back as the service keeps them, as strings; tags that AWS itself made
 * (`aws:…`) are left out, since no request may carry them, and so is the digest of that job's own run.
 *
 * @param job - DescribeTrainingJob's answer
 * @param tags - ListTags' answer
 * @param modelChannelName - the channel that holds the model to go on from
 */
export function jobFromDescription(
  job: DescribeTrainingJobCommandOutput,
  tags: readonly Tag[],
  modelChannelName = "model",
): RestoredJob {
  const inputs = inputsFromChannels(job.InputDataConfig ?? []);
  const model = modelUri(job, modelChannelName);
  if (model !== undefined) {
    delete inputs[modelChannelName];
  }
  const code = restoreToolkitCode(job.HyperParameters ?? {}, s3UriOf(job, CODE_CHANNEL));
  if (code !== undefined && job.EnableNetworkIsolation) {
    delete inputs[CODE_CHANNEL];
  }
  return {
    options: {
      ...optionsFromDescription(job, tags),
      ...code?.options,
      ...(code && { hyperparameters: code.hyperparameters }),
      ...(model !== undefined && { modelUri: model }),
      ...(model !== undefined && modelChannelName !== "model" && { modelChannelName }),
    },
    inputs: Object.keys(inputs).length > 0 ? inputs : undefined,
    experimentConfig: job.ExperimentConfig as ExperimentConfig | undefined,
  };
}

/**
 * The options alone, without the model's channel.
 *
 * @param job - DescribeTrainingJob's answer
 * @param tags - ListTags' answer
 */
function optionsFromDescription(
  job: DescribeTrainingJobCommandOutput,
  tags: readonly Tag[],
): EstimatorOptions {
  const algorithm = job.AlgorithmSpecification;
  const registry = algorithm?.TrainingImageConfig;
  const own = tags.filter(
    ({ Key }) => Key !== undefined && !Key.startsWith("aws:") && Key !== RUN_DIGEST_TAG,
  );
  return {
    ...text("imageUri", algorithm?.TrainingImage),
    ...text("algorithmArn", algorithm?.AlgorithmName),
    ...text("role", job.RoleArn),
    ...resourceOptions(job),
    ...given("inputMode", algorithm?.TrainingInputMode),
    ...text("outputPath", job.OutputDataConfig?.S3OutputPath),
    ...text("outputKmsKey", job.OutputDataConfig?.KmsKeyId),
    ...(job.OutputDataConfig?.CompressionType === "NONE" && { disableOutputCompression: true }),
    ...text("checkpointS3Uri", job.CheckpointConfig?.S3Uri),
    ...text("checkpointLocalPath", job.CheckpointConfig?.LocalPath),
    ...text("baseJobName", job.TrainingJobName && baseFromName(job.TrainingJobName)),
    ...given("hyperparameters", job.HyperParameters),
    // A job that repeats another has a run of MLflow's of its own.
    ...given("environment", withoutRun(job.Environment)),
    ...(own.length > 0 && {
      tags: own.map(({ Key = "", Value = "" }) => ({ Key, Value })),
    }),
    ...given("subnets", job.VpcConfig?.Subnets),
    ...given("securityGroupIds", job.VpcConfig?.SecurityGroupIds),
    ...(job.EnableNetworkIsolation && { enableNetworkIsolation: true }),
    ...(job.EnableInterContainerTrafficEncryption && { encryptInterContainerTraffic: true }),
    ...(algorithm?.MetricDefinitions?.length && {
      metricDefinitions: algorithm.MetricDefinitions.map(({ Name = "", Regex = "" }) => ({
        Name,
        Regex,
      })),
    }),
    // The service answers `false` where nothing was asked for.
    ...(algorithm?.EnableSageMakerMetricsTimeSeries && { enableSagemakerMetrics: true }),
    ...given("containerEntryPoint", algorithm?.ContainerEntrypoint),
    ...given("containerArguments", algorithm?.ContainerArguments),
    ...given("trainingRepositoryAccessMode", registry?.TrainingRepositoryAccessMode),
    ...text(
      "trainingRepositoryCredentialsProviderArn",
      registry?.TrainingRepositoryAuthConfig?.TrainingRepositoryCredentialsProviderArn,
    ),
    ...debugOptions(job),
    ...given("maxRetryAttempts", job.RetryStrategy?.MaximumRetryAttempts),
    ...given("enableRemoteDebug", job.RemoteDebugConfig?.EnableRemoteDebug),
    ...given("enableInfraCheck", job.InfraCheckConfig?.EnableInfraCheck),
    ...given("enableSessionTagChaining", chaining(job)),
    ...given("serverlessJobConfig", job.ServerlessJobConfig as never),
    ...given("mlflowConfig", job.MlflowConfig as never),
    ...given("modelPackageConfig", job.ModelPackageConfig as never),
  };
}

/** DescribeTrainingJob does not answer it in each version of the client. */
function chaining(job: DescribeTrainingJobCommandOutput): boolean | undefined {
  const { SessionChainingConfig: config } = job as {
    SessionChainingConfig?: { EnableSessionTagChaining?: boolean };
  };
  return config?.EnableSessionTagChaining;
}

function s3UriOf(job: DescribeTrainingJobCommandOutput, channel: string): string | undefined {
  const found = job.InputDataConfig?.find(({ ChannelName }) => ChannelName === channel);
  return found?.DataSource?.S3DataSource?.S3Uri;
}

function modelUri(job: DescribeTrainingJobCommandOutput, channel: string): string | undefined {
  const found = job.InputDataConfig?.find(({ ChannelName }) => ChannelName === channel);
  return found?.ContentType === "application/x-sagemaker-model"
    ? found.DataSource?.S3DataSource?.S3Uri
    : undefined;
}

/** The service answers the empty string where nothing was given. */
function text<K extends string>(name: K, value: string | undefined): { [name in K]?: string } {
  return given(name, value === "" ? undefined : value);
}
