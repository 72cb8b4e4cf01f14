/** A job's log as it is now, whether the job goes on or not. */

import { ValidationError } from "../errors.ts";
import { instanceCount } from "./end-of-job.ts";
import type { LogEvent } from "./events.ts";
import type { FeedSource } from "./feed.ts";
import type { LogsOptions } from "./job-options.ts";
import { LogReader } from "./logs.ts";
import type { JobDescription } from "./status-poller.ts";

/**
 * The lines of a job that runs, as far as they are there.
 *
 * @param job - the job
 * @param description - what the service says of it
 * @param options - which lines
 */
export async function* logNow(
  { session, name, clock }: FeedSource,
  description: JobDescription,
  { host, startTime, tail, signal }: LogsOptions,
): AsyncGenerator<LogEvent, void, undefined> {
  const reader = new LogReader(session, name, {
    clock,
    signal,
    host,
    startTime,
    tail,
    hosts: instanceCount(description),
    onGap: ({ message }) => session.logger.warn(message),
  });
  reader.readOut();
  yield* reader.lines();
}

/**
 * Refuses what is no count of lines.
 *
 * @param tail - as it was given
 * @throws {@link ValidationError}
 */
export function checkTail(tail: number | undefined): void {
  if (tail !== undefined && !(Number.isSafeInteger(tail) && tail >= 0)) {
    throw new ValidationError("The log was not read", [
      {
        severity: "error",
        path: "tail",
        message: "A whole number of lines is expected, 0 or more.",
      },
    ]);
  }
}
