/** Makes docs/guides/options.md from the code: the options' TSDoc, where each arrives in the request, and the service's limits. */

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CREATE_TRAINING_JOB } from "../src/training/create-training-job.model.ts";
import {
  CHANNEL_OPTION_NAMES,
  OPTION_NAMES,
  type OptionName,
} from "../src/training/option-names.ts";
import type { Shape } from "../src/training/shape.ts";
import { type Leaf, leaves, memberShape, optionOf } from "./model-members.ts";
import { type DocumentedOption, documentedOptions } from "./option-docs.ts";
import { DIFFERENCES, FIELDS, LIMITS, PYTHON_FIT_OPTIONS, PYTHON_NAMES } from "./options-notes.ts";

const ROOT = new URL("../", import.meta.url);
/** Where the guide lies. */
export const GUIDE: string = fileURLToPath(new URL("docs/guides/options.md", ROOT));
/** So many values of an enum are listed; more are counted. */
const MOST_VALUES = 8;

const CHANNEL = "InputDataConfig[].";

interface Table {
  readonly heading: string;
  readonly file: string;
  readonly interfaces: readonly string[];
  readonly members: readonly OptionName[];
  /** What the members' paths begin with. */
  readonly prefix?: string;
  /** What Python calls an option. */
  readonly python: (option: string) => string | null;
}

const TABLES: readonly Table[] = [
  {
    heading: "The job",
    file: "src/training/options.ts",
    interfaces: ["EstimatorOptions"],
    members: OPTION_NAMES,
    python: pythonName,
  },
  {
    heading: "Machines and times",
    file: "src/training/resource-options.ts",
    interfaces: ["ResourceOptions"],
    members: OPTION_NAMES,
    python: pythonName,
  },
  {
    heading: "Code that is not in the image",
    file: "src/training/code/code-options.ts",
    interfaces: ["CodeOptions"],
    members: OPTION_NAMES,
    python: pythonName,
  },
  {
    heading: "Debugger, profiler and TensorBoard",
    file: "src/training/debug-options.ts",
    interfaces: ["DebugOptions"],
    members: OPTION_NAMES,
    python: pythonName,
  },
  {
    heading: "fit() and plan()",
    file: "src/training/fit-options.ts",
    interfaces: ["FitOptions"],
    members: OPTION_NAMES,
    python: (option) => (PYTHON_FIT_OPTIONS.includes(option) ? pythonName(option) : null),
  },
  {
    heading: "TrainingInput",
    file: "src/inputs.ts",
    interfaces: ["TrainingInputOptions"],
    members: CHANNEL_OPTION_NAMES,
    prefix: CHANNEL,
    python: pythonName,
  },
  {
    heading: "FileSystemInput",
    file: "src/inputs.ts",
    interfaces: ["FileSystemInputOptions"],
    members: CHANNEL_OPTION_NAMES,
    prefix: CHANNEL,
    python: pythonName,
  },
];

const INTRODUCTION = `---
title: Options
---

<!-- Made by \`npm run docs:options\` from the code: change it there. -->

# Options

Every option of an Estimator, of \`fit()\` and of its inputs: what the Python SDK calls it, which member of CreateTrainingJob it
becomes, the service's limits, the default, and what differs from Python. The last table turns it round: every member of
CreateTrainingJob, and the option that makes it.

All limits are checked by \`plan()\` and \`fit()\`, all breaches are told at once, in the names of the options, and before anything is
uploaded. A dash under "Python" means that the Python Estimator has no such option.
`;

/** The guide as it should be. */
export function optionsGuide(): string {
  return [INTRODUCTION, ...TABLES.map(optionTable), memberTable()].join("\n");
}

/** Each option that is documented, by the name of its interface. */
export function optionsByInterface(): Map<string, readonly DocumentedOption[]> {
  return new Map(
    TABLES.flatMap(({ file, interfaces }) =>
      interfaces.map((name) => [name, documentedOptions(source(file), name)] as const),
    ),
  );
}

/** Python's names of the options that it has, by the heading of their table. */
export function pythonNames(): Map<string, readonly string[]> {
  return new Map(
    TABLES.map((table) => [
      table.heading,
      optionsOf(table).flatMap(({ name }) => table.python(name) ?? []),
    ]),
  );
}

function pythonName(option: string): string | null {
  const special = PYTHON_NAMES[option];
  return special === undefined
    ? option.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toLowerCase()
    : special;
}

function optionsOf({ file, interfaces }: Table): DocumentedOption[] {
  return interfaces.flatMap((name) => documentedOptions(source(file), name));
}

function source(file: string): string {
  return readFileSync(new URL(file, ROOT), "utf8");
}

function optionTable(table: Table): string {
  const rows = optionsOf(table).map(({ name, text, fallback, isRequired }) => {
    const python = table.python(name);
    const members = membersOf(name, table);
    return [
      code(name),
      python === null ? "–" : code(python),
      FIELDS[name] ?? members.map(({ path }) => code(path)).join(", "),
      LIMITS[name] ?? (members.length === 1 ? limits(members[0]?.shape) : ""),
      isRequired ? "required" : fallback,
      [text, DIFFERENCES[name] && `*${DIFFERENCES[name]}*`].filter(Boolean).join(" "),
    ];
  });
  return `## ${table.heading}\n\n${markdown(
    ["option", "Python", "request", "limits", "default", "what it is, and *what differs*"],
    rows,
  )}`;
}

/** The members that an option makes; where it is an object with several, what they have in common. */
function membersOf(name: string, { members, prefix = "" }: Table): Leaf[] {
  const paths = members.flatMap(([member, option]) => {
    if (option === name) return [member];
    return option.startsWith(`${name}.`) ? [member.slice(0, member.lastIndexOf("."))] : [];
  });
  return [...new Set(paths)].map((member) => {
    const path = prefix + member;
    return { path, shape: memberShape(path) };
  });
}

function memberTable(): string {
  const rows = leaves(CREATE_TRAINING_JOB).map(({ path, shape }) => {
    const option = optionOf(path);
    return [code(path), option === undefined ? "`overrides`" : code(option), limits(shape)];
  });
  return `## Every member of CreateTrainingJob

What answers of the service alone have (the instance type that it selected) can be sent by \`overrides\` only, and means nothing there.

${markdown(["member", "option", "limits"], rows)}`;
}

function limits(shape: Shape | undefined): string {
  switch (shape?.type) {
    case "string":
      return [length(shape, "characters"), values(shape.enum), pattern(shape.pattern)]
        .filter(Boolean)
        .join("; ");
    case "integer":
    case "long":
      return range(shape.min, shape.max);
    case "boolean":
      return "`true` or `false`";
    case "list":
      return [length(shape, "items"), shape.of.type === "string" ? limits(shape.of) : ""]
        .filter(Boolean)
        .join("; each ");
    case "map":
      return [
        length(shape, "entries"),
        `names ${limits(shape.key)}`,
        `values ${limits(shape.value)}`,
      ].join("; ");
    default:
      return "";
  }
}

function length(shape: { readonly min?: number; readonly max?: number }, what: string): string {
  const { min = 0, max } = shape;
  if (max === undefined) return min === 0 ? "" : `at least ${figure(min)} ${what}`;
  return min === 0 ? `at most ${figure(max)} ${what}` : `${figure(min)} to ${figure(max)} ${what}`;
}

function range(min: number | undefined, max: number | undefined): string {
  if (min === undefined && max === undefined) return "a whole number";
  return max === undefined
    ? `at least ${figure(min ?? 0)}`
    : `${figure(min ?? 0)} to ${figure(max)}`;
}

function values(all: readonly string[] | undefined): string {
  if (all === undefined) return "";
  return all.length > MOST_VALUES ? `one of ${all.length} values` : all.map(code).join(", ");
}

/** Patterns that take anything say nothing. */
function pattern(text: string | undefined): string {
  return text === undefined || [".*", ".+", String.raw`[\S\s]*`].includes(text) ? "" : code(text);
}

function figure(value: number): string {
  return value.toLocaleString("en-US");
}

function code(text: string): string {
  return `\`${text}\``;
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", String.raw`\|`)).join(" | ")} |`;
  return `${[line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n")}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(GUIDE, optionsGuide());
}
