/** Ctrl-C in a script: the wait ends, what became of the job is said, the process exits with 130. Nothing is swallowed. */

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
  /** Resolves when its farewell is said. */
  readonly gone: Promise<void>;
}

const guards = new Set<Guard>();
let interrupted = false;

function onSigint(): void {
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

/** Whether Ctrl-C is ours: nobody else listens for it. */
function mayListen(): boolean {
  const others = process.listenerCount("SIGINT") - (guards.size > 0 ? 1 : 0);
  return others === 0;
}

/**
 * Runs work that Ctrl-C may end. The first Ctrl-C aborts the work's signal, awaits its end, prints the farewell on standard
 * error, and exits with 130: the caller's code behind it does not go on as if nothing had happened. A second Ctrl-C exits
 * at once.
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
  } finally {
    if (wasInterrupted()) {
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
