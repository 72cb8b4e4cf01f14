/** One `fit()` around its work: what is printed, whom events are told, and what an abort or Ctrl-C leaves behind. */

import { SageMakerError } from "../errors.ts";
import { linkedController } from "./abort.ts";
import type { TrainingJobEvent } from "./events.ts";
import type { FitOptions } from "./fit-options.ts";
import { whatBecameOf } from "./follow.ts";
import { interruptible } from "./interrupt.ts";
import { logsInWords, openReporter } from "./reporter.ts";
import type { TrainingJob } from "./training-job.ts";

/** What the work of a `fit()` is given. */
export interface FitContext {
  /** Aborts with the caller's signal and with Ctrl-C. */
  readonly signal: AbortSignal;
  /** Tells an event to the reporter and to `onEvent`. */
  emit(event: TrainingJobEvent): void;
}

/**
 * Starts a job and, unless `wait` is `false`, follows it to its end.
 *
 * @param options - as given to `fit()`
 * @param start - checks, stages and starts; heeds the signal until the job is created
 * @param goesOn - whether an attempt that ended so is followed by another, and the words that say so
 * @returns the job of the last attempt
 */
export async function runFit(
  options: FitOptions,
  start: (context: FitContext, turn: number) => Promise<TrainingJob>,
  goesOn: (outcome: unknown, turn: number) => string | undefined,
): Promise<TrainingJob> {
  const { signal, handleSigint, onAbort = "detach", wait = true, logs = "All" } = options;
  logsInWords(logs);
  let job: TrainingJob | undefined;
  let doubt: string | undefined;
  const farewell = async (): Promise<string> =>
    job === undefined
      ? (doubt ?? "No training job was started.")
      : await whatBecameOf(job, onAbort);
  await interruptible({ signal, handleSigint, farewell }, async (ownSignal) => {
    const reporter = await openReporter(logs);
    const own = linkedController(ownSignal);
    const emit = (event: TrainingJobEvent): void => {
      reporter?.event(event);
      // What a listener throws later ends the work as surely as what it throws at once.
      Promise.resolve(options.onEvent?.(event)).catch((error: unknown) => own.abort(error));
    };
    const attempt = async (turn: number): Promise<unknown> => {
      job = await start({ signal: own.signal, emit }, turn);
      if (!job.reused) {
        reporter?.note(`Training job ${job.name} was started.`);
      }
      if (!wait || job.reused) {
        own.signal.throwIfAborted();
        return undefined;
      }
      return await job.follow({
        ...options,
        logs,
        signal: own.signal,
        // This Ctrl-C is heeded above, with the words for a job that was not started yet.
        handleSigint: false,
        onAbort: "detach",
        reporter,
      });
    };
    try {
      for (let turn = 0; ; turn += 1) {
        const outcome = await attempt(turn).catch((error: unknown) => {
          if (goesOn(error, turn) === undefined) {
            throw error;
          }
          return error;
        });
        const message = goesOn(outcome, turn);
        if (message === undefined) {
          break;
        }
        // It has ended: what is said of a job from here on is said of the next.
        job = undefined;
        emit({ type: "warning", time: new Date(), code: "capacity-fallback", message });
      }
    } catch (error) {
      // An abort rejects with the signal's reason: words of our own say that it is not known whether a job was started.
      doubt = SageMakerError.isInstance(error) ? error.message : undefined;
      // Ctrl-C stops the job in its farewell. A stop that fails is told instead of the abort: the job bills on.
      if (job !== undefined && signal?.aborted && onAbort === "stop") {
        await job.stop();
      }
      throw error;
    } finally {
      own.dispose();
      reporter?.close();
    }
  });
  return job as unknown as TrainingJob;
}
