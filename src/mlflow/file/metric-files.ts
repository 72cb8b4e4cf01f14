/** The metrics of a run in a folder: a file each, a point a line. */

import { createReadStream } from "node:fs";
import { appendFile, mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Metric, Page } from "../core/entities.ts";
import { invalid, MlflowError } from "../core/mlflow-error.ts";
import { offsetOf, tokenOf } from "./page.ts";
import { eachFile } from "./run-folder.ts";

const NEWLINE = 0x0a;

/** The last point of each metric: the greatest step, then time, then value, as MLflow has it. */
export async function readLatestMetrics(folder: string): Promise<Metric[]> {
  return await eachFile(folder, async (path, key) => {
    let latest: Metric | undefined;
    for await (const points of readPoints(path, key)) {
      for (const { point } of points) {
        if (latest === undefined || !isBefore(point, latest)) latest = point;
      }
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

/** A point, and where the next one begins: the byte behind its line. */
interface StoredPoint {
  readonly point: Metric;
  readonly end: number;
}

/** No point's line is as long. */
const MOST_LINE_BYTES = 4096;

/**
 * The points of a metric's file, in the order in which they were logged, as many at a time as are read at once.
 *
 * @param from - the byte that the first of them begins at
 * @throws MlflowError for a line that is no point
 */
async function* readPoints(path: string, key: string, from = 0): AsyncGenerator<StoredPoint[]> {
  let begin = from;
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { start: from }) as AsyncIterable<Buffer>) {
    const bytes = Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    yield pointsIn(bytes.subarray(0, end), key, begin);
    begin += end;
    rest = bytes.subarray(end);
    if (rest.length > MOST_LINE_BYTES) throw malformed(key, rest.toString("latin1"));
  }
  yield pointsIn(rest, key, begin);
}

function pointsIn(lines: Buffer, key: string, begin: number): StoredPoint[] {
  const points: StoredPoint[] = [];
  let end = begin;
  // A character a byte, whatever is in the file: where lines end is counted in bytes.
  for (const line of lines.toString("latin1").split("\n")) {
    end += line.length + 1;
    // Empty lines are no points.
    if (line.trim() !== "") points.push({ point: parsePoint(line, key), end });
  }
  return points;
}

/**
 * Some of a metric's points. A page's token is the place in the file, so that what came before is not read again.
 *
 * @param page - `maxResults`: all the rest when it is missing
 */
export async function readPage(
  path: string,
  key: string,
  page: { readonly maxResults?: number; readonly pageToken?: string },
): Promise<Page<Metric>> {
  const { maxResults = Number.POSITIVE_INFINITY, pageToken } = page;
  if (maxResults < 1) throw invalid(`Invalid value ${maxResults} for parameter 'max_results'.`);
  const from = offsetOf(pageToken);
  if (from > 0 && !(await isLineEnd(path, from))) throw invalid("Invalid page token.");
  const items: Metric[] = [];
  let end = from;
  for await (const points of readPoints(path, key, from)) {
    for (const stored of points) {
      if (items.length >= maxResults) return { items, nextPageToken: tokenOf(end) };
      items.push(stored.point);
      end = stored.end;
    }
  }
  return { items };
}

async function isLineEnd(path: string, offset: number): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1), 0, 1, offset - 1);
    return bytesRead === 1 && buffer[0] === NEWLINE;
  } finally {
    await file.close();
  }
}

function parsePoint(line: string, key: string): Metric {
  const [timestamp = "", value = "", step = "0", ...more] = line.trim().split(" ");
  const point = { key, value: numberOf(value), timestamp: Number(timestamp), step: Number(step) };
  if (value === "" || more.length > 2 || !Number.isFinite(point.timestamp + point.step)) {
    throw malformed(key, line);
  }
  return point;
}

function malformed(key: string, line: string): MlflowError {
  return new MlflowError(
    "INTERNAL_ERROR",
    `Metric '${key}' is malformed: its file has the line ${JSON.stringify(line.slice(0, 80))}.`,
  );
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

/** The last addition to a run's metrics that this process has under way. */
const underWay = new Map<string, Promise<void>>();

/**
 * Adds points to their metrics' files. The same points again, right after the first time, are a call whose answer was lost: they
 * are not added twice.
 *
 * @param folder - the run's `metrics`
 */
export async function appendMetrics(folder: string, metrics: readonly Metric[]): Promise<void> {
  // One after the other: a call that is repeated while the first is still at work must see what that has added.
  const before = underWay.get(folder) ?? Promise.resolve();
  const adding = before.then(() => addPoints(folder, metrics));
  const settled = adding.catch(() => {});
  underWay.set(folder, settled);
  try {
    await adding;
  } finally {
    if (underWay.get(folder) === settled) underWay.delete(folder);
  }
}

async function addPoints(folder: string, metrics: readonly Metric[]): Promise<void> {
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
    return from === -1
      ? tail.equals(wanted)
      : tail[0] === NEWLINE && tail.subarray(1).equals(wanted);
  } finally {
    await file?.close();
  }
}
