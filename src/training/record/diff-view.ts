/** What tells two runs apart, as text and as HTML. Pure. */

import { escaped } from "../plan-html.ts";
import type { RunDiff, RunDifference } from "./diff-runs.ts";

/** A value is not cut shorter than this, however narrow the terminal is. */
const MIN_ROOM = 16;
/** Nor does one get more room than this. */
const MAX_ROOM = 64;
/** So much of a page is one value's. */
const HTML_ROOM = 500;
/** So much of what two long values have in common is shown before that in which they differ. */
const LEAD = 6;

/**
 * Sets the differences as a table for terminals, a group after the other, without escape codes.
 *
 * @param diff - the differences
 * @param width - of a line, in characters; names are never cut
 */
export function diffText(
  { before, after, differences }: Pick<RunDiff, "before" | "after" | "differences">,
  width: number,
): string {
  if (differences.length === 0) {
    return `The runs of ${before} and ${after} do not differ.`;
  }
  const paths = differences.map(({ path }) => path);
  const longest = Math.max(...paths.map((path) => path.length));
  const half = Math.floor((width - longest - 6) / 2);
  const room = Math.min(Math.max(half, MIN_ROOM), MAX_ROOM);
  const rows = differences.map((difference) => [
    harmless(difference.path),
    ...values(difference, room),
  ]);
  const widths = [0, 1].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0), column === 1 ? before.length : 0),
  );
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd();
  const lines = [line(["", before, after])];
  differences.forEach(({ group }, index) => {
    if (group !== differences[index - 1]?.group) lines.push(group);
    lines.push(line(rows[index] ?? []));
  });
  return lines.join("\n");
}

/**
 * Sets the differences as an HTML table, with nothing in it that a page could run.
 *
 * @param diff - the differences
 */
export function diffHtml({
  before,
  after,
  differences,
}: Pick<RunDiff, "before" | "after" | "differences">): string {
  if (differences.length === 0) {
    return `<p>${escaped(`The runs of ${before} and ${after} do not differ.`)}</p>`;
  }
  const rows = differences.flatMap((difference, index) => {
    const { group, path } = difference;
    const [from = "", to = ""] = values(difference, HTML_ROOM);
    const row = `<tr>${cell(path)}${cell(from)}${cell(to)}</tr>`;
    return group === differences[index - 1]?.group
      ? [row]
      : [`<tr><th ${LEFT} colspan="3">${escaped(group)}</th></tr>`, row];
  });
  const head = ["", before, after].map((name) => `<th ${LEFT}>${escaped(name)}</th>`);
  return `<table ${LEFT}><tr>${head.join("")}</tr>${rows.join("")}</table>`;
}

const LEFT = 'style="text-align: left; vertical-align: top"';

function cell(text: string): string {
  return `<td ${LEFT}><code>${escaped(text)}</code></td>`;
}

/** Both values on one line each. What is cut is cut where it shows in what they differ. */
function values({ before, after }: RunDifference, room: number): [string, string] {
  const [from, to] = [shown(before), shown(after)];
  if (from.length <= room && to.length <= room) {
    return [from, to];
  }
  let same = 0;
  while (same < Math.min(from.length, to.length) && from[same] === to[same]) same += 1;
  const start = same < room - LEAD ? 0 : same - LEAD;
  return [cut(from, start, room), cut(to, start, room)];
}

function cut(text: string, start: number, room: number): string {
  const rest = start === 0 ? text : `…${text.slice(start + 1)}`;
  return rest.length > room ? `${rest.slice(0, room - 1)}…` : rest;
}

/** A value on one line; what acts on a terminal is spelled out. */
function shown(value: unknown): string {
  if (value === undefined) {
    return "-";
  }
  const isPlain = typeof value === "string" && /^[^\p{Cc}"]+$/u.test(value);
  return isPlain ? value : harmless(JSON.stringify(value));
}

/** JSON leaves the control characters beyond ASCII as they are. */
function harmless(text: string): string {
  return text.replace(/\p{Cc}+/gu, " ");
}
