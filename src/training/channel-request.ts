/** One channel as the request has it. Pure. */

import type { Channel } from "../aws/types.ts";
import {
  DatasetInput,
  FileSystemInput,
  type FitInput,
  JsonInput,
  TrainingInput,
  type TrainingInputOptions,
} from "../inputs.ts";

/** One channel with its data's place in S3 known; `uri` is absent where the data are not in S3. */
export interface ResolvedChannel {
  readonly name: string;
  readonly input: FitInput;
  readonly uri?: string;
}

/**
 * One channel of the request.
 *
 * @param channel - with its place in S3
 */
export function buildChannel({ name, input, uri }: ResolvedChannel): Channel {
  if (input instanceof FileSystemInput) {
    return fileSystemChannel(name, input);
  }
  if (input instanceof DatasetInput) {
    const { datasetArn, options } = input;
    return {
      ChannelName: name,
      DataSource: { DatasetSource: { DatasetArn: datasetArn } },
      ...given("ContentType", options.contentType),
      ...given("InputMode", options.inputMode),
    };
  }
  if (input instanceof TrainingInput) {
    return s3Channel(name, uri, input.options);
  }
  return s3Channel(
    name,
    uri,
    input instanceof JsonInput
      ? { contentType: input.options.contentType ?? "application/json" }
      : {},
  );
}

function s3Channel(name: string, uri: string | undefined, options: TrainingInputOptions): Channel {
  return {
    ChannelName: name,
    DataSource: {
      S3DataSource: {
        S3DataType: options.s3DataType ?? "S3Prefix",
        S3Uri: uri,
        S3DataDistributionType: options.distribution ?? "FullyReplicated",
        ...(options.attributeNames && { AttributeNames: [...options.attributeNames] }),
        ...(options.instanceGroups && { InstanceGroupNames: [...options.instanceGroups] }),
        ...given("ModelAccessConfig", options.modelAccessConfig),
        ...given("HubAccessConfig", options.hubAccessConfig),
      },
    },
    ...given("ContentType", options.contentType),
    ...given("CompressionType", options.compression),
    ...given("RecordWrapperType", options.recordWrapping),
    ...given("InputMode", options.inputMode),
    ...(options.shuffleConfig && { ShuffleConfig: { Seed: options.shuffleConfig.seed } }),
  };
}

function fileSystemChannel(name: string, { options }: FileSystemInput): Channel {
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
    ...given("ContentType", options.contentType),
  };
}

/**
 * A member, if it is given: what was not asked for is left out of the request.
 *
 * @param name - the member's name
 * @param value - its value
 */
export function given<K extends string, V>(
  name: K,
  value: V | undefined,
): { [name in K]?: Exclude<V, undefined> } {
  return (value === undefined ? {} : { [name]: value }) as never;
}
