// @ts-check
/** What is to be said of a fit: how its iteration ended, whether it is at a maximum, and what its data make of it. */

/** @import { IrlsOptions, IrlsResult, Problem } from "./irls.mjs" */

/**
 * The warnings of a fit.
 *
 * @param {Problem} problem
 * @param {IrlsResult} result
 * @param {readonly string[]} names - of the coefficients
 * @param {IrlsOptions} options
 * @param {readonly string[]} unmet - the coefficients that {@link unmetConditions} gives
 * @returns {string[]}
 */
export function warningsOf(problem, result, names, options, unmet) {
  return [
    ...troubles(problem, result, names, options),
    ...boundaryWarnings(problem, result),
    ...(unmet.length === 0
      ? []
      : [
          `no convergence: the iteration came to rest where the likelihood still rises in ${unmet.join(", ")}.`,
        ]),
    ...countWarnings(problem),
  ];
}

/**
 * What went wrong in the iteration, in words.
 *
 * @param {Problem} problem
 * @param {IrlsResult} result
 * @param {readonly string[]} names
 * @param {IrlsOptions} options
 * @returns {string[]}
 */
function troubles({ family, link }, { trouble, iterations, moving }, names, { maxIterations }) {
  switch (trouble) {
    case undefined:
      return [];
    case "diverging":
      return [
        `separation: the estimates of ${moving.map((j) => names[j]).join(", ")} grow without end, since some rows are fitted best at the end of the family's range (a level or a combination of predictors with one outcome only?). Their values and standard errors mean nothing; leave such a predictor out, merge levels, or give constraints.`,
      ];
    case "stopped":
      return [`stopped after ${iterations} iterations: the estimates are those of the last one.`];
    case "range-end":
      return [
        `no convergence: after ${iterations} iterations the steps still lead out of the range of family ${family.name} with link ${link.name}, and the best fit lies at its end; another link may fit.`,
      ];
    default:
      return [
        `no convergence in ${maxIterations} iterations; raise the hyperparameter maxIterations.`,
      ];
  }
}

/**
 * Fitted probabilities of 0 or 1 to doubles, and fitted rates of 0, as R warns of them.
 *
 * @param {Problem} problem
 * @param {IrlsResult} result
 * @returns {string[]}
 */
function boundaryWarnings({ family }, { mu }) {
  const end = 10 * Number.EPSILON;
  if (family.name === "binomial" && mu.some((mean) => mean > 1 - end || mean < end)) {
    return ["fitted probabilities are numerically 0 or 1."];
  }
  if (family.name === "poisson" && mu.some((mean) => mean < end)) {
    return ["fitted rates are numerically 0."];
  }
  return [];
}

/**
 * The coefficients in which a fit that came to rest does not keep the conditions of a maximum (Karush, Kuhn and Tucker): a free
 * coefficient's score is 0, and that of one at a bound points out of the box.
 *
 * @param {Problem} problem
 * @param {IrlsResult} result
 * @param {readonly string[]} names
 * @param {number | null} dispersion
 * @returns {string[]}
 */
export function unmetConditions(problem, result, names, dispersion) {
  const scores = standardScores(problem, result, dispersion ?? 1);
  return names.filter((_, j) => {
    const score = scores[j] ?? Number.NaN;
    const value = result.coefficients[j];
    const low = value === problem.bounds?.lower[j];
    const high = value === problem.bounds?.upper[j];
    if (low && high) return false;
    if (low) return score > SCORE_TOLERANCE;
    if (high) return score < -SCORE_TOLERANCE;
    return Math.abs(score) > SCORE_TOLERANCE;
  });
}

/** In standard deviations of the score. */
const SCORE_TOLERANCE = 1e-3;

/**
 * The derivative of the log-likelihood by each coefficient, over its standard deviation.
 *
 * @param {Problem} problem
 * @param {Pick<IrlsResult, "eta" | "mu">} state
 * @param {number} dispersion
 * @returns {number[]}
 */
function standardScores({ design, y, weights, family, link }, { eta, mu }, dispersion) {
  return Array.from({ length: design.columns }, (_, j) => {
    let score = 0;
    let information = 0;
    for (let i = 0; i < design.rows; i++) {
      const mean = mu[i] ?? Number.NaN;
      const slope = link.slope(eta[i] ?? Number.NaN);
      const share = ((weights[i] ?? 0) * slope) / family.variance(mean);
      score += share * ((y[i] ?? Number.NaN) - mean) * design.get(i, j);
      information += share * slope * design.get(i, j) ** 2;
    }
    return score / Math.sqrt(information * dispersion || 1);
  });
}

/**
 * Responses that are no counts, though the family is one of counts.
 *
 * @param {Problem} problem
 * @returns {string[]}
 */
function countWarnings({ family, y, weights }) {
  if (family.name === "poisson") {
    const count = y.filter((value) => !Number.isInteger(value)).length;
    return count === 0 ? [] : [`${count} responses are no whole counts, so there is no AIC.`];
  }
  if (family.name === "binomial") {
    const count = y.filter((value, i) => {
      const successes = value * (weights[i] ?? 1);
      return Math.abs(successes - Math.round(successes)) > 1e-3;
    }).length;
    return count === 0
      ? []
      : [
          `${count} rows have no whole number of successes (weight times response); AIC rounds them.`,
        ];
  }
  return [];
}
