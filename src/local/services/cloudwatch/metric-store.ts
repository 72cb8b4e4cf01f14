/** Metrics that programs put, on disk: a file of lines a namespace, which any number of processes append to and read. */

import { createReadStream } from "node:fs";
import { appendFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { encodeName } from "../logs/log-names.ts";
import { hasCode } from "../s3/node-errors.ts";
import {
  type ListedMetric,
  type Metric,
  type MetricFilter,
  type MetricSource,
  matches,
  metricKey,
  type Sample,
} from "./metrics.ts";

/** A line of a file. */
interface Line extends Sample {
  readonly metric: Metric;
}

const SUFFIX = ".ndjson";

/**
 * The metrics that were put.
 *
 * @example
 * ```ts
 * const metrics = new MetricStore(join(root, "cloudwatch"));
 * await metrics.append([{ metric: { namespace: "Mine", name: "rows", dimensions: [] }, at: Date.now(), unit: "Count", count: 1, sum: 5, min: 5, max: 5 }]);
 * ```
 */
export class MetricStore implements MetricSource {
  readonly #folder: string;
  readonly #makeRoot: () => void;

  /**
   * @param folder - where the files lie; nothing is read or written yet
   * @param makeRoot - makes what `folder` lies in, before it is made
   */
  constructor(folder: string, makeRoot: () => void = () => {}) {
    this.#folder = folder;
    this.#makeRoot = makeRoot;
  }

  /** Adds values of one namespace in one write, which other processes' writes cannot tear apart. */
  async append(lines: readonly Line[]): Promise<void> {
    const [first] = lines;
    if (first === undefined) return;
    this.#makeRoot();
    await mkdir(this.#folder, { recursive: true });
    // The line break in front ends a line that a full disk has cut.
    const text = lines.map((line) => `\n${JSON.stringify(line)}\n`).join("");
    await appendFile(this.#pathOf(first.metric.namespace), text);
  }

  async list(filter: MetricFilter): Promise<ListedMetric[]> {
    const found = new Map<string, ListedMetric>();
    for (const path of await this.#paths(filter.namespace)) {
      for await (const { metric, at } of linesOf(path)) {
        if (!matches(filter, metric)) continue;
        const key = metricKey(metric);
        found.set(key, { metric, lastAt: Math.max(at, found.get(key)?.lastAt ?? 0) });
      }
    }
    return [...found.values()];
  }

  async *samples(metric: Metric, from: number, until: number): AsyncGenerator<Sample> {
    const key = metricKey(metric);
    for await (const line of linesOf(this.#pathOf(metric.namespace))) {
      if (line.at >= from && line.at < until && metricKey(line.metric) === key) yield line;
    }
  }

  async #paths(namespace: string | undefined): Promise<string[]> {
    if (namespace !== undefined) return [this.#pathOf(namespace)];
    const names = await readdir(this.#folder).catch((error: unknown) => {
      if (hasCode(error, "ENOENT")) return [];
      throw error;
    });
    return names.filter((name) => name.endsWith(SUFFIX)).map((name) => join(this.#folder, name));
  }

  #pathOf(namespace: string): string {
    return join(this.#folder, `${encodeName(namespace)}${SUFFIX}`);
  }
}

/** The lines that can be read; none when there is no such file. */
async function* linesOf(path: string): AsyncGenerator<Line> {
  const input = createReadStream(path);
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const line = parse(text);
      if (line !== undefined) yield line;
    }
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  } finally {
    input.destroy();
  }
}

function parse(text: string): Line | undefined {
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as Line;
  } catch {
    // Half a line: its writer was cut off.
    return undefined;
  }
}
