/** Tasks that are done some at a time. */

/** Files copied at a time. */
const AT_ONCE = 8;

/** Does tasks, some at a time; a failure, or the signal, stops the others at their next task. */
export async function inParallel(
  tasks: readonly (() => Promise<void>)[],
  signal: AbortSignal,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let task = tasks[next++]; task !== undefined; task = tasks[next++]) {
      signal.throwIfAborted();
      await task();
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } finally {
    // The others stop at their next task.
    next = tasks.length;
  }
}
