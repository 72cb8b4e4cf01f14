/** A training job of the local cloud as it lies on disk: what the API writes, the runner goes on with, and Describe folds. */

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
  readonly engine: "auto" | "sandbox" | "process";
  /** Seconds between SIGTERM and SIGKILL. */
  readonly stopGraceSeconds: number;
}

/** One line of a job's journal, `journal.ndjson`. Times are milliseconds since 1970. The first `end` counts; what follows it is void. */
export type JobEntry =
  | {
      readonly type: "status";
      readonly at: number;
      readonly status: "InProgress" | "Stopping";
      readonly secondaryStatus: string;
      readonly message: string;
    }
  /** The runner owns the job from here on; its socket and the process's identity as a second witness. */
  | {
      readonly type: "runner";
      readonly at: number;
      readonly pid: number;
      readonly startTime: string;
      readonly socket: string;
    }
  | { readonly type: "stop-requested"; readonly at: number }
  | { readonly type: "training-started"; readonly at: number }
  | {
      readonly type: "metric";
      readonly at: number;
      readonly name: string;
      readonly value: number;
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
      /** Set when the container had started. */
      readonly trainingEndTime?: number;
    };
