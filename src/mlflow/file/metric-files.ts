/** The metrics of a run in a folder: a file each, a point a line. */

import { appendFile, mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Metric } from "../core/entities.ts";
import { MlflowError } from "../core/mlflow-error.ts";
import { eachFile } from "./run-folder.ts";

/** The last point of each metric: the greatest step, then time, then value, as MLflow has it. */
export async function readLatestMetrics(folder: string): Promise<Metric[]> {
  return await eachFile(folder, async (path, key) => {
    let latest: Metric | undefined;
    for await (const point of readPoints(path, key)) {
      if (latest === undefined || !isBefore(point, latest)) latest = point;
    }
    return latest;
  });
}

function isBefore(a: Metric, b: Metric): boolean {
  if (a.step !== b.step) return a.step < b.step;
  if (a.timestamp !== b.timestamp) return a.timestamp < b.timestamp;
  // NaN gives way to numbers.
  return a.value < b.value || (Number.isNaN(a.value) && !Number.isNaN(b.value));
}

/**
 * The points of a metric's file, in the order in which they were logged.
 *
 * @throws MlflowError for a line that is no point
 */
export async function* readPoints(path: string, key: string): AsyncGenerator<Metric> {
  const file = await open(path);
  try {
    for await (const line of file.readLines()) {
      // What a power failure left of a last line, and empty ones, are no points.
      if (line.trim() !== "") yield parsePoint(line, key);
    }
  } finally {
    await file.close().catch(() => {});
  }
}

function parsePoint(line: string, key: string): Metric {
  const [timestamp = "", value = "", step = "0", ...more] = line.trim().split(" ");
  const point = { key, value: numberOf(value), timestamp: Number(timestamp), step: Number(step) };
  if (value === "" || more.length > 2 || !Number.isFinite(point.timestamp + point.step)) {
    throw new MlflowError(
      "INTERNAL_ERROR",
      `Metric '${key}' is malformed: its file has the line ${JSON.stringify(line.slice(0, 80))}.`,
    );
  }
  return point;
}

/** Numbers as Python writes them. */
function numberOf(text: string): number {
  if (/^[-+]?inf(?:inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return /^[-+]?nan$/i.test(text) ? Number.NaN : Number(text);
}

function pointLine({ value, timestamp, step }: Metric): string {
  const written = Number.isFinite(value)
    ? String(value)
    : Number.isNaN(value)
      ? "nan"
      : value > 0
        ? "inf"
        : "-inf";
  return `${Math.trunc(timestamp)} ${written} ${Math.trunc(step)}\n`;
}

/**
 * Adds points to their metrics' files. The same points again, right after the first time, are a call whose answer was lost: they
 * are not added twice.
 *
 * @param folder - the run's `metrics`
 */
export async function appendMetrics(folder: string, metrics: readonly Metric[]): Promise<void> {
  const lines = new Map<string, string>();
  for (const point of metrics) {
    lines.set(point.key, (lines.get(point.key) ?? "") + pointLine(point));
  }
  for (const [key, text] of lines) {
    const path = join(folder, key);
    await mkdir(dirname(path), { recursive: true });
    if (!(await endsWith(path, text))) await appendFile(path, text);
  }
}

async function endsWith(path: string, text: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  try {
    const { size = 0 } = (await file?.stat()) ?? {};
    const wanted = Buffer.from(text);
    // The line before it ends there too: `15 1 1` ends in the bytes of `5 1 1`.
    const from = size - wanted.length - 1;
    if (file === undefined || from < -1) return false;
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(wanted.length + 1),
      0,
      wanted.length + 1,
      Math.max(0, from),
    );
    const tail = buffer.subarray(0, bytesRead);
    return from === -1 ? tail.equals(wanted) : tail[0] === 0x0a && tail.subarray(1).equals(wanted);
  } finally {
    await file?.close();
  }
}
