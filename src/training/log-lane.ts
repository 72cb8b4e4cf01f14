/** One log stream, read forward page by page: nothing twice, nothing left out. */

import type { OutputLogEvent } from "../aws/types.ts";
import { SageMakerError } from "../errors.ts";
import type { JobLogStream, LogSource } from "./log-source.ts";

/** So many pages of one stream are followed before the others, and the job's status, have their turn. */
const PAGES_A_TURN = 50;

/** The local cloud's mark that nothing more will come. Tokens of AWS are opaque and never end so. */
const CLOSED = /\/closed$/;

/** A stream and how far it is read. */
export class LogLane {
  readonly stream: JobLogStream;
  readonly #source: LogSource;
  readonly #startTime: number | undefined;
  #token: string | undefined;
  #page: readonly OutputLogEvent[] = [];
  #index = 0;
  #reachedEnd: boolean = false;
  #pagesLeft = PAGES_A_TURN;
  #tokenBefore: string | undefined;
  /** Where it stands without a token: the last timestamp, and how many events of that time were handed out. */
  #lastTime = 0;
  #atLastTime = 0;

  constructor(source: LogSource, stream: JobLogStream, startTime: number | undefined) {
    this.#source = source;
    this.stream = stream;
    this.#startTime = startTime;
  }

  /** Nothing more will ever come. */
  get closed(): boolean {
    return this.#reachedEnd && CLOSED.test(this.#token ?? "");
  }

  /** Nothing came between this turn's end and the last turn's. */
  get still(): boolean {
    return this.closed || (this.#reachedEnd && this.#token === this.#tokenBefore);
  }

  /** Events may be left that this turn did not get to. */
  get unfinished(): boolean {
    return !this.#reachedEnd;
  }

  /** A new turn: what was the end may no longer be. */
  startTurn(): void {
    this.#tokenBefore = this.#reachedEnd ? this.#token : undefined;
    this.#pagesLeft = PAGES_A_TURN;
    if (!this.closed) {
      this.#reachedEnd = false;
    }
  }

  /** The next event; `undefined` at the end, or when this turn's pages are used up. */
  async head(): Promise<OutputLogEvent | undefined> {
    while (this.#index >= this.#page.length && !this.#reachedEnd && this.#pagesLeft > 0) {
      await this.#fetch();
    }
    return this.#page[this.#index];
  }

  /** Takes the event that `head` gave. */
  take(): void {
    const { timestamp = 0 } = this.#page[this.#index] ?? {};
    this.#atLastTime = timestamp === this.#lastTime ? this.#atLastTime + 1 : 1;
    this.#lastTime = timestamp;
    this.#index += 1;
  }

  async #fetch(): Promise<void> {
    this.#pagesLeft -= 1;
    const sent = this.#token;
    try {
      const { events, token } = await this.#source.page(this.stream.name, sent, this.#startTime);
      this.#page = events;
      this.#index = 0;
      this.#token = token;
      // The same token back is the one mark of the end: a page may be empty, or short, before it.
      this.#reachedEnd = token === sent || CLOSED.test(token ?? "");
    } catch (error) {
      if (sent === undefined || !isBadToken(error)) {
        throw error;
      }
      await this.#resume();
    }
  }

  /** Tokens live for 24 hours: after a laptop's long sleep the place is found again by time. */
  async #resume(): Promise<void> {
    let skip = this.#atLastTime;
    let token: string | undefined;
    for (;;) {
      const page = await this.#source.page(this.stream.name, token, this.#lastTime);
      const fresh = page.events.filter(({ timestamp = 0 }) => {
        const old = timestamp === this.#lastTime && skip > 0;
        skip -= old ? 1 : 0;
        return !old;
      });
      if (fresh.length > 0 || page.token === token) {
        this.#page = fresh;
        this.#index = 0;
        this.#token = page.token;
        return;
      }
      token = page.token;
    }
  }
}

function isBadToken(error: unknown): boolean {
  return (
    SageMakerError.isInstance(error) &&
    (error.cause as Error | undefined)?.name === "InvalidParameterException"
  );
}
