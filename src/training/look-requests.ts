/** Looks at a job that somebody waits for, between a wait's own ones. */

import { linkedController } from "./abort.ts";
import type { Clock } from "./clock.ts";

/**
 * Asks a watch to look at its job now. An answer tells what was the case when it was asked: it comes from a look that was
 * sent afterwards.
 */
export class LookRequests {
  /** Those who asked since the last look was sent, and those whom that look will answer. */
  #asked: (() => void)[] = [];
  #looking: (() => void)[] = [];
  #answersNothing: boolean = false;
  #seenTo = 0;
  #broughtTo = 0;
  #wake: () => void = () => {};

  /** Somebody waits for a look. */
  get isAsked(): boolean {
    return this.#asked.length > 0;
  }

  /** All that began by then has been answered, in milliseconds since 1970 on the service's clock. */
  get seenTo(): number {
    return this.#seenTo;
  }

  /** Resolves when there is an answer, or while there are none: nobody waits for a service that does not answer. */
  async ask(): Promise<void> {
    if (!this.#answersNothing) {
      await new Promise<void>((resolve) => {
        this.#asked.push(resolve);
        this.#wake();
      });
    }
  }

  /** A look is sent. */
  begin(): void {
    this.#looking.push(...this.#asked.splice(0));
  }

  /** The look brought all that began by then; known it is when it is answered. */
  bring(seenTo: number): void {
    this.#broughtTo = seenTo;
  }

  /** What the look brought is known to whoever asked. */
  answer(): void {
    this.#answersNothing = false;
    this.#seenTo = Math.max(this.#seenTo, this.#broughtTo);
    for (const resolve of this.#looking.splice(0)) {
      resolve();
    }
  }

  /** The look failed and is made again, or none will ever be made: nobody is kept waiting. */
  release(): void {
    this.#broughtTo = 0;
    this.begin();
    this.answer();
    this.#answersNothing = true;
  }

  /** Sleeps until somebody asks, or so many milliseconds. */
  async sleep(ms: number, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
    if (this.isAsked) {
      return;
    }
    const own = linkedController(signal);
    this.#wake = () => own.abort();
    try {
      await clock.sleep(ms, own.signal);
    } catch (error) {
      if (!this.isAsked) {
        throw error;
      }
      signal?.throwIfAborted();
    } finally {
      this.#wake = () => {};
      own.dispose();
    }
  }
}
