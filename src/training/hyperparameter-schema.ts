/** Hyperparameters through a schema of the caller's: checked and completed. */

import type { Finding } from "../errors.ts";
import type { Hyperparameters } from "./hyperparameters.ts";
import type { StandardIssue, StandardSchema } from "./standard-schema.ts";

/**
 * What the schema makes of the values; the values themselves when it finds fault.
 *
 * @param values - as given
 * @param schema - none leaves them as they are
 */
export async function validateHyperparameters(
  values: Hyperparameters,
  schema: StandardSchema<object> | undefined,
): Promise<{ values: Hyperparameters; findings: Finding[] }> {
  if (schema === undefined) {
    return { values, findings: [] };
  }
  const result = await schema["~standard"].validate(values);
  return result.issues === undefined
    ? { values: result.value as Hyperparameters, findings: [] }
    : { values, findings: result.issues.map(findingOf) };
}

/** The schema's words; they are the caller's own. */
function findingOf({ message, path = [] }: StandardIssue): Finding {
  const steps = path.map((step) => String(typeof step === "object" ? step.key : step));
  return { severity: "error", path: ["hyperparameters", ...steps].join("."), message };
}
