/** The calls to CloudWatch Logs that a job's log takes, each of which outlasts what passes. */

import { awsErrorCode } from "../aws/translate.ts";
import type { CloudWatchLogs, GetLogEventsCommandOutput, OutputLogEvent } from "../aws/types.ts";
import type { Session } from "../session.ts";
import type { Clock } from "./clock.ts";
import { limit } from "./limit.ts";
import { LOG_GROUP } from "./log-group.ts";
import { type Gap, isSignedOut, persist } from "./persist.ts";

/** One stream of a job's log. A host that was restarted has several. */
export interface JobLogStream {
  readonly name: string;
  /** `algo-1`, `algo-2` … */
  readonly host: string;
  /** When the service made it, in seconds since 1970, as its name says. */
  readonly epoch: number;
}

/** One page of a stream. */
export interface LogPage {
  readonly events: readonly OutputLogEvent[];
  /** Where to read on; the token that was sent means that there is nothing more yet. */
  readonly token: string | undefined;
}

/** What reading takes. */
export interface LogSourceOptions {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  readonly onGap?: ((gap: Gap) => void) | undefined;
  /** Told of each page that brought lines, before the lines are handed out. */
  readonly onRead?: (() => void) | undefined;
}

/** More pages than any job has; ends a service's endless list. */
const MOST_PAGES = 200;

/** GetLogEvents allows 25 calls a second in an account and region. */
const AT_ONCE = 8;

/** One job's streams in CloudWatch Logs. */
export class LogSource {
  readonly #session: Session;
  readonly #job: string;
  readonly #options: LogSourceOptions;
  readonly #limit = limit(AT_ONCE);

  constructor(session: Session, job: string, options: LogSourceOptions) {
    this.#session = session;
    this.#job = job;
    this.#options = options;
  }

  /** The job's streams, in order of host and time; none while nothing was printed. */
  async streams(): Promise<JobLogStream[]> {
    const names = new Set<string>();
    let token: string | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const sent = token;
      const answer = await this.#call(
        `list the log streams of ${this.#job}`,
        "logStreams",
        (logs, abortSignal) =>
          logs.describeLogStreams(
            {
              logGroupName: LOG_GROUP,
              logStreamNamePrefix: `${this.#job}/`,
              ...(sent !== undefined && { nextToken: sent }),
            },
            { abortSignal },
          ),
      );
      for (const { logStreamName } of answer?.logStreams ?? []) {
        if (logStreamName !== undefined) {
          names.add(logStreamName);
        }
      }
      token = answer?.nextToken;
      if (token === undefined || token === sent) {
        break;
      }
    }
    return [...names].map(parseStream).sort(byHostAndTime);
  }

  /**
   * One page of a stream, from its beginning or from a token on.
   *
   * @param stream - the stream's name
   * @param token - the last page's token
   * @param startTime - nothing older, in milliseconds since 1970
   */
  async page(stream: string, token?: string, startTime?: number): Promise<LogPage> {
    const answer = await this.#read(stream, {
      startFromHead: true,
      ...(token !== undefined && { nextToken: token }),
      ...(startTime !== undefined && { startTime }),
    });
    const events = answer?.events ?? [];
    if (events.length > 0) {
      this.#options.onRead?.();
    }
    return { events, token: answer?.nextForwardToken ?? token };
  }

  /**
   * The newest events of a stream, oldest first.
   *
   * @param stream - the stream's name
   * @param count - how many at most
   */
  async newest(stream: string, count: number): Promise<LogPage> {
    let token: string | undefined;
    let forward: string | undefined;
    let events: OutputLogEvent[] = [];
    // A page may be empty although there is more: the token tells.
    for (let page = 0; page < MOST_PAGES && events.length < count; page += 1) {
      const answer = await this.#read(stream, {
        startFromHead: false,
        limit: count,
        ...(token !== undefined && { nextToken: token }),
      });
      events = [...(answer?.events ?? []), ...events];
      forward ??= answer?.nextForwardToken;
      const back = answer?.nextBackwardToken;
      if (back === undefined || back === token) {
        break;
      }
      token = back;
    }
    return { events: events.slice(-count), token: forward };
  }

  async #read(
    stream: string,
    where: { startFromHead: boolean; nextToken?: string; startTime?: number; limit?: number },
  ): Promise<GetLogEventsCommandOutput | undefined> {
    return await this.#limit(() =>
      this.#call(`read the log stream ${stream}`, "events", (logs, abortSignal) =>
        logs.getLogEvents(
          { logGroupName: LOG_GROUP, logStreamName: stream, ...where },
          { abortSignal },
        ),
      ),
    );
  }

  /**
   * `undefined` when the group or the stream is not there (yet). An answer without its list is none of the service's, which gives
   * an empty one: taken for the end, it would cost the last lines.
   */
  async #call<T extends object>(
    action: string,
    list: keyof T,
    call: (logs: CloudWatchLogs, signal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    const { clock, signal, onGap } = this.#options;
    const logs = await this.#session.clients.logs();
    const local = this.#session.local !== undefined;
    return await persist(
      async (abortSignal) => {
        try {
          const answer = await call(logs, abortSignal);
          if (answer[list] === undefined) {
            throw new SyntaxError(`the answer has no ${String(list)}`);
          }
          return answer;
        } catch (error) {
          if (awsErrorCode(error) === "ResourceNotFoundException") {
            return undefined;
          }
          throw error;
        }
      },
      {
        action,
        clock,
        signal,
        onGap,
        ...(local && { baseMs: 50, capMs: 1000 }),
        renew: () => logs.config.credentials({ forceRefresh: true }),
        survives: isSignedOut,
      },
    );
  }
}

/** `<job>/algo-1-1699999999` */
function parseStream(name: string): JobLogStream {
  const last = name.slice(name.lastIndexOf("/") + 1);
  const [, host = last, epoch = "0"] = /^(.+)-(\d+)$/.exec(last) ?? [];
  // A host's own number is not a time.
  return /^algo-\d+$/.test(last)
    ? { name, host: last, epoch: 0 }
    : { name, host, epoch: Number(epoch) };
}

const natural = new Intl.Collator("en", { numeric: true });

function byHostAndTime(a: JobLogStream, b: JobLogStream): number {
  return natural.compare(a.host, b.host) || a.epoch - b.epoch || (a.name < b.name ? -1 : 1);
}
