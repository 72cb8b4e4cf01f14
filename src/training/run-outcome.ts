/** What came of a run, as a job's description tells it, and how it comes into the run's record. Pure. */

import { redactText } from "./redact.ts";
import { canonicalJson, type RunArtifact, type RunOutcome, type RunRecord } from "./run-record.ts";

/** What DescribeTrainingJob tells of an end; times are dates, or seconds as they go over the wire. */
export interface EndedJob {
  readonly TrainingJobStatus?: string | undefined;
  readonly SecondaryStatus?: string | undefined;
  readonly FailureReason?: string | undefined;
  readonly TrainingStartTime?: Date | number | undefined;
  readonly TrainingEndTime?: Date | number | undefined;
  readonly TrainingTimeInSeconds?: number | undefined;
  readonly BillableTimeInSeconds?: number | undefined;
  readonly ResourceConfig?:
    | {
        readonly SelectedInstanceType?: string | undefined;
        readonly SelectedInstanceCount?: number | undefined;
      }
    | undefined;
  readonly FinalMetricDataList?:
    | readonly { readonly MetricName?: string | undefined; readonly Value?: number | undefined }[]
    | undefined;
}

/**
 * What came of a job; `undefined` while it runs.
 *
 * @param job - its description
 * @param artifacts - what lies under its `output/`; `undefined` when that could not be listed
 * @param more - there are more artifacts than these
 */
export function outcomeOf(
  job: EndedJob,
  artifacts: readonly RunArtifact[] | undefined,
  more: boolean,
): RunOutcome | undefined {
  const status = endOf(job);
  if (status === undefined) {
    return undefined;
  }
  const started = isoTime(job.TrainingStartTime);
  const ended = isoTime(job.TrainingEndTime);
  const { SelectedInstanceType: type, SelectedInstanceCount: count } = job.ResourceConfig ?? {};
  return {
    status,
    secondaryStatus: job.SecondaryStatus ?? status,
    ...(job.FailureReason && { failureReason: redactText(job.FailureReason, job) }),
    ...(type !== undefined && { instanceType: type }),
    ...(count !== undefined && { instanceCount: count }),
    ...(started !== undefined && { trainingStartedAt: started }),
    ...(ended !== undefined && { trainingEndedAt: ended }),
    ...(job.TrainingTimeInSeconds !== undefined && { trainingSeconds: job.TrainingTimeInSeconds }),
    ...(job.BillableTimeInSeconds !== undefined && { billableSeconds: job.BillableTimeInSeconds }),
    metrics: Object.fromEntries(
      (job.FinalMetricDataList ?? []).flatMap(({ MetricName, Value }) =>
        MetricName === undefined || Value === undefined ? [] : [[MetricName, Value]],
      ),
    ),
    ...(artifacts && { artifacts }),
    ...(more && { moreArtifacts: true }),
  };
}

/** How a job ended; `undefined` while it runs. */
function endOf({ TrainingJobStatus: status }: EndedJob): RunOutcome["status"] | undefined {
  return status === "Completed" || status === "Failed" || status === "Stopped" ? status : undefined;
}

/**
 * The record with an outcome; the same object when nothing changes. What an earlier writer knew and this one does not is kept:
 * seconds, artifacts, checksums of objects that are still the same.
 *
 * @param record - the record as it lies there
 * @param outcome - what was seen
 */
export function withOutcome(record: RunRecord, outcome: RunOutcome): RunRecord {
  const before = record.outcome;
  if (before === undefined || before.status !== outcome.status) {
    return { ...record, outcome };
  }
  const known = new Map(before.artifacts?.map((artifact) => [artifact.uri, artifact]));
  const artifacts = outcome.artifacts?.map((artifact) => {
    const old = known.get(artifact.uri);
    return old?.etag === artifact.etag && old?.bytes === artifact.bytes
      ? { ...old, ...artifact }
      : artifact;
  });
  const merged: RunOutcome = {
    ...before,
    ...outcome,
    metrics: { ...before.metrics, ...outcome.metrics },
    ...(artifacts && { artifacts }),
  };
  return canonicalJson(merged) === canonicalJson(before) ? record : { ...record, outcome: merged };
}

/**
 * Whether a record holds all that is known of an end, so that nothing need be looked up for it.
 *
 * @param record - the record
 * @param job - the description
 */
export function tellsEnd({ outcome }: RunRecord, job: EndedJob): boolean {
  return (
    outcome?.artifacts !== undefined &&
    outcome.status === job.TrainingJobStatus &&
    outcome.secondaryStatus === job.SecondaryStatus &&
    outcome.billableSeconds === job.BillableTimeInSeconds
  );
}

function isoTime(time: Date | number | undefined): string | undefined {
  return time === undefined
    ? undefined
    : (typeof time === "number" ? new Date(time * 1000) : time).toISOString();
}
