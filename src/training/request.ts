/** Options and channels as the exact CreateTrainingJob request. Pure: what is wrong with it is found elsewhere. */

import type { Channel, CreateTrainingJobCommandInput } from "../aws/types.ts";
import {
  FileSystemInput,
  type FitInput,
  type InputMode,
  JsonInput,
  TrainingInput,
} from "../inputs.ts";
import type { EstimatorOptions, Tags } from "./options.ts";

/** The request as the SDK takes it. */
export type TrainingJobRequest = CreateTrainingJobCommandInput;

/** One channel with its data's place in S3 known; `uri` is absent for a file system. */
export interface ResolvedChannel {
  readonly name: string;
  readonly input: FitInput;
  readonly uri?: string;
}

/** What the options leave to the session and the moment. */
export interface ResolvedJob {
  readonly jobName: string;
  readonly roleArn: string;
  readonly outputPath: string;
  readonly hyperparameters: Readonly<Record<string, string>>;
  readonly channels: readonly ResolvedChannel[];
  /** The input mode of a lone `TrainingInput`, which is then the job's (as in Python). */
  readonly inputMode?: InputMode | undefined;
  readonly experimentConfig?: Readonly<Record<string, string>>;
}

const DEFAULT_VOLUME_SIZE_GB = 30;
const DEFAULT_MAX_RUN_SECONDS = 86_400;

/**
 * The request, with what was not asked for left out.
 *
 * @param options - the estimator's options
 * @param job - what the session and the moment add
 */
export function buildRequest(options: EstimatorOptions, job: ResolvedJob): TrainingJobRequest {
  const tags = tagList(options.tags);
  return {
    TrainingJobName: job.jobName,
    ...(hasEntries(job.hyperparameters) && { HyperParameters: { ...job.hyperparameters } }),
    AlgorithmSpecification: {
      TrainingImage: options.imageUri,
      TrainingInputMode: job.inputMode ?? options.inputMode ?? "File",
      ...(options.metricDefinitions?.length && {
        MetricDefinitions: options.metricDefinitions.map((definition) => ({ ...definition })),
      }),
      ...(options.containerEntryPoint && { ContainerEntrypoint: [...options.containerEntryPoint] }),
      ...(options.containerArguments && { ContainerArguments: [...options.containerArguments] }),
      ...(options.trainingRepositoryAccessMode && {
        TrainingImageConfig: { TrainingRepositoryAccessMode: options.trainingRepositoryAccessMode },
      }),
    },
    RoleArn: job.roleArn,
    ...(job.channels.length > 0 && { InputDataConfig: job.channels.map(buildChannel) }),
    OutputDataConfig: { S3OutputPath: job.outputPath },
    ResourceConfig: {
      // The client's type names the instance types of its day; the service takes newer ones.
      ...(options.instanceType !== undefined && {
        InstanceType: options.instanceType as "ml.m5.large",
        InstanceCount: options.instanceCount ?? 1,
      }),
      VolumeSizeInGB: options.volumeSize ?? DEFAULT_VOLUME_SIZE_GB,
    },
    StoppingCondition: { MaxRuntimeInSeconds: options.maxRun ?? DEFAULT_MAX_RUN_SECONDS },
    ...(tags.length > 0 && { Tags: tags }),
    ...(hasEntries(options.environment) && { Environment: { ...options.environment } }),
    ...(hasEntries(job.experimentConfig) && { ExperimentConfig: { ...job.experimentConfig } }),
  };
}

/**
 * One channel of the request.
 *
 * @param channel - with its place in S3
 */
function buildChannel({ name, input, uri }: ResolvedChannel): Channel {
  if (input instanceof FileSystemInput) {
    const { options } = input;
    return {
      ChannelName: name,
      DataSource: {
        FileSystemDataSource: {
          FileSystemId: options.fileSystemId,
          FileSystemAccessMode: options.fileSystemAccessMode ?? "ro",
          FileSystemType: options.fileSystemType,
          DirectoryPath: options.directoryPath,
        },
      },
      ...(options.contentType !== undefined && { ContentType: options.contentType }),
    };
  }
  if (input instanceof TrainingInput) {
    const { options } = input;
    return {
      ChannelName: name,
      DataSource: {
        S3DataSource: {
          S3DataType: options.s3DataType ?? "S3Prefix",
          S3Uri: uri,
          S3DataDistributionType: options.distribution ?? "FullyReplicated",
          ...(options.attributeNames && { AttributeNames: [...options.attributeNames] }),
          ...(options.instanceGroups && { InstanceGroupNames: [...options.instanceGroups] }),
          ...(options.modelAccessConfig && { ModelAccessConfig: options.modelAccessConfig }),
          ...(options.hubAccessConfig && { HubAccessConfig: options.hubAccessConfig }),
        },
      },
      ...(options.contentType !== undefined && { ContentType: options.contentType }),
      ...(options.compression !== undefined && { CompressionType: options.compression }),
      ...(options.recordWrapping !== undefined && { RecordWrapperType: options.recordWrapping }),
      ...(options.inputMode !== undefined && { InputMode: options.inputMode }),
      ...(options.shuffleConfig && { ShuffleConfig: { Seed: options.shuffleConfig.seed } }),
    };
  }
  return {
    ChannelName: name,
    DataSource: {
      S3DataSource: {
        S3DataType: "S3Prefix",
        S3Uri: uri,
        S3DataDistributionType: "FullyReplicated",
      },
    },
    ...(input instanceof JsonInput && {
      ContentType: input.options.contentType ?? "application/json",
    }),
  };
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
    : Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

function isTagList(tags: Tags): tags is readonly { Key: string; Value: string }[] {
  return Array.isArray(tags);
}

function hasEntries(record: Readonly<Record<string, unknown>> | undefined): boolean {
  return record !== undefined && Object.keys(record).length > 0;
}
