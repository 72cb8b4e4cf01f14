/** Arguments that cannot be understood: exit code 2. */

/** What is wrong with the command line, everything at once. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";

  /** @param problems - each in words that say what to type instead */
  constructor(...problems: readonly string[]) {
    super(problems.join("\n"));
  }
}
