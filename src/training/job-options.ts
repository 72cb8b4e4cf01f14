/** Options of what a training job's handle does. Types. */

import type { AbortOptions, Session } from "../session.ts";
import type { ProfilerConfig, RuleConfig } from "./debug-options.ts";
import type { PlanTextOptions } from "./display.ts";
import type { LogGrace } from "./log-drain.ts";

/** How to read a job's log. */
export interface LogsOptions extends AbortOptions {
  /** This host alone, e.g. `algo-1`. Default: all, merged by time. */
  readonly host?: string;
  /** Nothing older. Default: from the beginning. */
  readonly startTime?: Date;
  /** Of the lines that are there when reading begins, only so many of the last ones, of all hosts together. Default: all. */
  readonly tail?: number;
  /** `false`: what is there by now, even while the job runs. Default: `true`, lines come until the job's end. */
  readonly follow?: boolean;
  /** Milliseconds between two looks at the status, as for `wait()`. */
  readonly pollIntervalMs?: number;
  /** How long the log is read on after the job's end. */
  readonly logGrace?: LogGrace;
}

/** How to follow a job's events. */
export interface EventsOptions extends AbortOptions {
  /** Milliseconds between two looks at the status, as for `wait()`. */
  readonly pollIntervalMs?: number;
  /** How long the log is read on after the job's end. */
  readonly logGrace?: LogGrace;
}

/** How to describe a job. */
export interface DescribeOptions extends AbortOptions {
  /**
   * Whether values that are, or look like, credentials are taken out, as they are of run records: for what is printed, logged or
   * kept. `[redacted]` stands in their place. Default: `false`, everything as the service has it.
   */
  readonly redact?: boolean;
}

/** How to describe a job to people. */
export interface DescribeTextOptions extends AbortOptions, PlanTextOptions {}

/** How to stop a job. */
export interface StopOptions extends AbortOptions {
  /** Whether to wait until the job has ended: it has 120 s to heed SIGTERM, and its model is uploaded. Default: `false`. */
  readonly wait?: boolean;
}

/** How to come back to a job. */
export interface AttachOptions extends AbortOptions {
  /** Where the job runs. Default: `new Session()`. */
  readonly session?: Session | undefined;
}

/** Which jobs `TrainingJob.list()` gives: what is left out does not matter. */
export interface ListJobsOptions extends AttachOptions {
  /** Part of the name. */
  readonly nameContains?: string | undefined;
  /** The status, e.g. `Failed`. */
  readonly statusEquals?:
    | "InProgress"
    | "Completed"
    | "Failed"
    | "Stopping"
    | "Stopped"
    | "Deleting"
    | undefined;
  /** Created after this moment. */
  readonly creationTimeAfter?: Date | undefined;
  /** Created before this moment. */
  readonly creationTimeBefore?: Date | undefined;
  /** Changed after this moment. */
  readonly lastModifiedTimeAfter?: Date | undefined;
  /** Changed before this moment. */
  readonly lastModifiedTimeBefore?: Date | undefined;
  /** What they are sorted by. Default: `CreationTime`. */
  readonly sortBy?: "Name" | "CreationTime" | "Status" | undefined;
  /** In which direction. Default: `Descending`, the newest first. */
  readonly sortOrder?: "Ascending" | "Descending" | undefined;
  /** No more than so many. Default: all. */
  readonly limit?: number | undefined;
}

/** What of a running job is to change; what is left out stays as it is. */
export interface UpdateOptions extends AbortOptions {
  /** How many seconds the instances are kept for a next job when this one has ended: 0 to 21,600. */
  readonly keepAlivePeriodInSeconds?: number | undefined;
  /** Whether people may open a shell in the running container. */
  readonly enableRemoteDebug?: boolean | undefined;
  /** The profiler's settings; `{ disableProfiler: true }` turns it off. */
  readonly profilerConfig?: ProfilerConfig | undefined;
  /** The profiler's rules. Those of the debugger cannot change while a job runs. */
  readonly rules?: readonly RuleConfig[] | undefined;
}

/** What of a running job's profiler is to change. */
export interface UpdateProfilerOptions
  extends ProfilerConfig,
    Pick<UpdateOptions, "rules" | "signal"> {}
