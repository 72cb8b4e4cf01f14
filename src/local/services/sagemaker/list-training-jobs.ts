/** ListTrainingJobs: filters, order and pages over the folded jobs (pure). */

import { currentRequest, seconds, warmPool } from "./describe-training-job.ts";
import type { JobRecord } from "./job.ts";
import type { JobState } from "./job-state.ts";
import { type PageQuery, pageOf, type SortKey } from "./page.ts";

/** What is asked. Times are seconds since 1970. */
export interface ListTrainingJobsInput extends PageQuery {
  readonly CreationTimeAfter?: number;
  readonly CreationTimeBefore?: number;
  readonly LastModifiedTimeAfter?: number;
  readonly LastModifiedTimeBefore?: number;
  readonly NameContains?: string;
  readonly StatusEquals?: string;
  readonly SortBy?: "Name" | "CreationTime" | "Status";
  readonly WarmPoolStatusEquals?: string;
  readonly TrainingPlanArnEquals?: string;
}

/** A job and its state. */
export interface FoldedJob {
  readonly record: JobRecord;
  readonly state: JobState;
}

/**
 * A page of jobs.
 *
 * @param jobs - all of them, in any order
 * @throws ServiceError `ValidationException` for a token that is none
 */
export function listTrainingJobs(
  jobs: readonly FoldedJob[],
  input: ListTrainingJobsInput,
): Readonly<Record<string, unknown>> {
  const { SortBy: by = "CreationTime" } = input;
  const wanted = jobs.filter((job) => isWanted(job, input));
  const { items, next } = pageOf(wanted, (job) => sortKey(job, by), input);
  return { TrainingJobSummaries: items.map(summary), ...next };
}

function sortKey({ record, state }: FoldedJob, by: "Name" | "CreationTime" | "Status"): SortKey {
  const keys = { Name: record.name, CreationTime: record.createdAt, Status: state.status };
  return [keys[by], record.name];
}

function isAny(wanted: string | undefined, found: unknown): boolean {
  return wanted === undefined || wanted === found;
}

function isWanted({ record, state }: FoldedJob, input: ListTrainingJobsInput): boolean {
  const request = currentRequest(record, state);
  const created = seconds(record.createdAt);
  const modified = seconds(state.lastModified);
  return (
    created > (input.CreationTimeAfter ?? Number.NEGATIVE_INFINITY) &&
    created < (input.CreationTimeBefore ?? Number.POSITIVE_INFINITY) &&
    modified > (input.LastModifiedTimeAfter ?? Number.NEGATIVE_INFINITY) &&
    modified < (input.LastModifiedTimeBefore ?? Number.POSITIVE_INFINITY) &&
    record.name.includes(input.NameContains ?? "") &&
    (input.StatusEquals ?? state.status) === state.status &&
    isAny(input.WarmPoolStatusEquals, warmPool(request, state).WarmPoolStatus?.["Status"]) &&
    isAny(input.TrainingPlanArnEquals, request.ResourceConfig?.TrainingPlanArn)
  );
}

function summary({ record, state }: FoldedJob): Readonly<Record<string, unknown>> {
  const request = currentRequest(record, state);
  const plan = request.ResourceConfig?.TrainingPlanArn;
  return {
    TrainingJobName: record.name,
    TrainingJobArn: record.arn,
    CreationTime: seconds(record.createdAt),
    ...(state.end !== undefined && {
      TrainingEndTime: seconds(state.end.trainingEndTime ?? state.end.at),
    }),
    LastModifiedTime: seconds(state.lastModified),
    TrainingJobStatus: state.status,
    SecondaryStatus: state.secondaryStatus,
    ...warmPool(request, state),
    ...(plan !== undefined && { TrainingPlanArn: plan }),
  };
}
