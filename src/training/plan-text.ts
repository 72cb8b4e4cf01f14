/** A plan as text: aligned, wrapped at the reader's width, without escape codes. Pure. */

import type { FindingGroup, PlanRow, PlanView } from "./plan-view.ts";

/** Narrower than this nothing can be read side by side. */
const MIN_WIDTH = 40;
const GAP = 2;

/**
 * Sets a plan as text.
 *
 * @param view - what is shown
 * @param width - of a line, in characters; words that are longer, such as URIs, are never broken
 */
export function planText(view: PlanView, width: number): string {
  const channels: PlanRow[] =
    view.channels.length === 0 ? [] : [{ label: "Channels", lines: columns(view.channels) }];
  const rows = [...view.job, ...channels, ...view.result, ...view.findings.map(findingRow)];
  const indent = Math.max(...rows.map(({ label }) => label.length)) + GAP;
  const room = Math.max(width, MIN_WIDTH) - indent;
  return rows
    .flatMap(({ label, lines }) =>
      lines
        .flatMap((line) => wrap(harmless(line), room))
        .map((line, index) =>
          `${(index === 0 ? harmless(label) : "").padEnd(indent)}${line}`.trimEnd(),
        ),
    )
    .join("\n");
}

/** Names in one column, what is said of each in another; a name's further lines stand below its first. */
function columns(rows: readonly PlanRow[]): string[] {
  const width = Math.max(...rows.map(({ label }) => label.length)) + GAP;
  return rows.flatMap(({ label, lines }) =>
    lines.map((line, index) => (index === 0 ? label : "").padEnd(width) + line),
  );
}

function findingRow({ label, findings, more }: FindingGroup): PlanRow {
  const lines = findings.flatMap(({ path, message, hint }) => [
    `- ${path === "" ? "" : `${path}: `}${message}`,
    ...(hint === undefined ? [] : [`  ${hint}`]),
  ]);
  return { label, lines: more > 0 ? [...lines, `- and ${more} more`] : lines };
}

/** Breaks between words; what follows stands where the line's own text began. */
function wrap(line: string, room: number): string[] {
  const indent = /^(\S* {2,}|[ -]+)?/.exec(line)?.[0].length ?? 0;
  const words = line.slice(indent).split(" ");
  const lines: string[] = [];
  let current = line.slice(0, indent);
  let isFresh = true;
  for (const word of words) {
    if (!isFresh && current.length + 1 + word.length > room) {
      lines.push(current);
      current = " ".repeat(indent);
      isFresh = true;
    }
    current += isFresh ? word : ` ${word}`;
    isFresh = false;
  }
  return [...lines, current];
}

/** Names and messages come from elsewhere: a terminal must not obey them. */
function harmless(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}
