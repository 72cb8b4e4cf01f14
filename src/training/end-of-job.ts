/** How a job ended: a result, or an error that says what, which and what next. */

import { join } from "node:path";
import { CapacityError, type UnexpectedStatusDetails, UnexpectedStatusError } from "../errors.ts";
import type { Session } from "../session.ts";
import type { EndEvent } from "./events.ts";
import { launchAdvice } from "./launch-failures.ts";
import { LOG_GROUP } from "./log-group.ts";
import type { TrainingJobRequest } from "./request.ts";
import type { JobDescription } from "./status-poller.ts";

/** How a training job ended that did not fail. */
export interface TrainingJobResult {
  /** `Completed`, or `Stopped` before its end: its model is what it had written by then. */
  readonly status: "Completed" | "Stopped";
  /** `Completed`, `Stopped`, `MaxRuntimeExceeded`, `MaxWaitTimeExceeded` … */
  readonly secondaryStatus: string;
  /** Why it stopped: someone asked for it, or `maxRun` or `maxWait` was reached. Set when `status` is `Stopped`. */
  readonly stopReason?: "Requested" | "MaxRuntimeExceeded" | "MaxWaitTimeExceeded";
  /** Seconds from the beginning of the download to the end of the upload, on each instance. */
  readonly trainingSeconds?: number;
  /** Seconds that are paid for, on each instance. */
  readonly billableSeconds?: number;
}

/** How many instances a job has. */
export function instanceCount({ ResourceConfig }: JobDescription): number {
  const groups = ResourceConfig?.InstanceGroups ?? [];
  const grouped = groups.reduce((sum, { InstanceCount = 0 }) => sum + InstanceCount, 0);
  return ResourceConfig?.InstanceCount ?? (grouped || 1);
}

/**
 * The result of a job that ended, `undefined` when it ended in any other way than `Completed` or `Stopped`.
 *
 * @param description - the last one
 */
export function resultOf(description: JobDescription): TrainingJobResult | undefined {
  const { TrainingJobStatus: status, SecondaryStatus } = description;
  if (status !== "Completed" && status !== "Stopped") {
    return undefined;
  }
  const { TrainingTimeInSeconds, BillableTimeInSeconds } = description;
  const secondaryStatus: string = SecondaryStatus ?? status;
  return Object.freeze({
    status,
    secondaryStatus,
    ...(status === "Stopped" && { stopReason: stopReason(secondaryStatus) }),
    ...(TrainingTimeInSeconds !== undefined && { trainingSeconds: TrainingTimeInSeconds }),
    ...(BillableTimeInSeconds !== undefined && { billableSeconds: BillableTimeInSeconds }),
  });
}

function stopReason(secondary: string): NonNullable<TrainingJobResult["stopReason"]> {
  return secondary === "MaxRuntimeExceeded" || secondary === "MaxWaitTimeExceeded"
    ? secondary
    : "Requested";
}

/**
 * The exit code that a failure reason names: `AlgorithmError: , exit code: 1`, and the words of the training toolkit.
 *
 * @param reason - the service's reason
 */
export function exitCodeOf(reason: string | undefined): number | undefined {
  // What the platform says comes last, after the text of the program's own.
  const codes = [...(reason ?? "").matchAll(/\bexit ?code:? (\d{1,3})\b/gi)];
  const code = codes.at(-1)?.[1];
  return code === undefined ? undefined : Number(code);
}

/**
 * The event of a job's end.
 *
 * @param description - the last one
 */
export function endOf(description: JobDescription): EndEvent {
  const { TrainingEndTime, LastModifiedTime, TrainingJobStatus = "" } = description;
  const { FailureReason: reason } = description;
  const exitCode = exitCodeOf(reason);
  return {
    type: "end",
    time: TrainingEndTime ?? LastModifiedTime ?? new Date(),
    status: TrainingJobStatus,
    ...(reason !== undefined && { failureReason: reason }),
    ...(exitCode !== undefined && { exitCode }),
  };
}

/**
 * The error of a job that failed.
 *
 * @param description - the last one
 * @param logTail - the last lines of the host that failed
 * @param logsLocation - where to look next
 */
export function errorOf(
  description: JobDescription,
  logTail: readonly string[],
  logsLocation: string,
): UnexpectedStatusError {
  const { TrainingJobName, TrainingJobStatus, SecondaryStatus, FailureReason } = description;
  const exitCode = exitCodeOf(FailureReason);
  const hint = launchAdvice(FailureReason ?? "", description as TrainingJobRequest, logTail);
  const details: UnexpectedStatusDetails = {
    job: TrainingJobName ?? "",
    status: TrainingJobStatus ?? "Failed",
    ...(SecondaryStatus !== undefined && { secondaryStatus: SecondaryStatus }),
    ...(FailureReason !== undefined && { failureReason: FailureReason }),
    ...(exitCode !== undefined && { exitCode }),
    logTail,
    logsLocation,
    ...(hint !== undefined && { hint }),
  };
  return FailureReason?.includes("CapacityError")
    ? new CapacityError(details)
    : new UnexpectedStatusError(details);
}

/** The console's host in each partition. */
const CONSOLES: Readonly<Record<string, string>> = {
  aws: "console.aws.amazon.com",
  "aws-cn": "console.amazonaws.cn",
  "aws-us-gov": "console.amazonaws-us-gov.com",
};

/**
 * Where a person finds the job's log: a page of the AWS console, the job's folder in a local cloud, or the library's own call.
 *
 * @param session - where the job ran
 * @param job - its name
 * @param arn - its ARN, which tells partition and region
 */
export function logsLocation(session: Session, job: string, arn: string): string {
  if (session.local !== undefined) {
    const folder = join(session.local.root, "sagemaker", "training-jobs", job);
    return `job.logs(), and the job's folder ${folder}`;
  }
  if (session.clients.isForeign("logs")) {
    // The AWS console knows nothing of it.
    return "job.logs()";
  }
  const [, partition = "aws", , region = ""] = arn.split(":");
  const host = CONSOLES[partition] ?? CONSOLES["aws"];
  // The console wants the group and the filter URI-encoded twice, with `$` for `%`.
  const coded = (text: string): string =>
    encodeURIComponent(encodeURIComponent(text)).replaceAll("%", "$");
  const filter = `$3FlogStreamNameFilter$3D${coded(`${job}/`)}`;
  return `https://${region}.${host}/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${coded(LOG_GROUP)}${filter}`;
}
