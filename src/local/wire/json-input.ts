/** Checks the members of a JSON request against shapes of the service's model. */

import {
  awsMessage,
  type Breach,
  type Shape,
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

/**
 * What of a good value the shape has, however deep: what the service keeps and tells again. JSON's null stands for absent.
 *
 * @param shape - what is accepted
 * @param value - what is of that shape, and may have more
 */
export function known(shape: Shape, value: unknown): unknown {
  switch (shape.type) {
    case "list":
      return (value as readonly unknown[]).map((item) => known(shape.of, item));
    case "structure":
      return Object.fromEntries(
        Object.entries(value as object).flatMap(([name, member]) => {
          const inner = Object.hasOwn(shape.members, name) ? shape.members[name] : undefined;
          return inner === undefined || member === null ? [] : [[name, known(inner, member)]];
        }),
      );
    case "string":
    case "integer":
    case "long":
    case "double":
    case "boolean":
    case "timestamp":
    case "map":
      return value;
  }
}
