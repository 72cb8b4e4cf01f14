// @ts-check
/** From a configuration and the training data to the problem to solve, or to everything that is wrong with them. */

import { readConfiguration } from "./config.mjs";
import { coefficientNames, columnOf, designMatrix, numbersOf, offsetsOf } from "./design.mjs";
import { Findings } from "./findings.mjs";
import { aliasedColumns } from "./least-squares.mjs";
import { isMissing, numberOf } from "./table.mjs";

/** @import { Configuration } from "./config.mjs" */
/** @import { Formula } from "./design.mjs" */
/** @import { Family } from "./families.mjs" */
/** @import { Problem } from "./irls.mjs" */
/** @import { Bounds } from "./least-squares.mjs" */
/** @import { Table } from "./table.mjs" */

/**
 * @typedef {object} Preparation
 * @property {Problem} problem
 * @property {string[]} names - of the coefficients
 * @property {Formula} formula
 * @property {string} target
 * @property {string | null} weights
 */

const SUMMARY = "The model cannot be trained";

/**
 * Makes the problem to solve.
 *
 * @param {unknown} json - the parsed configuration
 * @param {Table} table - the training data
 * @returns {Preparation}
 * @throws {import("sagemaker-estimator/container").ValidationError} with everything that is wrong
 */
export function prepare(json, table) {
  const findings = new Findings();
  const configuration = readConfiguration(json, findings);
  const { target, predictors, intercept, offset = null, family, link } = configuration;
  const response = readResponse(table, target, configuration.weights, family, findings);
  const offsets = offsetsOf(table, offset, "config.offset.column", findings);
  const factors = readFactors(table, configuration, findings);
  const formula = { predictors, factors, intercept, offset };
  const names = coefficientNames(formula);
  const path = (/** @type {string} */ name) => `config.predictors[${predictors.indexOf(name)}]`;
  const design = designMatrix(table, formula, path, findings);
  const complete = predictors.every((name) => table.column(name) !== undefined);
  const bounds = readBounds(configuration, names, complete, findings);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    findings.add(
      "config.predictors",
      `two coefficients are named "${twice}"; rename a column or a level.`,
    );
  }
  findings.throwIfAny(SUMMARY);
  if (target === undefined || family === undefined || link === undefined) {
    throw new TypeError("a configuration without findings has a target, a family and a link");
  }
  const problem = {
    design,
    ...response,
    offset: offsets,
    family,
    link,
    ...(bounds && { bounds }),
    ...(intercept && { interceptColumn: 0 }),
  };
  refuseAliased(problem, names);
  return { problem, names, formula, target, weights: configuration.weights ?? null };
}

/**
 * The responses and their weights, inside the family's range.
 *
 * @param {Table} table
 * @param {string | undefined} target
 * @param {string | undefined} weightsColumn
 * @param {Family | undefined} family
 * @param {Findings} findings
 * @returns {{ y: Float64Array, weights: Float64Array }}
 */
export function readResponse(table, target, weightsColumn, family, findings) {
  /** @type {Float64Array} */
  let weights = new Float64Array(table.rows).fill(1);
  const weightCells =
    weightsColumn === undefined
      ? undefined
      : columnOf(table, weightsColumn, "config.weights", findings);
  if (weightCells !== undefined) {
    weights = numbersOf(table, weightCells, "config.weights", findings);
    findings.addRows(
      "config.weights",
      `column "${weightCells.name}" is not above 0`,
      rowsWhere(table, weights, (weight) => weight <= 0),
    );
  }
  /** @type {Float64Array} */
  let y = new Float64Array(table.rows);
  const targetCells =
    target === undefined ? undefined : columnOf(table, target, "config.target", findings);
  if (targetCells !== undefined) {
    y = numbersOf(table, targetCells, "config.target", findings);
    if (family !== undefined) {
      const [reason] = [...y].flatMap((value) => family.refuse(value) ?? []);
      findings.addRows(
        "config.target",
        `column "${target}" is not ${reason}, as family ${family.name} needs`,
        rowsWhere(table, y, (value) => family.refuse(value) !== undefined),
      );
    }
    if (family?.name === "binomial" && weightsColumn === undefined) {
      findings.addRows(
        "config.target",
        `column "${target}" is a proportion; name the column with the numbers of trials in weights`,
        rowsWhere(table, y, (value) => value > 0 && value < 1),
      );
    }
  }
  return { y, weights };
}

/**
 * @param {Table} table
 * @param {Float64Array} values
 * @param {(value: number) => boolean} wrong
 * @returns {string[]}
 */
function rowsWhere(table, values, wrong) {
  return Array.from(values).flatMap((value, row) =>
    Number.isFinite(value) && wrong(value) ? [`${table.where(row)} ${value}`] : [],
  );
}

/**
 * The levels of each predictor that is a factor: one that is listed, or a column of text, which is one whose cells stand in
 * quotation marks or are no numbers.
 *
 * @param {Table} table
 * @param {Configuration} configuration
 * @param {Findings} findings
 * @returns {Record<string, string[]>}
 */
function readFactors(table, { predictors, factors }, findings) {
  /** @type {[string, string[]][]} */
  const result = [];
  for (const name of predictors) {
    const column = table.column(name);
    if (column === undefined) continue;
    const cells = column.cells.filter((cell) => !isMissing(cell));
    const numbers = cells.filter((cell) => numberOf(cell) !== undefined).length;
    if (!factors.has(name) && !column.quoted && numbers > 0) {
      if (numbers < cells.length) {
        findings.add(
          `config.predictors[${predictors.indexOf(name)}]`,
          `column "${name}" has both numbers and text; if it is a factor, list it in factors.`,
        );
      }
      continue;
    }
    const present = new Set(cells);
    const listed = factors.get(name);
    const levels = listed ?? [...present];
    const absent = levels.filter((level) => !present.has(level));
    if (absent.length > 0) {
      findings.add(
        `config.factors.${name}`,
        `${absent.map((level) => JSON.stringify(level)).join(", ")} is not in the training data, so it cannot be estimated.`,
      );
    } else if (levels.length < 2) {
      findings.add(
        `config.predictors[${predictors.indexOf(name)}]`,
        `column "${name}" has only one level, ${JSON.stringify(levels[0] ?? "")}, so there is nothing to compare.`,
      );
    }
    result.push([name, levels]);
  }
  return Object.fromEntries(result);
}

/**
 * @param {Configuration} configuration
 * @param {readonly string[]} names
 * @param {boolean} complete - whether all coefficients are known
 * @param {Findings} findings
 * @returns {Bounds | undefined} undefined without constraints
 */
function readBounds({ constraints }, names, complete, findings) {
  if (constraints.size === 0) return undefined;
  const lower = new Float64Array(names.length).fill(Number.NEGATIVE_INFINITY);
  const upper = new Float64Array(names.length).fill(Number.POSITIVE_INFINITY);
  for (const [name, { min, max }] of constraints) {
    const index = names.indexOf(name);
    if (index >= 0) {
      lower[index] = min ?? Number.NEGATIVE_INFINITY;
      upper[index] = max ?? Number.POSITIVE_INFINITY;
    } else if (complete) {
      findings.add(
        `config.constraints.${name}`,
        `is no coefficient. The coefficients are ${names.join(", ")}.`,
      );
    }
  }
  return { lower, upper };
}

/**
 * Refuses a design whose columns determine each other: such coefficients have no values of their own.
 *
 * @param {Problem} problem
 * @param {readonly string[]} names
 */
function refuseAliased({ design, bounds }, names) {
  const findings = new Findings();
  // A coefficient that is fixed needs no column of its own.
  const columns = names
    .map((_, j) => j)
    .filter((j) => bounds === undefined || bounds.lower[j] !== bounds.upper[j]);
  if (design.rows < columns.length) {
    findings.add(
      "config.predictors",
      `${design.rows} rows cannot determine ${columns.length} coefficients.`,
    );
  } else if (columns.length > 0) {
    for (const { column, on } of aliasedColumns(design.subMatrixColumn(columns))) {
      const name = (/** @type {number} */ j) => names[columns[j] ?? -1] ?? "";
      findings.add(
        "config.predictors",
        on.length === 0
          ? `the column of ${name(column)} is 0 in all rows; leave it out.`
          : `the column of ${name(column)} is determined by ${on.map(name).join(", ")}; leave one of them out.`,
      );
    }
  }
  findings.throwIfAny(SUMMARY);
}
