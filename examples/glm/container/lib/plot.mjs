// @ts-check
/** The coefficients as a picture: each estimate with its 95 % interval, as SVG. */

import { normalQuantile, studentUpperQuantile } from "./distributions.mjs";

/** @import { ModelFile } from "./model.mjs" */

const WIDTH = 760;
const ROW = 26;
const TOP = 64;
const BOTTOM = 56;
const RIGHT = 24;
/** The mean width of a character of 13 pixels in the fonts named below. */
const CHARACTER = 7.2;
const LONGEST_NAME = 32;

/**
 * @param {string} text
 * @returns {string}
 */
const xml = (text) =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");

/**
 * @param {number} value
 * @returns {string}
 */
const px = (value) => value.toFixed(1);

/**
 * Round numbers that cover a range.
 *
 * @param {number} low
 * @param {number} high
 * @returns {{ ticks: number[], digits: number }}
 */
function niceTicks(low, high) {
  const rough = (high - low) / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks = [];
  for (let i = Math.floor(low / step + 1e-9); i <= Math.ceil(high / step - 1e-9); i++)
    ticks.push(i * step);
  return { ticks, digits };
}

/**
 * A plot of a model's coefficients.
 *
 * @param {ModelFile} model
 * @returns {string} an SVG document
 */
export function coefficientPlot(model) {
  const { coefficients, family, link, target, degreesOfFreedom } = model;
  const known = family === "poisson" || family === "binomial";
  const factor = known ? -normalQuantile(0.025) : studentUpperQuantile(0.025, degreesOfFreedom);
  const marks = coefficients.map(({ name, estimate, standardError, atBound }) => {
    const reach = standardError === null ? 0 : factor * standardError;
    return {
      name: name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name,
      title: `${name}: ${estimate.toPrecision(6)}${atBound ? " (at its bound)" : ` (${(estimate - reach).toPrecision(4)} to ${(estimate + reach).toPrecision(4)})`}`,
      estimate,
      low: estimate - reach,
      high: estimate + reach,
      atBound,
    };
  });
  const lowest = Math.min(0, ...marks.map(({ low }) => low));
  const highest = Math.max(0, ...marks.map(({ high }) => high));
  const { ticks, digits } = niceTicks(lowest, highest > lowest ? highest : lowest + 1);
  const from = ticks[0] ?? 0;
  const to = ticks.at(-1) ?? 1;

  const left = 28 + CHARACTER * Math.max(8, ...marks.map(({ name }) => name.length));
  const height = TOP + ROW * marks.length + BOTTOM;
  const axis = TOP + ROW * marks.length;
  const x = (/** @type {number} */ value) =>
    left + ((value - from) / (to - from)) * (WIDTH - left - RIGHT);

  const heading = `Coefficients of the ${family} model for ${target}`;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="13">`,
    `<title>${xml(heading)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="16" y="26" font-size="16" font-weight="600" fill="#1f2937">${xml(heading)}</text>`,
    `<text x="16" y="46" fill="#6b7280">Estimates with 95 % confidence intervals, on the scale of the link (${link})</text>`,
  ];
  marks.forEach((_, i) => {
    if (i % 2 === 0) {
      lines.push(
        `<rect x="8" y="${TOP + ROW * i}" width="${WIDTH - 16}" height="${ROW}" fill="#f3f4f6"/>`,
      );
    }
  });
  for (const tick of ticks) {
    const zero = Math.abs(tick) < 1e-12;
    lines.push(
      `<line x1="${px(x(tick))}" x2="${px(x(tick))}" y1="${TOP}" y2="${axis}" stroke="${zero ? "#6b7280" : "#d1d5db"}"${zero ? ' stroke-dasharray="4 3"' : ""}/>`,
      `<text x="${px(x(tick))}" y="${axis + 18}" text-anchor="middle" fill="#374151">${tick
        .toFixed(digits)
        .replace(/^-(0(\.0*)?)$/, "$1")
        .replace("-", "−")}</text>`,
    );
  }
  lines.push(
    `<line x1="${px(left)}" x2="${WIDTH - RIGHT}" y1="${axis}" y2="${axis}" stroke="#374151"/>`,
    `<text x="${px((left + WIDTH - RIGHT) / 2)}" y="${axis + 40}" text-anchor="middle" fill="#374151">coefficient</text>`,
  );
  marks.forEach(({ name, title, estimate, low, high, atBound }, i) => {
    const y = TOP + ROW * i + ROW / 2;
    lines.push(
      `<g><title>${xml(title)}</title>`,
      `<text x="${px(left - 12)}" y="${px(y + 4.5)}" text-anchor="end" fill="#1f2937">${xml(name)}</text>`,
    );
    if (atBound) {
      const at = x(estimate);
      lines.push(
        `<path d="M${px(at - 6)} ${px(y)} L${px(at)} ${px(y - 6)} L${px(at + 6)} ${px(y)} L${px(at)} ${px(y + 6)} Z" fill="#ffffff" stroke="#b45309" stroke-width="2"/>`,
      );
    } else {
      lines.push(
        `<line x1="${px(x(low))}" x2="${px(x(high))}" y1="${px(y)}" y2="${px(y)}" stroke="#1d4ed8" stroke-width="2"/>`,
        `<circle cx="${px(x(estimate))}" cy="${px(y)}" r="4.5" fill="#1d4ed8"/>`,
      );
    }
    lines.push("</g>");
  });
  if (marks.some(({ atBound }) => atBound)) {
    lines.push(`<text x="16" y="${height - 14}" fill="#b45309">◇ at its bound</text>`);
  }
  return `${lines.join("\n")}\n</svg>\n`;
}
