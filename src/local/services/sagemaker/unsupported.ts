/** What a CreateTrainingJob request may ask of SageMaker and the local cloud does not do: refused by name, never left out in silence. */

import type { Channel, TrainingRequest } from "./training-request.ts";

/**
 * Each thing that is not done here, as a sentence.
 *
 * @param request - in the service's form
 */
export function unsupported(request: TrainingRequest): string[] {
  const { AlgorithmSpecification: algorithm, ResourceConfig: resources } = request;
  const found: string[] = [];
  const not = (asked: boolean, what: string): void => {
    if (asked) found.push(`The local cloud does not do ${what}.`);
  };
  not(algorithm?.AlgorithmName !== undefined, "AlgorithmName: give TrainingImage");
  not(isMode(algorithm?.TrainingInputMode), `input mode ${algorithm?.TrainingInputMode}: use File`);
  for (const channel of request.InputDataConfig ?? []) {
    for (const what of channelLimits(channel))
      not(true, `${what} (channel ${channel.ChannelName})`);
  }
  not(resources?.InstancePreferences !== undefined, "InstancePreferences: give InstanceType");
  not(resources?.InstancePlacementConfig !== undefined, "InstancePlacementConfig");
  not(resources?.TrainingPlanArn !== undefined, "training plans (TrainingPlanArn)");
  not(request.EnableManagedSpotTraining === true, "managed spot training");
  not(request.CheckpointConfig !== undefined, "checkpoints in S3 (CheckpointConfig)");
  not(
    isHttps(request.OutputDataConfig.S3OutputPath),
    "https URLs of S3: write S3OutputPath as s3://",
  );
  not(isFilled(request.DebugRuleConfigurations), "debugger rules (DebugRuleConfigurations)");
  not(request.TensorBoardOutputConfig !== undefined, "TensorBoardOutputConfig");
  not(isFilled(request.ProfilerRuleConfigurations), "profiler rules (ProfilerRuleConfigurations)");
  not(request.RemoteDebugConfig?.EnableRemoteDebug === true, "remote debugging");
  not(request.ServerlessJobConfig !== undefined, "serverless jobs (ServerlessJobConfig)");
  not(request.MlflowConfig !== undefined, "MlflowConfig");
  not(request.ModelPackageConfig !== undefined, "ModelPackageConfig");
  return found;
}

function* channelLimits(channel: Channel): Generator<string> {
  const { DataSource: source, CompressionType, RecordWrapperType, InputMode } = channel;
  if (isMode(InputMode)) yield `input mode ${InputMode}: use File`;
  if (source.FileSystemDataSource !== undefined) yield "file systems (FileSystemDataSource)";
  if (source.DatasetSource !== undefined) yield "DatasetSource";
  const { S3DataSource: s3 } = source;
  if (s3 !== undefined && s3.S3DataType !== "S3Prefix") yield `${s3.S3DataType}: use S3Prefix`;
  if (s3 !== undefined && isHttps(s3.S3Uri)) yield "https URLs of S3: write S3Uri as s3://";
  if (isFilled(s3?.AttributeNames)) yield "AttributeNames";
  if (s3?.ModelAccessConfig !== undefined) yield "ModelAccessConfig";
  if (s3?.HubAccessConfig !== undefined) yield "HubAccessConfig";
  if (CompressionType === "Gzip")
    yield "compressed channels (Gzip), which SageMaker has in Pipe mode only";
  if (RecordWrapperType === "RecordIO") yield "RecordIO";
}

function isMode(mode: string | undefined): boolean {
  return mode !== undefined && mode !== "File";
}

function isHttps(uri: string): boolean {
  return uri.startsWith("https:");
}

function isFilled(list: readonly unknown[] | undefined): boolean {
  return list !== undefined && list.length > 0;
}
