/** Hyperparameters through a schema of the caller's: checked and completed. */

import type { Finding } from "../errors.ts";
import { untilAborted } from "./abort.ts";
import { encodeHyperparameters, type Hyperparameters } from "./hyperparameters.ts";
import { redactText } from "./redact.ts";
import type { StandardIssue, StandardSchema } from "./standard-schema.ts";

/** What a schema made of hyperparameters. */
interface Validated {
  readonly values: Hyperparameters;
  readonly findings: readonly Finding[];
}

/**
 * What the schema makes of the values; the values themselves when it finds fault.
 *
 * @param given - as given; what is `undefined` was taken away, and a schema is not told of it
 * @param schema - none leaves them as they are
 * @param signal - ends the waiting for a schema that asks elsewhere
 */
export async function validateHyperparameters(
  given: Hyperparameters,
  schema: StandardSchema<object, Hyperparameters> | undefined,
  signal?: AbortSignal,
): Promise<Validated> {
  if (schema === undefined) {
    return { values: given, findings: [] };
  }
  const values = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
  const refuse = (path: string, message: string): Validated => ({
    values,
    findings: [{ severity: "error", path, message: redactText(message, asRequest(values)) }],
  });
  let result: Awaited<ReturnType<(typeof schema)["~standard"]["validate"]>>;
  try {
    const validated = Promise.resolve(schema["~standard"].validate(values));
    result = await untilAborted(validated, signal);
  } catch (error) {
    signal?.throwIfAborted();
    return refuse("hyperparameterSchema", `It threw: ${String(error)}`);
  }
  if (result?.issues !== undefined) {
    if (!Array.isArray(result.issues)) {
      const given = kindOf(result.issues);
      return refuse("hyperparameterSchema", `Its issues are ${given}: a list is expected.`);
    }
    const findings = result.issues.flatMap(
      (issue) => refuse(pathOf(issue), issue.message).findings,
    );
    return { values, findings };
  }
  if (Object.prototype.toString.call(result?.value) !== "[object Object]") {
    return refuse(
      "hyperparameterSchema",
      `It gave ${kindOf(result?.value)}: hyperparameters are an object of named values.`,
    );
  }
  return { values: result.value as Hyperparameters, findings: [] };
}

function pathOf({ path = [] }: StandardIssue): string {
  const steps = path.map((step) => String(typeof step === "object" ? step.key : step));
  return ["hyperparameters", ...steps].join(".");
}

/** Schemas repeat what they refuse; what may be secret among it is taken out by its name, as everywhere. */
function asRequest(values: Hyperparameters): object {
  return { HyperParameters: encodeHyperparameters(values).encoded };
}

/** `a string`, `an Array`, `a Map` */
function kindOf(value: unknown): string {
  const [, name = "value"] = /^\[object (.+)\]$/.exec(Object.prototype.toString.call(value)) ?? [];
  return `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`;
}
