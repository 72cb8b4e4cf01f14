/** Time as the waits see it, so that tests need not wait. */

import { setTimeout as delay } from "node:timers/promises";

/** What the waits take time and chance from. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A number in [0, 1). */
  random(): number;
}

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted();
    try {
      await delay(ms, undefined, { ...(signal && { signal }) });
    } catch (error) {
      // The timer's own AbortError carries no word of the caller's.
      signal?.throwIfAborted();
      throw error;
    }
  },
  random: () => Math.random(),
};
