/** What a place that runs are logged to can do: a server, a SageMaker-managed one, a folder. One method a call of MLflow's REST API. */

import type {
  DatasetInput,
  ExperimentRecord,
  LogBatch,
  Metric,
  Page,
  RunInfo,
  RunRecord,
  RunStatus,
  Tag,
  ViewType,
} from "./entities.ts";

/** What each call takes beside what it is about. */
export interface CallOptions {
  /** Ends the call; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What to search for, in MLflow's filter grammar. */
export interface SearchOptions {
  /** `metrics.rmse < 1 and tags."team" = 'pricing'`. Default: everything. */
  readonly filter?: string;
  /** `["metrics.rmse ASC", "start_time DESC"]`. Default: the newest first. */
  readonly orderBy?: readonly string[];
  /** Default: `ACTIVE_ONLY`. */
  readonly viewType?: ViewType;
  /** Of one page: 1 to 50,000. Default: 1,000. */
  readonly maxResults?: number;
  /** From the page before. */
  readonly pageToken?: string;
}

/** A run to be. */
export interface NewRun {
  readonly experimentId: string;
  /** Default: made up by the store. */
  readonly runName?: string;
  /** Servers take 1970 for one that is not given. */
  readonly startTime: number;
  readonly userId?: string;
  readonly tags: readonly Tag[];
}

/** What of a run's own may change. */
export interface RunUpdate {
  readonly status?: RunStatus;
  readonly endTime?: number;
  readonly runName?: string;
}

/**
 * A tracking store. Every method rejects with an `MlflowError` that has MLflow's own error code: `RESOURCE_DOES_NOT_EXIST`,
 * `INVALID_PARAMETER_VALUE` …
 */
export interface TrackingStore {
  /** @returns the new experiment's id */
  createExperiment(
    experiment: {
      readonly name: string;
      readonly artifactLocation?: string;
      readonly tags?: readonly Tag[];
    },
    options?: CallOptions,
  ): Promise<string>;
  getExperiment(experimentId: string, options?: CallOptions): Promise<ExperimentRecord>;
  /** Deleted ones are found too. */
  getExperimentByName(name: string, options?: CallOptions): Promise<ExperimentRecord>;
  searchExperiments(search: SearchOptions, options?: CallOptions): Promise<Page<ExperimentRecord>>;
  updateExperiment(experimentId: string, newName: string, options?: CallOptions): Promise<void>;
  deleteExperiment(experimentId: string, options?: CallOptions): Promise<void>;
  restoreExperiment(experimentId: string, options?: CallOptions): Promise<void>;
  setExperimentTag(experimentId: string, tag: Tag, options?: CallOptions): Promise<void>;
  createRun(run: NewRun, options?: CallOptions): Promise<RunRecord>;
  getRun(runId: string, options?: CallOptions): Promise<RunRecord>;
  /** What is known of a run beside what was logged: cheaper than all of it, where a store can tell it alone. */
  getRunInfo(runId: string, options?: CallOptions): Promise<RunInfo>;
  updateRun(runId: string, update: RunUpdate, options?: CallOptions): Promise<void>;
  deleteRun(runId: string, options?: CallOptions): Promise<void>;
  restoreRun(runId: string, options?: CallOptions): Promise<void>;
  searchRuns(
    experimentIds: readonly string[],
    search: SearchOptions,
    options?: CallOptions,
  ): Promise<Page<RunRecord>>;
  /** Within a server's limits: see `splitBatch`. */
  logBatch(runId: string, batch: LogBatch, options?: CallOptions): Promise<void>;
  deleteTag(runId: string, key: string, options?: CallOptions): Promise<void>;
  logInputs(runId: string, datasets: readonly DatasetInput[], options?: CallOptions): Promise<void>;
  /** In the store's order: as the points were logged in a folder, by time and step from a database; a token of one metric is none of another's. */
  getMetricHistory(
    runId: string,
    key: string,
    page: { readonly maxResults?: number; readonly pageToken?: string },
    options?: CallOptions,
  ): Promise<Page<Metric>>;
}
