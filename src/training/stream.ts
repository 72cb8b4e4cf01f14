/** Several producers, one async iterable: bounded, in the order of arrival, ended together. */

import { linkedController } from "./abort.ts";

/** Hands a value over; resolves when there is room for the next. */
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
  const waiters = new Set<() => void>();
  const wake = (): void => {
    for (const waiter of waiters) {
      waiter();
    }
    waiters.clear();
  };
  const change = (): Promise<void> => new Promise((resolve) => waiters.add(resolve));

  const emit: Emit<T> = async (value) => {
    while (queue.length >= CAPACITY && !own.signal.aborted) {
      await change();
    }
    own.signal.throwIfAborted();
    queue.push(value);
    wake();
  };
  own.signal.addEventListener("abort", wake, { once: true });

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
        yield queue.shift() as T;
        wake();
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
