/** A request for readers: raw overrides may have put anything into it. Pure. */

import { type Breach, requestBreaches } from "./constraints.ts";
import type { TrainingJobRequest } from "./request.ts";

/**
 * The request without what is of another type than the service's: whoever reads it meets what its type says. The request itself
 * where nothing is.
 *
 * @param request - as it would be sent
 */
export function soundRequest(request: TrainingJobRequest): TrainingJobRequest {
  const misfits = requestBreaches(request).filter(isMisfit);
  if (misfits.length === 0) {
    return request;
  }
  return misfits.reduce<object>(
    (sound, { path }) => without(sound, path),
    request,
  ) as TrainingJobRequest;
}

/** A number of another size, or between two whole ones, can be read as well. */
function isMisfit({ rule, value, limit, path }: Breach): boolean {
  const isHole = rule === "required" && typeof path.at(-1) === "number";
  const isNumber = Number.isFinite(value) && (limit === "integer" || limit === "long");
  return isHole || (rule === "type" && !isNumber);
}

/** A copy, as far as it differs. A list with a hole in it is no list of its items any more: all of it goes. */
function without(place: object, [step = "", ...rest]: Breach["path"]): object {
  const inner: unknown = Reflect.get(place, step);
  const isItem = rest.length === 1 && typeof rest[0] === "number";
  const isWhole = rest.length > 0 && !isItem && typeof inner === "object" && inner !== null;
  const replaced = isWhole ? without(inner, rest) : undefined;
  if (Array.isArray(place)) {
    return place.with(Number(step), replaced);
  }
  const others = Object.entries(place).filter(([name]) => name !== step);
  return Object.fromEntries(isWhole ? [...others, [step, replaced]] : others);
}
