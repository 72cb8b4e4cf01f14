/** A job's description for people, as a plan prints, and without secrets. Pure, but for the terminal's width. */

import type { Session } from "../session.ts";
import { terminalWidth } from "./display.ts";
import { instanceCount, logsLocation } from "./end-of-job.ts";
import { planText } from "./plan-text.ts";
import { channelRows, duration, type PlanView, requestLines, said } from "./plan-view.ts";
import { redactRequest, redactText } from "./redact.ts";
import type { TrainingJobRequest } from "./request.ts";
import type { JobDescription } from "./status-poller.ts";

/** Metrics are cut beyond this, with a count. */
const MOST_METRICS = 20;

/**
 * A description without what is, or looks like, a credential; nor does the service's reason for a failure repeat one.
 *
 * @param description - what the service says of a job
 */
export function redactDescription(description: JobDescription): JobDescription {
  const { FailureReason, SecondaryStatusTransitions } = description;
  const clean = (text: string): string => redactText(text, description);
  return {
    ...(redactRequest(description).value as unknown as JobDescription),
    ...(FailureReason !== undefined && { FailureReason: clean(FailureReason) }),
    ...(SecondaryStatusTransitions !== undefined && {
      SecondaryStatusTransitions: SecondaryStatusTransitions.map((transition) => ({
        ...transition,
        ...(transition.StatusMessage !== undefined && {
          StatusMessage: clean(transition.StatusMessage),
        }),
      })),
    }),
  };
}

/**
 * A description as text.
 *
 * @param description - what the service says of a job
 * @param session - where the job is
 * @param width - of a line, in characters. Default: the terminal's, or 100
 */
export function textOf(
  description: JobDescription,
  session: Session,
  width: number | undefined,
): string {
  const { TrainingJobName = "", TrainingJobArn = "" } = description;
  const log = logsLocation(session, TrainingJobName, TrainingJobArn);
  const view = jobView(redactDescription(description), session.local !== undefined, log);
  return planText(view, width ?? terminalWidth());
}

/** What is shown of a job. */
function jobView(job: JobDescription, isThisMachine: boolean, log: string): PlanView {
  const { TrainingJobStatus = "", SecondaryStatus, FailureReason } = job;
  const status =
    SecondaryStatus === undefined || SecondaryStatus === TrainingJobStatus
      ? TrainingJobStatus
      : `${TrainingJobStatus} - ${SecondaryStatus}`;
  const message = job.SecondaryStatusTransitions?.at(-1)?.StatusMessage;
  return {
    job: said([
      ["Training job", [job.TrainingJobName]],
      ["ARN", [job.TrainingJobArn]],
      ["Status", [status, message === SecondaryStatus ? undefined : message]],
      ["Reason", FailureReason?.split("\n") ?? []],
      ["Created", [moment(job.CreationTime)]],
      ["Training", [timesOf(job)]],
      ["Time", [secondsOf(job)]],
      // It describes a request and more.
      ...requestLines(job as TrainingJobRequest, isThisMachine),
    ]),
    channels: channelRows(job.InputDataConfig ?? [], []),
    result: said([
      ["Output", [job.OutputDataConfig?.S3OutputPath]],
      ["Model", [job.ModelArtifacts?.S3ModelArtifacts]],
      ["Checkpoints", [job.CheckpointConfig?.S3Uri]],
      ["Metrics", metricsOf(job)],
      ["Log", [log]],
    ]),
    findings: [],
  };
}

/** `2026-01-31 12:00:05 UTC` */
function moment(time: Date | undefined): string | undefined {
  return time && `${time.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function timesOf({ TrainingStartTime, TrainingEndTime }: JobDescription): string | undefined {
  if (TrainingStartTime === undefined) {
    return undefined;
  }
  const end = TrainingEndTime === undefined ? "" : ` to ${moment(TrainingEndTime)}`;
  return `from ${moment(TrainingStartTime)}${end}`;
}

function secondsOf(job: JobDescription): string | undefined {
  const { TrainingTimeInSeconds: trained, BillableTimeInSeconds: billed } = job;
  const instances = instanceCount(job);
  const each = instances > 1 ? ` on each of ${instances} instances` : "";
  const parts = [
    ...(trained === undefined ? [] : [`${duration(trained)} of training`]),
    ...(billed === undefined ? [] : [`${duration(billed)} billable`]),
  ];
  return parts.length === 0 ? undefined : `${parts.join(", ")}${each}`;
}

function metricsOf({ FinalMetricDataList = [] }: JobDescription): string[] {
  const more = FinalMetricDataList.length - MOST_METRICS;
  return [
    ...FinalMetricDataList.slice(0, MOST_METRICS).map(
      ({ MetricName, Value }) => `${MetricName} = ${Value}`,
    ),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
}
