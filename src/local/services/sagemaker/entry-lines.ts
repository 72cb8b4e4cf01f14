/** The lines of a journal of entries that several processes append to: an entry a line. Pure. */

/** What every entry has. */
interface Entry {
  readonly type: string;
}

/**
 * Entries as they are appended, in one write. The line break in front of each ends a line that a full disk has cut, so that it takes no
 * other with it.
 */
export function entryLines(entries: readonly Entry[]): string {
  return entries.map((entry) => `\n${JSON.stringify(entry)}\n`).join("");
}

/**
 * The entries that can be read; torn and foreign lines are skipped.
 *
 * @typeParam E - the entries of this journal: their writers have kept to it
 */
export function parseEntryLines<E extends Entry>(text: string): E[] {
  const entries: E[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    try {
      const entry: unknown = JSON.parse(line);
      if (isEntry(entry)) entries.push(entry as E);
    } catch {
      // Half a line: its writer was cut off, and what it would have said did not happen.
    }
  }
  return entries;
}

function isEntry(value: unknown): value is Entry {
  return (
    typeof value === "object" && value !== null && typeof Reflect.get(value, "type") === "string"
  );
}
