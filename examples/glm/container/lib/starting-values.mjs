// @ts-check
/** Where a fit begins: means out of the responses, or an intercept alone. */

import { deviance as devianceOf } from "./families.mjs";

/** @import { Problem, State } from "./irls.mjs" */

/**
 * The mean of some values by their weights.
 *
 * @param {Float64Array} values
 * @param {Float64Array} weights
 * @returns {number}
 */
export function weightedMean(values, weights) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return values.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), 0) / total;
}

/**
 * Linear predictors to start from: those of the responses themselves, moved into the family's range.
 *
 * @param {Problem} problem
 * @returns {Pick<State, "eta" | "mu" | "deviance"> | undefined} undefined if there are none
 */
export function startingState({ y, weights, family, link }) {
  const means = y.map((value, i) => family.start(value, weights[i] ?? 1));
  const usable = (/** @type {number} */ mean) =>
    family.validMean(mean) &&
    link.valid(link.link(mean)) &&
    Number.isFinite(link.link(mean)) &&
    family.validMean(link.inverse(link.link(mean)));
  // R refuses such responses (a gaussian with a log link and a response of 0, say); their mean is as good a start.
  const average = weightedMean(y, weights);
  const mu = means.every(usable) ? means : y.map(() => average);
  if (!mu.every(usable)) return undefined;
  return { eta: mu.map(link.link), mu, deviance: devianceOf(family, y, mu, weights) };
}

/**
 * Coefficients that may give each row a valid mean where a first step has not: an intercept alone, moved into the box.
 *
 * @param {Problem} problem
 * @returns {Float64Array[]} none without an intercept
 */
export function interceptsAlone({ y, weights, offset, link, design, bounds, interceptColumn }) {
  if (interceptColumn === undefined) return [];
  const eta = link.link(weightedMean(y, weights));
  const shifts = [
    offset.reduce((a, b) => a + b, 0) / offset.length,
    offset.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    offset.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  ];
  return shifts.map((shift) =>
    Float64Array.from({ length: design.columns }, (_, j) => {
      const value = j === interceptColumn ? eta - shift : 0;
      const low = bounds?.lower[j] ?? Number.NEGATIVE_INFINITY;
      const high = bounds?.upper[j] ?? Number.POSITIVE_INFINITY;
      return Math.min(Math.max(value, low), high);
    }),
  );
}
