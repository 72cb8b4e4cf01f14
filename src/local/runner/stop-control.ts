/** Why a job is to end before its program does, told to whichever phase it is in. */

/** Longest time that Node's timers know. In milliseconds. */
const LONGEST_TIMER = 2_147_483_647;

/** `Requested`: StopTrainingJob. `MaxRuntimeExceeded`: its time is up. */
export type StopCause = "Requested" | "MaxRuntimeExceeded";

/** One job's end from outside; the first cause counts. */
export class StopControl {
  readonly #controller = new AbortController();
  #cause: StopCause | undefined;
  #timer: NodeJS.Timeout | undefined;

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

  /** Ends the job when so many seconds have passed. */
  limit(seconds: number): void {
    this.#wait(seconds * 1000);
  }

  /** The job has ended by itself. */
  clearLimit(): void {
    clearTimeout(this.#timer);
  }

  #wait(milliseconds: number): void {
    this.#timer = setTimeout(
      () => {
        if (milliseconds <= LONGEST_TIMER) this.stop("MaxRuntimeExceeded");
        else this.#wait(milliseconds - LONGEST_TIMER);
      },
      Math.min(milliseconds, LONGEST_TIMER),
    );
  }
}
