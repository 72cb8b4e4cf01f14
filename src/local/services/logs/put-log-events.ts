/** PutLogEvents: a batch in order, within the service's limits of size and time. */

import { ServiceError } from "../../wire/service-error.ts";
import { eventBytes, PAGE_BYTES } from "./log-line.ts";
import type { LogStore } from "./log-store.ts";

/** A batch for one stream. */
export interface PutLogEventsInput {
  readonly logGroupName: string;
  readonly logStreamName: string;
  readonly logEvents: readonly { readonly timestamp: number; readonly message: string }[];
}

const INVALID = "InvalidParameterException";
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/**
 * Takes a batch in, but for events that are too old or too new for the service.
 *
 * @throws {@link ServiceError} `InvalidParameterException` for a batch out of order, over 24 hours or over 1 MiB
 */
export function putLogEvents(
  store: LogStore,
  batch: PutLogEventsInput,
): Readonly<Record<string, unknown>> {
  const { logEvents: events } = batch;
  const times = events.map(({ timestamp }) => timestamp);
  if (times.some((time, index) => time < (times[index - 1] ?? 0))) {
    throw new ServiceError(
      INVALID,
      "Log events in a single PutLogEvents request must be in chronological order.",
    );
  }
  if ((times.at(-1) ?? 0) - (times[0] ?? 0) > DAY_MS) {
    throw new ServiceError(
      INVALID,
      "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
    );
  }
  const size = events.reduce((sum, { message }) => sum + eventBytes(message), 0);
  if (size > PAGE_BYTES) {
    throw new ServiceError(
      INVALID,
      `Upload too large: ${size} bytes exceeds limit of ${PAGE_BYTES}`,
    );
  }
  const now = Date.now();
  const oldest = times.findIndex((time) => time >= now - 14 * DAY_MS);
  const first = oldest === -1 ? times.length : oldest;
  const newest = times.findIndex((time) => time > now + 2 * HOUR_MS);
  const end = newest === -1 ? times.length : newest;
  store.append(batch.logGroupName, batch.logStreamName, events.slice(first, end));
  return {
    nextSequenceToken: String(now).padStart(56, "0"),
    ...((first > 0 || end < times.length) && {
      rejectedLogEventsInfo: {
        ...(first > 0 && { tooOldLogEventEndIndex: first }),
        ...(end < times.length && { tooNewLogEventStartIndex: end }),
      },
    }),
  };
}
