/** Versions of frameworks, compared. Pure. */

/**
 * Whether one version comes before another: `2.10` after `2.9`; what is not said counts as equal, so `2.2` is not before `2.2.0`,
 * nor after it.
 *
 * @param version - e.g. `2.8` or `2.8.0`
 * @param other - the same
 */
export function isBefore(version: string, other: string): boolean {
  const [left, right] = [version, other].map((text) => text.split(/[.-]/).map(Number));
  for (const [index, part] of (left ?? []).entries()) {
    const against = right?.[index];
    if (against !== undefined && part !== against) {
      return part < against;
    }
  }
  return false;
}
