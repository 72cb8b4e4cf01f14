// @ts-check
/** Weighted least squares by Householder QR, the columns that depend on others, and box constraints on the coefficients. */

import { inverse, Matrix, QrDecomposition } from "ml-matrix";

/** A column that keeps less than this of its length beside the columns before it depends on them (R's tolerance in `glm`). */
const RANK_TOLERANCE = 1e-11;
/** Enough for any active set seen in practice; each round lowers the sum of squares, so rounds cannot repeat. */
const ROUNDS_PER_COLUMN = 10;

/**
 * @typedef {object} Bounds
 * @property {Float64Array} lower - `-Infinity` where there is none
 * @property {Float64Array} upper - `Infinity` where there is none
 */

/**
 * The given columns of a design, each row times the root of its weight.
 *
 * @param {Matrix} design
 * @param {Float64Array} rootWeights
 * @param {readonly number[]} columns
 * @returns {Matrix}
 */
function weighted(design, rootWeights, columns) {
  const result = new Matrix(design.rows, columns.length);
  for (let i = 0; i < design.rows; i++) {
    const root = rootWeights[i] ?? 0;
    columns.forEach((column, j) => {
      result.set(i, j, design.get(i, column) * root);
    });
  }
  return result;
}

/**
 * Whether the last column of R has a length of its own, by column.
 *
 * @param {Matrix} r - the triangular factor
 * @returns {boolean[]}
 */
function independent(r) {
  return Array.from({ length: r.columns }, (_, j) => {
    // A column of R is as long as the column of the matrix that it stands for.
    let squares = 0;
    for (let i = 0; i <= j; i++) squares += r.get(i, j) ** 2;
    return squares > 0 && Math.abs(r.get(j, j)) > RANK_TOLERANCE * Math.sqrt(squares);
  });
}

/**
 * @typedef {object} AliasedColumn
 * @property {number} column - the column that depends on columns before it
 * @property {number[]} on - those that it is made of; none for a column of zeros
 */

/**
 * The columns of a design that earlier columns determine, and which those are.
 *
 * @param {Matrix} design - at least as many rows as columns
 * @returns {AliasedColumn[]}
 */
export function aliasedColumns(design) {
  const ones = new Float64Array(design.rows).fill(1);
  /** @type {AliasedColumn[]} */
  const aliased = [];
  /** @type {number[]} */
  let kept = Array.from({ length: design.columns }, (_, j) => j);
  for (;;) {
    const { upperTriangularMatrix: r } = new QrDecomposition(weighted(design, ones, kept));
    const first = independent(r).indexOf(false);
    const column = kept[first];
    if (column === undefined) return aliased;
    aliased.push({ column, on: combination(r, first).map((j) => kept[j] ?? 0) });
    kept = kept.filter((other) => other !== column);
  }
}

/**
 * Which columns before it make up a column, read off the triangular factor.
 *
 * @param {Matrix} r
 * @param {number} column
 * @returns {number[]}
 */
function combination(r, column) {
  if (column === 0) return [];
  const before = r.subMatrix(0, column - 1, 0, column - 1);
  const share = inverse(before).mmul(r.subMatrix(0, column - 1, column, column));
  return Array.from({ length: column }, (_, j) => j).filter(
    (j) => Math.abs(share.get(j, 0)) > 1e-9,
  );
}

/**
 * @typedef {object} LeastSquares
 * @property {Float64Array} coefficients
 * @property {boolean} determined - whether the weighted columns determine them
 */

/**
 * The coefficients that bring `design · β` nearest to `z`, over some columns; the others count as 0.
 *
 * @param {Matrix} design
 * @param {Float64Array} rootWeights
 * @param {ArrayLike<number>} z
 * @param {readonly number[]} columns
 * @returns {LeastSquares}
 */
export function leastSquares(design, rootWeights, z, columns) {
  const coefficients = new Float64Array(design.columns);
  if (columns.length === 0) return { coefficients, determined: true };
  const qr = new QrDecomposition(weighted(design, rootWeights, columns));
  const target = Matrix.columnVector(
    Array.from(rootWeights, (root, i) => root * (z[i] ?? Number.NaN)),
  );
  if (!qr.isFullRank()) return { coefficients, determined: false };
  const solution = qr.solve(target);
  columns.forEach((column, j) => {
    coefficients[column] = solution.get(j, 0);
  });
  return { coefficients, determined: independent(qr.upperTriangularMatrix).every(Boolean) };
}

/**
 * The inverse of `X'WX` over some columns.
 *
 * @param {Matrix} design
 * @param {Float64Array} rootWeights
 * @param {readonly number[]} columns
 * @returns {Matrix | undefined} undefined if the columns depend on each other
 */
export function inverseInformation(design, rootWeights, columns) {
  if (columns.length === 0) return new Matrix(0, 0);
  const { upperTriangularMatrix: r } = new QrDecomposition(weighted(design, rootWeights, columns));
  if (!independent(r).every(Boolean)) return undefined;
  const rInverse = inverse(r);
  return rInverse.mmul(rInverse.transpose());
}

/**
 * Least squares under box constraints, exactly: an active-set method that frees the bound column with the strongest pull inwards
 * and fixes the free ones that meet a bound.
 *
 * P. B. Stark and R. L. Parker, Bounded-variable least squares: an algorithm and applications, Computational Statistics 10 (1995) 129-141.
 *
 * @param {Matrix} design
 * @param {Float64Array} rootWeights
 * @param {ArrayLike<number>} z
 * @param {Bounds} bounds
 * @returns {LeastSquares}
 */
export function boundedLeastSquares(design, rootWeights, z, { lower, upper }) {
  const p = design.columns;
  const low = (/** @type {number} */ j) => lower[j] ?? Number.NEGATIVE_INFINITY;
  const high = (/** @type {number} */ j) => upper[j] ?? Number.POSITIVE_INFINITY;
  const all = Array.from({ length: p }, (_, j) => j);
  const unbounded = leastSquares(design, rootWeights, z, all);
  /** The best point so far, always inside the box. */
  const beta = unbounded.coefficients.map((value, j) => Math.min(Math.max(value, low(j)), high(j)));
  const free = new Set(all.filter((j) => (beta[j] ?? 0) > low(j) && (beta[j] ?? 0) < high(j)));
  let { determined } = unbounded;
  if (determined && free.size === p) return { coefficients: beta, determined };

  const residual = (/** @type {(j: number) => boolean} */ take) =>
    Float64Array.from({ length: design.rows }, (_, i) => {
      let rest = z[i] ?? Number.NaN;
      for (const j of all) if (take(j)) rest -= design.get(i, j) * (beta[j] ?? 0);
      return rest;
    });

  /** The column freed last, until its first step proves that it may move. */
  let freed = -1;
  /** Columns that rounding sent back to the bound that they came from. */
  const stuck = new Set();
  for (let round = 0; round < ROUNDS_PER_COLUMN * (p + 1); round++) {
    // Free columns go to their best, or as far towards it as the box lets them.
    while (free.size > 0) {
      const columns = all.filter((j) => free.has(j));
      const solution = leastSquares(
        design,
        rootWeights,
        residual((j) => !free.has(j)),
        columns,
      );
      determined = solution.determined;
      const goal = solution.coefficients;
      const was = beta[freed] ?? 0;
      if (
        freed >= 0 &&
        (was === low(freed) ? (goal[freed] ?? 0) < was : (goal[freed] ?? 0) > was)
      ) {
        free.delete(freed);
        stuck.add(freed);
        freed = -1;
        continue;
      }
      freed = -1;
      let share = 1;
      for (const j of columns) {
        const from = beta[j] ?? 0;
        const to = goal[j] ?? 0;
        if (to < low(j)) share = Math.min(share, (low(j) - from) / (to - from));
        else if (to > high(j)) share = Math.min(share, (high(j) - from) / (to - from));
      }
      for (const j of columns) {
        const from = beta[j] ?? 0;
        const to = goal[j] ?? 0;
        const reached = share === 1 ? to : from + share * (to - from);
        // Within rounding of the bound that stopped the step is at it.
        const edge = to < low(j) ? low(j) : to > high(j) ? high(j) : undefined;
        const atEdge = edge !== undefined && Math.abs((edge - from) / (to - from) - share) <= 1e-12;
        beta[j] = atEdge ? edge : Math.min(Math.max(reached, low(j)), high(j));
        if (atEdge) free.delete(j);
      }
      if (share === 1) break;
    }
    freed = pulledInwards();
    if (freed < 0) break;
    free.add(freed);
  }
  return { coefficients: beta, determined };

  /**
   * The bound column whose correlation with the residual pulls it most strongly inwards.
   *
   * @returns {number}
   */
  function pulledInwards() {
    const rest = residual(() => true);
    let best = -1;
    let strongest = 1e-12;
    for (const j of all) {
      if (free.has(j) || stuck.has(j) || low(j) === high(j)) continue;
      let pull = 0;
      let columnSquares = 0;
      let residualSquares = 0;
      for (let i = 0; i < design.rows; i++) {
        const w = (rootWeights[i] ?? 0) ** 2;
        pull += w * design.get(i, j) * (rest[i] ?? 0);
        columnSquares += w * design.get(i, j) ** 2;
        residualSquares += w * (rest[i] ?? 0) ** 2;
      }
      const inwards = beta[j] === low(j) ? pull : -pull;
      const correlation = inwards / Math.sqrt(columnSquares * residualSquares || 1);
      if (correlation > strongest) {
        strongest = correlation;
        best = j;
      }
    }
    return best;
  }
}
