// @ts-check
/** Families of distributions: variance, deviance, AIC and starting values of each, as R's `glm` defines them. */

import { logGamma } from "./log-gamma.mjs";

/** @import { LinkName } from "./links.mjs" */
/** @typedef {"gaussian" | "binomial" | "poisson" | "gamma"} FamilyName */

/**
 * @typedef {object} Family
 * @property {FamilyName} name
 * @property {readonly [LinkName, ...LinkName[]]} links - those allowed; the first is the default
 * @property {boolean} dispersionKnown - whether the dispersion is 1, so that estimates are tested by z and not by t
 * @property {(mu: number) => number} variance - variance of a response over the dispersion, by its mean
 * @property {(mu: number) => boolean} validMean
 * @property {(mu: number) => boolean} nearEnd - whether a mean is so near the end of the range that no data can tell it from there
 * @property {(y: number) => string | undefined} refuse - why a response is outside the family's range
 * @property {(y: number, weight: number) => number} start - where the mean of a response is first sought
 * @property {(y: number, mu: number) => number} unitDeviance - a response's share in the deviance, for weight 1
 * @property {(data: FittedResponse) => number} minusTwoLogLikelihood - what AIC adds twice the parameters to
 */

/**
 * @typedef {object} FittedResponse
 * @property {ArrayLike<number>} y
 * @property {ArrayLike<number>} mu
 * @property {ArrayLike<number>} weights
 * @property {number} deviance
 */

const NEAR_END = 1e-6;

/**
 * @param {number} length
 * @param {(index: number) => number} term
 * @returns {number}
 */
function sum(length, term) {
  let total = 0;
  for (let i = 0; i < length; i++) total += term(i);
  return total;
}

const at = (/** @type {ArrayLike<number>} */ values, /** @type {number} */ index) =>
  values[index] ?? Number.NaN;

/**
 * `x log(x / y)`, which is 0 where `x` is.
 *
 * @param {number} x
 * @param {number} y
 * @returns {number}
 */
const xLogRatio = (x, y) => (x === 0 ? 0 : x * Math.log(x / y));

/**
 * `x log(y)`, which is 0 where `x` is.
 *
 * @param {number} x
 * @param {number} y
 * @returns {number}
 */
const xLog = (x, y) => (x === 0 ? 0 : x * Math.log(y));

/**
 * The nearest whole number, of two as near the even one, as R rounds.
 *
 * @param {number} x
 * @returns {number}
 */
function roundHalfEven(x) {
  const nearest = Math.round(x);
  return nearest - x === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

/** @type {Readonly<Record<FamilyName, Family>>} */
export const FAMILIES = {
  gaussian: {
    name: "gaussian",
    links: ["identity", "log", "inverse"],
    dispersionKnown: false,
    variance: () => 1,
    validMean: Number.isFinite,
    nearEnd: () => false,
    refuse: () => undefined,
    start: (y) => y,
    unitDeviance: (y, mu) => (y - mu) ** 2,
    minusTwoLogLikelihood({ y, weights, deviance }) {
      const n = y.length;
      // The variance counts as a parameter: hence the 2.
      return (
        n * (Math.log((2 * Math.PI * deviance) / n) + 1) +
        2 -
        sum(n, (i) => Math.log(at(weights, i)))
      );
    },
  },
  binomial: {
    name: "binomial",
    links: ["logit", "probit", "cloglog", "log"],
    dispersionKnown: true,
    variance: (mu) => mu * (1 - mu),
    validMean: (mu) => mu > 0 && mu < 1,
    nearEnd: (mu) => Math.min(mu, 1 - mu) < NEAR_END,
    refuse: (y) => (y >= 0 && y <= 1 ? undefined : "a probability or proportion, from 0 to 1"),
    start: (y, weight) => (weight * y + 0.5) / (weight + 1),
    unitDeviance: (y, mu) => 2 * (xLogRatio(y, mu) + xLogRatio(1 - y, 1 - mu)),
    minusTwoLogLikelihood({ y, mu, weights }) {
      return (
        -2 *
        sum(y.length, (i) => {
          // R counts whole trials and successes, also where a weight is no count.
          const trials = roundHalfEven(at(weights, i));
          const successes = roundHalfEven(at(weights, i) * at(y, i));
          const failures = trials - successes;
          const logChoose = logGamma(trials + 1) - logGamma(successes + 1) - logGamma(failures + 1);
          return (
            logChoose +
            xLog(successes, at(mu, i)) +
            (failures === 0 ? 0 : failures * Math.log1p(-at(mu, i)))
          );
        })
      );
    },
  },
  poisson: {
    name: "poisson",
    links: ["log", "identity", "sqrt"],
    dispersionKnown: true,
    variance: (mu) => mu,
    validMean: (mu) => Number.isFinite(mu) && mu > 0,
    nearEnd: (mu) => mu < NEAR_END,
    refuse: (y) => (y >= 0 ? undefined : "a count, 0 or more"),
    start: (y) => y + 0.1,
    unitDeviance: (y, mu) => 2 * (xLogRatio(y, mu) - (y - mu)),
    minusTwoLogLikelihood({ y, mu, weights }) {
      return (
        -2 *
        sum(y.length, (i) => {
          const count = at(y, i);
          // Only whole numbers have a Poisson probability.
          if (!Number.isInteger(count)) return Number.NEGATIVE_INFINITY;
          return at(weights, i) * (xLog(count, at(mu, i)) - at(mu, i) - logGamma(count + 1));
        })
      );
    },
  },
  gamma: {
    name: "gamma",
    links: ["inverse", "log", "identity"],
    dispersionKnown: false,
    variance: (mu) => mu * mu,
    validMean: (mu) => Number.isFinite(mu) && mu > 0,
    nearEnd: () => false,
    refuse: (y) => (y > 0 ? undefined : "more than 0"),
    start: (y) => y,
    unitDeviance: (y, mu) => -2 * (Math.log(y / mu) - (y - mu) / mu),
    minusTwoLogLikelihood({ y, mu, weights, deviance }) {
      const dispersion = deviance / sum(y.length, (i) => at(weights, i));
      const shape = 1 / dispersion;
      return (
        -2 *
          sum(y.length, (i) => {
            const scaled = at(y, i) / (at(mu, i) * dispersion);
            const logDensity =
              (shape - 1) * Math.log(scaled) -
              scaled -
              logGamma(shape) -
              Math.log(at(mu, i) * dispersion);
            return at(weights, i) * logDensity;
          }) +
        // The dispersion counts as a parameter.
        2
      );
    },
  },
};

/**
 * The deviance of a response from its means.
 *
 * @param {Family} family
 * @param {ArrayLike<number>} y
 * @param {ArrayLike<number>} mu
 * @param {ArrayLike<number>} weights
 * @returns {number}
 */
export function deviance(family, y, mu, weights) {
  return sum(y.length, (i) => at(weights, i) * family.unitDeviance(at(y, i), at(mu, i)));
}
