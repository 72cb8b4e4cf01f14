/** What the benchmarks share: a build of their own, time, tables, folders. Nothing here asserts. */

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

// The AWS SDK's word on old Node versions would stand between the figures.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
// Empty files in place of the defaults of whoever measures.
process.env["SAGEMAKER_ADMIN_CONFIG_OVERRIDE"] = devNull;
process.env["SAGEMAKER_USER_CONFIG_OVERRIDE"] = devNull;

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Beside `dist/`, so that nobody's build is disturbed and none that is stale is measured. */
const BUILD = join(ROOT, ".cache/bench/dist");

/** Compiles `src/` as `npm run build` does; once for all benchmarks of `run-all.mjs`. */
export function build() {
  if (process.env["BENCH_BUILT"]) return;
  rmSync(BUILD, { recursive: true, force: true });
  execFileSync(
    process.execPath,
    [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json", "--outDir", BUILD],
    { cwd: ROOT, stdio: "inherit" },
  );
}

/** An environment for Node processes that are measured: NODE_OPTIONS or extra certificates would cost them time. */
export const BARE = {
  PATH: process.env["PATH"],
  SAGEMAKER_ADMIN_CONFIG_OVERRIDE: devNull,
  SAGEMAKER_USER_CONFIG_OVERRIDE: devNull,
};

/** The URL of a compiled module: `urlOf("local/index.js")`. */
export function urlOf(path) {
  return pathToFileURL(join(BUILD, path)).href;
}

/** A compiled module. */
export async function load(path) {
  build();
  process.env["BENCH_BUILT"] = "1";
  return await import(urlOf(path));
}

/** A folder that is gone when the benchmark ends. */
export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** A program folder with an executable `train`. */
export function writeProgram(folder, text) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "train"), text);
  chmodSync(join(folder, "train"), 0o755);
  return folder;
}

/** Milliseconds that the work took. */
export async function timed(work) {
  const started = process.hrtime.bigint();
  await work();
  return sinceMs(started);
}

/** Milliseconds since `process.hrtime.bigint()` gave this: Linux has one such clock for all processes. */
export function sinceMs(started) {
  return Number(process.hrtime.bigint() - started) / 1e6;
}

/** Runs each of the works in turn, round after round, so that what disturbs the machine disturbs all of them. */
export async function rounds(count, works) {
  const times = Object.fromEntries(Object.keys(works).map((name) => [name, []]));
  for (let round = 0; round < count; round += 1) {
    for (const [name, work] of Object.entries(works)) times[name].push(await work(round));
  }
  return times;
}

/** The value below which this share of the values lies. */
export function quantile(values, share) {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** The middle value. */
export function median(values) {
  return quantile(values, 0.5);
}

/** Prints medians, spread, and ratios to the first row that is a peer. */
export function report(title, { goal, peer, unit = "ms", times, digits = 1 }) {
  const base = median(times[peer]);
  const rows = Object.entries(times).map(([name, values]) => ({
    [title]: name === peer ? `${name} (peer)` : name,
    [`median ${unit}`]: median(values).toFixed(digits),
    "10 %": quantile(values, 0.1).toFixed(digits),
    "90 %": quantile(values, 0.9).toFixed(digits),
    runs: values.length,
    "to peer": `${(median(values) / base).toFixed(2)} x`,
  }));
  printTable(rows);
  if (goal !== undefined) console.log(`goal: ${goal}`);
  console.log();
}

/** Prints rows as a table of Markdown. */
export function printTable(rows) {
  const names = Object.keys(rows[0] ?? {});
  const widths = names.map((name) =>
    Math.max(name.length, ...rows.map((row) => String(row[name]).length)),
  );
  const line = (cells) =>
    `| ${cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[index]) : cell.padStart(widths[index]))).join(" | ")} |`;
  console.log(line(names));
  console.log(
    `| ${widths.map((width, index) => (index === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`,
  );
  for (const row of rows) console.log(line(names.map((name) => String(row[name]))));
}
