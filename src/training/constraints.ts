/** Checks a request against the service's model and reports every breach, in data and in the service's own words. */

import { CREATE_TRAINING_JOB } from "./create-training-job.model.ts";
import type {
  ListShape,
  MapShape,
  NumberShape,
  Shape,
  StringShape,
  StructureShape,
} from "./shape.ts";

export { awsMessage, serializationMessage } from "./constraint-words.ts";
export type { Shape, StructureShape } from "./shape.ts";

/** One place of a request where it breaks a rule of the service's model. */
export interface Breach {
  /** Where, in the service's names: `["InputDataConfig", 0, "ChannelName"]`. Lists count from 0. */
  readonly path: readonly (string | number)[];
  /** Which rule. Lengths are of texts, sizes of lists and maps, `min` and `max` of numbers. */
  readonly rule:
    | "required"
    | "type"
    | "minLength"
    | "maxLength"
    | "minSize"
    | "maxSize"
    | "min"
    | "max"
    | "pattern"
    | "enum"
    | "unknown";
  /** The limit: a number, the pattern as the service writes it, the type's name, or the values of an enum. */
  readonly limit?: number | string | readonly string[];
  /** What was found where the limit is a number (length, size) or a type. */
  readonly actual?: number | string;
  /** The value itself; for a breach of a map's key, the key. */
  readonly value: unknown;
  /** The key of a map breaks the rule, and not what stands under it. */
  readonly isKey?: true;
  /** `value` may be a secret (hyperparameters, environment): never show it. */
  readonly secret?: true;
  /** At an entry of a map: the shape that its key (`isKey`) or its value must have. */
  readonly entry?: StringShape;
}

type Path = Breach["path"];

/**
 * Every rule of the service's model that a CreateTrainingJob request breaks; empty when the service would accept its form.
 * Instance types that the model does not name are reported with the rule `enum`: newer ones may exist, so the caller decides.
 *
 * @param request - the request in the service's words, as it would be sent
 *
 * @example
 * ```ts
 * requestBreaches({ TrainingJobName: "a_b" })[0]; // { path: ["TrainingJobName"], rule: "pattern", … }
 * ```
 */
export function requestBreaches(request: unknown): Breach[] {
  return shapeBreaches(CREATE_TRAINING_JOB, request);
}

/** Who is told of so many needs no more; a request of millions of members would fill the memory with them. */
const MOST_BREACHES = 1_000;

/**
 * Every rule of `shape` that `value` breaks.
 *
 * @param shape - what is accepted
 * @param value - what is given
 */
export function shapeBreaches(shape: Shape, value: unknown): Breach[] {
  const breaches: Breach[] = [];
  for (const breach of walk(shape, value, [])) {
    breaches.push(breach);
    if (breaches.length === MOST_BREACHES) break;
  }
  return breaches;
}

function* walk(shape: Shape, value: unknown, path: Path): Generator<Breach> {
  if (!isOfType(shape, value)) {
    yield { path, rule: "type", limit: shape.type, actual: typeName(value), value };
    return;
  }
  switch (shape.type) {
    case "string":
      yield* textBreaches(shape, value as string, path);
      return;
    case "integer":
    case "long":
    case "double":
      yield* numberBreaches(shape, value as number, path);
      return;
    case "boolean":
    case "timestamp":
      return;
    case "list":
      yield* listBreaches(shape, value as readonly unknown[], path);
      return;
    case "map":
      yield* mapBreaches(shape, value as Record<string, unknown>, path);
      return;
    case "structure":
      yield* memberBreaches(shape, value as Record<string, unknown>, path);
  }
}

function isOfType(shape: Shape, value: unknown): boolean {
  switch (shape.type) {
    case "string":
      return typeof value === "string";
    case "integer":
      return Number.isInteger(value) && value === (value as number) >> 0;
    case "long":
      return Number.isInteger(value);
    case "double":
      return Number.isFinite(value);
    case "boolean":
      return typeof value === "boolean";
    case "timestamp":
      return value instanceof Date
        ? !Number.isNaN(value.getTime())
        : typeof value === "number" && Number.isFinite(value);
    case "list":
      return Array.isArray(value);
    case "map":
    case "structure":
      return typeof value === "object" && value !== null && !Array.isArray(value);
  }
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}

function* textBreaches(shape: StringShape, value: string, path: Path): Generator<Breach> {
  // Lengths count characters, not UTF-16 units, as the model's language (Smithy) defines them.
  const length = characters(value);
  if (shape.max !== undefined && length > shape.max) {
    // A pattern is not tried on a text that is too long: one reason is enough, and the work stays bounded.
    yield { path, rule: "maxLength", limit: shape.max, actual: length, value };
    return;
  }
  if (shape.min !== undefined && length < shape.min) {
    yield { path, rule: "minLength", limit: shape.min, actual: length, value };
    return;
  }
  if (shape.enum !== undefined && !shape.enum.includes(value)) {
    yield { path, rule: "enum", limit: shape.enum, value };
  }
  if (shape.pattern !== undefined && !matches(shape.pattern, value)) {
    yield { path, rule: "pattern", limit: shape.pattern, value };
  }
}

function* numberBreaches(shape: NumberShape, value: number, path: Path): Generator<Breach> {
  if (shape.min !== undefined && value < shape.min) {
    yield { path, rule: "min", limit: shape.min, actual: value, value };
  }
  if (shape.max !== undefined && value > shape.max) {
    yield { path, rule: "max", limit: shape.max, actual: value, value };
  }
}

function* sizeBreaches(
  shape: ListShape | MapShape,
  size: number,
  value: unknown,
  path: Path,
): Generator<Breach> {
  if (shape.min !== undefined && size < shape.min) {
    yield { path, rule: "minSize", limit: shape.min, actual: size, value };
  }
  if (shape.max !== undefined && size > shape.max) {
    yield { path, rule: "maxSize", limit: shape.max, actual: size, value };
  }
}

function* listBreaches(shape: ListShape, value: readonly unknown[], path: Path): Generator<Breach> {
  yield* sizeBreaches(shape, value.length, value, path);
  for (const [index, member] of value.entries()) {
    const at = [...path, index];
    if (isAbsent(member)) yield { path: at, rule: "required", value: null };
    else yield* walk(shape.of, member, at);
  }
}

function* mapBreaches(
  shape: MapShape,
  value: Record<string, unknown>,
  path: Path,
): Generator<Breach> {
  const secret = shape.secret === true ? ({ secret: true } as const) : {};
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  for (const breach of sizeBreaches(shape, entries.length, value, path))
    yield { ...breach, ...secret };
  for (const [key, member] of entries) {
    const at = [...path, key];
    for (const breach of walk(shape.key, key, at)) {
      yield { ...breach, isKey: true, entry: shape.key };
    }
    const entry = shape.value;
    if (member === null) {
      yield { path: at, rule: "required", value: null, entry, ...secret };
      continue;
    }
    for (const breach of walk(entry, member, at)) yield { ...breach, entry, ...secret };
  }
}

function* memberBreaches(
  shape: StructureShape,
  value: Record<string, unknown>,
  path: Path,
): Generator<Breach> {
  for (const name of shape.required ?? []) {
    if (!Object.hasOwn(value, name) || isAbsent(value[name])) {
      yield { path: [...path, name], rule: "required", value: null };
    }
  }
  for (const [name, member] of Object.entries(value)) {
    if (isAbsent(member)) continue;
    const at = [...path, name];
    const inner = Object.hasOwn(shape.members, name) ? shape.members[name] : undefined;
    if (inner === undefined) yield { path: at, rule: "unknown", value: member };
    else yield* walk(inner, member, at);
  }
}

/** JSON has no undefined, and the service takes null for absent. */
function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function characters(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}

const expressions = new Map<string, RegExp>();

function matches(pattern: string, value: string): boolean {
  let expression = expressions.get(pattern);
  if (expression === undefined) {
    expression = fromJava(pattern);
    expressions.set(pattern, expression);
  }
  return expression.test(value);
}

/**
 * A pattern of the service's model as a JavaScript expression that must match the whole text, as Java's `matches()` does.
 *
 * @param pattern - in Java's notation
 */
export function fromJava(pattern: string): RegExp {
  let inClass = false;
  const translated = pattern.replace(/\\p\{Alnum\}|\\.|\$\{[\d,]+\}|[[\].]/gsu, (token) => {
    if (token === "\\p{Alnum}") return inClass ? "a-zA-Z0-9" : "[a-zA-Z0-9]";
    // Java takes an end that is repeated for one end; JavaScript refuses it.
    if (token.startsWith("${") && !inClass) return "$";
    if (token === "[") inClass = true;
    else if (token === "]") inClass = false;
    // Java's dot also stops at NEL, which JavaScript's takes.
    else if (token === "." && !inClass) return String.raw`[^\n\r\u0085\u2028\u2029]`;
    return token;
  });
  return new RegExp(`^(?:${translated})$`, "u");
}
