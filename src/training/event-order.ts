/** One order for what comes from two services: statuses from SageMaker, lines from CloudWatch. */

import type { LogEvent, StatusEvent } from "./events.ts";
import type { LookRequests } from "./look-requests.ts";
import { isTerminal } from "./status-lines.ts";
import type { Emit } from "./stream.ts";

/**
 * Tells a job's statuses and lines such that
 *
 * - statuses come in the service's order;
 * - a line comes after every status that began when it was printed or before, however late its description comes: a line that is
 *   younger than the last look waits for another, sent after it was read;
 * - the last status comes after all lines.
 *
 * A status comes after the lines that were printed before it as far as they can be read: CloudWatch shows lines
 * some seconds after they were printed, and nobody knows how many are still to come. By their times, which are the
 * services' own, events can be sorted for good.
 */
export class EventOrder {
  readonly #emit: Emit<StatusEvent | LogEvent>;
  readonly #looks: LookRequests;
  /** Statuses that wait for the lines that were printed before them, in the service's order. */
  readonly #waiting: StatusEvent[] = [];
  /** The status that the job ended with. */
  readonly #last: StatusEvent[] = [];
  /** Lines were read of which it is not known yet which statuses began before them. */
  #unsure: boolean = false;

  /**
   * @param emit - hands events over in the order in which it is called
   * @param looks - asks for a look at the job
   */
  constructor(emit: Emit<StatusEvent | LogEvent>, looks: LookRequests) {
    this.#emit = emit;
    this.#looks = looks;
  }

  /**
   * A description brought these; lines that waited for it go on.
   *
   * @returns the last status that is to be told now
   */
  add(statuses: readonly StatusEvent[]): StatusEvent | undefined {
    for (const status of statuses) {
      (isTerminal(status.status) ? this.#last : this.#waiting).push(status);
    }
    this.#looks.answer();
    return this.#waiting.at(-1);
  }

  /** A page of the log was read. */
  linesRead(): void {
    this.#unsure = true;
  }

  /** Hands a line over, and before it the statuses that began before it. */
  async line(line: LogEvent): Promise<void> {
    // Of what was printed before it, a look has seen the statuses: a long log that is caught up with costs no looks.
    if (this.#unsure && line.time.getTime() >= this.#looks.seenTo) {
      this.#unsure = false;
      await this.#looks.ask();
    }
    // A message that changed may be younger than what follows it: all up to the last that is due.
    const due = this.#waiting.findLastIndex(({ time }) => time <= line.time) + 1;
    await this.#tell([...this.#waiting.splice(0, due), line]);
  }

  /** Hands over the statuses up to this one. */
  async statusesTo(last: StatusEvent | undefined): Promise<void> {
    const due = last === undefined ? 0 : this.#waiting.indexOf(last) + 1;
    await this.#tell(this.#waiting.splice(0, due));
  }

  /** All lines have been told: hands over what is left. */
  async end(): Promise<void> {
    await this.#tell([...this.#waiting.splice(0), ...this.#last.splice(0)]);
  }

  /** In one turn, so that nothing of the other kind comes between. */
  async #tell(events: readonly (StatusEvent | LogEvent)[]): Promise<void> {
    await Promise.all(events.map((event) => this.#emit(event)));
  }
}
