/** Calls that outlast throttling, the service's own faults, dropped connections and expired credentials. */

import pRetry from "p-retry";
import { awsErrorCode, isTransient, translate } from "../aws/translate.ts";
import { linkedController, untilAborted } from "./abort.ts";
import type { Clock } from "./clock.ts";
import { sentence } from "./sentence.ts";

/** What the caller should know of a call that did not go through at once. */
export interface Gap {
  /** `api-retry`: it failed and is tried again; `api-recovered`: it goes through again. */
  readonly code: "api-retry" | "api-recovered";
  /** The words for people. */
  readonly message: string;
}

/** How to persist. */
export interface PersistOptions {
  /** What is being done, for "Could not …": `describe training job my-job`. */
  readonly action: string;
  readonly clock: Clock;
  /** Ends it; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** How many times it is tried again. Default: without end, since the caller's signal bounds the wait. */
  readonly retries?: number;
  /** The first wait is at most this long, in milliseconds. Default: 1,000. */
  readonly baseMs?: number;
  /** No wait is longer, in milliseconds. Default: 30,000. */
  readonly capMs?: number;
  /** An attempt without an answer for so long counts as a dropped connection. Default: 60,000 ms. */
  readonly attemptMs?: number;
  /** Errors to outlast beside the transient ones. */
  readonly survives?: (error: unknown) => boolean;
  /** Asks for new credentials after they expired. */
  readonly renew?: () => Promise<unknown>;
  /** What goes on in the meantime, for the words of a gap. Default: `the job goes on`. */
  readonly meanwhile?: string;
  /** Told of each gap's beginning and end. */
  readonly onGap?: ((gap: Gap) => void) | undefined;
}

/** What expired credentials look like, by service and by provider. */
const EXPIRED = new Set(["ExpiredToken", "ExpiredTokenException", "RequestExpired"]);

/** What a sign-in that ran out looks like. Before a first success these mean that there never were credentials. */
const SIGNED_OUT = new Set([
  "CredentialsProviderError",
  "ProviderError",
  "TokenProviderError",
  "UnrecognizedClientException",
  "InvalidClientTokenId",
]);

/** Whether the error says that a sign-in ran out which worked before. */
export function isSignedOut(error: unknown): boolean {
  return SIGNED_OUT.has(awsErrorCode(error));
}

/**
 * Makes a call until it goes through, waiting in between with full jitter.
 *
 * @param call - the call; its signal aborts with the caller's, and when no answer comes
 * @throws the signal's reason; or the translated error, when trying again would not help
 */
export async function persist<T>(
  call: (signal: AbortSignal) => Promise<T>,
  options: PersistOptions,
): Promise<T> {
  const { action, clock, signal, retries = Number.POSITIVE_INFINITY } = options;
  const { baseMs = 1000, capMs = 30_000, meanwhile = "the job goes on" } = options;
  let gapSince: number | undefined;
  const survives = (error: unknown): boolean =>
    !signal?.aborted &&
    (isTransient(error) || isTimeout(error) || (options.survives?.(error) ?? false));
  try {
    const result = await pRetry(() => attempt(call, options), {
      // p-retry's own waits are 1 to 2 times the base and would keep a crowd together: the wait is made below.
      retries,
      minTimeout: 0,
      ...(signal && { signal }),
      shouldRetry: ({ error }) => survives(error),
      onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
        if (!survives(error) || retriesLeft <= 0) {
          return;
        }
        if (gapSince === undefined) {
          gapSince = clock.now();
          options.onGap?.({
            code: "api-retry",
            message: `${words(translate(error, action))} Trying again; ${meanwhile}.`,
          });
        }
        if (EXPIRED.has(awsErrorCode(error)) || isSignedOut(error)) {
          // If that fails too, the next attempt says so.
          await options.renew?.().catch(() => {});
        }
        const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(attemptNumber - 1, 20));
        await clock.sleep(clock.random() * ceiling, signal);
      },
    });
    if (gapSince !== undefined) {
      const seconds = Math.max(1, Math.round((clock.now() - gapSince) / 1000));
      options.onGap?.({
        code: "api-recovered",
        message: `Can ${action} again, after ${seconds} s.`,
      });
    }
    return result;
  } catch (error) {
    signal?.throwIfAborted();
    throw translate(error, action);
  }
}

async function attempt<T>(
  call: (signal: AbortSignal) => Promise<T>,
  { clock, signal, attemptMs = 60_000 }: PersistOptions,
): Promise<T> {
  const own = linkedController(signal);
  const timer = new AbortController();
  const expire = (): void =>
    own.abort(new DOMException(`no answer within ${attemptMs / 1000} s`, "TimeoutError"));
  void clock.sleep(attemptMs, timer.signal).then(expire, () => {});
  try {
    return await untilAborted(call(own.signal), own.signal);
  } catch (error) {
    throw error instanceof Error ? error : new Error(String(error), { cause: error });
  } finally {
    timer.abort();
    own.dispose();
  }
}

/** Ours above, and the AWS SDK's for a connection or a request that took too long. */
function isTimeout(error: unknown): boolean {
  return (error as Error | undefined)?.name === "TimeoutError";
}

function words(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return sentence(message);
}
