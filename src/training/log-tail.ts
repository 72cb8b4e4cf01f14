/** The last lines of the host that failed. */

import type { OutputLogEvent } from "../aws/types.ts";
import type { Session } from "../session.ts";
import type { LogEvent } from "./events.ts";
import { graceOf, type LogEnd, type LogGrace } from "./log-drain.ts";
import { LogSource, type LogSourceOptions } from "./log-source.ts";

/** How many lines an error carries. */
const LINES = 20;
/** Longer lines are cut: an error is read by people. */
const LINE_LENGTH = 2000;
/** Of larger jobs the first hosts are looked at. */
const MOST_STREAMS = 50;

/** Keeps each host's last lines as they go by. */
export class LogTail {
  readonly #lines = new Map<string, string[]>();
  #last: string | undefined;

  /** Takes a line. */
  add({ host, text }: Pick<LogEvent, "host" | "text">): void {
    const lines = this.#lines.get(host) ?? [];
    lines.push(text.length > LINE_LENGTH ? `${text.slice(0, LINE_LENGTH)}…` : text);
    if (lines.length > LINES) {
      lines.shift();
    }
    this.#lines.set(host, lines);
    this.#last = host;
  }

  /**
   * The lines of the host that failed: the one that the reason names; else the one that printed last, since a host that
   * fails takes the others down with it.
   *
   * @param reason - the service's reason
   */
  of(reason: string | undefined): readonly string[] {
    const named = /\balgo-\d+\b/.exec(reason ?? "")?.[0];
    const host = named !== undefined && this.#lines.has(named) ? named : this.#last;
    return this.#lines.get(host ?? "") ?? [];
  }
}

/**
 * Each host's last lines, for a job whose log nobody followed. CloudWatch shows lines some seconds after they were printed:
 * it is looked at again until nothing new comes.
 *
 * @param session - where the job ran
 * @param job - its name
 */
export async function readLogTail(
  session: Session,
  job: string,
  end: LogEnd,
  given: LogGrace | undefined,
  options: LogSourceOptions,
): Promise<LogTail> {
  const source = new LogSource(session, job, options);
  const grace = graceOf(session, given);
  const since = options.clock.now();
  let before: string | undefined;
  for (;;) {
    const streams = (await source.streams()).slice(0, MOST_STREAMS);
    const pages = await Promise.all(
      streams.map(async ({ name, host }) => ({ host, ...(await source.newest(name, LINES)) })),
    );
    const tokens = JSON.stringify(pages.map(({ token }) => token ?? ""));
    const elapsed = options.clock.now() - since;
    const closed =
      pages.length > 0 && pages.every(({ token }) => token?.endsWith("/closed") === true);
    const nothing = pages.length === 0 && !end.mayHavePrinted;
    const still = tokens === before && elapsed >= grace.minMs;
    if (closed || nothing || still || end.longAgo || elapsed >= grace.maxMs) {
      return tailOf(pages);
    }
    before = tokens;
    await options.clock.sleep(grace.intervalMs, options.signal);
  }
}

function tailOf(
  pages: readonly {
    readonly host: string;
    readonly events: readonly OutputLogEvent[];
  }[],
): LogTail {
  const tail = new LogTail();
  const lines = pages.flatMap(({ host, events }) =>
    events.map(({ timestamp = 0, message = "" }) => ({ host, at: timestamp, text: message })),
  );
  // A stable sort: lines of one time stay in their order.
  for (const { host, text } of lines.sort((a, b) => a.at - b.at)) {
    tail.add({ host, text: text.replace(/\r?\n$/, "") });
  }
  return tail;
}
