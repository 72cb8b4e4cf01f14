/** Time for tests of waits: it jumps to the next sleeper's wake-up when nothing else is going on. */

import type { Clock } from "../../src/training/clock.ts";

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** So many turns of the event loop without a request under way mean that everybody sleeps. */
const IDLE_TURNS = 25;

/** A module that is loaded on its first use: nobody sleeps yet. */
const isReading = (): boolean =>
  process.getActiveResourcesInfo().some((resource) => resource.startsWith("FSReq"));

/** A clock that waits for nobody. Nothing moves but within {@link JobClock.run}. */
export class JobClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];
  #busy = 0;
  /** What `random()` gives. */
  chance = 0.5;

  constructor(start: string | number = "2026-01-31T12:00:00Z") {
    this.#now = new Date(start).getTime();
  }

  now(): number {
    return this.#now;
  }

  random(): number {
    return this.chance;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper);
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        at: this.#now + Math.max(0, ms),
        wake: () => {
          signal?.removeEventListener("abort", leave);
          resolve();
        },
      };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", leave, { once: true });
    });
  }

  /** Does something so many milliseconds from now. */
  after(ms: number, action: () => void): void {
    this.#sleepers.push({ at: this.#now + ms, wake: action });
  }

  /** While this runs, time stands still. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#busy += 1;
    try {
      return await work();
    } finally {
      this.#busy -= 1;
    }
  }

  /** Lets time pass until the work is done. */
  async run<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const settle = (): void => {
      done = true;
    };
    work.then(settle, settle);
    const isDone = (): boolean => done;
    for (let idle = 0; !isDone(); idle = this.#busy > 0 || isReading() ? 0 : idle + 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (idle >= IDLE_TURNS) {
        this.#jump();
        idle = 0;
      }
    }
    return await work;
  }

  #jump(): void {
    const next = this.#sleepers.sort((a, b) => a.at - b.at).shift();
    if (next !== undefined) {
      this.#now = Math.max(this.#now, next.at);
      next.wake();
    }
  }
}
