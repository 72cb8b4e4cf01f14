/** Bounded work: so many at a time, so many bytes at a time, stopped by a signal or by the first failure. */

import { setMaxListeners } from "node:events";

/**
 * A signal that aborts when any of the given ones does, and that as many may listen to as there are requests under way.
 *
 * @param signals - what is undefined is left out
 */
export function anySignal(...signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  const signal = AbortSignal.any(signals.filter((one) => one !== undefined));
  // Node warns of a leak at 11 listeners.
  setMaxListeners(0, signal);
  return signal;
}

/**
 * For `catch`: the signal's reason when it has aborted, whatever form the abort took on its way; else the error itself.
 *
 * @param signal - the caller's
 */
export function orAbort(signal: AbortSignal | undefined): (error: unknown) => never {
  return (error) => {
    signal?.throwIfAborted();
    throw error;
  };
}

/** An item that failed, and why. */
export interface PoolFailure<T> {
  /** The item. */
  readonly item: T;
  /** What was thrown. */
  readonly error: unknown;
}

/** How items are worked on. */
export interface PoolOptions {
  /** The most items at a time. */
  readonly limit: number;
  /** Stops the work; the call rejects with the signal's reason when everything under way has ended. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Works on items, `limit` at a time. After the first failure no new item is begun, and those under way are let to their
 * end, so that every failure is told and none is cut off in the middle.
 *
 * @param items - the items; taken one by one as there is room
 * @param options - see {@link PoolOptions}
 * @param work - what is done with each
 * @returns the failures, in the order in which they came; none when all went well
 */
export async function forEachBounded<T>(
  items: Iterable<T>,
  options: PoolOptions,
  work: (item: T) => Promise<void>,
): Promise<PoolFailure<T>[]> {
  const { limit, signal } = options;
  const failures: PoolFailure<T>[] = [];
  const iterator = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    while (failures.length === 0 && !signal?.aborted) {
      const next = iterator.next();
      if (next.done === true) {
        return;
      }
      try {
        await work(next.value);
      } catch (error) {
        failures.push({ item: next.value, error });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, limit) }, worker));
  signal?.throwIfAborted();
  return failures;
}

/** Someone who waits for a share of a budget. */
interface Waiting {
  readonly amount: number;
  readonly go: () => void;
}

/**
 * A quantity that is shared, such as bytes of memory: whoever wants some waits until it is there, first come first served.
 *
 * @example
 * ```ts
 * const release = await budget.acquire(8 * 1024 * 1024, signal);
 * try {
 *   await upload();
 * } finally {
 *   release();
 * }
 * ```
 */
export class Budget {
  readonly #capacity: number;
  readonly #waiting: Waiting[] = [];
  #free: number;

  /** @param capacity - how much there is in all */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#free = capacity;
  }

  /**
   * Waits for a share. More than there is in all is given when nobody else holds any.
   *
   * @param amount - how much
   * @param signal - ends the waiting with the signal's reason
   * @returns gives the share back; only the first call counts
   */
  async acquire(amount: number, signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    const share = Math.min(amount, this.#capacity);
    if (this.#waiting.length > 0 || share > this.#free) {
      await new Promise<void>((resolve, reject) => {
        const waiting: Waiting = {
          amount: share,
          go: () => {
            signal?.removeEventListener("abort", stop);
            resolve();
          },
        };
        const stop = (): void => {
          this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
          this.#serve();
          reject(signal?.reason);
        };
        signal?.addEventListener("abort", stop, { once: true });
        this.#waiting.push(waiting);
      });
    } else {
      this.#free -= share;
    }
    let isHeld = true;
    return () => {
      if (isHeld) {
        isHeld = false;
        this.#free += share;
        this.#serve();
      }
    };
  }

  #serve(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (next.amount > this.#free) {
        return;
      }
      this.#free -= next.amount;
      this.#waiting.shift();
      next.go();
    }
  }
}
