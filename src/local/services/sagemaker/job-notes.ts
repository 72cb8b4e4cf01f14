/** What the runner noted of a job that the service's own answers have no place for. Its warnings stand in the job's log. */

import type { JobEntry } from "./job.ts";

/** A note, with a stable word for programs. */
export interface JobNote {
  readonly code: string;
  readonly message: string;
}

/** The code of the note that says what runs the job. */
export const ENGINE_NOTE: string = "local-engine";

/**
 * The notes of a job, in order.
 *
 * @param entries - its journal
 */
export function notesOf(entries: readonly JobEntry[]): JobNote[] {
  return entries.flatMap((entry) => {
    if (entry.type !== "engine") return [];
    const why = entry.note === undefined ? "" : ` ${entry.note}`;
    return {
      code: ENGINE_NOTE,
      message: `This machine runs jobs with the engine ${entry.name}.${why}`,
    };
  });
}
