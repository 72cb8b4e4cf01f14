/** One training job from its first status to its last, in the service's sequence and words. */

import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { removeTree } from "../remove-tree.ts";
import type { JobEntryOf } from "../services/sagemaker/job.ts";
import {
  closeLogs,
  type LineReaders,
  type Progress,
  runAttempt,
  type TrainingContext,
} from "./attempt.ts";
import { JobFailure } from "./failure-reason.ts";
import { readJobRequest, unsupportedBy } from "./job-request.ts";
import { MetricScanner } from "./metric-scanner.ts";
import { SpotInterrupter } from "./spot.ts";

type End = JobEntryOf<"end">;

/**
 * Runs a job to its end, which it returns and does not write: the caller writes it last, when all else is on disk.
 *
 * @throws whatever is not the job's own failure: the caller's InternalServerError
 */
export async function runTraining(context: TrainingContext): Promise<End> {
  const { stop } = context;
  const progress: Progress = {
    ...{ logs: [], endpoint: undefined, startedAt: undefined, epoch: 0 },
  };
  try {
    await train(context, progress);
    return endOf(stop.cause ?? "Completed", progress);
  } catch (error) {
    if (error instanceof JobFailure) return endOf("Failed", progress, error.message);
    // What was under way when the job was stopped says so by failing with the signal's own reason.
    if (stop.cause !== undefined && error === stop.signal.reason)
      return endOf(stop.cause, progress);
    throw error;
  } finally {
    stop.clearLimit("MaxRuntimeExceeded");
    stop.clearLimit("MaxWaitTimeExceeded");
    closeLogs(progress);
    await progress.endpoint?.close();
  }
}

async function train(context: TrainingContext, progress: Progress): Promise<void> {
  const { job, journal, stop } = context;
  journal.status("InProgress", "Starting", "Preparing the instances for training");
  const request = readJobRequest(job.request);
  const unsupported = unsupportedBy(request);
  if (unsupported !== undefined) throw new JobFailure(`ClientError: ${unsupported}`);
  const readers: LineReaders = {
    metrics: new MetricScanner(request.metricDefinitions),
    spot: new SpotInterrupter(job.spotInterruptions),
  };
  for (const { name, problem } of readers.metrics.unreadable) {
    journal.warn(
      "metric-regex",
      `The Regex of metric definition "${name}" cannot be read: ${problem}`,
    );
  }
  stop.signal.addEventListener("abort", () => {
    // Of a request to stop, whoever made it has told.
    if (stop.cause !== "Requested") {
      journal.status("Stopping", "Stopping", "Stopping the training job");
    }
  });
  if (request.maxWaitSeconds !== undefined) {
    const waited = (Date.now() - job.createdAt) / 1000;
    stop.limit("MaxWaitTimeExceeded", request.maxWaitSeconds - waited);
  }

  let secondsLeft = request.maxRuntimeSeconds;
  let retriesLeft = request.retries;
  while (!stop.signal.aborted) {
    const begunAt = Date.now();
    if (progress.startedAt === undefined) {
      progress.startedAt = begunAt;
      journal.write({ type: "training-started", at: begunAt });
    }
    stop.limit("MaxRuntimeExceeded", secondsLeft);
    const outcome = await runAttempt(context, request, progress, readers).catch(
      (error: unknown) => {
        if (!isInternal(error) || retriesLeft === 0 || stop.signal.aborted) throw error;
        retriesLeft -= 1;
        return "broken" as const;
      },
    );
    if (outcome === "ended") return;
    stop.clearLimit("MaxRuntimeExceeded");
    secondsLeft -= (Date.now() - begunAt) / 1000;
    await beginAnew(context, outcome, progress);
  }
}

/** An instance that was reclaimed, or broke, leaves nothing: the next one has its own /opt/ml. */
async function beginAnew(
  { job, jobFolder, journal, stop }: TrainingContext,
  why: "interrupted" | "broken",
  progress: Progress,
): Promise<void> {
  if (why === "interrupted") {
    journal.status("InProgress", "Interrupted", "The spot instances were reclaimed");
  } else journal.status("InProgress", "Restarting", "Restarting the training job");
  closeLogs(progress);
  await removeTree(join(jobFolder, "hosts"));
  const pause = why === "interrupted" ? (job.spotInterruptions?.capacityAfterSeconds ?? 0) : 0;
  if (pause > 0) {
    journal.status("InProgress", "Pending", "Training job waiting for capacity");
    // Stopped meanwhile: the loop finds that out.
    await delay(pause * 1000, undefined, { signal: stop.signal }).catch(() => undefined);
    if (stop.signal.aborted) return;
  }
  journal.status("InProgress", "Starting", "Preparing the instances for training");
}

/** Whether the failure is the local cloud's own, for which RetryStrategy is. */
function isInternal(error: unknown): boolean {
  return error instanceof JobFailure && error.message.startsWith("InternalServerError");
}

const ENDS = {
  Completed: ["Completed", "Completed", "Training job completed"],
  Failed: ["Failed", "Failed", "Training job failed"],
  Requested: ["Stopped", "Stopped", "Training job stopped"],
  MaxRuntimeExceeded: [
    "Stopped",
    "MaxRuntimeExceeded",
    "Training job runtime exceeded MaxRuntimeInSeconds provided",
  ],
  MaxWaitTimeExceeded: [
    "Stopped",
    "MaxWaitTimeExceeded",
    "Training job wait time exceeded MaxWaitTimeInSeconds provided",
  ],
} as const;

function endOf(kind: keyof typeof ENDS, progress: Progress, failureReason?: string): End {
  const [status, secondaryStatus, message] = ENDS[kind];
  const at = Date.now();
  return {
    ...{ type: "end", at, status, secondaryStatus, message },
    ...(failureReason !== undefined && { failureReason }),
    ...(progress.startedAt !== undefined && { trainingEndTime: at }),
  };
}
