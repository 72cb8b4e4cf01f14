/** The members that a form of the Query protocol stands for: `Dimensions.member.1.Name=Host` is `{ Dimensions: [{ Name: "Host" }] }`. */

import type { Shape, StructureShape } from "../../training/shape.ts";
import type { QueryFields } from "./aws-query.ts";

/** A field, by what is left of its name on the way into the shape: `Tags.member.1.Key`, `1.Key`, `""`. */
interface Field {
  readonly name: string;
  readonly text: string;
}

/**
 * The input that the fields spell, as far as the shape knows them. What is no value of its type stays a text, for the check to tell.
 *
 * @param shape - the operation's input
 */
export function queryInput(
  shape: StructureShape,
  fields: QueryFields,
): Readonly<Record<string, unknown>> {
  const given = Object.entries(fields).map(([name, text = ""]) => ({ name, text }));
  return structure(shape, given);
}

/** Names are followed as far as the shape goes, which is not far: one of a million dots costs no more than any other. */
function structure(
  shape: StructureShape,
  fields: readonly Field[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    [...byFirstStep(fields)].flatMap(([name, inner]) => {
      const member = Object.hasOwn(shape.members, name) ? shape.members[name] : undefined;
      return member === undefined ? [] : [[name, value(member, inner)]];
    }),
  );
}

function value(shape: Shape, fields: readonly Field[]): unknown {
  const text = fields.find(({ name }) => name === "")?.text ?? "";
  switch (shape.type) {
    case "structure":
      return structure(shape, fields);
    case "list":
      // Numbered from 1, in any order, with gaps or without.
      return [...byFirstStep(byFirstStep(fields).get("member") ?? [])]
        .filter(([index]) => /^\d{1,9}$/.test(index))
        .sort(([left], [right]) => Number(left) - Number(right))
        .map(([, inner]) => value(shape.of, inner));
    case "integer":
    case "long":
      return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
    case "double":
      return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
    case "boolean":
      return text === "true" || text === "false" ? text === "true" : text;
    case "timestamp":
      return Number.isNaN(Date.parse(text)) ? text : Date.parse(text) / 1000;
    default:
      return text;
  }
}

function byFirstStep(fields: readonly Field[]): Map<string, Field[]> {
  const groups = new Map<string, Field[]>();
  for (const { name, text } of fields) {
    const dot = name.indexOf(".");
    const step = dot === -1 ? name : name.slice(0, dot);
    const group = groups.get(step) ?? [];
    group.push({ name: dot === -1 ? "" : name.slice(dot + 1), text });
    groups.set(step, group);
  }
  return groups;
}
