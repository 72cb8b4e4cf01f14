/** What the list of jobs shows of each. Pure. */

import type { JobCost, TrainingJob, TrainingJobSummary } from "../index.ts";
import { duration } from "./table.ts";

type Description = Awaited<ReturnType<TrainingJob["describe"]>>;

/** What is known of a job: what was left out was not told. */
export interface JobFacts {
  readonly name: string;
  readonly arn: string;
  readonly status: string;
  readonly secondaryStatus?: string;
  /** `ml.m5.xlarge`, `2 x ml.m5.xlarge`, `1 x ml.m5.large, 2 x ml.g5.xlarge` */
  readonly instances?: string;
  readonly creationTime: string;
  /** Seconds from its creation to its end, or to now. */
  readonly seconds: number;
  /** Seconds that are paid for, on each instance. */
  readonly billableSeconds?: number;
  /** US dollars; `null` when it is not known. */
  readonly costUsd?: number | null;
}

/** The table's columns. */
export const JOB_COLUMNS = [
  "NAME",
  "STATUS",
  "SECONDARY",
  "INSTANCES",
  "CREATED (UTC)",
  "TIME",
  "BILLABLE",
  "COST",
] as const;

/**
 * What is known of a job.
 *
 * @param summary - as it was listed
 * @param description - as it was described, if it could be
 * @param cost - what it has cost, if that was asked
 * @param now - milliseconds since 1970
 */
export function jobFacts(
  summary: Omit<TrainingJobSummary, "job">,
  description?: Description,
  cost?: JobCost,
  now: number = Date.now(),
): JobFacts {
  const { name, arn, creationTime } = summary;
  const status = description?.TrainingJobStatus ?? summary.status;
  const secondaryStatus = description?.SecondaryStatus ?? summary.secondaryStatus;
  const runs = status === "InProgress" || status === "Stopping";
  const ended =
    description?.TrainingEndTime ??
    summary.trainingEndTime ??
    description?.LastModifiedTime ??
    summary.lastModifiedTime;
  const billableSeconds = description?.BillableTimeInSeconds;
  const instances = description && instancesOf(description);
  return {
    name,
    arn,
    status,
    ...(secondaryStatus !== undefined && { secondaryStatus }),
    ...(instances !== undefined && { instances }),
    creationTime: creationTime.toISOString(),
    seconds: Math.max(
      0,
      Math.round(((runs ? now : ended.getTime()) - creationTime.getTime()) / 1000),
    ),
    ...(billableSeconds !== undefined && { billableSeconds }),
    ...(cost !== undefined && { costUsd: cost.amountUsd ?? null }),
  };
}

/** A row of the table; a secondary status that repeats the status is left out. */
export function jobCells(facts: JobFacts): string[] {
  const { status, secondaryStatus = "", billableSeconds, costUsd } = facts;
  return [
    facts.name,
    status,
    secondaryStatus === status ? "" : secondaryStatus,
    facts.instances ?? "",
    facts.creationTime.slice(0, 19).replace("T", " "),
    duration(facts.seconds),
    billableSeconds === undefined ? "" : duration(billableSeconds),
    costUsd === undefined ? "" : costUsd === null ? "not known" : `$${costUsd.toFixed(2)}`,
  ];
}

function instancesOf({ ResourceConfig }: Description): string | undefined {
  const {
    InstanceType,
    InstanceCount = 1,
    InstanceGroups = [],
    InstancePreferences = [],
  } = ResourceConfig ?? {};
  const groups = InstanceGroups.map((one) => `${one.InstanceCount} x ${one.InstanceType}`);
  const choices = InstancePreferences.map(({ InstanceType: type }) => String(type));
  if (InstanceType !== undefined) {
    return InstanceCount === 1 ? InstanceType : `${InstanceCount} x ${InstanceType}`;
  }
  return groups.join(", ") || choices.join(" or ") || undefined;
}
