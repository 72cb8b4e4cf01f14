/** Several hosts' streams as one sequence: by time between hosts, in the stream's own order within one. */

import type { OutputLogEvent } from "../aws/types.ts";
import type { LogEvent } from "./events.ts";
import type { LogLane } from "./log-lane.ts";

interface Head {
  readonly lane: LogLane;
  readonly event: OutputLogEvent;
  readonly at: number;
}

/**
 * Everything that is there now.
 *
 * @param hosts - for each host its streams, the oldest first: a restarted host has several
 */
export async function* mergeLanes(
  hosts: readonly (readonly LogLane[])[],
): AsyncGenerator<LogEvent, void, undefined> {
  const lanes = hosts.flat();
  for (const lane of lanes) {
    lane.startTurn();
  }
  // All first pages at once; after that a page is fetched when the last one is used up.
  await Promise.all(lanes.map((lane) => lane.head()));
  const heads = await Promise.all(hosts.map((own) => firstHead(own)));
  for (;;) {
    const index = earliest(heads);
    const head = heads[index];
    if (head === undefined) {
      return;
    }
    head.lane.take();
    yield toLogEvent(head);
    heads[index] = await firstHead(hosts[index] ?? []);
  }
}

/** The next event of a host: what a former stream still has comes before its successor's. */
async function firstHead(lanes: readonly LogLane[]): Promise<Head | undefined> {
  for (const lane of lanes) {
    const event = await lane.head();
    if (event !== undefined) {
      return { lane, event, at: event.timestamp ?? 0 };
    }
    if (lane.unfinished) {
      return undefined;
    }
  }
  return undefined;
}

function earliest(heads: readonly (Head | undefined)[]): number {
  let best = -1;
  let bestAt = Number.POSITIVE_INFINITY;
  for (const [index, head] of heads.entries()) {
    if (head !== undefined && head.at < bestAt) {
      best = index;
      bestAt = head.at;
    }
  }
  return best;
}

function toLogEvent({ lane, event, at }: Head): LogEvent {
  const text = (event.message ?? "").replace(/\r?\n$/, "");
  return { type: "log", time: new Date(at), host: lane.stream.host, text };
}
