/** When a log is at its end, after the job is: CloudWatch shows lines some seconds after they were printed. */

import type { Session } from "../session.ts";
import type { LogLane } from "./log-lane.ts";

/** How long the log is read on after the job has ended. */
export interface LogGrace {
  /** Milliseconds between two reads that must find the same. Default: 5,000. */
  readonly intervalMs?: number;
  /** At least so long, in milliseconds. Default: 15,000. */
  readonly minMs?: number;
  /** At most so long, in milliseconds, even if lines still come. Default: 60,000. */
  readonly maxMs?: number;
}

/** What is known of the job's end. */
export interface LogEnd {
  /** It ended so long ago that whatever was printed is there. */
  readonly longAgo: boolean;
  /** It came so far that a container may have printed something. */
  readonly mayHavePrinted: boolean;
}

const AWS_GRACE: Required<LogGrace> = { intervalMs: 5000, minMs: 15_000, maxMs: 60_000 };
/** Locally a line can be read as soon as it was written; this covers a runner that was killed before it closed its streams. */
const LOCAL_GRACE: Required<LogGrace> = { intervalMs: 50, minMs: 0, maxMs: 2000 };

/** The grace that holds for a session's jobs, with what the caller set. */
export function graceOf(session: Session, given: LogGrace | undefined): Required<LogGrace> {
  return { ...(session.local === undefined ? AWS_GRACE : LOCAL_GRACE), ...given };
}

/** Reading the rest: turn after turn, until every stream stands still. */
export class LogDrain {
  /** Milliseconds between two turns. */
  readonly intervalMs: number;
  readonly #end: LogEnd;
  readonly #minMs: number;
  readonly #maxMs: number;
  /** Since when there is nothing left to catch up with. */
  #since: number | undefined;
  #turns = 0;

  constructor(end: LogEnd, grace: Required<LogGrace>) {
    this.#end = end;
    this.intervalMs = grace.intervalMs;
    this.#minMs = grace.minMs;
    this.#maxMs = grace.maxMs;
  }

  /** Whether the streams need not be listed again. */
  get knowsStreams(): boolean {
    return this.#end.longAgo && this.#turns > 0;
  }

  /**
   * Whether the log is at its end. `cut`: it is not, but has had its time.
   *
   * @param lanes - every stream
   * @param lines - how many lines this turn brought
   * @param now - milliseconds since 1970
   */
  afterTurn(lanes: readonly LogLane[], lines: number, now: number): "more" | "ended" | "cut" {
    const unfinished = lanes.some((lane) => lane.unfinished);
    this.#turns += 1;
    if (unfinished && lines > 0) {
      // A long log that is being caught up with: it is read to its end, however long that takes.
      this.#since = undefined;
      return "more";
    }
    const elapsed = now - (this.#since ?? now);
    this.#since ??= now;
    const { longAgo, mayHavePrinted } = this.#end;
    const enough = this.#turns > 1 && elapsed >= this.#minMs;
    if (lanes.length === 0) {
      return longAgo || !mayHavePrinted || enough ? "ended" : "more";
    }
    const closed = lanes.every((lane) => lane.closed);
    const still = enough && lanes.every((lane) => lane.still);
    if (closed || still || (longAgo && !unfinished)) {
      return "ended";
    }
    return elapsed >= this.#maxMs ? "cut" : "more";
  }
}
