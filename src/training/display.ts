/** How values show themselves to people: in a terminal, and in notebooks. */

/** Deno's notebooks ask an object for this. */
export const JUPYTER_DISPLAY: unique symbol = Symbol.for("Jupyter.display");
/** Pipes and notebooks have no width of their own. */
const DEFAULT_WIDTH = 100;

/** How a table is set as text. */
export interface PlanTextOptions {
  /** Characters a line; words that are longer, such as URIs, are never broken. Default: the terminal's, or 100 where there is none. */
  readonly width?: number;
}

/** Characters a line of the terminal, or what stands for it. */
export function terminalWidth(): number {
  const { columns } = process.stdout;
  return columns > 0 ? columns : DEFAULT_WIDTH;
}
