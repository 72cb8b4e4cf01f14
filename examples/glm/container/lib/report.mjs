// @ts-check
/** The coefficient table: in a log, and as a file. */

import { csvCell } from "./table.mjs";

/** @import { ModelFile } from "./model.mjs" */

/**
 * A p-value as it is read; 0 is what doubles cannot hold.
 *
 * @param {number | null} p
 * @returns {string}
 */
function pValue(p) {
  if (p === null) return "";
  if (p === 0) return "<1e-323";
  return p < 1e-4 ? p.toExponential(2) : p.toFixed(6);
}

/**
 * The coefficients, one a line, with eight decimals.
 *
 * @param {ModelFile} model
 * @returns {string}
 */
export function coefficientTable({ family, coefficients }) {
  const statistic = family === "poisson" || family === "binomial" ? "z value" : "t value";
  const rows = coefficients.map((c) => [
    c.name,
    c.estimate.toFixed(8),
    c.atBound ? "at bound" : (c.standardError?.toFixed(8) ?? ""),
    c.statistic?.toFixed(4) ?? "",
    pValue(c.pValue),
  ]);
  const table = [["", "Estimate", "Std. error", statistic, "p-value"], ...rows];
  const widths = [0, 1, 2, 3, 4].map((j) => Math.max(...table.map((row) => row[j]?.length ?? 0)));
  return table
    .map((row) =>
      row
        .map((cell, j) => (j === 0 ? cell.padEnd(widths[j] ?? 0) : cell.padStart(widths[j] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/**
 * The coefficients as CSV, with all digits; under the names that they have in `model.json`.
 *
 * @param {ModelFile} model
 * @returns {string}
 */
export function coefficientCsv({ coefficients }) {
  const rows = coefficients.map((c) => [
    csvCell(c.name, true),
    c.estimate,
    c.standardError ?? "",
    c.statistic ?? "",
    c.pValue ?? "",
    c.atBound,
  ]);
  const table = [["name", "estimate", "standardError", "statistic", "pValue", "atBound"], ...rows];
  return table.map((row) => `${row.join(",")}\n`).join("");
}
