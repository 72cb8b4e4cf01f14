/** Following a job to its end, as `fit()` and `wait()` do: events out, a result or an error back. */

import { WaitTimeoutError } from "../errors.ts";
import type { Session } from "../session.ts";
import { linkedController } from "./abort.ts";
import type { Clock } from "./clock.ts";
import {
  errorOf,
  instanceCount,
  logsLocation,
  resultOf,
  type TrainingJobResult,
} from "./end-of-job.ts";
import type { MetricEvent, TrainingJobEvent } from "./events.ts";
import { type FeedOutcome, feedOf } from "./feed.ts";
import { interruptible } from "./interrupt.ts";
import type { LogGrace } from "./log-drain.ts";
import { type LogsOption, logsInWords, openReporter, type Reporter } from "./reporter.ts";
import { isTerminal } from "./status-lines.ts";
import type { JobDescription } from "./status-poller.ts";

/** How to wait for a job. */
export interface WaitOptions {
  /** What is printed: `All`, `Training`, `Rules`, `None`, or as in Python `true` and `false`. Default: `All`. */
  readonly logs?: LogsOption | undefined;
  /** Aborts the wait, which rejects with the signal's reason; the job goes on unless `onAbort` says otherwise. */
  readonly signal?: AbortSignal | undefined;
  /** Gives up waiting after so many milliseconds, with a WaitTimeoutError; the job goes on. Default: never. */
  readonly timeoutMs?: number | undefined;
  /**
   * Milliseconds between two looks at the status. Default: 5,000 growing to 30,000 while nothing changes; 50 growing to
   * 250 on a local cloud. Log lines ask for a look of their own, so that a status is told before the lines after it.
   */
  readonly pollIntervalMs?: number | undefined;
  /** Told of everything that happens, whatever `logs` says; awaited. An error that it throws ends the wait. */
  readonly onEvent?: ((event: TrainingJobEvent) => void | Promise<void>) | undefined;
  /** What an aborted wait, or Ctrl-C, does to the job. Default: `detach`, it goes on. */
  readonly onAbort?: "detach" | "stop" | undefined;
  /** `false`: Ctrl-C is left alone. Default: it ends the wait and says how to come back, if nobody else listens for SIGINT. */
  readonly handleSigint?: boolean | undefined;
  /** How long the log is read on after the end. Default: at least 15 s, at most 60 s on AWS; nothing to wait for locally. */
  readonly logGrace?: LogGrace | undefined;
}

/** {@link WaitOptions}, and what a `fit()` has already. */
export interface FollowOptions extends WaitOptions {
  /** Prints the events; closed by whoever opened it. Default: one for standard output, as `logs` says. */
  readonly reporter?: Reporter | undefined;
  /** Told of each description; awaited. */
  readonly onDescription?: (description: JobDescription) => void | Promise<void>;
  /** Told of each value of a metric. */
  readonly onMetric?: ((event: MetricEvent) => void) | undefined;
  /** Whether the log is read for the metrics' sake, though nobody else asks for it. */
  readonly wantsMetrics?: ((description: JobDescription) => boolean) | undefined;
  /** Done before the end is told; what comes back is told first. */
  readonly onEnd?: (
    description: JobDescription,
    signal: AbortSignal,
  ) => Promise<readonly TrainingJobEvent[]>;
}

/** The job to follow: a {@link TrainingJob} is one. */
export interface FollowedJob {
  readonly name: string;
  readonly session: Session;
  readonly clock: Clock;
  readonly createdAt: number | undefined;
  stop(options: { readonly signal?: AbortSignal }): Promise<void>;
  describe(options: { readonly signal?: AbortSignal }): Promise<JobDescription>;
}

/** Ctrl-C waits so long for an answer about the job, in milliseconds. */
const FAREWELL_MS = 10_000;

/**
 * Follows a job to its end.
 *
 * @param job - the job
 * @param options - what to print, whom to tell, how long
 * @throws UnexpectedStatusError when the job fails; WaitTimeoutError; the signal's reason
 */
export async function followJob(
  job: FollowedJob,
  options: FollowOptions = {},
): Promise<TrainingJobResult> {
  const { signal, handleSigint, onAbort = "detach" } = options;
  const farewell = async (): Promise<string> => await whatBecameOf(job, onAbort);
  return await interruptible({ signal, handleSigint, farewell }, async (ownSignal) => {
    try {
      return await follow(job, options, ownSignal);
    } catch (error) {
      // Ctrl-C stops the job in its farewell. A stop that fails is told instead of the abort: the job bills on.
      if (signal?.aborted && onAbort === "stop") {
        await job.stop({});
      }
      throw error;
    }
  });
}

async function follow(
  job: FollowedJob,
  options: FollowOptions,
  signal: AbortSignal | undefined,
): Promise<TrainingJobResult> {
  const { logs = "All", timeoutMs, pollIntervalMs, logGrace, onEvent, onMetric } = options;
  const wants = logsInWords(logs);
  const reporter = options.reporter ?? (await openReporter(wants));
  const readsLog =
    onEvent !== undefined || (reporter !== undefined && wants !== "Rules" && wants !== "None");
  const own = linkedController(signal);
  let status = "InProgress";
  let last: JobDescription | undefined;
  if (timeoutMs !== undefined) {
    const giveUp = (): void => {
      // A job that has ended is only being read out.
      if (!isTerminal(status)) {
        own.abort(new WaitTimeoutError(job.name, status, timeoutMs));
      }
    };
    // Cut short when the wait ends.
    void job.clock.sleep(timeoutMs, own.signal).then(giveUp, () => {});
  }
  let outcome: FeedOutcome | undefined;
  const feed = feedOf(job, {
    signal: own.signal,
    pollIntervalMs,
    logs: readsLog ? "try" : "off",
    wantsLog: options.wantsMetrics,
    logGrace,
    async onDescription(description) {
      status = description.TrainingJobStatus ?? status;
      last = description;
      await options.onDescription?.(description);
    },
  });
  const events = async function* (): AsyncGenerator<TrainingJobEvent, void, undefined> {
    outcome = yield* feed;
  };
  const tell = async (event: TrainingJobEvent): Promise<void> => {
    reporter?.event(event);
    await onEvent?.(event);
  };
  try {
    for await (const event of events()) {
      if (event.type === "metric") {
        onMetric?.(event);
      }
      const before =
        event.type === "end" && last ? ((await options.onEnd?.(last, own.signal)) ?? []) : [];
      for (const first of before) {
        await tell(first);
      }
      await tell(event);
    }
    return conclude(job, outcome as unknown as FeedOutcome, reporter);
  } finally {
    own.abort();
    own.dispose();
    if (options.reporter === undefined) {
      reporter?.close();
    }
  }
}

function conclude(
  { session, name }: FollowedJob,
  outcome: FeedOutcome,
  reporter: Reporter | undefined,
): TrainingJobResult {
  const { description, logTail } = outcome;
  reporter?.summary({
    trainingSeconds: description.TrainingTimeInSeconds,
    billableSeconds: description.BillableTimeInSeconds,
    instances: instanceCount(description),
    spot: description.EnableManagedSpotTraining === true,
  });
  const result = resultOf(description);
  if (result === undefined) {
    const where = logsLocation(session, name, description.TrainingJobArn ?? "");
    throw errorOf(description, logTail, where);
  }
  return result;
}

/**
 * What to say of a job whose wait was interrupted: its state, and the line that comes back to it. Stops it first if asked.
 *
 * @param job - the job
 * @param onAbort - `stop`: stop it
 */
export async function whatBecameOf(job: FollowedJob, onAbort: "detach" | "stop"): Promise<string> {
  const signal = AbortSignal.timeout(FAREWELL_MS);
  const lines: string[] = [];
  if (onAbort === "stop") {
    lines.push(
      await job.stop({ signal }).then(
        () => `Training job ${job.name} was asked to stop.`,
        (error: unknown) =>
          `Training job ${job.name} could not be stopped and goes on: ${(error as Error).message}`,
      ),
    );
  }
  lines.push(await stateOf(job, signal), "Come back to it with:", `  ${attachLine(job)}`);
  return lines.join("\n");
}

async function stateOf(job: FollowedJob, signal: AbortSignal): Promise<string> {
  try {
    const { TrainingJobStatus = "", SecondaryStatus = "" } = await job.describe({ signal });
    const state = `Training job ${job.name} is ${TrainingJobStatus} (${SecondaryStatus})`;
    return TrainingJobStatus === "InProgress" ? `${state} and goes on.` : `${state}.`;
  } catch (error) {
    return `Training job ${job.name} was started and goes on; its state could not be asked: ${(error as Error).message}`;
  }
}

/** The line that comes back to a job, for another process. */
function attachLine({ name, session }: Pick<FollowedJob, "name" | "session">): string {
  const where =
    session.local === undefined
      ? ""
      : `, { session: new LocalCloud({ root: ${JSON.stringify(session.local.root)} }).session() }`;
  return `const job = await TrainingJob.attach(${JSON.stringify(name)}${where});`;
}
