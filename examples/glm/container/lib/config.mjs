// @ts-check
/** The configuration channel: what a model is to be made of, checked in itself. */

import { FAMILIES } from "./families.mjs";
import { suggestion } from "./findings.mjs";
import { LINKS } from "./links.mjs";

/** @import { Findings } from "./findings.mjs" */
/** @import { Family, FamilyName } from "./families.mjs" */
/** @import { Link, LinkName } from "./links.mjs" */

/**
 * @typedef {object} Offset
 * @property {string} column
 * @property {"log"} [transform]
 */

/**
 * @typedef {object} Constraint
 * @property {number} [min]
 * @property {number} [max]
 */

/**
 * A configuration; what was wrong in it is left out.
 *
 * @typedef {object} Configuration
 * @property {string | undefined} target
 * @property {string[]} predictors
 * @property {Map<string, string[] | undefined>} factors - levels by column, undefined: by first appearance
 * @property {string | undefined} weights
 * @property {Offset | undefined} offset
 * @property {boolean} intercept
 * @property {Family | undefined} family
 * @property {Link | undefined} link
 * @property {Map<string, Constraint>} constraints
 */

const KEYS = [
  "target",
  "predictors",
  "factors",
  "weights",
  "offset",
  "intercept",
  "family",
  "link",
  "constraints",
];

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * @param {unknown} value
 * @returns {value is string}
 */
const isName = (value) => typeof value === "string" && value !== "";

/**
 * @param {unknown} value
 * @returns {string}
 */
const shown = (value) => (value === undefined ? "missing" : JSON.stringify(value));

/**
 * @param {Record<string, unknown>} value
 * @param {readonly string[]} keys
 * @param {string} path
 * @param {Findings} findings
 */
function refuseUnknownKeys(value, keys, path, findings) {
  for (const key of Object.keys(value)) {
    if (!keys.includes(key)) {
      findings.add(`${path}.${key}`, `is not known. ${suggestion(key, keys, "keys")}`);
    }
  }
}

/**
 * Reads a configuration, and adds everything that is wrong in it to the findings.
 *
 * @param {unknown} value - the parsed JSON
 * @param {Findings} findings
 * @returns {Configuration}
 */
export function readConfiguration(value, findings) {
  const config = isObject(value) ? value : {};
  if (!isObject(value)) findings.add("config", `is ${shown(value)}, not a JSON object.`);
  else refuseUnknownKeys(value, KEYS, "config", findings);

  const target = readName(config["target"], "config.target", findings, true);
  const predictors = readPredictors(config["predictors"], target, findings);
  const intercept = config["intercept"] ?? true;
  if (typeof intercept !== "boolean") {
    findings.add("config.intercept", `is ${shown(intercept)}, not true or false.`);
  } else if (!intercept && predictors.length === 0 && Array.isArray(config["predictors"])) {
    findings.add("config.predictors", "is empty, and so is the model without an intercept.");
  }
  const weights = readName(config["weights"], "config.weights", findings, false);
  if (weights !== undefined && weights === target) {
    findings.add("config.weights", `"${weights}" is the target.`);
  }
  const { family, link } = readFamily(config, findings);
  return {
    target,
    predictors,
    factors: readFactors(config["factors"], predictors, findings),
    weights,
    offset: readOffset(config["offset"], target, findings),
    intercept: intercept === true,
    family,
    link,
    constraints: readConstraints(config["constraints"], findings),
  };
}

/**
 * @param {unknown} value
 * @param {string} path
 * @param {Findings} findings
 * @param {boolean} required
 * @returns {string | undefined}
 */
function readName(value, path, findings, required) {
  if (isName(value)) return value;
  if (required || (value !== undefined && value !== null)) {
    findings.add(path, `is ${shown(value)}, not the name of a column.`);
  }
  return undefined;
}

/**
 * @param {unknown} value
 * @param {string | undefined} target
 * @param {Findings} findings
 * @returns {string[]}
 */
function readPredictors(value, target, findings) {
  if (!Array.isArray(value)) {
    findings.add("config.predictors", `is ${shown(value)}, not a list of columns.`);
    return [];
  }
  return value.filter((name, index) => {
    const path = `config.predictors[${index}]`;
    if (!isName(name)) findings.add(path, `is ${shown(name)}, not the name of a column.`);
    else if (name === target) findings.add(path, `"${name}" is the target.`);
    else if (value.indexOf(name) !== index) findings.add(path, `"${name}" comes twice.`);
    else return true;
    return false;
  });
}

/**
 * @param {unknown} value
 * @param {readonly string[]} predictors
 * @param {Findings} findings
 * @returns {Map<string, string[] | undefined>}
 */
function readFactors(value, predictors, findings) {
  /** @type {Map<string, string[] | undefined>} */
  const factors = new Map();
  if (value === undefined || value === null) return factors;
  if (!Array.isArray(value) && !isObject(value)) {
    findings.add("config.factors", `is ${shown(value)}, not a list of columns or their levels.`);
    return factors;
  }
  const entries = Array.isArray(value)
    ? value.map((name, index) => ({ name, levels: undefined, path: `config.factors[${index}]` }))
    : Object.entries(value).map(([name, levels]) => ({
        name,
        levels,
        path: `config.factors.${name}`,
      }));
  for (const { name, levels, path } of entries) {
    if (!isName(name)) {
      findings.add(path, `is ${shown(name)}, not the name of a column.`);
    } else if (!predictors.includes(name)) {
      findings.add(
        path,
        `"${name}" is not among the predictors. ${suggestion(name, predictors, "predictors")}`,
      );
    } else if (levels === undefined) {
      factors.set(name, undefined);
    } else {
      factors.set(name, readLevels(levels, path, findings));
    }
  }
  return factors;
}

/**
 * @param {unknown} levels
 * @param {string} path
 * @param {Findings} findings
 * @returns {string[] | undefined}
 */
function readLevels(levels, path, findings) {
  if (!Array.isArray(levels) || !levels.every(isName)) {
    findings.add(path, `is ${shown(levels)}, not a list of levels as text.`);
    return undefined;
  }
  const twice = levels.find((level, index) => levels.indexOf(level) !== index);
  if (twice !== undefined) {
    findings.add(path, `has the level "${twice}" twice.`);
    return undefined;
  }
  if (levels.length < 2) {
    findings.add(path, "has fewer than two levels, so there is nothing to compare.");
    return undefined;
  }
  return levels;
}

/**
 * @param {unknown} value
 * @param {string | undefined} target
 * @param {Findings} findings
 * @returns {Offset | undefined}
 */
function readOffset(value, target, findings) {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) {
    findings.add("config.offset", `is ${shown(value)}, not { "column": …, "transform"?: "log" }.`);
    return undefined;
  }
  refuseUnknownKeys(value, ["column", "transform"], "config.offset", findings);
  const { column, transform } = value;
  if (!isName(column)) {
    findings.add("config.offset.column", `is ${shown(column)}, not the name of a column.`);
    return undefined;
  }
  if (column === target) findings.add("config.offset.column", `"${column}" is the target.`);
  if (transform !== undefined && transform !== null && transform !== "log") {
    findings.add("config.offset.transform", `is ${shown(transform)}; the only one is "log".`);
  }
  return { column, ...(transform === "log" && { transform }) };
}

/**
 * @param {Record<string, unknown>} config
 * @param {Findings} findings
 * @returns {{ family: Family | undefined, link: Link | undefined }}
 */
function readFamily(config, findings) {
  const { family: familyName, link: linkName } = config;
  const family =
    typeof familyName === "string" && Object.hasOwn(FAMILIES, familyName)
      ? FAMILIES[/** @type {FamilyName} */ (familyName)]
      : undefined;
  if (family === undefined) {
    const names = Object.keys(FAMILIES);
    findings.add(
      "config.family",
      `is ${shown(familyName)}. ${suggestion(String(familyName ?? ""), names, "families")}`,
    );
  }
  if (linkName === undefined || linkName === null) {
    return { family, link: family && LINKS[family.links[0]] };
  }
  if (typeof linkName !== "string" || !Object.hasOwn(LINKS, linkName)) {
    const names = family?.links ?? Object.keys(LINKS);
    findings.add(
      "config.link",
      `is ${shown(linkName)}. ${suggestion(String(linkName), names, "links")}`,
    );
    return { family, link: undefined };
  }
  const link = LINKS[/** @type {LinkName} */ (linkName)];
  if (family !== undefined && !family.links.includes(link.name)) {
    findings.add(
      "config.link",
      `"${link.name}" is not a link of family ${family.name}, which has ${family.links.join(", ")}.`,
    );
    return { family, link: undefined };
  }
  return { family, link };
}

/**
 * @param {unknown} value
 * @param {Findings} findings
 * @returns {Map<string, Constraint>}
 */
function readConstraints(value, findings) {
  /** @type {Map<string, Constraint>} */
  const constraints = new Map();
  if (value === undefined || value === null) return constraints;
  if (!isObject(value)) {
    findings.add("config.constraints", `is ${shown(value)}, not bounds by coefficient.`);
    return constraints;
  }
  for (const [name, box] of Object.entries(value)) {
    const path = `config.constraints.${name}`;
    if (!isObject(box)) {
      findings.add(path, `is ${shown(box)}, not { "min"?: …, "max"?: … }.`);
      continue;
    }
    refuseUnknownKeys(box, ["min", "max"], path, findings);
    /** @type {Constraint} */
    const constraint = {};
    for (const side of /** @type {const} */ (["min", "max"])) {
      const bound = box[side];
      if (bound === undefined || bound === null) continue;
      if (typeof bound === "number" && Number.isFinite(bound)) constraint[side] = bound;
      else findings.add(`${path}.${side}`, `is ${shown(bound)}, not a number.`);
    }
    const { min, max } = constraint;
    if (min !== undefined && max !== undefined && min > max) {
      findings.add(path, `min ${min} is greater than max ${max}.`);
    } else {
      constraints.set(name, constraint);
    }
  }
  return constraints;
}
