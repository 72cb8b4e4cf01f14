/** Why a job is to end before its program does, told to whichever phase it is in. */

/** Longest time that Node's timers know. In milliseconds. */
const LONGEST_TIMER = 2_147_483_647;

/** The limits of a job's StoppingCondition. */
type Limit = "MaxRuntimeExceeded" | "MaxWaitTimeExceeded";

/** `Requested`: StopTrainingJob. `MaxRuntimeExceeded`: its time is up. `MaxWaitTimeExceeded`: so is that of a spot job, waiting included. */
export type StopCause = "Requested" | Limit;

/** One job's end from outside; the first cause counts. */
export class StopControl {
  readonly #controller = new AbortController();
  readonly #timers = new Map<Limit, NodeJS.Timeout>();
  #cause: StopCause | undefined;

  /** Aborts when the job is to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why; undefined as long as it is not to end. */
  get cause(): StopCause | undefined {
    return this.#cause;
  }

  /** Ends the job. */
  stop(cause: StopCause): void {
    if (this.#cause !== undefined) return;
    this.#cause = cause;
    this.#controller.abort();
  }

  /** Ends the job when so many seconds have passed, unless the limit is cleared before. */
  limit(cause: Limit, seconds: number): void {
    this.clearLimit(cause);
    this.#wait(cause, Math.max(0, seconds * 1000));
  }

  /** The time does not run any more. */
  clearLimit(cause: Limit): void {
    clearTimeout(this.#timers.get(cause));
    this.#timers.delete(cause);
  }

  #wait(cause: Limit, milliseconds: number): void {
    const timer = setTimeout(
      () => {
        if (milliseconds <= LONGEST_TIMER) this.stop(cause);
        else this.#wait(cause, milliseconds - LONGEST_TIMER);
      },
      Math.min(milliseconds, LONGEST_TIMER),
    );
    this.#timers.set(cause, timer);
  }
}
