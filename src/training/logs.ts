/** CloudWatch streams -> one ordered async iterable: nothing lost, nothing twice, in order per host. */

import type { Session } from "../session.ts";
import { linkedController } from "./abort.ts";
import type { LogEvent } from "./events.ts";
import { heldLines } from "./held-lines.ts";
import { graceOf, LogDrain, type LogEnd, type LogGrace } from "./log-drain.ts";
import { LogLane } from "./log-lane.ts";
import { mergeLanes } from "./log-merge.ts";
import { LogSource, type LogSourceOptions } from "./log-source.ts";

/** What to read, and how. */
export interface LogReaderOptions extends LogSourceOptions {
  /** This host alone. */
  readonly host?: string | undefined;
  /** Nothing older. */
  readonly startTime?: Date | undefined;
  /** Of what is there when reading begins, only so many last lines. Default: all. */
  readonly tail?: number | undefined;
  /** How many hosts the job has. */
  readonly hosts: number;
  readonly grace?: LogGrace | undefined;
  /** Told when the log was still growing at the end of the grace. */
  readonly onCut?: (message: string) => void;
}

/** The pace on AWS and on this machine, in milliseconds. GetLogEvents allows 25 calls a second in an account. */
const AWS = { first: 2000, longest: 5000, perStream: 150, list: 5000, relist: 60_000 };
const LOCAL = { first: 50, longest: 100, perStream: 0, list: 50, relist: 1000 };

/** A restarted host's former stream rests after so many turns without news; it is read again at the end. */
const REST_AFTER = 3;

const DAY_MS = 86_400_000;

/** Reads a job's log while the job runs, and on until nothing more comes. */
export class LogReader {
  readonly #options: LogReaderOptions;
  readonly #source: LogSource;
  readonly #pace: typeof AWS;
  readonly #grace: Required<LogGrace>;
  readonly #lanes = new Map<string, LogLane>();
  readonly #quietTurns = new Map<LogLane, number>();
  #state: "waiting" | "reading" | "done" = "waiting";
  #drain: LogDrain | undefined;
  #endsCaughtUp: boolean = false;
  #flushes: (() => void)[] = [];
  #poked: boolean = false;
  #wake: (() => void) | undefined;
  #listAt = 0;
  #listPause: number;

  /**
   * @param session - where the job runs
   * @param job - its name
   */
  constructor(session: Session, job: string, options: LogReaderOptions) {
    const local = session.local !== undefined;
    this.#options = options;
    this.#source = new LogSource(session, job, options);
    this.#pace = local ? LOCAL : AWS;
    this.#listPause = this.#pace.list;
    this.#grace = graceOf(session, options.grace);
  }

  /** A container may print from now on. Before that no call is spent. */
  open(): void {
    if (this.#state === "waiting") {
      this.#state = "reading";
      this.#poke();
    }
  }

  /** The job has ended: what is left is read, and the iterable ends. */
  finish(end: LogEnd): void {
    this.#drain ??= new LogDrain(end, this.#grace);
    this.open();
    this.#poke();
  }

  /** What is there now is read, and the iterable ends, whatever the job does. */
  readOut(): void {
    this.#endsCaughtUp = true;
    this.open();
  }

  /** Resolves when everything that can be read now was handed out; new streams are looked for. */
  async flush(): Promise<void> {
    if (this.#state === "reading") {
      this.#listAt = 0;
      await new Promise<void>((resolve) => {
        this.#flushes.push(resolve);
        this.#poke();
      });
    }
  }

  /** The log's lines, each once. */
  async *lines(): AsyncGenerator<LogEvent, void, undefined> {
    try {
      while (this.#state === "waiting") {
        await this.#rest(DAY_MS);
      }
      let quiet = 0;
      let held = heldLines(this.#options.tail);
      for (;;) {
        const drain = this.#drain;
        const flushes = this.#flushes.splice(0);
        await this.#list(drain);
        let count = 0;
        for await (const line of this.#turn(drain !== undefined)) {
          count += 1;
          if (held === undefined) yield line;
          else held.add(line);
        }
        const more = count > 0 && [...this.#lanes.values()].some((lane) => lane.unfinished);
        if (!more && held !== undefined) {
          yield* held.lines();
          held = undefined;
        }
        for (const resolve of flushes) {
          resolve();
        }
        if (drain !== undefined && this.#isDrained(drain, count)) {
          return;
        }
        if (this.#endsCaughtUp && !more) {
          return;
        }
        quiet = count > 0 ? 0 : quiet + 1;
        if (!more) {
          await this.#rest(drain?.intervalMs ?? this.#pause(quiet));
        }
      }
    } finally {
      this.#state = "done";
      for (const resolve of this.#flushes.splice(0)) {
        resolve();
      }
    }
  }

  /** Looks for streams: seldom once every host has one, since DescribeLogStreams allows few calls. */
  async #list(drain: LogDrain | undefined): Promise<void> {
    const { clock, host, hosts, startTime } = this.#options;
    if (drain === undefined ? clock.now() < this.#listAt : drain.knowsStreams) {
      return;
    }
    for (const stream of await this.#source.streams()) {
      if (!this.#lanes.has(stream.name) && (host === undefined || stream.host === host)) {
        this.#lanes.set(stream.name, new LogLane(this.#source, stream, startTime?.getTime()));
      }
    }
    const found = new Set([...this.#lanes.values()].map(({ stream }) => stream.host)).size;
    const complete = found >= (host === undefined ? hosts : 1);
    this.#listAt = clock.now() + (complete ? this.#pace.relist : this.#listPause);
    this.#listPause = Math.min(this.#listPause * 1.5, this.#pace.list * 3);
  }

  /** Everything that is there now. */
  async *#turn(all: boolean): AsyncGenerator<LogEvent, void, undefined> {
    const hosts = new Map<string, LogLane[]>();
    const byAge = [...this.#lanes.values()].sort((a, b) => a.stream.epoch - b.stream.epoch);
    for (const lane of byAge) {
      const own = hosts.get(lane.stream.host) ?? [];
      const former = own.at(-1);
      if (former !== undefined && !all && (this.#quietTurns.get(former) ?? 0) >= REST_AFTER) {
        own.pop();
      }
      hosts.set(lane.stream.host, [...own, lane]);
    }
    const read = [...hosts.values()];
    yield* mergeLanes(read);
    for (const lane of read.flat()) {
      this.#quietTurns.set(lane, lane.still ? (this.#quietTurns.get(lane) ?? 0) + 1 : 0);
    }
  }

  #isDrained(drain: LogDrain, lines: number): boolean {
    const state = drain.afterTurn([...this.#lanes.values()], lines, this.#options.clock.now());
    if (state === "cut") {
      this.#options.onCut?.(
        `The log was still growing ${Math.round(this.#grace.maxMs / 1000)} s after the job's end. ` +
          "What comes later can be read with job.logs().",
      );
    }
    return state !== "more";
  }

  #pause(quiet: number): number {
    const { first, longest, perStream } = this.#pace;
    const base = Math.min(longest, first * 1.3 ** quiet);
    return (base + perStream * this.#lanes.size) * (0.9 + 0.2 * this.#options.clock.random());
  }

  #poke(): void {
    this.#poked = true;
    this.#wake?.();
  }

  /** Waits, unless there is something to do: a beginning, an end, or a flush. */
  async #rest(ms: number): Promise<void> {
    const { clock, signal } = this.#options;
    signal?.throwIfAborted();
    if (!this.#poked) {
      const own = linkedController(signal);
      this.#wake = () => own.abort();
      try {
        await clock.sleep(ms, own.signal);
      } catch (error) {
        if (!own.signal.aborted) {
          throw error;
        }
      } finally {
        this.#wake = undefined;
        own.dispose();
      }
    }
    this.#poked = false;
    signal?.throwIfAborted();
  }
}
