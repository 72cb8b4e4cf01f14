/** Which of the known words is meant by a misspelt one. Pure. */

/**
 * The known word that takes the fewest letters put in, taken out or replaced; among equals the first.
 *
 * @param word - as it was typed; its length bounds the work, so cut it before
 * @param known - the words that there are
 * @param most - a word that takes more letters is not meant
 * @param plain - what of a known word is compared; all of it, if left out
 */
export function nearest(
  word: string,
  known: readonly string[],
  most: number,
  plain: (name: string) => string = (name) => name,
): string | undefined {
  const [best] = known
    .map((name) => ({ name, letters: distance(word, plain(name)) }))
    .sort((a, b) => a.letters - b.letters);
  return best !== undefined && best.letters <= most ? best.name : undefined;
}

/** Levenshtein's, a row of the table at a time. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const [above = 0, left = 0, corner = 0] = [row[j + 1], next[j], row[j]];
      next.push(Math.min(above + 1, left + 1, corner + (letter === other ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
