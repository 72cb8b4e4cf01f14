/** Signals joined without leaks: every listener that is added here is removed here. */

import { setMaxListeners } from "node:events";

/** A controller that also aborts when its parent does. */
export interface LinkedController {
  readonly signal: AbortSignal;
  /** Aborts this one alone. */
  abort(reason?: unknown): void;
  /** Lets go of the parent. */
  dispose(): void;
}

/**
 * A controller under a caller's signal. `AbortSignal.any` would do, but on Node 20 a long-lived source keeps every signal
 * that was made from it.
 *
 * @param parent - the caller's signal
 */
export function linkedController(parent: AbortSignal | undefined): LinkedController {
  const controller = new AbortController();
  expectMany(controller.signal);
  if (parent !== undefined) {
    expectMany(parent);
  }
  const follow = (): void => controller.abort(parent?.reason);
  if (parent?.aborted) {
    follow();
  } else {
    parent?.addEventListener("abort", follow, { once: true });
  }
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    dispose: () => parent?.removeEventListener("abort", follow),
  };
}

/** Many reads of one job, or many jobs under one signal, are no leak: each takes its listener away. */
function expectMany(signal: AbortSignal): void {
  // A polyfill's signal is none of Node's, and does not warn.
  if (signal instanceof EventTarget) {
    setMaxListeners(0, signal);
  }
}

/**
 * Waits for work, but no longer than until the signal aborts: work that does not heed it is left behind.
 *
 * @throws the signal's reason
 */
export async function untilAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) {
    return await work;
  }
  if (signal.aborted) {
    // The work may fail later, when nobody listens any more.
    work.catch(() => {});
    throw signal.reason;
  }
  let leave = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}

/** A signal that is heeded between pieces of work, never within one. */
export interface HeldSignal {
  readonly signal: AbortSignal;
  /** Does a piece of work; what aborts meanwhile counts when it has failed. */
  during<T>(work: () => Promise<T>): Promise<T>;
  /** Lets go of the parent. */
  dispose(): void;
}

/**
 * A signal that holds a caller's back while work is under way.
 *
 * @param parent - the caller's signal
 */
export function heedBetween(parent: AbortSignal | undefined): HeldSignal {
  const own = new AbortController();
  let isBusy = false;
  const heed = (): void => {
    if (!isBusy && parent?.aborted) {
      own.abort(parent.reason);
    }
  };
  parent?.addEventListener("abort", heed);
  heed();
  return {
    signal: own.signal,
    async during(work) {
      isBusy = true;
      try {
        return await work();
      } catch (error) {
        isBusy = false;
        heed();
        throw error;
      }
    },
    dispose: () => parent?.removeEventListener("abort", heed),
  };
}
