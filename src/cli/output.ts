/** Standard output, standard error, and the signals that end a command. */

import { once } from "node:events";

/** A reader such as `head` that has seen enough ends the command in peace. */
export function survivesClosedPipes(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    process.exit(error.code === "EPIPE" ? 0 : 1);
  });
  // What cannot be told cannot be told.
  process.stderr.on("error", () => {});
}

/** Prints a line, or several; resolves when there is room for more. */
export async function print(text: string): Promise<void> {
  if (!process.stdout.write(`${text}\n`)) {
    await once(process.stdout, "drain");
  }
}

/** Says something on standard error. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Whether what is printed may have colours (https://no-color.org). */
export function mayColour(): boolean {
  return process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "";
}

/** Ctrl-C, or SIGTERM, ended a command. */
export class Interrupted extends Error {
  override readonly name: string = "Interrupted";
  /** 128 and the signal's number, as shells have it. */
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.exitCode = signal === "SIGTERM" ? 143 : 130;
  }
}

/**
 * Does something that Ctrl-C and SIGTERM may end. A second one ends the process at once.
 *
 * @param work - heeds its signal
 * @throws Interrupted when it was ended so
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    const reason = new Interrupted(name);
    if (controller.signal.aborted) process.exit(reason.exitCode);
    controller.abort(reason);
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    const result = await work(controller.signal);
    controller.signal.throwIfAborted();
    return result;
  } catch (error) {
    controller.signal.throwIfAborted();
    throw error;
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}
