// @ts-check
/** The metrics that `train` prints, the first two once an iteration; `quickstart.mjs` makes the estimator's metric definitions of them. */

/** The names of all metrics, in the log and in the estimator's `metricDefinitions`. */
export const METRIC_NAMES = ["deviance", "aic", "train:rmse", "test:rmse", "test:deviance"];
