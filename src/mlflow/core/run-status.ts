/** What a run can be at: servers take another word without a word of their own, and the run goes on. */

import type { RunStatus } from "./entities.ts";
import { invalid } from "./mlflow-error.ts";

const ENDED: readonly RunStatus[] = ["FINISHED", "FAILED", "KILLED"];
const ALL: readonly RunStatus[] = ["RUNNING", "SCHEDULED", ...ENDED];

/**
 * A status that is one, for callers without types too.
 *
 * @param status - as given
 * @param isEnd - only those that a run ends with
 * @throws MlflowError `INVALID_PARAMETER_VALUE` that names those that there are
 */
export function checkStatus(status: string, isEnd = false): RunStatus {
  const allowed = isEnd ? ENDED : ALL;
  const found = allowed.find((each) => each === status);
  if (found === undefined) {
    throw invalid(
      `Invalid status ${JSON.stringify(status)}${isEnd ? " for a run's end" : ""}: it is one of ${allowed.join(", ")}.`,
    );
  }
  return found;
}
