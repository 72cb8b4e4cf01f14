/** Trying again as MLflow's own client does: 408, 429, 500, 502, 503, 504 and broken connections, with growing waits. */

import { systemClock } from "../../training/clock.ts";

/** How often and how long. */
export interface RetryOptions {
  /** How many times a call is tried again. Default: 7, as MLflow's (`MLFLOW_HTTP_REQUEST_MAX_RETRIES`). */
  readonly retries?: number;
  /** The first wait, in milliseconds; each further one is twice as long. Default: 2,000, as MLflow's. */
  readonly baseMs?: number;
  /** No wait is longer, in milliseconds; nor is one that a server asks for. Default: 120,000. */
  readonly capMs?: number;
}

/** What became of one attempt. */
export type Attempt<T> =
  | { readonly done: T }
  | {
      /** Thrown when no attempt is left. */
      readonly error: unknown;
      /** What the server asks to wait, in milliseconds (`Retry-After`). */
      readonly waitMs?: number | undefined;
    };

const RETRIED = new Set([408, 429, 500, 502, 503, 504]);

/** Whether a server that answers so may do better in a while. */
export function isPassing(status: number): boolean {
  return RETRIED.has(status);
}

/**
 * Makes attempts until one is done.
 *
 * @param attempt - throws what trying again would not help
 * @param options - how often and how long
 * @param signal - ends the waiting; it rejects with the signal's reason
 */
export async function withRetries<T>(
  attempt: (attemptNumber: number) => Promise<Attempt<T>>,
  { retries = 7, baseMs = 2000, capMs = 120_000 }: RetryOptions,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (let number = 0; ; number += 1) {
    signal?.throwIfAborted();
    const outcome = await attempt(number);
    if ("done" in outcome) {
      return outcome.done;
    }
    if (number >= retries) {
      throw outcome.error;
    }
    // Half of the wait is chance, so that those who were turned away together do not come back together.
    const grown = baseMs * 2 ** Math.min(number, 20) * (0.5 + Math.random() / 2);
    const wait = Math.min(capMs, Math.max(grown, outcome.waitMs ?? 0));
    await systemClock.sleep(wait, signal);
  }
}

/**
 * What `Retry-After` says, in milliseconds: seconds or a date.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterMs(value: string | string[] | undefined): number | undefined {
  if (typeof value !== "string") {
    return undefined;
  }
  if (/^\d+$/.test(value)) {
    return Number(value) * 1000;
  }
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
