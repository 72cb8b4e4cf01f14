/** The library's errors name options of the API: what they are called here is added. Pure. */

/** What the words of an error speak of, and what to type for it. */
const TYPED: readonly (readonly [words: string, typed: string])[] = [
  ["allowRemote: true", "--allow-remote"],
  ["overwrite: true", "--overwrite"],
  ["job.wait()", "sagemaker-estimator logs NAME --follow"],
];

/**
 * An error's message for somebody at the command line.
 *
 * @param message - the library's words
 */
export function commandWords(message: string): string {
  const typed = TYPED.filter(([words]) => message.includes(words)).map(([, option]) => option);
  return typed.length === 0 ? message : `${message}\nOn the command line: ${typed.join(", ")}`;
}
