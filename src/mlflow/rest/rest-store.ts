/** A tracking store that is an MLflow server. */

import type {
  DatasetInput,
  ExperimentRecord,
  LogBatch,
  Metric,
  Page,
  RunInfo,
  RunRecord,
  Tag,
} from "../core/entities.ts";
import type {
  CallOptions,
  NewRun,
  RunUpdate,
  SearchOptions,
  TrackingStore,
} from "../core/tracking-store.ts";
import { metricFromWire, metricToWire, numberFromWire, toCamelCase } from "../core/wire-json.ts";
import { pageOf } from "./page.ts";
import { isMarked, requestMark } from "./request-mark.ts";
import type { RestCall, RestCaller } from "./rest-caller.ts";

const MOST_RESULTS = 1000;

/** The calls of MLflow's REST API that have to do with experiments and runs. */
export class RestStore implements TrackingStore {
  readonly #caller: RestCaller;

  constructor(caller: RestCaller) {
    this.#caller = caller;
  }

  async createExperiment(
    experiment: { name: string; artifactLocation?: string; tags?: readonly Tag[] },
    options: CallOptions = {},
  ): Promise<string> {
    const answer = await this.#post("experiments/create", { ...experiment }, options);
    return String(answer["experiment_id"]);
  }

  async getExperiment(experimentId: string, options: CallOptions = {}): Promise<ExperimentRecord> {
    const answer = await this.#get("experiments/get", { experimentId }, options);
    return experimentFromWire(answer["experiment"]);
  }

  async getExperimentByName(name: string, options: CallOptions = {}): Promise<ExperimentRecord> {
    const fields = { experimentName: name };
    const answer = await this.#get("experiments/get-by-name", fields, options);
    return experimentFromWire(answer["experiment"]);
  }

  async searchExperiments(
    search: SearchOptions,
    options: CallOptions = {},
  ): Promise<Page<ExperimentRecord>> {
    const answer = await this.#post("experiments/search", searchFields(search), options);
    return pageOf(answer, "experiments", experimentFromWire);
  }

  async updateExperiment(
    experimentId: string,
    newName: string,
    options: CallOptions = {},
  ): Promise<void> {
    await this.#post("experiments/update", { newName, experimentId }, options);
  }

  async deleteExperiment(experimentId: string, options: CallOptions = {}): Promise<void> {
    await this.#post("experiments/delete", { experimentId }, options);
  }

  async restoreExperiment(experimentId: string, options: CallOptions = {}): Promise<void> {
    await this.#post("experiments/restore", { experimentId }, options);
  }

  async setExperimentTag(experimentId: string, tag: Tag, options: CallOptions = {}): Promise<void> {
    await this.#post("experiments/set-experiment-tag", { ...tag, experimentId }, options);
  }

  async createRun(run: NewRun, options: CallOptions = {}): Promise<RunRecord> {
    const { experimentId, tags, ...rest } = run;
    const mark = requestMark();
    const fields = { ...rest, tags: [...tags, mark], experimentId };
    const answer = await this.#caller.callOnce(
      { method: "POST", path: "runs/create", fields, ...options },
      {
        method: "POST",
        path: "runs/search",
        fields: { filter: isMarked(mark), maxResults: 1, experimentIds: [experimentId] },
        ...options,
      },
      ({ runs }) => (Array.isArray(runs) && runs.length > 0 ? { run: runs[0] } : undefined),
    );
    return runFromWire(answer["run"]);
  }

  async getRun(runId: string, options: CallOptions = {}): Promise<RunRecord> {
    return runFromWire((await this.#get("runs/get", { runId }, options))["run"]);
  }

  async getRunInfo(runId: string, options: CallOptions = {}): Promise<RunInfo> {
    return (await this.getRun(runId, options)).info;
  }

  async updateRun(runId: string, update: RunUpdate, options: CallOptions = {}): Promise<void> {
    await this.#post("runs/update", { ...update, runId }, options);
  }

  async deleteRun(runId: string, options: CallOptions = {}): Promise<void> {
    await this.#post("runs/delete", { runId }, options);
  }

  async restoreRun(runId: string, options: CallOptions = {}): Promise<void> {
    await this.#post("runs/restore", { runId }, options);
  }

  async searchRuns(
    experimentIds: readonly string[],
    search: SearchOptions,
    options: CallOptions = {},
  ): Promise<Page<RunRecord>> {
    const { viewType: runViewType, ...rest } = searchFields(search);
    const fields = { ...rest, runViewType, experimentIds };
    return pageOf(await this.#post("runs/search", fields, options), "runs", runFromWire);
  }

  async logBatch(runId: string, batch: LogBatch, options: CallOptions = {}): Promise<void> {
    const { metrics = [], params = [], tags = [] } = batch;
    const fields = { metrics: metrics.map(metricToWire), params, tags, runId };
    await this.#post("runs/log-batch", fields, options);
  }

  async deleteTag(runId: string, key: string, options: CallOptions = {}): Promise<void> {
    await this.#post("runs/delete-tag", { key, runId }, options);
  }

  async logInputs(
    runId: string,
    datasets: readonly DatasetInput[],
    options: CallOptions = {},
  ): Promise<void> {
    await this.#post("runs/log-inputs", { datasets, runId }, options);
  }

  async getMetricHistory(
    runId: string,
    key: string,
    { maxResults = MOST_RESULTS, pageToken }: { maxResults?: number; pageToken?: string },
    options: CallOptions = {},
  ): Promise<Page<Metric>> {
    // Without a number some servers answer with no points at all, and a token.
    const fields = { metricKey: key, maxResults, pageToken, runId };
    const answer = await this.#get("metrics/get-history", fields, options);
    return pageOf(answer, "metrics", metricFromWire);
  }

  // The run's id comes last in every message: servers read a message up to the first value of a wrong type, answer 200 and drop
  // the rest, so that a mistake would go unnoticed.
  async #post(path: string, fields: RestCall["fields"], { signal }: CallOptions) {
    return await this.#caller.call({ method: "POST", path, ...(fields && { fields }), signal });
  }

  async #get(path: string, fields: RestCall["fields"], { signal }: CallOptions) {
    return await this.#caller.call({ method: "GET", path, ...(fields && { fields }), signal });
  }
}

function searchFields({ filter, orderBy, viewType = "ACTIVE_ONLY", ...page }: SearchOptions) {
  return {
    filter,
    orderBy,
    viewType,
    maxResults: page.maxResults ?? MOST_RESULTS,
    pageToken: page.pageToken,
  };
}

/** Protobuf leaves out what is empty or zero. */
function experimentFromWire(value: unknown): ExperimentRecord {
  const given = toCamelCase(value) as unknown as Partial<ExperimentRecord>;
  return {
    experimentId: given.experimentId ?? "",
    name: given.name ?? "",
    artifactLocation: given.artifactLocation ?? "",
    lifecycleStage: given.lifecycleStage ?? "active",
    ...times(given, "creationTime", "lastUpdateTime"),
    tags: (given.tags ?? []).map(tagFromWire),
  };
}

function runFromWire(value: unknown): RunRecord {
  const { info, data, inputs } = toCamelCase(value) as unknown as {
    readonly info?: Partial<RunInfo>;
    readonly data?: {
      readonly metrics?: unknown[];
      readonly params?: Tag[];
      readonly tags?: Tag[];
    };
    readonly inputs?: { readonly datasetInputs?: DatasetInput[] };
  };
  return {
    info: {
      runId: info?.runId ?? "",
      experimentId: info?.experimentId ?? "",
      runName: info?.runName ?? "",
      ...(info?.userId !== undefined && { userId: info.userId }),
      status: info?.status ?? "RUNNING",
      startTime: numberFromWire(info?.startTime),
      ...times(info ?? {}, "endTime"),
      artifactUri: info?.artifactUri ?? "",
      lifecycleStage: info?.lifecycleStage ?? "active",
    },
    data: {
      metrics: (data?.metrics ?? []).map(metricFromWire),
      params: (data?.params ?? []).map(tagFromWire),
      tags: (data?.tags ?? []).map(tagFromWire),
    },
    inputs: {
      datasetInputs: (inputs?.datasetInputs ?? []).map(({ dataset, tags = [] }) => ({
        dataset,
        tags: tags.map(tagFromWire),
      })),
    },
  };
}

function tagFromWire({ key = "", value = "" }: Partial<Tag>): Tag {
  return { key, value };
}

/** Times that are there: some servers write them as texts. */
function times<K extends string>(given: { readonly [N in K]?: unknown }, ...names: K[]) {
  return Object.fromEntries(
    names
      .filter((name) => given[name] !== undefined)
      .map((name) => [name, numberFromWire(given[name])]),
  ) as { readonly [N in K]?: number };
}
