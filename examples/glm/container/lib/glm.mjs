// @ts-check
/** A generalised linear model: the fit, and what is inferred from it, with R's definitions. */

import { Matrix } from "ml-matrix";
import { unmetConditions, warningsOf } from "./diagnosis.mjs";
import { normalUpperTail, studentTwoSided } from "./distributions.mjs";
import { deviance as devianceOf } from "./families.mjs";
import { fitIrls, rootWorkingWeights } from "./irls.mjs";
import { inverseInformation } from "./least-squares.mjs";
import { weightedMean } from "./starting-values.mjs";

/** @import { IrlsOptions, Problem, State } from "./irls.mjs" */

/**
 * @typedef {object} Coefficient
 * @property {string} name
 * @property {number} estimate
 * @property {number | null} standardError - null for a coefficient at its bound
 * @property {number | null} statistic - z where the family's dispersion is 1, else t
 * @property {number | null} pValue - two-sided
 * @property {boolean} atBound
 */

/**
 * @typedef {object} Fit
 * @property {Coefficient[]} coefficients
 * @property {(number | null)[][]} covariance - of the estimates; null for those at a bound
 * @property {number | null} dispersion - 1 where the family's is, else Pearson's estimate
 * @property {number} deviance
 * @property {number | null} nullDeviance
 * @property {number | null} aic
 * @property {number | null} logLikelihood
 * @property {number} degreesOfFreedom - rows less coefficients that are free
 * @property {number} iterations
 * @property {boolean} converged
 * @property {Float64Array} mu
 * @property {string[]} warnings
 */

/**
 * What is known of a fit that goes on.
 *
 * @typedef {object} Figures
 * @property {number} deviance
 * @property {number | null} aic
 */

/** @typedef {Omit<IrlsOptions, "onIteration"> & { onIteration?: (iteration: number, figures: Figures) => void }} FitOptions */

/**
 * Fits a model and infers its standard errors, tests and measures.
 *
 * Coefficients at a bound are taken as given: the others' standard errors, the degrees of freedom and AIC are those of the model
 * with those coefficients fixed.
 *
 * @param {Problem} problem
 * @param {readonly string[]} names - of the coefficients
 * @param {FitOptions} options
 * @returns {Promise<Fit>}
 */
export async function fitGlm(problem, names, { onIteration, ...options }) {
  const result = await fitIrls(problem, {
    ...options,
    ...(onIteration && {
      onIteration: (iteration, state) =>
        onIteration(iteration, { deviance: state.deviance, aic: aicAt(problem, state) }),
    }),
  });
  const { family, y } = problem;
  const { coefficients: beta, mu, deviance } = result;
  const atBound = boundsReached(problem, beta);
  const free = names.map((_, j) => j).filter((j) => !atBound[j]);
  const degreesOfFreedom = y.length - free.length;
  const pearson = pearsonChiSquared(problem, mu);
  const dispersion = family.dispersionKnown
    ? 1
    : degreesOfFreedom > 0
      ? pearson / degreesOfFreedom
      : null;

  const information = inverseInformation(problem.design, rootWorkingWeights(problem, result), free);
  const covariance = spread(names.length, free, information, dispersion);
  const coefficients = names.map((name, j) => {
    const estimate = beta[j] ?? Number.NaN;
    const variance = covariance[j]?.[j] ?? null;
    const standardError = variance === null ? null : Math.sqrt(variance);
    const statistic = standardError === null ? null : estimate / standardError;
    const pValue =
      statistic === null
        ? null
        : family.dispersionKnown
          ? 2 * normalUpperTail(Math.abs(statistic))
          : studentTwoSided(statistic, degreesOfFreedom);
    return { name, estimate, standardError, statistic, pValue, atBound: atBound[j] ?? false };
  });

  const aic = aicAt(problem, result);
  // As R's logLik: an estimated dispersion is a parameter, whose share is in the term already.
  const parameters = free.length + (family.dispersionKnown ? 0 : 1);
  const unmet = result.converged ? unmetConditions(problem, result, names, dispersion) : [];
  return {
    coefficients,
    covariance,
    dispersion,
    deviance,
    nullDeviance: await nullDeviance(problem, options),
    aic,
    logLikelihood: aic === null ? null : parameters - aic / 2,
    degreesOfFreedom,
    iterations: result.iterations,
    converged: result.converged && unmet.length === 0,
    mu,
    warnings: warningsOf(problem, result, names, options, unmet),
  };
}

/**
 * @param {number} value
 * @returns {number | null}
 */
const finite = (value) => (Number.isFinite(value) ? value : null);

/**
 * Which coefficients are at a bound.
 *
 * @param {Problem} problem
 * @param {Float64Array} coefficients
 * @returns {boolean[]}
 */
function boundsReached({ bounds }, coefficients) {
  return Array.from(
    coefficients,
    (value, j) => value === bounds?.lower[j] || value === bounds?.upper[j],
  );
}

/**
 * AIC, in which only free coefficients count.
 *
 * @param {Problem} problem
 * @param {Pick<State, "coefficients" | "mu" | "deviance">} state
 * @returns {number | null} null where the family gives such responses no probability
 */
function aicAt(problem, { coefficients, mu, deviance }) {
  const { family, y, weights } = problem;
  const free = boundsReached(problem, coefficients).filter((reached) => !reached).length;
  return finite(family.minusTwoLogLikelihood({ y, mu, weights, deviance }) + 2 * free);
}

/**
 * @param {Problem} problem
 * @param {Float64Array} mu
 * @returns {number}
 */
function pearsonChiSquared({ family, y, weights }, mu) {
  return y.reduce((sum, value, i) => {
    const mean = mu[i] ?? Number.NaN;
    return sum + ((weights[i] ?? 0) * (value - mean) ** 2) / family.variance(mean);
  }, 0);
}

/**
 * A covariance matrix of all coefficients out of that of the free ones.
 *
 * @param {number} size
 * @param {readonly number[]} free
 * @param {Matrix | undefined} information
 * @param {number | null} dispersion
 * @returns {(number | null)[][]}
 */
function spread(size, free, information, dispersion) {
  /** @type {(number | null)[][]} */
  const covariance = Array.from({ length: size }, () => Array(size).fill(null));
  if (information === undefined || dispersion === null) return covariance;
  free.forEach((row, i) => {
    free.forEach((column, j) => {
      const line = covariance[row];
      if (line !== undefined) line[column] = finite(information.get(i, j) * dispersion);
    });
  });
  return covariance;
}

/**
 * The deviance of the model without predictors, as R has it: with an offset the intercept is fitted beside it; without an
 * intercept the offset alone gives the means.
 *
 * @param {Problem} problem
 * @param {FitOptions} options
 * @returns {Promise<number | null>}
 */
async function nullDeviance(problem, { maxIterations, tolerance }) {
  const { family, link, y, weights, offset, interceptColumn } = problem;
  if (interceptColumn === undefined) {
    return finite(devianceOf(family, y, offset.map(link.inverse), weights));
  }
  if (offset.every((value) => value === 0)) {
    const mean = weightedMean(y, weights);
    return finite(
      devianceOf(
        family,
        y,
        y.map(() => mean),
        weights,
      ),
    );
  }
  const { bounds: _, ...unbounded } = problem;
  const alone = { ...unbounded, design: Matrix.ones(y.length, 1), interceptColumn: 0 };
  try {
    const { deviance } = await fitIrls(alone, {
      maxIterations: Math.max(maxIterations, 25),
      tolerance: Math.min(tolerance, 1e-8),
    });
    return deviance;
  } catch (error) {
    // No intercept alone is valid beside the offset.
    if (error instanceof RangeError) return null;
    throw error;
  }
}
