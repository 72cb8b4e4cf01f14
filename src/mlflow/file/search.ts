/** Runs and experiments found by a filter, sorted, page by page: as MLflow's own folder store does it. */

import type { ExperimentRecord, Page, RunRecord, ViewType } from "../core/entities.ts";
import { LIMITS } from "../core/limits.ts";
import { invalid } from "../core/mlflow-error.ts";
import type { SearchOptions } from "../core/tracking-store.ts";
import {
  type Comparison,
  type EntityType,
  parseFilter,
  parseOrder,
  type Vocabulary,
} from "./filter.ts";
import { pageOf } from "./page.ts";

const RUNS: Vocabulary = {
  types: ["metric", "parameter", "tag", "attribute", "dataset"],
  numbers: new Set(["start_time", "end_time"]),
  texts: new Set(["artifact_uri", "run_id", "run_name", "status", "user_id"]),
  orderOnly: new Set(["experiment_id", "lifecycle_stage"]),
  inLists: new Set(["run_id"]),
  absence: true,
};
const EXPERIMENTS: Vocabulary = {
  types: ["attribute", "tag"],
  numbers: new Set(["creation_time", "last_update_time"]),
  texts: new Set(["name"]),
  orderOnly: new Set(["experiment_id"]),
  inLists: new Set(),
  absence: true,
};

const PAGES = { pageResults: 1000, mostResults: LIMITS.pageResults };

type Value = string | number | undefined;
/** What an entity has under a name. A data set's names have several values. */
export type Lookup = (type: EntityType, key: string) => readonly Value[];

/** Whether this view shows it. */
export function isShown(stage: "active" | "deleted", view: ViewType = "ACTIVE_ONLY"): boolean {
  return view === "ALL" || (view === "ACTIVE_ONLY") === (stage === "active");
}

/** The page of runs that a search is for. */
export function searchRuns(runs: readonly RunRecord[], search: SearchOptions): Page<RunRecord> {
  const natural = [...runs].sort(
    (a, b) => b.info.startTime - a.info.startTime || compare(a.info.runId, b.info.runId),
  );
  return searchIn(natural, search, { vocabulary: RUNS, lookupOf: runLookup, ...PAGES });
}

/** The page of experiments that a search is for. */
export function searchExperiments(
  experiments: readonly ExperimentRecord[],
  search: SearchOptions,
): Page<ExperimentRecord> {
  const natural = [...experiments].sort(
    (a, b) =>
      (b.creationTime ?? 0) - (a.creationTime ?? 0) || compare(a.experimentId, b.experimentId),
  );
  const kind = { vocabulary: EXPERIMENTS, lookupOf: experimentLookup, ...PAGES };
  return searchIn(natural, search, kind);
}

/** What is searched. */
export interface SearchKind<T> {
  readonly vocabulary: Vocabulary;
  readonly lookupOf: (item: T) => Lookup;
  /** Of one page, unless it is said, and at most. */
  readonly pageResults: number;
  readonly mostResults: number;
}

/**
 * The page that a search is for.
 *
 * @param natural - all there is, in the order that counts where the search's own leaves it open
 */
export function searchIn<T>(
  natural: readonly T[],
  search: Omit<SearchOptions, "viewType">,
  { vocabulary, lookupOf, pageResults, mostResults }: SearchKind<T>,
): Page<T> {
  const { filter = "", orderBy = [], maxResults = pageResults, pageToken } = search;
  if (!Number.isInteger(maxResults) || maxResults < 1 || maxResults > mostResults) {
    throw invalid(
      `Invalid value ${maxResults} for parameter 'max_results': it must be 1 to ${mostResults}.`,
    );
  }
  const comparisons = parseFilter(filter, vocabulary);
  const orders = orderBy.map((clause) => parseOrder(clause, vocabulary));
  const found = natural
    .map((item) => ({ item, lookup: lookupOf(item) }))
    .filter(({ lookup }) => comparisons.every((comparison) => holds(comparison, lookup)));
  found.sort((a, b) => {
    for (const { type, key, ascending } of orders) {
      const order = compareForSort(a.lookup(type, key)[0], b.lookup(type, key)[0], ascending);
      if (order !== 0) return order;
    }
    return 0;
  });
  return pageOf(
    found.map(({ item }) => item),
    maxResults,
    pageToken,
  );
}

function runLookup({ info, data, inputs }: RunRecord): Lookup {
  return (type, key) => {
    if (type === "metric") return [data.metrics.find((each) => each.key === key)?.value];
    if (type === "parameter") return [data.params.find((each) => each.key === key)?.value];
    if (type === "tag") return [data.tags.find((each) => each.key === key)?.value];
    if (type === "dataset") {
      return inputs.datasetInputs.map(({ dataset, tags }) => {
        if (key === "context") return tags.find((tag) => tag.key === "mlflow.data.context")?.value;
        return key === "name" ? dataset.name : dataset.digest;
      });
    }
    return [attribute(info, key)];
  };
}

function experimentLookup(experiment: ExperimentRecord): Lookup {
  return (type, key) => [
    type === "tag"
      ? experiment.tags.find((each) => each.key === key)?.value
      : attribute(experiment, key),
  ];
}

function attribute(entity: object, key: string): Value {
  const name = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return (entity as Readonly<Record<string, Value>>)[name];
}

function holds({ type, key, comparator, value }: Comparison, lookup: Lookup): boolean {
  const found = lookup(type, key).filter((each) => each !== undefined);
  if (comparator === "IS NULL") return found.length === 0;
  return found.some((each) => isTrue(each, comparator, value));
}

function isTrue(
  left: string | number,
  comparator: Comparison["comparator"],
  right: Comparison["value"],
): boolean {
  switch (comparator) {
    case "=":
      return left === right;
    case "!=":
      return left !== right;
    case "<":
      return Number(left) < Number(right);
    case "<=":
      return Number(left) <= Number(right);
    case ">":
      return Number(left) > Number(right);
    case ">=":
      return Number(left) >= Number(right);
    case "LIKE":
      return like(String(right), String(left));
    case "ILIKE":
      return like(String(right).toLowerCase(), String(left).toLowerCase());
    case "IN":
      return (right as readonly string[]).includes(String(left));
    case "NOT IN":
      return !(right as readonly string[]).includes(String(left));
    case "IS NULL":
      return false;
    case "IS NOT NULL":
      return true;
  }
}

/** SQL's LIKE: `%` is any text and `_` any character. In time that grows with both lengths, whatever the pattern. */
function like(pattern: string, text: string): boolean {
  const [wanted, given] = [[...pattern], [...text]];
  let [at, mark, wantedAt, afterAny] = [0, 0, 0, -1];
  while (at < given.length) {
    if (wanted[wantedAt] === "%") {
      wantedAt += 1;
      [afterAny, mark] = [wantedAt, at];
    } else if (wanted[wantedAt] === "_" || (wanted[wantedAt] ?? "") === given[at]) {
      wantedAt += 1;
      at += 1;
    } else if (afterAny !== -1) {
      mark += 1;
      [at, wantedAt] = [mark, afterAny];
    } else {
      return false;
    }
  }
  return wanted.slice(wantedAt).every((each) => each === "%");
}

/** What is missing comes last, whichever way is up; `NaN` just before it. */
function compareForSort(left: Value, right: Value, ascending: boolean): number {
  const rank = (value: Value): number => (value === undefined ? 2 : Number.isNaN(value) ? 1 : 0);
  if (rank(left) !== rank(right)) return rank(left) - rank(right);
  if (rank(left) > 0) return 0;
  return compare(left as string, right as string) * (ascending ? 1 : -1);
}

/** Which comes first. */
export function compare<T extends string | number>(left: T, right: T): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
