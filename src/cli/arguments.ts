/** The command line, read: which command, and its options. Pure. */

import { parseArgs } from "node:util";
import { closest } from "./closest.ts";
import {
  COMMANDS,
  type CommandSpec,
  HELP,
  type OptionSpec,
  optionsOf,
  VERSION,
} from "./commands.ts";
import { UsageError } from "./usage-error.ts";

/** The options of a command, as they were typed. */
export interface Arguments {
  readonly command: CommandSpec;
  /** The job's name; empty for commands that take none. */
  readonly name: string;
  /** Whether an option without a value was given. */
  has(option: string): boolean;
  /** An option's value, the last one. */
  text(option: string): string | undefined;
  /** An option's values. */
  texts(option: string): readonly string[];
}

/** What was asked for. */
export type Asked =
  | { readonly kind: "help"; readonly command?: CommandSpec }
  | { readonly kind: "version" }
  | { readonly kind: "command"; readonly args: Arguments };

/**
 * Reads a command line.
 *
 * @param argv - without Node and the script
 * @throws UsageError with everything that is wrong
 */
export function readArguments(argv: readonly string[]): Asked {
  const [first = "", ...rest] = argv;
  if (first === "help" && rest.length <= 1) {
    return { kind: "help", ...(rest[0] !== undefined && { command: commandNamed(rest[0]) }) };
  }
  if (first === "" || first.startsWith("-")) {
    return readWhole(argv);
  }
  const command = commandNamed(first);
  const { given, positionals, problems } = readOptions(rest, optionsOf(command));
  if (given.has(HELP.name)) {
    return { kind: "help", command };
  }
  const [name = "", ...extra] = positionals;
  if (command.takesName && name === "") {
    problems.push(`The name of a training job is missing: sagemaker-estimator ${first} NAME`);
  }
  const surplus = command.takesName ? extra : positionals;
  if (surplus.length > 0) {
    problems.push(`Not understood: ${surplus.join(" ")}`);
  }
  if (problems.length > 0) {
    throw new UsageError(...problems);
  }
  return {
    kind: "command",
    args: {
      command,
      name,
      has: (option) => given.has(option),
      text: (option) => given.get(option)?.at(-1),
      texts: (option) => given.get(option) ?? [],
    },
  };
}

function readWhole(argv: readonly string[]): Asked {
  const { given, problems } = readOptions(argv, [HELP, VERSION]);
  if (given.has(HELP.name)) return { kind: "help" };
  if (given.has(VERSION.name)) return { kind: "version" };
  throw new UsageError(
    ...problems,
    `A command is missing: ${COMMANDS.map(({ name }) => name).join(", ")}.`,
  );
}

function commandNamed(word: string): CommandSpec {
  const command = COMMANDS.find(({ name }) => name === word);
  if (command === undefined) {
    const names = COMMANDS.map(({ name }) => name);
    const meant = closest(word, names);
    throw new UsageError(
      `There is no command ${word}. ${meant === undefined ? `There are ${names.join(", ")}.` : `Is ${meant} meant?`}`,
    );
  }
  return command;
}

interface Options {
  readonly given: ReadonlyMap<string, readonly string[]>;
  readonly positionals: readonly string[];
  readonly problems: string[];
}

function readOptions(argv: readonly string[], specs: readonly OptionSpec[]): Options {
  const { tokens } = parseArgs({
    args: [...argv],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      specs.map(({ name, value, short }) => [
        name,
        {
          type: value === undefined ? ("boolean" as const) : ("string" as const),
          ...(short !== undefined && { short }),
        },
      ]),
    ),
  });
  const given = new Map<string, string[]>();
  const positionals: string[] = [];
  const problems: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const spec = specs.find(({ name }) => name === token.name);
    const problem = problemOf(token, spec, specs);
    if (problem === undefined) {
      given.set(token.name, [...(given.get(token.name) ?? []), token.value ?? ""]);
    } else {
      problems.push(problem);
    }
    if (spec !== undefined && !spec.multiple && given.get(spec.name)?.length === 2) {
      problems.push(`--${spec.name} is given more than once.`);
    }
  }
  return { given, positionals, problems };
}

interface OptionToken {
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function problemOf(
  { rawName, value, inlineValue }: OptionToken,
  spec: OptionSpec | undefined,
  specs: readonly OptionSpec[],
): string | undefined {
  if (spec === undefined) {
    const meant = closest(
      rawName.replace(/^-+/, ""),
      specs.map(({ name }) => name),
    );
    return `There is no option ${rawName}.${meant === undefined ? "" : ` Is --${meant} meant?`}`;
  }
  if (spec.value === undefined) {
    return value === undefined ? undefined : `${rawName} takes no value.`;
  }
  // What follows is the next option, unless it was tied to this one: --to=-x.
  const isNext = inlineValue === false && (value?.startsWith("-") ?? false);
  return value === undefined || value === "" || isNext
    ? `${rawName} needs a value: --${spec.name} ${spec.value}`
    : undefined;
}
