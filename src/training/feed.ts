/** Everything that happens to one job, as one sequence of events: statuses, log, metrics, warnings, end. */

import type { Session } from "../session.ts";
import { linkedController } from "./abort.ts";
import type { Clock } from "./clock.ts";
import { endOf, instanceCount } from "./end-of-job.ts";
import { EventOrder } from "./event-order.ts";
import type { StatusEvent, TrainingJobEvent, WarningEvent } from "./events.ts";
import type { LogEnd, LogGrace } from "./log-drain.ts";
import { LogTail, readLogTail } from "./log-tail.ts";
import { LogReader } from "./logs.ts";
import { LookRequests } from "./look-requests.ts";
import { MetricScanner } from "./metrics.ts";
import { isTerminal, StatusReader } from "./status-lines.ts";
import type { JobDescription } from "./status-poller.ts";
import { type Emit, streamOf } from "./stream.ts";
import { watchJob } from "./watch.ts";

/** The job to follow. */
export interface FeedSource {
  readonly name: string;
  readonly session: Session;
  readonly clock: Clock;
  /** When this process started it, in milliseconds since 1970. */
  readonly createdAt?: number | undefined;
}

/** What to follow, and how. */
export interface FeedOptions {
  readonly signal?: AbortSignal | undefined;
  readonly pollIntervalMs?: number | undefined;
  /** `off`: no log lines. `try`: a log that may not be read is a warning. `must`: it is an error. */
  readonly logs: "off" | "try" | "must";
  /** Whether they are read all the same, for what the job is. */
  readonly wantsLog?: ((description: JobDescription) => boolean) | undefined;
  readonly host?: string | undefined;
  readonly startTime?: Date | undefined;
  readonly tail?: number | undefined;
  readonly logGrace?: LogGrace | undefined;
  /** Told of every description, first of all; awaited. */
  readonly onDescription?: (description: JobDescription) => void | Promise<void>;
}

/** What is known when the feed has ended. */
export interface FeedOutcome {
  readonly description: JobDescription;
  /** The last log lines of the host that failed; empty for a job that did not fail. */
  readonly logTail: readonly string[];
}

/** Statuses before the first container is there. */
const BEFORE_CONTAINERS = new Set([
  "Starting",
  "Pending",
  "LaunchingMLInstances",
  "PreparingTrainingStack",
]);

/** A status waits so long for the lines that were printed before it, in milliseconds. */
const FLUSH_MS = 2000;

/** Whatever a job printed can be read so long after its end, in milliseconds. */
const LONG_AGO_MS = 10 * 60_000;

/**
 * The events of a job until its end, in the order that {@link EventOrder} gives them; returns how it ended.
 *
 * @param job - the job
 * @param options - what to follow
 */
export function feedOf(
  job: FeedSource,
  options: FeedOptions,
): AsyncGenerator<TrainingJobEvent, FeedOutcome, undefined> {
  return streamOf((emit, signal) => new Feed(job, options, emit, signal).run(), options.signal);
}

class Feed {
  readonly #job: FeedSource;
  readonly #options: FeedOptions;
  readonly #emit: Emit<TrainingJobEvent>;
  readonly #signal: AbortSignal;
  readonly #tail = new LogTail();
  readonly #looks = new LookRequests();
  readonly #order: EventOrder;
  /** Statuses are told in turn, beside the looks: one of them may be what a line waits for. */
  #statusesTold: Promise<void> = Promise.resolve();
  /** Warnings come from within calls, which do not wait for a slow reader. */
  #told: Promise<unknown> = Promise.resolve();
  #fail: (error: unknown) => void = () => {};
  #reader: LogReader | undefined;
  #reading: Promise<void> | undefined;
  #readsLog: boolean;
  #logsFailed = false;
  #notesTold = 0;

  constructor(
    job: FeedSource,
    options: FeedOptions,
    emit: Emit<TrainingJobEvent>,
    signal: AbortSignal,
  ) {
    this.#job = job;
    this.#options = options;
    this.#readsLog = options.logs !== "off";
    this.#emit = emit;
    this.#signal = signal;
    this.#order = new EventOrder(emit, this.#looks);
  }

  async run(): Promise<FeedOutcome> {
    // A log that must be read and may not is told now, not when the job has ended.
    const failure = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    if (this.#readsLog) {
      // Loading a client takes a while, best spent while the job starts; an error comes back when it is used.
      void this.#job.session.clients.logs().catch(() => {});
    }
    const description = await Promise.race([this.#watch(), failure]);
    await this.#statusesTold;
    await this.#reading;
    await this.#order.end();
    const { TrainingJobStatus: status } = description;
    const failed = status !== "Completed" && status !== "Stopped";
    const logTail = failed ? await this.#findTail(description) : [];
    await this.#told;
    await this.#emit(endOf(description));
    return { description, logTail };
  }

  /** Follows the statuses; returns the last description. */
  async #watch(): Promise<JobDescription> {
    const { session, name, clock, createdAt } = this.#job;
    const reader = new StatusReader();
    let last: JobDescription | undefined;
    const descriptions = watchJob(session, name, {
      clock,
      signal: this.#signal,
      pollIntervalMs: this.#options.pollIntervalMs,
      createdAt,
      looks: this.#looks,
      onGap: ({ code, message }) => {
        this.#looks.release();
        this.#warn(code, message);
      },
    });
    for await (const description of descriptions) {
      last = description;
      await this.#options.onDescription?.(description);
      await this.#tellLocalNotes();
      this.#followLog(description);
      const due = this.#order.add(reader.statuses(description));
      this.#tellStatuses(due, reader.rules(description));
    }
    return last as JobDescription;
  }

  /** After the lines that can be read by now, but without keeping the next look waiting. */
  #tellStatuses(due: StatusEvent | undefined, rules: readonly WarningEvent[]): void {
    this.#statusesTold = this.#statusesTold.then(async () => {
      await this.#flush();
      await this.#order.statusesTo(due);
      for (const event of rules) {
        await this.#emit(event);
      }
    });
    // A failure is seen where it is awaited.
    this.#statusesTold.catch(() => {});
  }

  /** What a local cloud noticed about the job; AWS has no such thing. */
  async #tellLocalNotes(): Promise<void> {
    const notes = (await this.#job.session.local?.notes?.(this.#job.name)) ?? [];
    for (const { code, message } of notes.slice(this.#notesTold)) {
      this.#warn(code, message);
    }
    this.#notesTold = Math.max(this.#notesTold, notes.length);
  }

  #followLog(description: JobDescription): void {
    this.#readsLog ||= this.#options.wantsLog?.(description) ?? false;
    if (!this.#readsLog) {
      return;
    }
    const { TrainingStartTime, SecondaryStatus = "", TrainingJobStatus } = description;
    if (this.#reader === undefined) {
      this.#reader = this.#makeReader(description);
      this.#reading = this.#readLog(this.#reader, description);
      // A failure is seen where it is awaited, at the end; until then it must not count as unhandled.
      this.#reading.catch(() => {});
    }
    if (isTerminal(TrainingJobStatus)) {
      this.#reader.finish(this.#logEnd(description));
    } else if (TrainingStartTime !== undefined || !BEFORE_CONTAINERS.has(SecondaryStatus)) {
      this.#reader.open();
    }
  }

  #makeReader(description: JobDescription): LogReader {
    const { session, name, clock } = this.#job;
    const { host, startTime, tail, logGrace } = this.#options;
    return new LogReader(session, name, {
      clock,
      signal: this.#signal,
      host,
      startTime,
      tail,
      grace: logGrace,
      hosts: instanceCount(description),
      onGap: ({ code, message }) => this.#warn(code, message),
      onRead: () => this.#order.linesRead(),
      onCut: (message) => this.#warn("log-gap", message),
    });
  }

  async #readLog(reader: LogReader, description: JobDescription): Promise<void> {
    const definitions = description.AlgorithmSpecification?.MetricDefinitions ?? [];
    const metrics = new MetricScanner(definitions, new Date(this.#job.clock.now()));
    for (const warning of metrics.warnings()) {
      await this.#emit(warning);
    }
    try {
      for await (const line of reader.lines()) {
        this.#tail.add(line);
        await this.#order.line(line);
        for (const event of metrics.scan(line)) {
          await this.#emit(event);
        }
      }
    } catch (error) {
      if (this.#signal.aborted || this.#options.logs === "must") {
        this.#fail(error);
        throw error;
      }
      // The job and its result do not depend on whether the caller may read its log.
      this.#logsFailed = true;
      this.#warn(
        "log-unavailable",
        `${(error as Error).message} The wait goes on without the log.`,
      );
    }
  }

  async #flush(): Promise<void> {
    if (this.#reader === undefined) {
      return;
    }
    const own = linkedController(this.#signal);
    try {
      await Promise.race([this.#reader.flush(), this.#job.clock.sleep(FLUSH_MS, own.signal)]);
    } finally {
      own.abort();
      own.dispose();
    }
  }

  async #findTail(description: JobDescription): Promise<readonly string[]> {
    const { session, name, clock } = this.#job;
    const { host, startTime, tail: most, logGrace } = this.#options;
    const isPart = host !== undefined || startTime !== undefined || most !== undefined;
    const wasWhole = this.#readsLog && !isPart;
    if (wasWhole || this.#logsFailed) {
      return this.#tail.of(description.FailureReason);
    }
    try {
      const tail = await readLogTail(session, name, this.#logEnd(description), logGrace, {
        clock,
        signal: this.#signal,
        onGap: ({ code, message }) => this.#warn(code, message),
      });
      return tail.of(description.FailureReason);
    } catch (error) {
      this.#signal.throwIfAborted();
      this.#warn("log-unavailable", (error as Error).message);
      return [];
    }
  }

  #logEnd({ TrainingEndTime, LastModifiedTime, TrainingStartTime }: JobDescription): LogEnd {
    const { session, clock } = this.#job;
    const endedAt = (TrainingEndTime ?? LastModifiedTime)?.getTime() ?? clock.now();
    return {
      longAgo: clock.now() - endedAt > LONG_AGO_MS,
      // Locally all streams are there before the job's end is.
      mayHavePrinted: session.local === undefined && TrainingStartTime !== undefined,
    };
  }

  #warn(code: string, message: string): void {
    const { clock, session } = this.#job;
    session.logger.warn(message);
    const event = { type: "warning", time: new Date(clock.now()), code, message } as const;
    // Only an abort refuses an event, and that ends the feed by itself.
    this.#told = this.#told.then(() => this.#emit(event)).catch(() => {});
  }
}
