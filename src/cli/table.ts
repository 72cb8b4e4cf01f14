/** Rows as an aligned table. Pure. */

const GAP = "  ";

/**
 * An aligned table; columns that are empty in every row are left out.
 *
 * @param header - the columns' names
 * @param rows - cells, without line ends
 * @param right - the columns that are aligned at their right
 */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<string> = new Set(),
): string[] {
  const columns = header.flatMap((name, index) => {
    const cells = rows.map((row) => row[index] ?? "");
    const width = Math.max(...[name, ...cells].map((cell) => [...cell].length));
    return cells.some((cell) => cell !== "") ? [{ name, cells, width }] : [];
  });
  const line = (cellOf: (column: (typeof columns)[number]) => string): string =>
    columns
      .map((column) => pad(cellOf(column), column.width, right.has(column.name)))
      .join(GAP)
      .trimEnd();
  return [line(({ name }) => name), ...rows.map((_, at) => line(({ cells }) => cells[at] ?? ""))];
}

function pad(cell: string, width: number, isRight: boolean): string {
  const space = " ".repeat(width - [...cell].length);
  return isRight ? `${space}${cell}` : `${cell}${space}`;
}

/** `45 s`, `1 min 30 s`, `2 h 5 min`, `3 d 1 h`: the two greatest units. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), "d"],
    [Math.floor(whole / 3600) % 24, "h"],
    [Math.floor(whole / 60) % 60, "min"],
    [whole % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return first === -1
    ? "0 s"
    : parts
        .slice(first, first + 2)
        .filter(([count]) => count > 0)
        .map(([count, unit]) => `${count} ${unit}`)
        .join(" ");
}
