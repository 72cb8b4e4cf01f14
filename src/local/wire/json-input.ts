/** Checks the members of a JSON request against shapes of the service's model. */

import {
  awsMessage,
  type Breach,
  type StructureShape,
  serializationMessage,
  shapeBreaches,
} from "../../training/constraints.ts";
import { ServiceError } from "./service-error.ts";

/**
 * Refuses what the service refuses, in its words. Unknown members pass, as the service takes no notice of them.
 *
 * @param breaches - what is wrong
 * @param code - the service's code for it: `ValidationException`
 * @throws {@link ServiceError} `SerializationException` for wrong types, else `code`
 */
export function refuse(breaches: readonly Breach[], code: string): void {
  const type = breaches.find(({ rule }) => rule === "type");
  if (type !== undefined) {
    throw new ServiceError("SerializationException", serializationMessage(type));
  }
  const told = breaches.filter(({ rule }) => rule !== "unknown");
  if (told.length > 0) throw new ServiceError(code, awsMessage(told));
}

/**
 * The input, once it is known to have the shape.
 *
 * @typeParam T - the members as TypeScript sees them
 * @throws {@link ServiceError} as {@link refuse}
 */
export function checked<T>(
  shape: StructureShape,
  input: Readonly<Record<string, unknown>>,
  code: string,
): T {
  refuse(shapeBreaches(shape, input), code);
  // JSON's null stands for absent.
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null)) as T;
}
