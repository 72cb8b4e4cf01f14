/** MLflow's entities, with the names of its Python client in camelCase. Times are milliseconds since 1970, as MLflow has them. */

/** Whether an experiment or a run is there, or was deleted and can be restored. */
export type LifecycleStage = "active" | "deleted";

/** What a run is at. `RUNNING` and `SCHEDULED` go on; the others have ended. */
export type RunStatus = "RUNNING" | "SCHEDULED" | "FINISHED" | "FAILED" | "KILLED";

/** Which of the active and the deleted are meant. */
export type ViewType = "ACTIVE_ONLY" | "DELETED_ONLY" | "ALL";

/** One point of a metric. */
export interface Metric {
  /** At most 250 characters: letters, digits, `_`, `-`, `.`, `/`, space (and `:` on most servers). */
  readonly key: string;
  /** Any number: `NaN` and infinities too. */
  readonly value: number;
  /** Milliseconds since 1970, whole. */
  readonly timestamp: number;
  /** Which step of the training, whole. */
  readonly step: number;
}

/** A parameter: written once. */
export interface Param {
  /** As a metric's. */
  readonly key: string;
  /** At most 6,000 characters; servers cut longer ones without a word. */
  readonly value: string;
}

/** A tag: may be written again. */
export interface Tag {
  /** As a metric's; those that begin with `mlflow.` have a meaning for MLflow. */
  readonly key: string;
  /** At most 8,000 characters on current servers. */
  readonly value: string;
}

/** An experiment, as a store keeps it. */
export interface ExperimentRecord {
  readonly experimentId: string;
  readonly name: string;
  /** Where its runs keep their artifacts. */
  readonly artifactLocation: string;
  readonly lifecycleStage: LifecycleStage;
  readonly creationTime?: number;
  readonly lastUpdateTime?: number;
  readonly tags: readonly Tag[];
}

/** What is known of a run beside what was logged. */
export interface RunInfo {
  /** Names it among all runs of the store. */
  readonly runId: string;
  /** The experiment that it belongs to. */
  readonly experimentId: string;
  /** For people: several runs may have it. */
  readonly runName: string;
  /** Who started it, where that was told. */
  readonly userId?: string;
  /** What it is at. */
  readonly status: RunStatus;
  /** Milliseconds since 1970. */
  readonly startTime: number;
  /** Milliseconds since 1970; missing while the run goes on. */
  readonly endTime?: number;
  /** Where its artifacts lie. */
  readonly artifactUri: string;
  /** Whether it was deleted. */
  readonly lifecycleStage: LifecycleStage;
}

/** A data set that went into a run. */
export interface DatasetInput {
  /** The data. */
  readonly dataset: {
    /** For people. */
    readonly name: string;
    /** Tells one state of the data from another: 8 to 36 characters. */
    readonly digest: string;
    /** `local`, `s3`, `http` … */
    readonly sourceType: string;
    /** JSON, in the source's own form: `{"uri":"s3://…"}`. */
    readonly source: string;
    /** JSON: MLflow's schema of the columns. */
    readonly schema?: string;
    /** JSON: what is known of the data, `{"num_rows":64}`. */
    readonly profile?: string;
  };
  /** `mlflow.data.context` says what the data was for: `training`, `evaluation`. */
  readonly tags: readonly Tag[];
}

/** A run, as a store keeps it. */
export interface RunRecord {
  readonly info: RunInfo;
  readonly data: {
    /** The last point of each metric: the greatest step, then the latest time, then the greatest value. */
    readonly metrics: readonly Metric[];
    readonly params: readonly Param[];
    readonly tags: readonly Tag[];
  };
  /** What went into it. */
  readonly inputs: {
    /** The data. */
    readonly datasetInputs: readonly DatasetInput[];
  };
}

/** A file or folder among a run's artifacts. */
export interface FileInfo {
  /** Below the run's artifacts: `plots/fit.svg`. */
  readonly path: string;
  /** Whether it is a folder. */
  readonly isDir: boolean;
  /** Bytes; missing for folders, and where a server does not say. */
  readonly fileSize?: number;
}

/** Some of many, and how to come by more. */
export interface Page<T> {
  /** In their order. */
  readonly items: readonly T[];
  /** Given back for the next page; missing on the last one. */
  readonly nextPageToken?: string;
}

/** What is logged at once. */
export interface LogBatch {
  /** Points of metrics, in their order. */
  readonly metrics?: readonly Metric[];
  /** Parameters: each is written once. */
  readonly params?: readonly Param[];
  /** Tags: the last value counts. */
  readonly tags?: readonly Tag[];
}
