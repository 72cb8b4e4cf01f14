/** A job's channels back as the inputs that made them. Pure. */

import type { Channel } from "../aws/types.ts";
import {
  DatasetInput,
  FileSystemInput,
  type FitInput,
  TrainingInput,
  type TrainingInputOptions,
} from "../inputs.ts";
import { given } from "./channel-request.ts";

/**
 * The inputs by channel. `None`, which the service answers where nothing was given, is left out.
 *
 * @param channels - DescribeTrainingJob's `InputDataConfig`
 */
export function inputsFromChannels(channels: readonly Channel[]): Record<string, FitInput> {
  return Object.fromEntries(
    channels.map((channel) => [channel.ChannelName ?? "", inputOf(channel)]),
  );
}

function inputOf(channel: Channel): FitInput {
  const { S3DataSource, FileSystemDataSource: system, DatasetSource } = channel.DataSource ?? {};
  if (system !== undefined) {
    return new FileSystemInput({
      fileSystemId: system.FileSystemId ?? "",
      fileSystemType: system.FileSystemType ?? "EFS",
      directoryPath: system.DirectoryPath ?? "",
      ...given("fileSystemAccessMode", system.FileSystemAccessMode),
      ...given("contentType", channel.ContentType),
    });
  }
  if (DatasetSource !== undefined) {
    return new DatasetInput(DatasetSource.DatasetArn ?? "", {
      ...given("contentType", channel.ContentType),
      ...given("inputMode", channel.InputMode),
    });
  }
  const compression = unlessNone(channel.CompressionType);
  const recordWrapping = unlessNone(channel.RecordWrapperType);
  const options: TrainingInputOptions = {
    ...given("s3DataType", S3DataSource?.S3DataType),
    ...given("distribution", S3DataSource?.S3DataDistributionType),
    ...given("attributeNames", S3DataSource?.AttributeNames),
    ...given("instanceGroups", S3DataSource?.InstanceGroupNames),
    ...(S3DataSource?.ModelAccessConfig && {
      modelAccessConfig: { AcceptEula: S3DataSource.ModelAccessConfig.AcceptEula ?? false },
    }),
    ...(S3DataSource?.HubAccessConfig && {
      hubAccessConfig: { HubContentArn: S3DataSource.HubAccessConfig.HubContentArn ?? "" },
    }),
    ...given("contentType", channel.ContentType),
    ...given("compression", compression),
    ...given("recordWrapping", recordWrapping),
    ...given("inputMode", channel.InputMode),
    ...(channel.ShuffleConfig && { shuffleConfig: { seed: channel.ShuffleConfig.Seed ?? 0 } }),
  };
  return new TrainingInput(S3DataSource?.S3Uri ?? "", options);
}

function unlessNone<T extends string>(value: T | undefined): T | undefined {
  return value === "None" ? undefined : value;
}
