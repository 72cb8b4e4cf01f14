/** What a CreateTrainingJob request may ask of SageMaker and the local cloud does not do: refused by name, never left out in silence. */

import { channelClash, channelProblem } from "../../runner/channel-rules.ts";
import { readJobRequest } from "../../runner/job-request.ts";
import type { Channel, TrainingRequest } from "./training-request.ts";

/**
 * Each thing that is not done here, as a sentence.
 *
 * @param request - in the service's form
 */
export function unsupported(request: TrainingRequest): string[] {
  const { AlgorithmSpecification: algorithm } = request;
  const found: string[] = [];
  const not = (asked: boolean, what: string): void => {
    if (asked) found.push(`The local cloud does not do ${what}.`);
  };
  const forms: ReturnType<typeof formOf>[] = [];
  for (const channel of request.InputDataConfig ?? []) {
    const form = formOf(channel, algorithm?.TrainingInputMode);
    forms.push(form);
    const limits = [...channelLimits(channel)];
    for (const what of limits) not(true, `${what} (channel ${channel.ChannelName})`);
    const problem = limits.length > 0 ? undefined : channelProblem(form);
    if (problem !== undefined) found.push(problem);
  }
  const clash = channelClash(forms);
  if (clash !== undefined) found.push(clash);
  for (const [name, uri] of [
    ["S3OutputPath", request.OutputDataConfig.S3OutputPath],
    ["CheckpointConfig.S3Uri", request.CheckpointConfig?.S3Uri],
    ["DebugHookConfig.S3OutputPath", request.DebugHookConfig?.S3OutputPath],
    ["TensorBoardOutputConfig.S3OutputPath", request.TensorBoardOutputConfig?.S3OutputPath],
  ] as const) {
    not(isHttps(uri ?? ""), `https URLs of S3: write ${name} as s3://`);
  }
  const { hosts, networkIsolation } = readJobRequest({ ...request, InputDataConfig: [] });
  not(
    networkIsolation && hosts.length > 1,
    "EnableNetworkIsolation with several hosts: each would have a network of its own, and could not reach the others",
  );
  not(request.ServerlessJobConfig !== undefined, "serverless jobs (ServerlessJobConfig)");
  return found;
}

/**
 * The members that a request may have and that change nothing here, of which its owner should know: what they ask for would be seen on AWS.
 * (What is only about AWS's own machines and networks changes nothing that a program could see.)
 *
 * @param request - in the service's form
 */
export function withoutEffect(request: TrainingRequest): string[] {
  const { ProfilerConfig: profiler } = request;
  const asked = {
    DebugRuleConfigurations: isFilled(request.DebugRuleConfigurations),
    ProfilerConfig: profiler !== undefined && profiler.DisableProfiler !== true,
    ProfilerRuleConfigurations: isFilled(request.ProfilerRuleConfigurations),
    ExperimentConfig: Object.keys(request.ExperimentConfig ?? {}).length > 0,
    RemoteDebugConfig: request.RemoteDebugConfig?.EnableRemoteDebug === true,
    InfraCheckConfig: request.InfraCheckConfig?.EnableInfraCheck === true,
    SessionChainingConfig: request.SessionChainingConfig?.EnableSessionTagChaining === true,
    MlflowConfig: request.MlflowConfig !== undefined,
    ModelPackageConfig: request.ModelPackageConfig !== undefined,
  };
  return Object.entries(asked).flatMap(([member, isAsked]) => (isAsked ? [member] : []));
}

function* channelLimits({ DataSource: source }: Channel): Generator<string> {
  const { S3DataSource: s3 } = source;
  if (source.FileSystemDataSource !== undefined) yield "file systems (FileSystemDataSource)";
  if (source.DatasetSource !== undefined) yield "DatasetSource";
  if (s3 !== undefined && isHttps(s3.S3Uri)) yield "https URLs of S3: write S3Uri as s3://";
  if (s3?.ModelAccessConfig !== undefined) yield "ModelAccessConfig";
  if (s3?.HubAccessConfig !== undefined) yield "HubAccessConfig";
}

function formOf(channel: Channel, defaultMode = "File"): Parameters<typeof channelProblem>[0] {
  const { S3DataSource: s3 } = channel.DataSource;
  return {
    name: channel.ChannelName,
    inputMode: channel.InputMode ?? defaultMode,
    // One without any source is told elsewhere.
    s3DataType: s3?.S3DataType ?? "S3Prefix",
    compressionType: channel.CompressionType ?? "None",
    recordWrapperType: channel.RecordWrapperType ?? "None",
    attributeNames: s3?.AttributeNames ?? [],
  };
}

function isHttps(uri: string): boolean {
  return uri.startsWith("https:");
}

function isFilled(list: readonly unknown[] | undefined): boolean {
  return list !== undefined && list.length > 0;
}
