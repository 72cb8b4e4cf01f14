/** What tells two runs apart. Pure. */

import { inspect } from "node:util";
import { JUPYTER_DISPLAY, type PlanTextOptions, terminalWidth } from "../display.ts";
import { canonicalJson, type RunRecord } from "../run-record.ts";
import { diffHtml, diffText } from "./diff-view.ts";

/** What a difference is about. */
export type RunDifferenceGroup =
  | "image"
  | "code"
  | "data"
  | "hyperparameters"
  | "environment"
  | "resources"
  | "settings"
  | "versions"
  | "outcome"
  | "metrics";

/** One thing that two runs do not have in common. */
export interface RunDifference {
  /** What it is about. */
  readonly group: RunDifferenceGroup;
  /** Where, in the group: a hyperparameter's name, `train.digest`, `ResourceConfig.InstanceType`. */
  readonly path: string;
  /** Only the second has it, only the first has it, or both have other values. */
  readonly kind: "added" | "removed" | "changed";
  /** The first run's value. */
  readonly before: unknown;
  /** The second run's value. */
  readonly after: unknown;
}

/** In the order in which they are told: what went in before what came out. */
const GROUPS: readonly RunDifferenceGroup[] = [
  "image",
  "code",
  "data",
  "hyperparameters",
  "environment",
  "resources",
  "settings",
  "versions",
  "outcome",
  "metrics",
];

/**
 * The differences of two runs; prints as a table.
 *
 * @example
 * ```ts
 * for (const { group, path, before, after } of diffRuns(first, second).differences) console.log(group, path, before, after);
 * ```
 */
export class RunDiff {
  /** The first run's job. */
  readonly before: string;
  /** The second run's job. */
  readonly after: string;
  /** What is different, by group and path. */
  readonly differences: readonly RunDifference[];

  /** @internal */
  constructor(before: string, after: string, differences: readonly RunDifference[]) {
    this.before = before;
    this.after = after;
    this.differences = differences;
  }

  /**
   * A table for people, a group after the other; long values are cut where it still shows in what they differ.
   *
   * @param options - `width`: characters a line. Default: the terminal's, or 100 where there is none
   */
  toString(options: PlanTextOptions = {}): string {
    return diffText(this, options.width ?? terminalWidth());
  }

  /**
   * The same as an HTML table, for notebooks. Deno's show it by themselves; in tslab's: `tslab.display.html(diff.toHtml())`.
   *
   * @example
   * ```ts
   * import { display } from "tslab";
   * display.html(diffRuns(first, second).toHtml());
   * ```
   */
  toHtml(): string {
    return diffHtml(this);
  }

  /** What `console.log` shows. @internal */
  [inspect.custom](): string {
    return this.toString();
  }

  /** What Deno's notebooks show. @internal */
  [JUPYTER_DISPLAY](): Readonly<Record<string, string>> {
    return { "text/plain": this.toString(), "text/html": this.toHtml() };
  }
}

/**
 * What tells two runs apart: image, code, data, hyperparameters, environment, machines, settings, and what came of them. Names and
 * times of the jobs are left out, and so are secrets, which no record holds.
 *
 * @param before - the first run
 * @param after - the second run
 * @example
 * ```ts
 * console.log(String(diffRuns(await lastWeek.runRecord(), await today.runRecord())));
 * ```
 */
export function diffRuns(before: RunRecord, after: RunRecord): RunDiff {
  const [left, right] = [facts(before), facts(after)];
  const differences = [...new Set([...left.keys(), ...right.keys()])]
    .flatMap((key): RunDifference[] => {
      const [from, to] = [left.get(key), right.get(key)];
      if (canonicalJson(from) === canonicalJson(to)) {
        return [];
      }
      const [group, path] = JSON.parse(key) as [RunDifferenceGroup, string];
      const kind = from === undefined ? "added" : to === undefined ? "removed" : "changed";
      return [{ group, path, kind, before: from, after: to }];
    })
    .sort(
      (one, other) =>
        GROUPS.indexOf(one.group) - GROUPS.indexOf(other.group) || (one.path < other.path ? -1 : 1),
    );
  return new RunDiff(before.job.name, after.job.name, differences);
}

/** Every single value of a run, by group and path. */
function facts(record: RunRecord): Map<string, unknown> {
  const found = new Map<string, unknown>();
  const add = (group: RunDifferenceGroup, path: string, value: unknown): void => {
    if (isRecord(value) && Object.keys(value).length > 0) {
      for (const [name, member] of Object.entries(value)) {
        add(group, path === "" ? name : `${path}.${name}`, member);
      }
    } else if (value !== undefined) {
      found.set(JSON.stringify([group, path]), value);
    }
  };
  const { request, image, code, channels, checkpoints, versions, outcome } = record;
  const {
    TrainingJobName: _name,
    HyperParameters,
    Environment,
    ResourceConfig,
    InputDataConfig,
    AlgorithmSpecification,
    ...settings
  } = request;
  const {
    TrainingImage: _image,
    AlgorithmName: _algorithm,
    ...algorithm
  } = members(AlgorithmSpecification);
  add("image", "", image);
  add("code", "", code);
  for (const channel of (InputDataConfig ?? []) as readonly Readonly<Record<string, unknown>>[]) {
    const { ChannelName, DataSource: _source, ...how } = channel;
    add("data", String(ChannelName), how);
  }
  for (const [name, channel] of Object.entries(channels)) {
    add("data", name, channel);
  }
  add("data", "checkpoints", checkpoints);
  for (const [name, value] of Object.entries(members(HyperParameters))) {
    add("hyperparameters", name, value);
  }
  for (const [name, value] of Object.entries(members(Environment))) {
    add("environment", name, value);
  }
  add("resources", "", ResourceConfig);
  add("settings", "", { ...algorithm, ...settings });
  add("versions", "", versions);
  const { metrics, artifacts = [], ...end } = outcome ?? {};
  const {
    trainingStartedAt: _started,
    trainingEndedAt: _ended,
    ...ended
  } = end as Record<string, unknown>;
  add("outcome", "", ended);
  const folder = `/${record.job.name}/output/`;
  for (const { uri, ...artifact } of artifacts) {
    add("outcome", uri.slice(uri.indexOf(folder) + folder.length), artifact);
  }
  for (const [name, value] of Object.entries(members(metrics))) {
    add("metrics", name, value);
  }
  return found;
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
