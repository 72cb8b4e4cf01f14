/** SIGTERM as an AbortSignal: SageMaker stops a job with it, and kills it 120 seconds later. */

/** A stop signal, and the way to stop listening. */
export interface StopSignal {
  /** Aborts at the first SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
  /** Removes the handlers: the signals do again what they did before. */
  dispose(): void;
}

/**
 * Listens for SIGTERM (a stopped job, or its time limit) and SIGINT (Ctrl-C on a terminal).
 *
 * As the first process of a container a program ignores SIGTERM unless it listens, and runs on until SIGKILL. One that listens
 * must end by itself: save what is worth saving to the model folder within 120 seconds, which SageMaker uploads, and return.
 *
 * @example
 * ```ts
 * const { signal } = stopSignal();
 * for (let epoch = 0; epoch < epochs && !signal.aborted; epoch++) await trainOneEpoch();
 * ```
 */
export function stopSignal(): StopSignal {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    controller.abort(new DOMException(`The job is being stopped (${name}).`, "AbortError"));
  };
  process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  const dispose = (): void => {
    process.off("SIGTERM", onSignal).off("SIGINT", onSignal);
  };
  return { signal: controller.signal, dispose };
}
