/** DescribeTrainingJob: the request with the service's defaults, and what has become of the job. */

import type { JobRecord } from "./job.ts";
import { type JobState, merged } from "./job-state.ts";
import type { Channel, TrainingRequest } from "./training-request.ts";

/** The service's default, in seconds. */
const DEFAULT_MAX_RUNTIME = 86_400;

/**
 * The answer. Times are seconds since 1970, as the protocol has them.
 *
 * @param record - what was fixed when the job was created
 * @param state - its folded journal
 */
export function describeTrainingJob(
  record: JobRecord,
  state: JobState,
): Readonly<Record<string, unknown>> {
  const request = currentRequest(record, state);
  // The service gives tags through ListTags alone.
  const { Tags: _, ...echoed } = request;
  const { S3OutputPath: output, CompressionType: compression } = request.OutputDataConfig;
  const model = compression === "NONE" ? "model/" : "model.tar.gz";
  return {
    ...echoed,
    TrainingJobName: record.name,
    TrainingJobArn: record.arn,
    // Named in every state, whether there is a model or not.
    ModelArtifacts: {
      S3ModelArtifacts: `${output.replace(/\/+$/, "")}/${record.name}/output/${model}`,
    },
    TrainingJobStatus: state.status,
    SecondaryStatus: state.secondaryStatus,
    ...(state.end?.failureReason !== undefined && { FailureReason: state.end.failureReason }),
    AlgorithmSpecification: {
      EnableSageMakerMetricsTimeSeries: false,
      ...request.AlgorithmSpecification,
    },
    ...(request.InputDataConfig && { InputDataConfig: request.InputDataConfig.map(channel) }),
    OutputDataConfig: { KmsKeyId: "", CompressionType: "GZIP", ...request.OutputDataConfig },
    StoppingCondition: {
      MaxRuntimeInSeconds: DEFAULT_MAX_RUNTIME,
      ...request.StoppingCondition,
    },
    EnableNetworkIsolation: false,
    EnableInterContainerTrafficEncryption: false,
    EnableManagedSpotTraining: false,
    ...pick(echoed, [
      "EnableNetworkIsolation",
      "EnableInterContainerTrafficEncryption",
      "EnableManagedSpotTraining",
    ]),
    CreationTime: seconds(record.createdAt),
    LastModifiedTime: seconds(state.lastModified),
    ...times(state),
    SecondaryStatusTransitions: state.transitions.map(({ status, start, end, message }) => ({
      Status: status,
      StartTime: seconds(start),
      ...(end !== undefined && { EndTime: seconds(end) }),
      StatusMessage: message,
    })),
    ...(state.metrics.length > 0 && {
      FinalMetricDataList: state.metrics.map(({ name, value, at }) => ({
        MetricName: name,
        Value: value,
        Timestamp: seconds(at),
      })),
    }),
    ProfilingStatus: "Disabled",
  };
}

/** The request as it stands after what UpdateTrainingJob has changed. */
function currentRequest({ request }: JobRecord, { updated }: JobState): TrainingRequest {
  const current: Record<string, unknown> = { ...request };
  for (const [member, value] of Object.entries(updated)) {
    current[member] = merged(current[member], value);
  }
  return current as unknown as TrainingRequest;
}

/** Milliseconds as the protocol's seconds. */
export function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}

function channel(given: Channel): Channel {
  const { S3DataSource: source } = given.DataSource;
  return {
    CompressionType: "None",
    RecordWrapperType: "None",
    ...given,
    DataSource: {
      ...given.DataSource,
      ...(source && { S3DataSource: { S3DataDistributionType: "FullyReplicated", ...source } }),
    },
  };
}

/** A job that failed before its training began has no training times. */
function times({ trainingStart, end }: JobState): Readonly<Record<string, number>> {
  if (trainingStart === undefined) return {};
  const ended = end?.trainingEndTime;
  if (ended === undefined) return { TrainingStartTime: seconds(trainingStart) };
  // Started seconds count whole, and without spot instances each is billed.
  const taken = Math.max(1, Math.ceil((ended - trainingStart) / 1000));
  return {
    TrainingStartTime: seconds(trainingStart),
    TrainingEndTime: seconds(ended),
    TrainingTimeInSeconds: taken,
    BillableTimeInSeconds: taken,
  };
}

function pick(
  from: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    names.filter((name) => Object.hasOwn(from, name)).map((name) => [name, from[name]]),
  );
}
