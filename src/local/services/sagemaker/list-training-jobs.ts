/** ListTrainingJobs: filters, order and pages over the folded jobs (pure). */

import { ServiceError } from "../../wire/service-error.ts";
import { currentRequest, seconds, warmPool } from "./describe-training-job.ts";
import type { JobRecord } from "./job.ts";
import type { JobState } from "./job-state.ts";

/** What is asked. Times are seconds since 1970. */
export interface ListTrainingJobsInput {
  readonly NextToken?: string;
  readonly MaxResults?: number;
  readonly CreationTimeAfter?: number;
  readonly CreationTimeBefore?: number;
  readonly LastModifiedTimeAfter?: number;
  readonly LastModifiedTimeBefore?: number;
  readonly NameContains?: string;
  readonly StatusEquals?: string;
  readonly SortBy?: "Name" | "CreationTime" | "Status";
  readonly SortOrder?: "Ascending" | "Descending";
  readonly WarmPoolStatusEquals?: string;
  readonly TrainingPlanArnEquals?: string;
}

/** A job and its state. */
export interface FoldedJob {
  readonly record: JobRecord;
  readonly state: JobState;
}

const DEFAULT_PAGE = 10;

/**
 * A page of jobs.
 *
 * @param jobs - all of them, in any order
 * @throws {@link ServiceError} `ValidationException` for a token that is none
 */
export function listTrainingJobs(
  jobs: readonly FoldedJob[],
  input: ListTrainingJobsInput,
): Readonly<Record<string, unknown>> {
  const { SortBy: by = "CreationTime", SortOrder: order = "Ascending" } = input;
  const sign = order === "Ascending" ? 1 : -1;
  const sorted = jobs
    .filter((job) => isWanted(job, input))
    .map((job) => ({ job, key: sortKey(job, by) }))
    .sort((left, right) => sign * compare(left.key, right.key));
  const after = parseToken(input.NextToken);
  const rest =
    after === undefined ? sorted : sorted.filter(({ key }) => sign * compare(key, after) > 0);
  const page = rest.slice(0, input.MaxResults ?? DEFAULT_PAGE);
  const last = page.at(-1);
  return {
    TrainingJobSummaries: page.map(({ job }) => summary(job)),
    ...(last !== undefined && page.length < rest.length && { NextToken: formatToken(last.key) }),
  };
}

/** What jobs are sorted by, and their names, which tell equals apart: so a page goes on where the last one ended, whatever came between. */
type SortKey = readonly [number | string, string];

function sortKey({ record, state }: FoldedJob, by: "Name" | "CreationTime" | "Status"): SortKey {
  const keys = { Name: record.name, CreationTime: record.createdAt, Status: state.status };
  return [keys[by], record.name];
}

function compare(left: SortKey, right: SortKey): number {
  return order(left[0], right[0]) || order(left[1], right[1]);
}

function order(left: number | string, right: number | string): number {
  return left === right ? 0 : left < right ? -1 : 1;
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

function formatToken(key: SortKey): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

function parseToken(token: string | undefined): SortKey | undefined {
  if (token === undefined) return undefined;
  try {
    const key: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (Array.isArray(key) && key.length === 2 && key.every(isKeyPart)) {
      return key as unknown as SortKey;
    }
  } catch {
    // Told below, as any other text that is no token.
  }
  throw new ServiceError("ValidationException", "The NextToken is invalid.");
}

function isKeyPart(part: unknown): boolean {
  return typeof part === "string" || typeof part === "number";
}
