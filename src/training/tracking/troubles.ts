/** What MLflow fails with, in words, and how long anybody waits for it. */

import { SageMakerError } from "../../errors.ts";
import { linkedController, untilAborted } from "../abort.ts";
import { sentence } from "../sentence.ts";
import { mlflowWork } from "./work.ts";

/** How long an MLflow is waited for. */
interface Patience {
  /** In milliseconds. */
  readonly ms: number;
  /** Where it is, for the message. */
  readonly place: string;
  /** Ends the work as well. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Work that is waited for no longer than that.
 *
 * @param patience - how long
 * @param work - heeds its signal; what does not is left behind
 * @throws MlflowError `UNAVAILABLE` when it takes longer; the signal's reason
 */
export async function within<T>(
  { ms, place, signal }: Patience,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = linkedController(signal);
  const late = noAnswer(place);
  const timer = setTimeout(() => own.abort(late), ms);
  try {
    return await untilAborted(work(own.signal), own.signal);
  } catch (error) {
    if (error !== late) {
      throw error;
    }
    const { MlflowError } = await mlflowWork();
    throw new MlflowError("UNAVAILABLE", late.message, { cause: late });
  } finally {
    clearTimeout(timer);
    own.dispose();
  }
}

/** A server has taken too long. */
export function noAnswer(place: string): DOMException {
  const message = `${place} did not answer in time. Check the tracking URI, and that it is reached from here.`;
  return new DOMException(message, "TimeoutError");
}

/** No answer, or none that will stay: a while later it may be another. */
export function isPassing(error: unknown): boolean {
  const status = SageMakerError.isInstance(error) && "status" in error ? error.status : undefined;
  const isServers = typeof status === "number" && (status >= 500 || status === 429);
  return isServers || errorCode(error) === "UNAVAILABLE";
}

/** What was named is not there: no server that is down, and no other time will help. */
export function isMistake(error: unknown): boolean {
  return errorCode(error) === "RESOURCE_DOES_NOT_EXIST";
}

function errorCode(error: unknown): unknown {
  return SageMakerError.isInstance(error) && "errorCode" in error ? error.errorCode : undefined;
}

/** With `strict`, what a job's end could not be logged for: the job itself has ended as it has. */
export async function ofJob(jobName: string, error: unknown): Promise<unknown> {
  const { MlflowError } = await mlflowWork();
  if (!MlflowError.isInstance(error)) {
    return error;
  }
  const { errorCode, status, message } = error;
  return new MlflowError(
    errorCode,
    `Training job ${jobName} has ended, and not all of it is in MLflow: ${message}`,
    { cause: error, ...(status !== undefined && { status }) },
  );
}

/** What it failed with, as a sentence. */
export function troubleInWords(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return `MLflow: ${sentence(text)}`;
}
