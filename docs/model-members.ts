/** Members of CreateTrainingJob by path, and the options that make them. */

import { CREATE_TRAINING_JOB } from "../src/training/create-training-job.model.ts";
import {
  CHANNEL_OPTION_NAMES,
  ITEM_OPTION_NAMES,
  OPTION_NAMES,
  type OptionName,
} from "../src/training/option-names.ts";
import type { Shape } from "../src/training/shape.ts";

/** A member, and what it may be. Items of a list are `[]`. */
export interface Leaf {
  readonly path: string;
  readonly shape: Shape;
}

/** Every member that has no members of its own. */
export function leaves(shape: Shape, path = ""): Leaf[] {
  switch (shape.type) {
    case "structure":
      return Object.entries(shape.members).flatMap(([name, member]) =>
        leaves(member, path === "" ? name : `${path}.${name}`),
      );
    case "list":
      return shape.of.type === "structure"
        ? leaves(shape.of, `${path}[]`)
        : [{ path: `${path}[]`, shape: shape.of }];
    default:
      return [{ path, shape }];
  }
}

/**
 * What a member may be.
 *
 * @param path - `InputDataConfig[].ContentType`
 * @throws Error when the model has no such member
 */
export function memberShape(path: string): Shape {
  let shape: Shape = CREATE_TRAINING_JOB;
  for (const step of path.replaceAll("[]", ".[]").split(".")) {
    const inner: Shape | undefined =
      shape.type === "structure"
        ? shape.members[step]
        : step === "[]" && shape.type === "list"
          ? shape.of
          : undefined;
    if (inner === undefined) throw new Error(`CreateTrainingJob has no member ${path}.`);
    shape = inner;
  }
  return shape;
}

/**
 * The option that makes a member: `rules[].imageUri`, or `inputs.<channel>.contentType`; `undefined` when none does.
 *
 * @param path - the member's
 */
export function optionOf(path: string): string | undefined {
  const channel = "InputDataConfig[].";
  if (path.startsWith(channel)) {
    const option = renamed(path.slice(channel.length), CHANNEL_OPTION_NAMES);
    if (option === "channel name") return "inputs";
    return option && `inputs.<channel>.${option}`;
  }
  return renamed(path, OPTION_NAMES);
}

function renamed(path: string, names: readonly OptionName[]): string | undefined {
  for (const [member, option] of names) {
    if (path === member) return option;
    if (path.startsWith(`${member}[].`)) {
      const items = ITEM_OPTION_NAMES[option];
      const rest = path.slice(member.length + 3);
      const inner = items === undefined ? rest : renamed(rest.replace(/\[\]$/, ""), items);
      return inner && `${option}[].${inner}`;
    }
    if (path.startsWith(`${member}.`) || path.startsWith(`${member}[]`)) {
      return option + path.slice(member.length);
    }
  }
  return undefined;
}
