/** The values of a job's metrics on their way to its run. */

import type { MetricEvent } from "./events.ts";

/** The run, as it takes values. */
interface JobRun {
  /** How many values there was no room for. */
  readonly lost: number;
  point(event: MetricEvent): void;
  flush(options: { readonly signal: AbortSignal | undefined }): Promise<void>;
}

/** So many values are kept for a run that could not be made yet, or that the job's runner logs to. */
const MOST_HELD = 100_000;
/** Values that are read again wait for the server after so many. */
const READ_AT_ONCE = 10_000;

/** Values that are held back, and whether they are all. */
export class JobValues {
  #held: MetricEvent[] = [];
  #followed: "all" | "some" = "some";

  /** Keeps a value, as far as there is room. */
  hold(event: MetricEvent): void {
    // One more than there is room for: they are not all.
    if (this.#held.length <= MOST_HELD) this.#held.push(event);
  }

  /** All values that the job's log tells have come by. */
  followed(): void {
    this.#followed = "all";
  }

  /** Whether the run has got, or gets from here, all that there are. */
  areAll(run: JobRun): boolean {
    return this.#followed === "all" && run.lost === 0 && this.#held.length <= MOST_HELD;
  }

  /** Gives the run what was held back. */
  release(run: JobRun): void {
    for (const event of this.#held.splice(0)) run.point(event);
  }

  /** Forgets what was held back: it is to be read again, or is there already. */
  forget(): void {
    this.#held = [];
    this.#followed = "some";
  }

  /**
   * Gives a run all values, at its own pace.
   *
   * @param run - the run, which has seen none of them
   * @param values - the log's
   * @param signal - ends the work
   */
  async bring(
    run: JobRun,
    values: AsyncIterable<MetricEvent>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    let count = 0;
    for await (const event of values) {
      run.point(event);
      count += 1;
      if (count % READ_AT_ONCE === 0) await run.flush({ signal });
    }
    this.#followed = "all";
  }
}
