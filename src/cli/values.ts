/** Values of options, read. Pure, but for a look at folders. */

import { statSync } from "node:fs";
import { UsageError } from "./usage-error.ts";

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * A moment: so long ago, or a time in ISO 8601.
 *
 * @param option - for the error
 * @param text - `30m`, `12h`, `7d`, `2026-01-31`, `2026-01-31T12:00:00Z`
 * @param now - milliseconds since 1970
 * @throws UsageError
 */
export function momentOf(option: string, text: string, now: number = Date.now()): Date {
  const [, count, unit = ""] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  const ago = UNIT_MS[unit];
  if (count !== undefined && ago !== undefined) {
    return new Date(now - Number(count) * ago);
  }
  const moment = new Date(/^\d{4}-\d{2}-\d{2}/.test(text) ? text : Number.NaN);
  if (Number.isNaN(moment.getTime())) {
    throw new UsageError(
      `--${option} ${text}: a time is expected, such as 30m, 12h, 7d or 2026-01-31T12:00:00Z.`,
    );
  }
  return moment;
}

/**
 * A whole number.
 *
 * @param option - for the error
 * @param text - digits
 * @param from - the least
 * @param to - the most
 * @throws UsageError
 */
export function wholeNumber(option: string, text: string, from: number, to: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= from && value <= to)) {
    throw new UsageError(
      `--${option} ${text}: a whole number from ${from} to ${to.toLocaleString("en")} is expected.`,
    );
  }
  return value;
}

/**
 * One of some words.
 *
 * @param option - for the error
 * @param text - as it was typed; capitals do not matter
 * @param words - the words
 * @throws UsageError
 */
export function oneOf<const T extends string>(
  option: string,
  text: string,
  words: readonly T[],
): T {
  const word = words.find((known) => known.toLowerCase() === text.toLowerCase());
  if (word === undefined) {
    throw new UsageError(`--${option} ${text}: one of ${words.join(", ")} is expected.`);
  }
  return word;
}

/**
 * Images and the folders that stand for them. A folder's name may have an equals sign: the last one is taken behind which a
 * folder is named that exists.
 *
 * @param given - `URI=FOLDER`, each
 * @param isFolder - whether there is a folder of that name
 * @throws UsageError with each that cannot be used
 */
export function imagesOf(
  given: readonly string[],
  isFolder: (path: string) => boolean = hasFolder,
): Record<string, string> {
  const problems: string[] = [];
  const images: Record<string, string> = {};
  for (const text of given) {
    const signs = [...text].flatMap((letter, index) => (letter === "=" ? [index] : []));
    const at = signs.findLast((sign) => sign > 0 && isFolder(text.slice(sign + 1)));
    if (at !== undefined) {
      images[text.slice(0, at)] = text.slice(at + 1);
    } else if (signs.length === 0 || signs[0] === 0) {
      problems.push(`--image ${text}: URI=FOLDER is expected, e.g. glm:1.0=programs/glm.`);
    } else {
      const folder = text.slice((signs[0] ?? 0) + 1);
      problems.push(`--image ${text}: there is no folder ${folder === "" ? "named" : folder}.`);
    }
  }
  if (problems.length > 0) {
    throw new UsageError(...problems);
  }
  return images;
}

/**
 * Reads several values, so that everything that is wrong is told at once.
 *
 * @param reads - each gives a value or throws
 * @throws UsageError with the problems of all
 */
export function readAll<T extends Readonly<Record<string, () => unknown>>>(
  reads: T,
): { readonly [K in keyof T]: ReturnType<T[K]> } {
  const problems: string[] = [];
  const values = Object.entries(reads).map(([name, read]) => {
    try {
      return [name, read()];
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.push(error.message);
      return [name, undefined];
    }
  });
  if (problems.length > 0) {
    throw new UsageError(...problems);
  }
  return Object.fromEntries(values) as { readonly [K in keyof T]: ReturnType<T[K]> };
}

/** Whether there is a folder of that name. */
export function hasFolder(path: string): boolean {
  return path !== "" && (statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false);
}
