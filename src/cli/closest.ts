/** Which of the known words may be meant. Pure. */

/**
 * The known word that begins as `word` does, or differs from it in at most two letters.
 *
 * @param word - as it was typed
 * @param known - the words that there are
 */
export function closest(word: string, known: readonly string[]): string | undefined {
  const typed = word.slice(0, 40).toLowerCase();
  const [best] = known
    .map((name) => ({ name, distance: distance(typed, name) }))
    .sort((a, b) => a.distance - b.distance);
  if (best !== undefined && best.distance <= Math.min(2, typed.length / 2)) {
    return best.name;
  }
  return typed.length < 3 ? undefined : known.find((name) => name.startsWith(typed));
}

/** Letters to insert, delete or replace (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
