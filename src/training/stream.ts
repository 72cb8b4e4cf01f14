/** Several producers, one async iterable: bounded, in the order of arrival, ended together. */

import { linkedController } from "./abort.ts";

/** Hands a value over, in the order of the calls; resolves when it has its place. */
export type Emit<T> = (value: T) => Promise<void>;

/** So many values may wait for a slow reader before the producers wait too. */
const CAPACITY = 256;

/**
 * Runs a producer and yields what it emits; returns what it returns. When the reader leaves, the producer's signal aborts
 * and its end is awaited.
 *
 * @param produce - emits values until done; heeds the signal
 * @param signal - the caller's
 */
export async function* streamOf<T, R>(
  produce: (emit: Emit<T>, signal: AbortSignal) => Promise<R>,
  signal?: AbortSignal,
): AsyncGenerator<T, R, undefined> {
  const own = linkedController(signal);
  const queue: T[] = [];
  /** Values for which there is no room yet, in the order in which they came. */
  const blocked: { readonly value: T; readonly enter: () => void }[] = [];
  const waiters = new Set<() => void>();
  const wake = (): void => {
    for (const waiter of waiters) {
      waiter();
    }
    waiters.clear();
  };
  const change = (): Promise<void> => new Promise((resolve) => waiters.add(resolve));

  const emit: Emit<T> = async (value) => {
    own.signal.throwIfAborted();
    if (queue.length < CAPACITY) {
      queue.push(value);
    } else {
      await new Promise<void>((enter) => {
        blocked.push({ value, enter });
      });
      own.signal.throwIfAborted();
    }
    wake();
  };
  const admit = (): void => {
    const next = blocked.shift();
    if (next !== undefined) {
      queue.push(next.value);
      next.enter();
    }
  };
  const stop = (): void => {
    for (const { enter } of blocked.splice(0)) {
      enter();
    }
    wake();
  };
  own.signal.addEventListener("abort", stop, { once: true });

  let outcome: { readonly value: R } | { readonly error: unknown } | undefined;
  const producing = produce(emit, own.signal).then(
    (value) => {
      outcome = { value };
      wake();
    },
    (error: unknown) => {
      outcome = { error };
      wake();
    },
  );
  try {
    for (;;) {
      signal?.throwIfAborted();
      while (queue.length > 0) {
        const value = queue.shift() as T;
        admit();
        yield value;
        signal?.throwIfAborted();
      }
      if (outcome !== undefined) {
        if ("error" in outcome) {
          throw outcome.error;
        }
        return outcome.value;
      }
      await change();
    }
  } finally {
    own.abort(new DOMException("nobody reads on", "AbortError"));
    await producing;
    own.dispose();
  }
}
