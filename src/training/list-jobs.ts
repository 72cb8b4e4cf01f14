/** ListTrainingJobs as one sequence, whose pages are asked for as they are needed. */

import { ValidationError } from "../errors.ts";
import type { Session } from "../session.ts";
import { type Clock, systemClock } from "./clock.ts";
import { conform } from "./conform.ts";
import { callAbout } from "./job-calls.ts";
import type { ListJobsOptions } from "./job-options.ts";

/** What the service's list says of a job. */
export interface ListedJob {
  /** The job's name. */
  readonly name: string;
  /** Its ARN. */
  readonly arn: string;
  /** `InProgress`, `Completed`, `Failed`, `Stopping`, `Stopped` or `Deleting`. */
  readonly status: string;
  /** `Starting`, `Training` …, where the service says so. */
  readonly secondaryStatus?: string;
  /** When it was created. */
  readonly creationTime: Date;
  /** When it last changed. */
  readonly lastModifiedTime: Date;
  /** When its training ended. */
  readonly trainingEndTime?: Date;
}

/** By name: what `list()` reads. */
const LIST_KINDS: Readonly<Record<keyof ListJobsOptions, "any">> = {
  session: "any",
  signal: "any",
  nameContains: "any",
  statusEquals: "any",
  creationTimeAfter: "any",
  creationTimeBefore: "any",
  lastModifiedTimeAfter: "any",
  lastModifiedTimeBefore: "any",
  sortBy: "any",
  sortOrder: "any",
  limit: "any",
};

/** The most that a page holds. */
const PAGE = 100;

/**
 * The jobs, one after the other.
 *
 * @param session - where
 * @param options - which; the session in it is not read
 * @param clock - what waits after a failed call take their time from
 */
export async function* listJobs(
  session: Session,
  options: ListJobsOptions,
  clock: Clock = systemClock,
): AsyncGenerator<ListedJob, void, undefined> {
  const { findings } = conform(options, { members: LIST_KINDS }, "", "TrainingJob.list()");
  if (findings.length > 0) {
    throw new ValidationError("Training jobs were not listed", findings);
  }
  const { signal, limit = Number.POSITIVE_INFINITY } = options;
  let left = limit;
  let token: string | undefined;
  while (left > 0) {
    signal?.throwIfAborted();
    const sent = token;
    const answer = await callAbout(
      { session, clock },
      "list training jobs",
      signal,
      (client, abortSignal) =>
        client.listTrainingJobs(
          {
            NameContains: options.nameContains,
            StatusEquals: options.statusEquals,
            CreationTimeAfter: options.creationTimeAfter,
            CreationTimeBefore: options.creationTimeBefore,
            LastModifiedTimeAfter: options.lastModifiedTimeAfter,
            LastModifiedTimeBefore: options.lastModifiedTimeBefore,
            SortBy: options.sortBy ?? "CreationTime",
            SortOrder: options.sortOrder ?? "Descending",
            MaxResults: Math.min(PAGE, left),
            NextToken: sent,
          },
          { abortSignal },
        ),
    );
    for (const summary of (answer.TrainingJobSummaries ?? []).slice(0, left)) {
      left -= 1;
      const { SecondaryStatus, TrainingEndTime } = summary;
      yield {
        name: summary.TrainingJobName ?? "",
        arn: summary.TrainingJobArn ?? "",
        status: summary.TrainingJobStatus ?? "",
        ...(SecondaryStatus !== undefined && { secondaryStatus: SecondaryStatus }),
        creationTime: summary.CreationTime ?? new Date(0),
        lastModifiedTime: summary.LastModifiedTime ?? summary.CreationTime ?? new Date(0),
        ...(TrainingEndTime !== undefined && { trainingEndTime: TrainingEndTime }),
      };
    }
    token = answer.NextToken;
    if (token === undefined || token === sent) {
      return;
    }
  }
}
