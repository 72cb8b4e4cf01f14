/** Help texts, set from the commands. Pure. */

import { COMMANDS, type CommandSpec, HELP, type OptionSpec, PLACE, VERSION } from "./commands.ts";

const WIDTH = 90;

/** The help of the whole. */
export function helpText(): string {
  return [
    "Usage: sagemaker-estimator COMMAND [OPTION]...",
    "",
    ...wrap("Training jobs of Amazon SageMaker, on AWS or on a local cloud.", 0),
    "",
    "Commands:",
    ...columns(
      COMMANDS.map(({ name, takesName, summary }) => [takesName ? `${name} NAME` : name, summary]),
    ),
    "",
    "Options:",
    ...columns([HELP, VERSION].map(optionRow)),
    "",
    "sagemaker-estimator COMMAND --help says more.",
    ...wrap(
      "Exit codes: 0 done; 1 failed; 2 the command line was not understood; 130 ended by Ctrl-C.",
      0,
    ),
  ].join("\n");
}

/**
 * The help of a command.
 *
 * @param command - which
 */
export function commandHelp(command: CommandSpec): string {
  const { name, takesName, summary, details, options, hasPlace } = command;
  return [
    `Usage: sagemaker-estimator ${name}${takesName ? " NAME" : ""} [OPTION]...`,
    "",
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`,
    ...details.flatMap((paragraph) => ["", ...wrap(paragraph, 0)]),
    "",
    "Options:",
    ...columns([...options, HELP].map(optionRow)),
    ...(hasPlace
      ? [
          "",
          "Where the jobs are:",
          ...columns(PLACE.map(optionRow)),
          "",
          ...wrap(
            "Without any of these: AWS_ENDPOINT_URL where it is set, else AWS; but in a folder with a .sagemaker-local, " +
              "say which is meant.",
            0,
          ),
        ]
      : []),
  ].join("\n");
}

function optionRow({ name, value, short, help }: OptionSpec): [string, string] {
  const long = `--${name}${value === undefined ? "" : ` ${value}`}`;
  return [`${short === undefined ? "    " : `-${short}, `}${long}`, help];
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const indent = Math.max(...rows.map(([left]) => left.length)) + 4;
  return rows.flatMap(([left, right]) =>
    wrap(right, indent).map(
      (line, index) => (index === 0 ? `  ${left}`.padEnd(indent) : " ".repeat(indent)) + line,
    ),
  );
}

/** Breaks between words. */
function wrap(text: string, indent: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > WIDTH - indent) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
