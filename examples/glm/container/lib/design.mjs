// @ts-check
/** From columns of text to a design matrix: numbers as they are, factors by treatment contrasts. */

import { Matrix } from "ml-matrix";
import { suggestion } from "./findings.mjs";
import { isMissing, numberOf } from "./table.mjs";

/** @import { Findings } from "./findings.mjs" */
/** @import { Offset } from "./config.mjs" */
/** @import { Column, Table } from "./table.mjs" */

/** The name of the coefficient that every row has, as in R. */
const INTERCEPT = "(Intercept)";
/** A message names at most so many levels. */
const LEVELS_NAMED = 20;

/**
 * What the rows of a design are made of. Made from a configuration and the training data, kept in the model.
 *
 * @typedef {object} Formula
 * @property {readonly string[]} predictors
 * @property {Readonly<Record<string, readonly string[]>>} factors - levels by predictor; the first is the base
 * @property {boolean} intercept
 * @property {Offset | null} offset
 */

/**
 * The levels that have a coefficient. Without an intercept the first factor has one for its base too, as in R.
 *
 * @param {Formula} formula
 * @param {string} predictor
 * @returns {readonly string[] | undefined} undefined for a number
 */
function contrasts({ predictors, factors, intercept }, predictor) {
  const levels = Object.hasOwn(factors, predictor) ? factors[predictor] : undefined;
  if (levels === undefined) return undefined;
  const firstFactor = predictors.find((name) => Object.hasOwn(factors, name));
  return !intercept && predictor === firstFactor ? levels : levels.slice(1);
}

/**
 * The names of a formula's coefficients, as R names them: `(Intercept)`, `Age25-29`.
 *
 * @param {Formula} formula
 * @returns {string[]}
 */
export function coefficientNames(formula) {
  const names = formula.predictors.flatMap(
    (predictor) =>
      contrasts(formula, predictor)?.map((level) => `${predictor}${level}`) ?? [predictor],
  );
  return formula.intercept ? [INTERCEPT, ...names] : names;
}

/**
 * A column of numbers; every cell that is none becomes a finding and NaN.
 *
 * @param {Table} table
 * @param {Column} column
 * @param {string} path
 * @param {Findings} findings
 * @returns {Float64Array}
 */
export function numbersOf(table, column, path, findings) {
  /** @type {string[]} */
  const missing = [];
  /** @type {string[]} */
  const wrong = [];
  const numbers = Float64Array.from(column.cells, (cell, row) => {
    const number = numberOf(cell);
    if (number !== undefined) return number;
    if (isMissing(cell)) missing.push(table.where(row));
    else wrong.push(`${table.where(row)} ${JSON.stringify(cell)}`);
    return Number.NaN;
  });
  findings.addRows(path, `column "${column.name}" is missing`, missing);
  findings.addRows(path, `column "${column.name}" is no finite number`, wrong);
  return numbers;
}

/**
 * A column as indices of levels; every cell that is none becomes a finding and -1.
 *
 * @param {Table} table
 * @param {Column} column
 * @param {readonly string[]} levels
 * @param {string} path
 * @param {Findings} findings
 * @returns {Int32Array}
 */
function levelsOf(table, column, levels, path, findings) {
  const index = new Map(levels.map((level, i) => [level, i]));
  /** @type {string[]} */
  const missing = [];
  /** @type {string[]} */
  const unseen = [];
  const found = Int32Array.from(column.cells, (cell, row) => {
    const level = index.get(cell);
    if (level !== undefined) return level;
    if (isMissing(cell)) missing.push(table.where(row));
    else unseen.push(`${table.where(row)} ${JSON.stringify(cell)}`);
    return -1;
  });
  findings.addRows(path, `column "${column.name}" is missing`, missing);
  const known = levels.length > LEVELS_NAMED ? [...levels.slice(0, LEVELS_NAMED), "…"] : levels;
  findings.addRows(
    path,
    `column "${column.name}" has a level that is not one of ${known.join(", ")}`,
    unseen,
  );
  return found;
}

/**
 * A column of the table, or a finding with the nearest name.
 *
 * @param {Table} table
 * @param {string} name
 * @param {string} path
 * @param {Findings} findings
 * @returns {Column | undefined}
 */
export function columnOf(table, name, path, findings) {
  const column = table.column(name);
  if (column === undefined) {
    findings.add(
      path,
      `${table.source} has no column "${name}". ${suggestion(name, table.names, "columns")}`,
    );
  }
  return column;
}

/**
 * The offsets of a table's rows: 0 without an offset column.
 *
 * @param {Table} table
 * @param {Offset | null} offset
 * @param {string} path
 * @param {Findings} findings
 * @returns {Float64Array}
 */
export function offsetsOf(table, offset, path, findings) {
  const none = new Float64Array(table.rows);
  if (offset === null) return none;
  const column = columnOf(table, offset.column, path, findings);
  if (column === undefined) return none;
  const values = numbersOf(table, column, path, findings);
  if (offset.transform !== "log") return values;
  /** @type {string[]} */
  const rows = [];
  values.forEach((value, row) => {
    if (value <= 0) rows.push(`${table.where(row)} ${value}`);
  });
  findings.addRows(path, `column "${offset.column}" is not above 0, so it has no logarithm`, rows);
  return values.map(Math.log);
}

/**
 * The design matrix of a table.
 *
 * @param {Table} table
 * @param {Formula} formula
 * @param {(predictor: string) => string} path - where a predictor's findings belong
 * @param {Findings} findings - what is wrong with the cells; if anything is, the matrix is of no use
 * @returns {Matrix}
 */
export function designMatrix(table, formula, path, findings) {
  const matrix = Matrix.zeros(table.rows, coefficientNames(formula).length);
  let next = 0;
  if (formula.intercept) {
    for (let row = 0; row < table.rows; row++) matrix.set(row, 0, 1);
    next = 1;
  }
  for (const predictor of formula.predictors) {
    const coded = contrasts(formula, predictor);
    const column = columnOf(table, predictor, path(predictor), findings);
    const from = next;
    next += coded?.length ?? 1;
    if (column === undefined) continue;
    if (coded === undefined) {
      numbersOf(table, column, path(predictor), findings).forEach((value, row) => {
        matrix.set(row, from, value);
      });
      continue;
    }
    const levels = formula.factors[predictor] ?? [];
    const withoutColumn = levels.length - coded.length;
    levelsOf(table, column, levels, path(predictor), findings).forEach((level, row) => {
      if (level >= withoutColumn) matrix.set(row, from + level - withoutColumn, 1);
    });
  }
  return matrix;
}
