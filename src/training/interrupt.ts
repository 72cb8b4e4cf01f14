/**
 * Ctrl-C in a script: the wait ends, what became of the job is said, the process exits with 130. In a notebook, whose kernel must
 * live on, the cell fails instead. Nothing is swallowed.
 */

import { readEnvironment } from "../environment.ts";
import { linkedController } from "./abort.ts";

/** How to be interrupted. */
export interface InterruptOptions {
  /** The caller's signal. */
  readonly signal?: AbortSignal | undefined;
  /** `false`: leave SIGINT alone. Default: it is handled, if nobody else listens for it. */
  readonly handleSigint?: boolean | undefined;
  /** What became of things, in words, once the work has ended; takes a few seconds at most. */
  readonly farewell: () => Promise<string>;
}

/** The exit code of a process that Ctrl-C ended: 128 + SIGINT. */
const EXIT_CODE = 130;

/** The work that one Ctrl-C ends: a `fit()` beside another, or a wait within one. */
interface Guard {
  interrupt(): void;
  /** Resolves when its farewell is said; in a notebook nobody waits for it. */
  readonly gone: Promise<void>;
}

const guards = new Set<Guard>();
let interrupted = false;

function onSigint(): void {
  if (readEnvironment().notebook) {
    for (const guard of guards) {
      guard.interrupt();
    }
    return;
  }
  if (interrupted) {
    process.exit(EXIT_CODE);
  }
  interrupted = true;
  const all = [...guards];
  for (const guard of all) {
    guard.interrupt();
  }
  void Promise.all(all.map(({ gone }) => gone)).then(() => process.exit(EXIT_CODE));
}

/**
 * Whether Ctrl-C is ours: nobody else listens for it. A kernel that listens ends its cell and no more: what the cell waits for
 * would go on, and print into the cells after it.
 */
function mayListen(): boolean {
  if (readEnvironment().notebook) {
    return true;
  }
  const others = process.listenerCount("SIGINT") - (guards.size > 0 ? 1 : 0);
  return others === 0;
}

/**
 * Runs work that Ctrl-C may end. The first Ctrl-C aborts the work's signal, awaits its end, prints the farewell on standard
 * error, and exits with 130: the caller's code behind it does not go on as if nothing had happened. A second Ctrl-C exits
 * at once. In a notebook an interrupt ends every wait in the kernel, which lives on: each rejects with an AbortError.
 *
 * @param options - the caller's signal, and what to say
 * @param work - heeds its signal
 */
export async function interruptible<T>(
  { signal, handleSigint = true, farewell }: InterruptOptions,
  work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  if (!handleSigint || !mayListen()) {
    return await work(signal);
  }
  const own = linkedController(signal);
  let isInterrupted = false;
  let leave = (): void => {};
  const gone = new Promise<void>((resolve) => {
    leave = resolve;
  });
  const guard: Guard = {
    gone,
    interrupt() {
      isInterrupted = true;
      own.abort(new DOMException("interrupted by Ctrl-C", "AbortError"));
    },
  };
  if (guards.size === 0) {
    process.on("SIGINT", onSigint);
  }
  guards.add(guard);
  const wasInterrupted = (): boolean => isInterrupted;
  try {
    return await work(own.signal);
  } catch (error) {
    if (wasInterrupted() && readEnvironment().notebook) {
      const words = await farewell().catch(String);
      // tslab shows this, Deno the error: each the one and not the other.
      process.stderr.write(`${words}\n`);
      throw new DOMException(words, "AbortError");
    }
    throw error;
  } finally {
    if (wasInterrupted() && !readEnvironment().notebook) {
      process.stderr.write(`\n${await farewell().catch(String)}\n`);
      leave();
      // The process exits when every guard has left; nobody may take this for the work's own end.
      await new Promise<never>(() => {});
    }
    guards.delete(guard);
    if (guards.size === 0) {
      process.off("SIGINT", onSigint);
    }
    own.dispose();
  }
}
