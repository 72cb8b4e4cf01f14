/** Log lines as text that cannot act on a terminal. */

/** Colours and styles: dropped, since a line would read worse with their bytes spelled out. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const STYLES = /\x1b\[[\d;:]*m/g;

/** Whatever else moves the cursor, rings, hides, or turns the order of characters round. */
const CONTROLS = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A log line as the lines to print on a terminal, which then cannot act on it: broken where it breaks, colours dropped, control
 * characters spelled out. Of a line that was redrawn with carriage returns, as progress bars are, what stood there last is left. Tabs
 * stay.
 *
 * @param text - what the container printed
 * @returns at least one line
 * @example
 * ```ts
 * for await (const { text } of job.logs()) for (const line of printableLines(text)) console.log(line);
 * ```
 */
export function harmlessLines(text: string): string[] {
  const lines = text
    .replace(STYLES, "")
    .split(/\r*\n/)
    .map((line) => lastDrawn(line).replace(CONTROLS, spellOut));
  const shown = lines.filter((line) => line !== "");
  // An empty line was printed on purpose; the end of one that is not empty was not.
  return shown.length === 0 ? [""] : shown;
}

function lastDrawn(line: string): string {
  const drawn = line.split("\r").filter((text) => text !== "");
  return drawn.at(-1) ?? "";
}

function spellOut(character: string): string {
  if (character === "\t") {
    return character;
  }
  const code = character.codePointAt(0) ?? 0;
  return code < 256
    ? `\\x${code.toString(16).padStart(2, "0")}`
    : `\\u${code.toString(16).padStart(4, "0")}`;
}
