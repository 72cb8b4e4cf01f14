// @ts-check
/** Iteratively reweighted least squares: the maximum likelihood fit of a GLM, with bounds on its coefficients or without. */

import { setImmediate } from "node:timers/promises";
import { deviance as devianceOf } from "./families.mjs";
import { boundedLeastSquares, leastSquares } from "./least-squares.mjs";
import { interceptsAlone, startingState } from "./starting-values.mjs";

/** @import { Matrix } from "ml-matrix" */
/** @import { Family } from "./families.mjs" */
/** @import { Bounds, LeastSquares } from "./least-squares.mjs" */
/** @import { Link } from "./links.mjs" */

/**
 * @typedef {object} Problem
 * @property {Matrix} design - a row an observation, a column a coefficient
 * @property {Float64Array} y
 * @property {Float64Array} weights - prior weights
 * @property {Float64Array} offset
 * @property {Family} family
 * @property {Link} link
 * @property {Bounds} [bounds]
 * @property {number} [interceptColumn] - the column of ones, when there is one
 */

/**
 * @typedef {object} IrlsOptions
 * @property {number} maxIterations
 * @property {number} tolerance - of the deviance's relative change
 * @property {(iteration: number, state: State) => void} [onIteration]
 * @property {AbortSignal} [signal] - ends the fit after the iteration that is under way
 */

/**
 * @typedef {object} State
 * @property {Float64Array} coefficients
 * @property {Float64Array} eta - linear predictors, with the offset
 * @property {Float64Array} mu
 * @property {number} deviance
 * @property {boolean} valid - whether all means are in the family's range
 */

/**
 * @typedef {State & {
 *   iterations: number,
 *   converged: boolean,
 *   trouble?: "diverging" | "stopped" | "range-end" | "iterations",
 *   moving: number[],
 * }} IrlsResult - `moving`: the coefficients that moved most in the last step
 */

/** A step is halved at most so often. */
const MAX_HALVINGS = 50;
/** Two deviances that differ by less, relatively, are the same to doubles. */
const DEVIANCE_ROUNDING = 1e-13;
/** A linear predictor that still moves by this, while the deviance stands still, moves to infinity. */
const MOVING = 0.02;
/** So many steps of that kind leave no doubt. */
const STANDSTILLS = 3;

/**
 * Working weights' roots at some linear predictors.
 *
 * @param {Problem} problem
 * @param {Pick<State, "eta" | "mu">} state
 * @returns {Float64Array}
 */
export function rootWorkingWeights({ weights, family, link }, { eta, mu }) {
  return Float64Array.from(weights, (weight, i) => {
    const slope = link.slope(eta[i] ?? Number.NaN);
    return Math.sqrt((weight * slope * slope) / family.variance(mu[i] ?? Number.NaN));
  });
}

/**
 * The model at some coefficients.
 *
 * @param {Problem} problem
 * @param {Float64Array} coefficients
 * @returns {State}
 */
function stateAt(problem, coefficients) {
  const { design, y, weights, offset, family, link } = problem;
  const eta = Float64Array.from(offset, (start, i) => {
    let sum = start;
    for (let j = 0; j < design.columns; j++) sum += design.get(i, j) * (coefficients[j] ?? 0);
    return sum;
  });
  const mu = eta.map(link.inverse);
  const deviance = devianceOf(family, y, mu, weights);
  const valid =
    Number.isFinite(deviance) &&
    eta.every(link.valid) &&
    mu.every((mean) => family.validMean(mean));
  return { coefficients, eta, mu, deviance, valid };
}

/**
 * The coefficients that the working responses at a state ask for.
 *
 * @param {Problem} problem
 * @param {Pick<State, "eta" | "mu">} state
 * @param {Float64Array} rootWeights
 * @returns {LeastSquares}
 */
function step({ design, y, offset, link, bounds }, { eta, mu }, rootWeights) {
  const z = eta.map(
    (value, i) =>
      value - (offset[i] ?? 0) + ((y[i] ?? Number.NaN) - (mu[i] ?? Number.NaN)) / link.slope(value),
  );
  if (bounds !== undefined) return boundedLeastSquares(design, rootWeights, z, bounds);
  const columns = Array.from({ length: design.columns }, (_, j) => j);
  return leastSquares(design, rootWeights, z, columns);
}

/**
 * A state with valid means for all rows, to step back to from a first step that has left the valid region.
 *
 * @param {Problem} problem
 * @returns {State | undefined}
 */
function feasibleState(problem) {
  return interceptsAlone(problem)
    .map((coefficients) => stateAt(problem, coefficients))
    .find(({ valid }) => valid);
}

/**
 * The nearest state to a candidate, on the way to it from an anchor, that is valid and does not raise the deviance.
 *
 * @param {Problem} problem
 * @param {State} anchor
 * @param {State} candidate
 * @param {number} tolerance - of the deviance's relative change: less is rounding
 * @returns {{ state: State, cut: boolean } | undefined} `cut`: whether the candidate was too far
 */
function descend(problem, anchor, candidate, tolerance) {
  let next = candidate;
  for (let halvings = 0; halvings <= MAX_HALVINGS; halvings++) {
    const rise = (next.deviance - anchor.deviance) / (Math.abs(next.deviance) + 0.1);
    if (next.valid && rise < tolerance) return { state: next, cut: halvings > 0 };
    next = stateAt(
      problem,
      next.coefficients.map((value, j) => (value + (anchor.coefficients[j] ?? 0)) / 2),
    );
  }
  return undefined;
}

/**
 * @typedef {object} Progress
 * @property {number} change - of the deviance, relative
 * @property {number} moved - the furthest that a row's linear predictor has moved
 * @property {number} weightedMove - how far the coefficients have moved, in standard errors for a dispersion of 1
 */

/**
 * @param {Pick<State, "eta" | "deviance">} before
 * @param {State} after
 * @param {Float64Array} rootWeights
 * @returns {Progress}
 */
function progress(before, after, rootWeights) {
  let moved = 0;
  let squares = 0;
  after.eta.forEach((eta, i) => {
    const move = Math.abs(eta - (before.eta[i] ?? 0));
    moved = Math.max(moved, move);
    squares += (move * (rootWeights[i] ?? 0)) ** 2;
  });
  const change = Math.abs(after.deviance - before.deviance) / (Math.abs(after.deviance) + 0.1);
  return { change, moved, weightedMove: Math.sqrt(squares) };
}

/**
 * The coefficients that a step has moved so much that they carry the linear predictors along.
 *
 * @param {Matrix} design
 * @param {Float64Array} before
 * @param {Float64Array} after
 * @returns {number[]}
 */
function movingCoefficients(design, before, after) {
  const reach = Array.from(after, (value, j) => {
    const greatest = design.getColumn(j).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    return Math.abs(value - (before[j] ?? 0)) * greatest;
  });
  const most = Math.max(...reach);
  return reach.flatMap((value, j) => (value > 0.25 * most ? [j] : []));
}

/**
 * Fits a GLM by maximum likelihood. A step that leaves the family's range or raises the deviance is halved. Beyond R's test of
 * the deviance the iteration goes on until the coefficients too stand still, as long as iterations are left.
 *
 * @param {Problem} problem
 * @param {IrlsOptions} options
 * @returns {Promise<IrlsResult>}
 * @throws {RangeError} if there are no coefficients to start from
 */
export async function fitIrls(problem, options) {
  const { maxIterations, onIteration, signal } = options;
  const tolerance = Math.max(options.tolerance, DEVIANCE_ROUNDING);
  const { design, family, link } = problem;
  const fault = (/** @type {string} */ what) =>
    new RangeError(`family ${family.name} with link ${link.name} ${what}`);
  const start = startingState(problem);
  if (start === undefined) {
    throw fault("finds no means to start from: the mean of the response is outside its range");
  }
  // In standard errors: far below what anyone reads, far above rounding.
  const stepTolerance = Math.min(Math.max(0.1 * tolerance, 1e-10), 1e-6);
  const residualDegrees = Math.max(design.rows - design.columns, 1);
  /** @type {State | undefined} */
  let current;
  /** @type {Progress} */
  let last = { change: Infinity, moved: Infinity, weightedMove: Infinity };
  let standstills = 0;
  /** @type {number[]} */
  let moving = [];

  for (let iteration = 1; ; iteration++) {
    const from = current ?? start;
    const rootWeights = rootWorkingWeights(problem, from);
    const { coefficients, determined } = step(problem, from, rootWeights);
    if (!determined) {
      if (current === undefined)
        throw fault("leaves some coefficients undetermined by its weights");
      // The weights of some rows have gone to nothing: their means are at the end of the family's range.
      return {
        ...current,
        iterations: iteration - 1,
        converged: false,
        trouble: "diverging",
        moving,
      };
    }
    const candidate = stateAt(problem, coefficients);
    const anchor = current ?? (candidate.valid ? undefined : feasibleState(problem));
    if (anchor === undefined && !candidate.valid) {
      throw fault("finds no coefficients that give each row a mean in its range; another link may");
    }
    const descent =
      anchor === undefined
        ? { state: candidate, cut: false }
        : descend(problem, anchor, candidate, tolerance);
    if (descent === undefined) {
      // Nothing on the way lowers the deviance: rounding, if the iteration had come to rest before.
      const at = current ?? candidate;
      if (last.change < tolerance) return { ...at, iterations: iteration, converged: true, moving };
      return { ...at, iterations: iteration, converged: false, trouble: "range-end", moving };
    }
    const { state: next, cut } = descent;
    const now = progress(anchor ?? start, next, rootWeights);
    if (anchor !== undefined)
      moving = movingCoefficients(design, anchor.coefficients, next.coefficients);
    const settled = now.change < tolerance;
    const running = now.moved >= MOVING && now.moved > 0.5 * last.moved;
    standstills = settled && running ? standstills + 1 : 0;
    last = now;
    current = next;
    onIteration?.(iteration, next);

    const scale = family.dispersionKnown ? 1 : Math.sqrt(next.deviance / residualDegrees);
    const rounding = 1e-13 * next.eta.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    const still = now.weightedMove <= stepTolerance * scale || now.moved <= rounding;
    const done = { ...next, iterations: iteration, moving };
    /** @type {Pick<IrlsResult, "converged" | "trouble">} */
    const atRest = cut ? { converged: false, trouble: "range-end" } : { converged: true };
    if (settled && still) return { ...done, ...atRest };
    if (standstills >= STANDSTILLS) return { ...done, converged: false, trouble: "diverging" };
    if (iteration >= maxIterations) {
      if (running && (settled || next.mu.some(family.nearEnd))) {
        return { ...done, converged: false, trouble: "diverging" };
      }
      return settled
        ? { ...done, ...atRest }
        : { ...done, converged: false, trouble: "iterations" };
    }
    // Signals are heard between iterations only.
    await setImmediate();
    if (signal?.aborted) return { ...done, converged: settled && !running, trouble: "stopped" };
  }
}
