/** The members that a form of the Query protocol stands for: `Dimensions.member.1.Name=Host` is `{ Dimensions: [{ Name: "Host" }] }`. */

import type { Shape, StructureShape } from "../../training/shape.ts";
import type { QueryFields } from "./aws-query.ts";

/** What stands under a name: its text, and what follows its dots. */
interface Node {
  text: string | undefined;
  readonly under: Map<string, Node>;
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
  const root = newNode();
  for (const [name, text] of Object.entries(fields)) {
    let node = root;
    for (const step of name.split(".")) {
      const next = node.under.get(step) ?? newNode();
      node.under.set(step, next);
      node = next;
    }
    node.text = text;
  }
  return structure(shape, root);
}

function newNode(): Node {
  return { text: undefined, under: new Map() };
}

function structure(shape: StructureShape, node: Node): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(shape.members).flatMap(([name, member]) => {
      const found = node.under.get(name);
      return found === undefined ? [] : [[name, value(member, found)]];
    }),
  );
}

function value(shape: Shape, node: Node): unknown {
  const { text = "" } = node;
  switch (shape.type) {
    case "structure":
      return structure(shape, node);
    case "list": {
      const members = [...(node.under.get("member")?.under ?? [])];
      return members
        .sort(([left], [right]) => Number(left) - Number(right))
        .map(([, member]) => value(shape.of, member));
    }
    case "integer":
    case "long":
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
