/** So many at once and no more. */

/** Runs work when its turn has come. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * A gate that lets at most `count` pieces of work run at once; the others wait in order.
 *
 * @param count - how many
 */
export function limit(count: number): Limit {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= count) {
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) {
        running -= 1;
      } else {
        // The place is handed on, so that nobody can slip in between.
        next();
      }
    }
  };
}
