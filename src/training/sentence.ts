/** Words of others as a sentence, behind which more may stand (pure). */

/**
 * A text that ends as a sentence does: with a full stop, unless it has an end of its own.
 *
 * @param text - as somebody said it
 */
export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
