/** The service's own words for breaches of its model. */

import type { Breach } from "./constraints.ts";
import type { StringShape } from "./shape.ts";

const SHOWN = 1024;

/**
 * What the service answers to a request that breaks its model, in its words:
 * `1 validation error detected: Value 'a_b' at 'trainingJobName' failed to satisfy constraint: …`.
 * Wrong types are another error ({@link serializationMessage}) and unknown members are none for the service: both are left out.
 * Values of hyperparameters and environment are never shown.
 *
 * @param breaches - what `requestBreaches()` found
 */
export function awsMessage(breaches: readonly Breach[]): string {
  const told = breaches.filter(({ rule }) => rule !== "type" && rule !== "unknown");
  // Broken entries of one map are one line, as the service names the map and not the entry.
  const lines = [...new Set(told.map(line))];
  return `${lines.length} validation error${lines.length === 1 ? "" : "s"} detected: ${lines.join("; ")}`;
}

/**
 * What the service answers to a value of the wrong type (`SerializationException`): `NUMBER_VALUE can not be converted to a String`.
 *
 * @param breach - a breach of the rule `type`
 */
export function serializationMessage(breach: Breach): string {
  if (breach.limit === "list") return "Expected list or null";
  if (breach.limit === "map" || breach.limit === "structure") {
    return "Unexpected value where a structure or map is expected.";
  }
  switch (typeof breach.value) {
    case "number":
      return `NUMBER_VALUE can not be converted to ${target(breach.limit)}`;
    case "boolean":
      return `${breach.value ? "TRUE" : "FALSE"}_VALUE can not be converted to ${target(breach.limit)}`;
    case "string":
      return `STRING_VALUE can not be converted to ${target(breach.limit)}`;
    default:
      return Array.isArray(breach.value)
        ? "Unexpected list where a single value is expected."
        : "Start of structure or map found where not expected.";
  }
}

function target(type: Breach["limit"]): string {
  const name = String(type);
  return `${/^[aeiou]/u.test(name) ? "an" : "a"} ${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

function line(breach: Breach): string {
  const { entry } = breach;
  if (entry === undefined) {
    const value = breach.rule === "required" ? "null" : `'${shown(breach)}'`;
    return `Value ${value} at '${place(breach.path)}' failed to satisfy constraint: ${constraint(breach.rule, breach.limit)}`;
  }
  const key = String(breach.path.at(-1));
  const value = breach.secret === true ? "***" : shown(breach);
  const map = breach.isKey === true ? `{${cut(key)}=***}` : `{${cut(key)}=${value}}`;
  return (
    `Value '${map}' at '${place(breach.path.slice(0, -1))}' failed to satisfy constraint: ` +
    `Map ${breach.isKey === true ? "keys" : "value"} must satisfy constraint: [${entryConstraints(entry).join(", ")}]`
  );
}

/** `["InputDataConfig", 0, "ChannelName"]` is `inputDataConfig.1.member.channelName`. */
function place(path: Breach["path"]): string {
  return path
    .map((step) =>
      typeof step === "number"
        ? `${step + 1}.member`
        : `${step.charAt(0).toLowerCase()}${step.slice(1)}`,
    )
    .join(".");
}

function shown({ value, secret }: Breach): string {
  if (Array.isArray(value)) return value.length === 0 ? "[]" : `[${value.length} members]`;
  if (typeof value === "object" && value !== null) {
    const size = Object.keys(value).length;
    return size === 0 ? "{}" : `{${size} entries}`;
  }
  return secret === true ? "***" : cut(String(value));
}

function cut(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

/** The service lists all constraints of a map's entries, not only the broken one. */
function entryConstraints(shape: StringShape): string[] {
  const rules: string[] = [];
  if (shape.max !== undefined) {
    rules.push(constraint("maxLength", shape.max), constraint("minLength", shape.min ?? 0));
  }
  if (shape.pattern !== undefined) rules.push(constraint("pattern", shape.pattern));
  return rules;
}

function constraint(rule: Breach["rule"], limit: Breach["limit"]): string {
  switch (rule) {
    case "minLength":
    case "minSize":
      return `Member must have length greater than or equal to ${limit}`;
    case "maxLength":
    case "maxSize":
      return `Member must have length less than or equal to ${limit}`;
    case "min":
      return `Member must have value greater than or equal to ${limit}`;
    case "max":
      return `Member must have value less than or equal to ${limit}`;
    case "pattern":
      return `Member must satisfy regular expression pattern: ${limit}`;
    case "enum":
      return `Member must satisfy enum value set: [${[limit].flat().join(", ")}]`;
    case "required":
    case "type":
    case "unknown":
      return "Member must not be null";
  }
}
