/**
 * What the runner noted of a job that the service's own answers have no place for. Its warnings stand in the job's log, but for those that
 * have nothing to do with its programs.
 */

import type { JobEntry, JobRecord } from "./job.ts";
import type { TrainingRequest } from "./training-request.ts";
import { withoutEffect } from "./unsupported.ts";

/** A note, with a stable word for programs. */
export interface JobNote {
  readonly code: string;
  readonly message: string;
}

/** The code of the note that says what runs the job. */
export const ENGINE_NOTE: string = "local-engine";

/** The code of the note that names the options that change nothing here. */
const NO_EFFECT_NOTE = "local-no-effect";

/** The code of the note that the job's run in MLflow lacks something. */
const MLFLOW_NOTE = "mlflow";

/**
 * The notes of a job, in order.
 *
 * @param request - the CreateTrainingJob request, if it is known
 * @param entries - its journal
 */
export function notesOf(
  request: JobRecord["request"] | undefined,
  entries: readonly JobEntry[],
): JobNote[] {
  const idle = request === undefined ? [] : withoutEffect(request as unknown as TrainingRequest);
  // Each attempt at a job finds the same engine.
  const engine = entries.find(({ type }) => type === "engine");
  return [
    ...(idle.length > 0
      ? [
          {
            code: NO_EFFECT_NOTE,
            message: `The local cloud takes these members of the request and does nothing about them: ${idle.join(", ")}.`,
          },
        ]
      : []),
    ...entries.flatMap((entry): JobNote[] => {
      if (entry.type === "warning" && entry.code === MLFLOW_NOTE) {
        return [{ code: entry.code, message: entry.message }];
      }
      if (entry.type !== "engine" || entry !== engine) {
        return [];
      }
      const { name, note } = entry;
      const message = `This machine runs jobs with the engine ${name}.${note === undefined ? "" : ` ${note}`}`;
      return [{ code: ENGINE_NOTE, message }];
    }),
  ];
}
