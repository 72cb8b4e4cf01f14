// @ts-check
/** Everything that is wrong, collected, so that it is told at once. */

import { ValidationError } from "sagemaker-estimator/container";

/** So many rows of one column are named; the others are counted. */
const ROWS_NAMED = 5;

/** Collects what is wrong with a configuration and its data. */
export class Findings {
  /** @type {import("sagemaker-estimator/container").Finding[]} */
  #found = [];

  /** Whether anything is wrong. */
  get any() {
    return this.#found.length > 0;
  }

  /** Each thing that is wrong, as one line. */
  get messages() {
    return this.#found.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
  }

  /**
   * @param {string} path - where: `config.predictors[1]`, `train.csv`
   * @param {string} message - what, and what to do
   */
  add(path, message) {
    this.#found.push({ severity: "error", path, message });
  }

  /**
   * One finding for all rows of a column that have the same fault.
   *
   * @param {string} path
   * @param {string} message
   * @param {readonly string[]} rows - the rows, in words: `row 3 "x"`
   */
  addRows(path, message, rows) {
    if (rows.length === 0) return;
    const named = rows.slice(0, ROWS_NAMED).join(", ");
    const more = rows.length > ROWS_NAMED ? ` and ${rows.length - ROWS_NAMED} more` : "";
    this.add(path, `${message}: ${named}${more}.`);
  }

  /**
   * @param {string} summary - what was refused
   * @throws {ValidationError} if anything is wrong
   */
  throwIfAny(summary) {
    if (this.any) throw new ValidationError(summary, this.#found);
  }
}

/**
 * The edits between two words: a letter added, dropped or replaced, or two letters that changed places.
 *
 * @param {string} a
 * @param {string} b
 * @returns {number}
 */
function editDistance(a, b) {
  /** @type {number[]} */
  let beforeLast = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next.push(
        Math.min(
          (last[j - 1] ?? 0) + (same ? 0 : 1),
          (last[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          swapped ? (beforeLast[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    beforeLast = last;
    last = next;
  }
  return last[b.length] ?? 0;
}

/**
 * `Did you mean "Claims"?`, or the names that there are.
 *
 * @param {string} word
 * @param {readonly string[]} names
 * @param {string} what - what the names are, in the plural: `columns`
 * @returns {string}
 */
export function suggestion(word, names, what) {
  const lower = word.toLowerCase();
  const [nearest] = names
    .map((name) => ({ name, distance: editDistance(lower, name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  if (nearest !== undefined && nearest.distance <= Math.max(1, Math.floor(word.length / 3))) {
    return `Did you mean "${nearest.name}"?`;
  }
  return names.length === 0 ? `There are no ${what}.` : `The ${what} are ${names.join(", ")}.`;
}
