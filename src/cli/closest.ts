/** Which of the known words may be meant. Pure. */

import { nearest } from "../nearest.ts";

/**
 * The known word that begins as `word` does, or differs from it in at most two letters.
 *
 * @param word - as it was typed
 * @param known - the words that there are
 */
export function closest(word: string, known: readonly string[]): string | undefined {
  const typed = word.slice(0, 40).toLowerCase();
  const alike = nearest(typed, known, Math.min(2, typed.length / 2));
  if (alike !== undefined || typed.length < 3) {
    return alike;
  }
  return known.find((name) => name.startsWith(typed));
}
