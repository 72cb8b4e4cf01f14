// @ts-check
/** Link functions: from the mean of a response to its linear predictor, and back. They keep away from the ends as R's do. */

import { normalDensity, normalQuantile, normalUpperTail } from "./distributions.mjs";

/** @typedef {"identity" | "logit" | "probit" | "cloglog" | "log" | "inverse" | "sqrt"} LinkName */

/**
 * @typedef {object} Link
 * @property {LinkName} name
 * @property {(mu: number) => number} link - linear predictor of a mean
 * @property {(eta: number) => number} inverse - mean of a linear predictor
 * @property {(eta: number) => number} slope - derivative of the mean by the linear predictor
 * @property {(eta: number) => boolean} valid - whether a linear predictor has a mean
 */

const { EPSILON } = Number;
const always = () => true;
/** Beyond this the logistic function is 0 or 1 to doubles. */
const LOGIT_LIMIT = 30;
const PROBIT_LIMIT = -normalQuantile(EPSILON);

/** @type {Readonly<Record<LinkName, Link>>} */
export const LINKS = {
  identity: {
    name: "identity",
    link: (mu) => mu,
    inverse: (eta) => eta,
    slope: () => 1,
    valid: always,
  },
  logit: {
    name: "logit",
    link: (mu) => Math.log(mu / (1 - mu)),
    inverse(eta) {
      const odds = eta < -LOGIT_LIMIT ? EPSILON : eta > LOGIT_LIMIT ? 1 / EPSILON : Math.exp(eta);
      return odds / (1 + odds);
    },
    slope(eta) {
      const odds = Math.exp(eta);
      return Math.abs(eta) > LOGIT_LIMIT ? EPSILON : odds / ((1 + odds) * (1 + odds));
    },
    valid: always,
  },
  probit: {
    name: "probit",
    link: normalQuantile,
    inverse: (eta) => normalUpperTail(-Math.min(Math.max(eta, -PROBIT_LIMIT), PROBIT_LIMIT)),
    slope: (eta) => Math.max(normalDensity(eta), EPSILON),
    valid: always,
  },
  cloglog: {
    name: "cloglog",
    link: (mu) => Math.log(-Math.log1p(-mu)),
    inverse: (eta) => Math.max(Math.min(-Math.expm1(-Math.exp(eta)), 1 - EPSILON), EPSILON),
    slope(eta) {
      const capped = Math.min(eta, 700);
      return Math.max(Math.exp(capped) * Math.exp(-Math.exp(capped)), EPSILON);
    },
    valid: always,
  },
  log: {
    name: "log",
    link: Math.log,
    inverse: (eta) => Math.max(Math.exp(eta), EPSILON),
    slope: (eta) => Math.max(Math.exp(eta), EPSILON),
    valid: always,
  },
  inverse: {
    name: "inverse",
    link: (mu) => 1 / mu,
    inverse: (eta) => 1 / eta,
    slope: (eta) => -1 / (eta * eta),
    valid: (eta) => Number.isFinite(eta) && eta !== 0,
  },
  sqrt: {
    name: "sqrt",
    link: Math.sqrt,
    inverse: (eta) => eta * eta,
    slope: (eta) => 2 * eta,
    valid: (eta) => Number.isFinite(eta) && eta > 0,
  },
};
