/** Where a reporter prints to. */

import { readEnvironment } from "../environment.ts";

/** A terminal, or anything that takes lines. */
export interface ReporterOutput {
  /** Prints a whole line. */
  line(text: string): void;
  /** Writes as it is, for a line that is redrawn; only a terminal has it. */
  readonly raw?: ((text: string) => void) | undefined;
  /** How many columns a terminal has. Default: 80. */
  readonly columns?: (() => number | undefined) | undefined;
  /** Whether hosts may be coloured. */
  readonly colour: boolean;
}

/**
 * Standard output. A notebook's kernel shows what goes through `console.log`, and nothing else; its standard output may be
 * the terminal that the server was started from.
 */
export function standardOutput(): ReporterOutput {
  const { noColor, notebook } = readEnvironment();
  const terminal = process.stdout.isTTY && !notebook;
  return {
    line: (text) => console.log(text),
    ...(terminal && {
      raw: (text) => process.stdout.write(text),
      columns: () => process.stdout.columns,
    }),
    colour: terminal && !noColor,
  };
}
