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
  // The service gives tags through ListTags alone, and of session chaining it says nothing.
  const { Tags: _, SessionChainingConfig: __, ...echoed } = request;
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
    ...(request.ResourceConfig && { ResourceConfig: resources(request.ResourceConfig) }),
    ...warmPool(request, state),
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
    ...times(state, request.EnableManagedSpotTraining === true),
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
export function currentRequest({ request }: JobRecord, { updated }: JobState): TrainingRequest {
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

/** Of types in order of preference, this machine has the first. */
function resources(given: NonNullable<TrainingRequest["ResourceConfig"]>): object {
  const [first] = given.InstancePreferences ?? [];
  if (first === undefined) return given;
  return {
    ...given,
    SelectedInstanceType: first.InstanceType,
    SelectedInstanceCount: first.InstanceCount ?? given.InstanceCount,
  };
}

/** A pool is in use while its job runs; nothing is kept for another one. */
export function warmPool(
  { ResourceConfig: resources }: TrainingRequest,
  { end }: JobState,
): { readonly WarmPoolStatus?: Readonly<Record<string, unknown>> } {
  if ((resources?.KeepAlivePeriodInSeconds ?? 0) === 0) return {};
  return {
    WarmPoolStatus:
      end === undefined
        ? { Status: "InUse" }
        : { Status: "Terminated", ResourceRetainedBillableTimeInSeconds: 0 },
  };
}

/** What a spot job does between its attempts, which nobody pays for. */
const WAITING = new Set(["Interrupted", "Restarting", "Pending", "Starting"]);

/** A job that failed before its training began has no training times. */
function times(
  { trainingStart, end, transitions }: JobState,
  isSpot: boolean,
): Readonly<Record<string, number>> {
  if (trainingStart === undefined) return {};
  const ended = end?.trainingEndTime;
  if (ended === undefined) return { TrainingStartTime: seconds(trainingStart) };
  const waited = transitions
    .filter(({ status, start }) => isSpot && WAITING.has(status) && start >= trainingStart)
    .reduce((sum, { start, end: over = ended }) => sum + over - start, 0);
  return {
    TrainingStartTime: seconds(trainingStart),
    TrainingEndTime: seconds(ended),
    TrainingTimeInSeconds: begunSeconds(ended - trainingStart),
    // There are no prices here: what spot instances would save beside the waiting is not known.
    BillableTimeInSeconds: begunSeconds(ended - trainingStart - waited),
  };
}

/** Started seconds count whole. */
function begunSeconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1000));
}

function pick(
  from: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    names.filter((name) => Object.hasOwn(from, name)).map((name) => [name, from[name]]),
  );
}
