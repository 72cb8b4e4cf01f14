/** GetLogEvents: one stream, a page at a time, by tokens that carry a byte offset. */

import { ServiceError } from "../../wire/service-error.ts";
import type { StoredLogEvent } from "./log-line.ts";
import { type LogPage, type ReadOptions, readBackward, readForward } from "./log-reader.ts";

/** What is asked of one stream. */
export interface GetLogEventsInput {
  readonly startTime?: number;
  readonly endTime?: number;
  readonly nextToken?: string;
  readonly limit?: number;
  readonly startFromHead?: boolean;
}

/** A page of a stream, and the tokens to go on from it. */
export interface GetLogEventsOutput {
  readonly events: readonly StoredLogEvent[];
  readonly nextForwardToken: string;
  readonly nextBackwardToken: string;
}

/**
 * A page of events. A token that comes back as it was given says that there is no more in its direction now;
 * a forward token that ends in `/closed` (AWS's never do) says that nothing more will come.
 *
 * @param path - the stream's file
 * @throws {@link ServiceError} `InvalidParameterException` for a token that is none
 */
export async function getLogEvents(
  path: string,
  input: GetLogEventsInput,
): Promise<GetLogEventsOutput> {
  const { startTime = 0, endTime = Number.POSITIVE_INFINITY, limit } = input;
  const options: ReadOptions = {
    accept: ({ timestamp }) => timestamp >= startTime && timestamp < endTime,
    ...(limit !== undefined && { limit }),
  };
  const page = await readPage(path, input, options);
  return {
    events: page.events.map(({ event }) => event),
    nextForwardToken: token("f", page.end, page.closed),
    nextBackwardToken: token("b", page.start, false),
  };
}

async function readPage(
  path: string,
  { nextToken, startFromHead = false }: GetLogEventsInput,
  options: ReadOptions,
): Promise<LogPage> {
  if (nextToken === undefined) {
    return startFromHead
      ? await readForward(path, 0, options)
      : await readBackward(path, Number.POSITIVE_INFINITY, options);
  }
  const match = /^([fb])\/(\d{1,16})\/(?:s|closed)$/.exec(nextToken);
  if (match === null) {
    throw new ServiceError("InvalidParameterException", "The specified nextToken is invalid.");
  }
  const offset = Number(match[2]);
  return match[1] === "f"
    ? await readForward(path, offset, options)
    : await readBackward(path, offset, options);
}

function token(direction: "f" | "b", offset: number, closed: boolean): string {
  return `${direction}/${String(offset).padStart(16, "0")}/${closed ? "closed" : "s"}`;
}
