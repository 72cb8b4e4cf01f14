/** What must still be sent before the program ends: at the end of `runTraining`, or else when nothing is left to do. */

import { describeError } from "./failure.ts";

/** How a program ended, in MLflow's words. */
export type HowEnded = "FINISHED" | "FAILED" | "KILLED";

/** Something that waits to be sent. */
export interface Unsent {
  /** Sends what waits, in bounded time. Nothing to do is done at once. */
  end(how: HowEnded): Promise<void>;
  /** What would be lost if the process ended now, in words; `undefined` when nothing would be. */
  lost(): string | undefined;
}

const everything = new Set<Unsent>();

/** Has it sent before the program ends. Nothing listens before the first call. */
export function sendBeforeEnd(unsent: Unsent): void {
  if (everything.size === 0) process.on("beforeExit", onBeforeExit).on("exit", onExit);
  everything.add(unsent);
}

/**
 * Sends everything that waits.
 *
 * @param how - how the program ended
 * @throws the first error, when all of it was tried
 */
export async function sendEverything(how: HowEnded): Promise<void> {
  const outcomes = await Promise.allSettled([...everything].map((each) => each.end(how)));
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
}

/** It comes again after what is sent here, until nothing is left. */
function onBeforeExit(exitCode: number): void {
  sendEverything(exitCode === 0 ? "FINISHED" : "FAILED").catch((error: unknown) => {
    process.stderr.write(`${describeError(error)}\n`);
    process.exitCode = 1;
  });
}

/** Nothing can be sent any more: `process.exit()`, or an error that nobody caught. */
function onExit(): void {
  for (const each of everything) {
    const lost = each.lost();
    if (lost === undefined) continue;
    process.stderr.write(
      `MLflow: Lost, since the process ended before it was sent: ${lost}. Use runTraining(), or await flush() before process.exit().\n`,
    );
  }
}
