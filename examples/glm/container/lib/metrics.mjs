// @ts-check
/** The metrics that `train` prints; `quickstart.mjs` makes the estimator's metric definitions of them. */

/** The names of all metrics, in the log and in the estimator's `metricDefinitions`. */
export const METRIC_NAMES = [
  "iteration",
  "deviance",
  "aic",
  "train:rmse",
  "test:rmse",
  "test:deviance",
];
