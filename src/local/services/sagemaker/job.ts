/** A training job of the local cloud as it lies on disk: what the API writes, the runner goes on with, and Describe folds. */

/**
 * How a job's program is run. `auto` takes the best that this machine can do; `sandbox` the best sandbox, or none;
 * the sandboxes by their own names are for those who must know which.
 */
export type EngineChoice = "auto" | "sandbox" | "process" | "bubblewrap" | "unshare" | "proot";

/** When a spot job's instances are reclaimed, for testing what it does then. */
export interface SpotPlan {
  /** Seconds of training: of the first attempt, the second … Those after the last run undisturbed. */
  readonly afterSeconds: readonly number[];
  /** Regular expressions: a line of the log that one of them matches; each counts once. */
  readonly whenLogged: readonly { readonly source: string; readonly flags: string }[];
  /** Seconds until there are instances again. */
  readonly capacityAfterSeconds: number;
}

/** What is fixed when the job is created: `job.json`. */
export interface JobRecord {
  readonly name: string;
  readonly arn: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly account: string;
  readonly region: string;
  /** The CreateTrainingJob request, exactly as it came (service's words). */
  readonly request: Readonly<Record<string, unknown>>;
  /** The program folder (absolute) that the image stands for. */
  readonly program: string;
  /** How to run it. */
  readonly engine: EngineChoice;
  /** Seconds between SIGTERM and SIGKILL. */
  readonly stopGraceSeconds: number;
  /** Of a spot job only. */
  readonly spotInterruptions?: SpotPlan;
}

/** Several values told as one. */
export interface ValueStatistics {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

/**
 * One line of a job's journal, `journal.ndjson`. Times are milliseconds since 1970. The first `end` counts; of what follows it
 * only tags count, since a job that has ended can still be tagged.
 */
export type JobEntry =
  | {
      readonly type: "status";
      readonly at: number;
      readonly status: "InProgress" | "Stopping";
      readonly secondaryStatus: string;
      readonly message: string;
    }
  /** The runner's process was started; it has not spoken yet. */
  | {
      readonly type: "launched";
      readonly at: number;
      readonly pid: number;
      readonly startTime: string;
    }
  /** The runner owns the job from here on; its socket and the process's identity as a second witness. */
  | {
      readonly type: "runner";
      readonly at: number;
      readonly pid: number;
      readonly startTime: string;
      /** `""` when no socket could be made here. */
      readonly socket: string;
    }
  /** What runs the containers, e.g. `sandbox (bubblewrap)`, and what it, or the better ones, lack here. */
  | {
      readonly type: "engine";
      readonly at: number;
      readonly name: string;
      readonly note?: string;
    }
  | { readonly type: "stop-requested"; readonly at: number }
  /** UpdateTrainingJob: members of the request that have other values from here on, in the service's words. */
  | {
      readonly type: "update";
      readonly at: number;
      readonly request: Readonly<Record<string, unknown>>;
    }
  /** The input begins to be brought in: the service's TrainingStartTime. */
  | { readonly type: "training-started"; readonly at: number }
  /** The last value so far; not each value is written, the last one always is. */
  | {
      readonly type: "metric";
      readonly at: number;
      readonly name: string;
      readonly value: number;
      /** Of all values since the entry before, with this one; left out when there is no other. */
      readonly statistics?: ValueStatistics;
    }
  /** Something that did not stop the job but that its owner should know. */
  | {
      readonly type: "warning";
      readonly at: number;
      /** A stable word for programs, e.g. `common-js-program`. */
      readonly code: string;
      readonly message: string;
    }
  | { readonly type: "tags"; readonly at: number; readonly tags: Readonly<Record<string, string>> }
  | { readonly type: "untag"; readonly at: number; readonly keys: readonly string[] }
  | {
      readonly type: "end";
      readonly at: number;
      readonly status: "Completed" | "Failed" | "Stopped";
      readonly secondaryStatus: string;
      readonly message: string;
      readonly failureReason?: string;
      /** Set when the training had started. */
      readonly trainingEndTime?: number;
    };

/** The entry of one type. */
export type JobEntryOf<T extends JobEntry["type"]> = Extract<JobEntry, { readonly type: T }>;
