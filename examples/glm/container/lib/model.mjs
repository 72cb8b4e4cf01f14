// @ts-check
/** `model.json`: a trained model, written, read again, and asked for predictions. */

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { SageMakerError } from "sagemaker-estimator/container";
import { readArchiveMember } from "./archive.mjs";
import { coefficientNames, designMatrix, offsetsOf } from "./design.mjs";
import { FAMILIES } from "./families.mjs";
import { readJson } from "./files.mjs";
import { LINKS } from "./links.mjs";

/** @import { Formula } from "./design.mjs" */
/** @import { Family, FamilyName } from "./families.mjs" */
/** @import { Findings } from "./findings.mjs" */
/** @import { Fit, Coefficient } from "./glm.mjs" */
/** @import { Link, LinkName } from "./links.mjs" */
/** @import { Preparation } from "./preparation.mjs" */
/** @import { Table } from "./table.mjs" */

/**
 * @typedef {object} ModelFile
 * @property {1} schemaVersion
 * @property {FamilyName} family
 * @property {LinkName} link
 * @property {string} target
 * @property {readonly string[]} predictors
 * @property {Readonly<Record<string, readonly string[]>>} factors - levels by predictor, the first is the base
 * @property {Formula["offset"]} offset
 * @property {string | null} weights
 * @property {boolean} intercept
 * @property {readonly Coefficient[]} coefficients
 * @property {(number | null)[][]} covariance - in the coefficients' order
 * @property {number | null} dispersion
 * @property {number} deviance
 * @property {number | null} nullDeviance
 * @property {number | null} aic
 * @property {number} degreesOfFreedom - of the residuals
 * @property {number} iterations
 * @property {boolean} converged
 * @property {number} rows
 */

/** @typedef {{ file: ModelFile, family: Family, link: Link, formula: Formula }} Model */

/**
 * @param {Preparation} preparation
 * @param {Fit} fit
 * @returns {Model}
 */
export function makeModel({ problem, formula, target, weights }, fit) {
  const { family, link } = problem;
  /** @type {ModelFile} */
  const file = {
    schemaVersion: 1,
    family: family.name,
    link: link.name,
    target,
    predictors: formula.predictors,
    factors: formula.factors,
    offset: formula.offset,
    weights,
    intercept: formula.intercept,
    coefficients: fit.coefficients,
    covariance: fit.covariance,
    dispersion: fit.dispersion,
    deviance: fit.deviance,
    nullDeviance: fit.nullDeviance,
    aic: fit.aic,
    degreesOfFreedom: fit.degreesOfFreedom,
    iterations: fit.iterations,
    converged: fit.converged,
    rows: problem.y.length,
  };
  return { file, family, link, formula };
}

/**
 * Reads a model from `model.json`, from `model.tar.gz`, or from a folder that holds one of them.
 *
 * @param {string} path
 * @returns {Promise<Model>}
 * @throws {SageMakerError} if there is none, or one that this program cannot use
 */
export async function readModel(path) {
  const kind = await stat(path).catch(() => undefined);
  if (kind === undefined) throw new SageMakerError(`There is no model at ${path}.`);
  if (!kind.isDirectory()) {
    return checkModel(
      /\.t(?:ar\.)?gz$/.test(path)
        ? JSON.parse(await readArchiveMember(path, "model.json"))
        : await readJson(path),
    );
  }
  for (const name of ["model.json", "model.tar.gz"]) {
    const file = await stat(join(path, name)).catch(() => undefined);
    if (file?.isFile()) return readModel(join(path, name));
  }
  throw new SageMakerError(`${path} holds neither model.json nor model.tar.gz.`);
}

/**
 * @param {unknown} value
 * @returns {Model}
 */
function checkModel(value) {
  const file = /** @type {ModelFile} */ (value);
  if (file?.schemaVersion !== 1) {
    throw new SageMakerError(
      `The model has schemaVersion ${JSON.stringify(file?.schemaVersion)}; this program reads 1. Use the programs that trained it.`,
    );
  }
  const family = FAMILIES[file.family];
  const link = LINKS[file.link];
  const formula = {
    predictors: file.predictors,
    factors: file.factors,
    intercept: file.intercept,
    offset: file.offset,
  };
  const names = Array.isArray(file.predictors) ? coefficientNames(formula) : [];
  const estimates = Array.isArray(file.coefficients) ? file.coefficients : [];
  if (
    family === undefined ||
    link === undefined ||
    names.join("\n") !== estimates.map(({ name }) => name).join("\n")
  ) {
    throw new SageMakerError(
      "The model is damaged: its coefficients are not those of its predictors.",
    );
  }
  return { file, family, link, formula };
}

/**
 * The mean response of each row.
 *
 * @param {Model} model
 * @param {Table} table
 * @param {Findings} findings - what is wrong with the rows
 * @returns {Float64Array}
 */
export function predict({ file, link, formula }, table, findings) {
  const design = designMatrix(table, formula, () => "", findings);
  const offset = offsetsOf(table, formula.offset, "", findings);
  const means = offset.map((start, row) => {
    const eta = file.coefficients.reduce(
      (sum, { estimate }, j) => sum + estimate * design.get(row, j),
      start,
    );
    return link.inverse(eta);
  });
  if (!findings.any) {
    findings.addRows(
      "",
      `the link ${link.name} gives no finite mean`,
      Array.from(means).flatMap((mean, row) => (Number.isFinite(mean) ? [] : [table.where(row)])),
    );
  }
  return means;
}

/**
 * The columns that a row needs for a prediction: the predictors, then the offset's. Rows without a header have them in this order.
 *
 * @param {Formula} formula
 * @returns {string[]}
 */
export function inputColumns({ predictors, offset }) {
  return offset === null || predictors.includes(offset.column)
    ? [...predictors]
    : [...predictors, offset.column];
}
