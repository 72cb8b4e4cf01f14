// @ts-check
/** How well a model's predictions fit rows with known responses. */

import { deviance as devianceOf } from "./families.mjs";
import { Findings } from "./findings.mjs";
import { predict } from "./model.mjs";
import { readResponse } from "./preparation.mjs";

/** @import { Family } from "./families.mjs" */
/** @import { Model } from "./model.mjs" */
/** @import { Table } from "./table.mjs" */

/**
 * Measures of fit. Means over rows are weighted by the prior weights.
 *
 * @typedef {object} Measures
 * @property {number} rows
 * @property {number} deviance
 * @property {number} meanDeviance - deviance over the sum of the weights
 * @property {number} pearsonChiSquared
 * @property {number} rmse - root of the mean squared difference between response and prediction
 * @property {number} mae - mean absolute difference
 * @property {number} bias - mean of prediction less response
 * @property {number} [accuracy] - binomial: share of responses on the predicted side of one half
 * @property {number} [logLoss] - binomial: mean negative log-likelihood of a response
 */

/**
 * @param {Family} family
 * @param {Float64Array} y
 * @param {Float64Array} mu
 * @param {Float64Array} weights
 * @returns {Measures}
 */
export function measure(family, y, mu, weights) {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mean = (/** @type {(y: number, mu: number) => number} */ term) =>
    y.reduce((sum, value, i) => sum + (weights[i] ?? 0) * term(value, mu[i] ?? Number.NaN), 0) /
    total;
  const deviance = devianceOf(family, y, mu, weights);
  return {
    rows: y.length,
    deviance,
    meanDeviance: deviance / total,
    pearsonChiSquared: total * mean((value, m) => (value - m) ** 2 / family.variance(m)),
    rmse: Math.sqrt(mean((value, m) => (value - m) ** 2)),
    mae: mean((value, m) => Math.abs(value - m)),
    bias: mean((value, m) => m - value),
    ...(family.name === "binomial" && {
      accuracy: mean((value, m) => (m > 0.5 ? value : 1 - value)),
      logLoss: mean(
        (value, m) =>
          -(value === 0 ? 0 : value * Math.log(m)) -
          (value === 1 ? 0 : (1 - value) * Math.log1p(-m)),
      ),
    }),
  };
}

/**
 * Predicts rows with known responses, and measures the fit.
 *
 * @param {Model} model
 * @param {Table} table
 * @returns {Measures}
 * @throws {import("sagemaker-estimator/container").ValidationError} with everything that is wrong with the rows
 */
export function evaluate(model, table) {
  const findings = new Findings();
  const { target, weights: weightsColumn } = model.file;
  const { y, weights } = readResponse(
    table,
    target,
    weightsColumn ?? undefined,
    model.family,
    findings,
  );
  const mu = predict(model, table, findings);
  findings.throwIfAny("The model cannot be evaluated");
  return measure(model.family, y, mu, weights);
}
