/** Options and channels as the exact CreateTrainingJob request. Pure: what is wrong with it is found elsewhere. */

import type { CreateTrainingJobCommandInput } from "../aws/types.ts";
import type { InputMode } from "../inputs.ts";
import { buildChannel, given, type ResolvedChannel } from "./channel-request.ts";
import { debugRequest } from "./debug-request.ts";
import type { EstimatorOptions, Tags } from "./options.ts";
import { mergeOverrides } from "./overrides.ts";
import { resourceConfig, stoppingCondition } from "./resource-request.ts";

/** The request as the SDK takes it. */
export type TrainingJobRequest = CreateTrainingJobCommandInput;

/** What the options leave to the session and the moment. */
export interface ResolvedJob {
  readonly jobName: string;
  readonly roleArn: string;
  readonly outputPath: string;
  readonly hyperparameters: Readonly<Record<string, string>>;
  /** All channels, those of the model and the code among them. */
  readonly channels: readonly ResolvedChannel[];
  /** The input mode of a lone `TrainingInput`, which is then the job's (as in Python). */
  readonly inputMode?: InputMode | undefined;
  readonly experimentConfig?: Readonly<Record<string, string>>;
  /** The code's driver, in the place of `containerEntryPoint`. */
  readonly entryPoint?: readonly string[] | undefined;
}

/**
 * The request, with what was not asked for left out.
 *
 * @param options - the estimator's options
 * @param job - what the session and the moment add
 */
export function buildRequest(options: EstimatorOptions, job: ResolvedJob): TrainingJobRequest {
  const tags = tagList(options.tags);
  const { subnets, securityGroupIds } = options;
  const request: TrainingJobRequest = {
    TrainingJobName: job.jobName,
    ...(hasEntries(job.hyperparameters) && { HyperParameters: { ...job.hyperparameters } }),
    ...given("AlgorithmSpecification", algorithm(options, job)),
    RoleArn: job.roleArn,
    ...(job.channels.length > 0 && { InputDataConfig: job.channels.map(buildChannel) }),
    OutputDataConfig: {
      S3OutputPath: job.outputPath,
      ...given("KmsKeyId", options.outputKmsKey),
      ...(options.disableOutputCompression && { CompressionType: "NONE" }),
    },
    ...given("ResourceConfig", resourceConfig(options)),
    ...((subnets ?? securityGroupIds) !== undefined && {
      VpcConfig: {
        Subnets: subnets && [...subnets],
        SecurityGroupIds: securityGroupIds && [...securityGroupIds],
      },
    }),
    ...given("StoppingCondition", stoppingCondition(options)),
    ...(tags.length > 0 && { Tags: tags }),
    ...(options.enableNetworkIsolation && { EnableNetworkIsolation: true }),
    ...(options.encryptInterContainerTraffic && { EnableInterContainerTrafficEncryption: true }),
    ...(options.useSpotInstances && { EnableManagedSpotTraining: true }),
    ...(options.checkpointS3Uri !== undefined && {
      CheckpointConfig: {
        S3Uri: options.checkpointS3Uri,
        ...given("LocalPath", options.checkpointLocalPath),
      },
    }),
    ...debugRequest(options, job),
    ...(hasEntries(job.experimentConfig) && { ExperimentConfig: { ...job.experimentConfig } }),
    ...(hasEntries(options.environment) && { Environment: { ...options.environment } }),
    ...(options.maxRetryAttempts !== undefined && {
      RetryStrategy: { MaximumRetryAttempts: options.maxRetryAttempts },
    }),
    ...(options.enableRemoteDebug !== undefined && {
      RemoteDebugConfig: { EnableRemoteDebug: options.enableRemoteDebug },
    }),
    ...(options.enableInfraCheck !== undefined && {
      InfraCheckConfig: { EnableInfraCheck: options.enableInfraCheck },
    }),
    ...(options.enableSessionTagChaining !== undefined && {
      SessionChainingConfig: { EnableSessionTagChaining: options.enableSessionTagChaining },
    }),
    ...(options.serverlessJobConfig && { ServerlessJobConfig: { ...options.serverlessJobConfig } }),
    ...(options.mlflowConfig && { MlflowConfig: { ...options.mlflowConfig } }),
    ...(options.modelPackageConfig && { ModelPackageConfig: { ...options.modelPackageConfig } }),
  };
  return options.overrides === undefined ? request : mergeOverrides(request, options.overrides);
}

function algorithm(
  options: EstimatorOptions,
  job: ResolvedJob,
): TrainingJobRequest["AlgorithmSpecification"] {
  const credentials = options.trainingRepositoryCredentialsProviderArn;
  const entryPoint = job.entryPoint ?? options.containerEntryPoint;
  const inputMode = job.inputMode ?? options.inputMode;
  const members = {
    ...given("TrainingImage", options.imageUri),
    ...given("AlgorithmName", options.algorithmArn),
    ...given("TrainingInputMode", inputMode),
    ...(options.metricDefinitions?.length && {
      MetricDefinitions: options.metricDefinitions.map((definition) => ({ ...definition })),
    }),
    ...given("EnableSageMakerMetricsTimeSeries", options.enableSagemakerMetrics),
    ...(entryPoint && { ContainerEntrypoint: [...entryPoint] }),
    ...(options.containerArguments && { ContainerArguments: [...options.containerArguments] }),
    ...(options.trainingRepositoryAccessMode !== undefined && {
      TrainingImageConfig: {
        TrainingRepositoryAccessMode: options.trainingRepositoryAccessMode,
        ...(credentials !== undefined && {
          TrainingRepositoryAuthConfig: { TrainingRepositoryCredentialsProviderArn: credentials },
        }),
      },
    }),
  };
  // A serverless job needs none of it; what was asked for all the same is for the service to take or refuse.
  return options.serverlessJobConfig !== undefined && !hasEntries(members)
    ? undefined
    : { ...members, TrainingInputMode: inputMode ?? "File" };
}

/**
 * Tags as the service's list.
 *
 * @param tags - a record or the list itself
 */
export function tagList(tags: Tags | undefined): { Key: string; Value: string }[] {
  if (tags === undefined) {
    return [];
  }
  return isTagList(tags)
    ? tags.map(({ Key, Value }) => ({ Key, Value }))
    : Object.entries(tags).map(([Key, value]) => ({ Key, Value: tagValue(value) }));
}

/** As in Python, numbers and booleans become text; what is neither is told by the findings. */
function tagValue(value: string | number | boolean): string {
  return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
}

function isTagList(tags: Tags): tags is readonly { Key: string; Value: string }[] {
  return Array.isArray(tags);
}

function hasEntries(record: Readonly<Record<string, unknown>> | undefined): boolean {
  return record !== undefined && Object.keys(record).length > 0;
}
