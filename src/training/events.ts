/** What happens to a training job, as iterators and callbacks carry it. */

/** Fields that each event has. */
interface EventBase {
  /** When it happened: the service's own time where it gives one. */
  readonly time: Date;
}

/** The job passed to another status, or the message of its status changed. */
export interface StatusEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: "status";
  /** `InProgress`, `Completed`, `Failed`, `Stopping` or `Stopped`. */
  readonly status: string;
  /** `Starting`, `Downloading`, `Training`, `Uploading` … */
  readonly secondaryStatus: string;
  /** The service's words, e.g. `Preparing the instances for training`. */
  readonly message: string;
}

/** One line that a container printed. */
export interface LogEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: "log";
  /** Which host printed it: `algo-1`, `algo-2` … */
  readonly host: string;
  /** The line, without its line end. */
  readonly text: string;
}

/** A value that a metric definition found in a log line. */
export interface MetricEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: "metric";
  /** The metric definition's `Name`. */
  readonly name: string;
  /** The number that its `Regex` captured. */
  readonly value: number;
  /** How many values of this metric came before it on this host: 0, 1, 2 … */
  readonly step: number;
  /** Which host printed it. */
  readonly host: string;
}

/** How far a transfer is. */
export interface ProgressEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: "progress";
  /** `stage`: local files to S3. `download`: artifacts from S3. */
  readonly phase: "stage" | "download";
  /** Bytes done. */
  readonly bytes: number;
  /** Bytes in all, when known. */
  readonly totalBytes?: number;
  /** Files done. */
  readonly files: number;
  /** Files in all, when known. */
  readonly totalFiles?: number;
  /** Bytes a second, over the last few seconds. */
  readonly bytesPerSecond: number;
  /** Seconds left at this rate, when the total is known. */
  readonly secondsLeft?: number;
}

/** Something that does not stop the job but that the caller should know. */
export interface WarningEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: "warning";
  /** A stable word for programs, e.g. `log-gap`, `api-retry`. */
  readonly code: string;
  /** The words for people. */
  readonly message: string;
}

/** Something worth knowing that is no cause for concern. */
export interface NoteEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: "note";
  /** A stable word for programs, e.g. `reused`. */
  readonly code: string;
  /** The words for people. */
  readonly message: string;
}

/** The job has ended; the last event. */
export interface EndEvent extends EventBase {
  /** Tells the events apart. */
  readonly type: "end";
  /** `Completed`, `Failed` or `Stopped`. */
  readonly status: string;
  /** The service's reason, when it failed. */
  readonly failureReason?: string;
  /** The container's exit code, when the reason names one. */
  readonly exitCode?: number;
}

/**
 * What happens to a training job: told by `for await (const event of job.events())` and by `onEvent`.
 *
 * The order may be relied on: statuses come in the service's order; the lines of a host come as it printed them; a line comes after every
 * status that had begun when it was printed, for which it waits if need be (unless the service does not say how the job is); the status that
 * the job ended with comes after all lines, and `end` last of all. A status waits for the lines that were printed before it only as far as
 * they can be read: CloudWatch shows them some seconds late. Each event's `time` is the service's own, and sorts them.
 *
 * @example
 * ```ts
 * await estimator.fit("s3://bucket/train/", {
 *   onEvent(event) {
 *     if (event.type === "metric") console.log(event.name, event.value);
 *   },
 * });
 * ```
 */
export type TrainingJobEvent =
  | StatusEvent
  | LogEvent
  | MetricEvent
  | ProgressEvent
  | WarningEvent
  | NoteEvent
  | EndEvent;
