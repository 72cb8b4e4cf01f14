/** The last lines of a log that is being caught up with. */

import type { LogEvent } from "./events.ts";

/** Keeps so many of the lines that it is given, the last ones. */
export interface HeldLines {
  /** Takes a line. */
  add(line: LogEvent): void;
  /** Those that were kept, oldest first. */
  lines(): readonly LogEvent[];
}

/**
 * A place for the last lines.
 *
 * @param most - how many; `undefined`: nothing is held back
 */
export function heldLines(most: number | undefined): HeldLines | undefined {
  if (most === undefined) {
    return undefined;
  }
  const ring: LogEvent[] = [];
  let next = 0;
  return {
    add(line) {
      if (most > 0) ring[next % most] = line;
      next += 1;
    },
    lines: () => {
      const split = most > 0 && next > most ? next % most : 0;
      return [...ring.slice(split), ...ring.slice(0, split)];
    },
  };
}
