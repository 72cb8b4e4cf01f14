/** What MLflow's model registry holds, with the names of its Python client in camelCase. Times are milliseconds since 1970. */

/** Stages of versions, as registries had them before aliases; servers still have them. */
export type ModelStage = "None" | "Staging" | "Production" | "Archived";

/** Whether a version is ready for use. */
export type ModelVersionStatus = "PENDING_REGISTRATION" | "FAILED_REGISTRATION" | "READY";

/** One version of a registered model. */
export interface ModelVersion {
  /** The registered model that it is a version of. */
  readonly name: string;
  /** Its number, as a text: `"1"`. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly creationTimestamp: number;
  /** Milliseconds since 1970. */
  readonly lastUpdatedTimestamp?: number;
  /** For people. */
  readonly description?: string;
  /** Who registered it, where that was told. */
  readonly userId?: string;
  /** Where the model lies: `s3://…`, an artifact of a run. */
  readonly source: string;
  /** The run that made the model, where that was told. */
  readonly runId?: string;
  /** Where that run can be looked at, for one of another server. */
  readonly runLink?: string;
  /** Default: `None`. */
  readonly currentStage: ModelStage;
  /** Whether it is ready for use. */
  readonly status: ModelVersionStatus;
  /** Why it is not. */
  readonly statusMessage?: string;
  /** By their keys. */
  readonly tags: Readonly<Record<string, string>>;
  /** The aliases of the model that name this version. */
  readonly aliases: readonly string[];
}

/** A model that has versions. */
export interface RegisteredModel {
  /** No other model of the registry has it. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly creationTimestamp: number;
  /** Milliseconds since 1970. */
  readonly lastUpdatedTimestamp?: number;
  /** For people. */
  readonly description?: string;
  /** The greatest version of each stage. */
  readonly latestVersions: readonly ModelVersion[];
  /** By their keys. */
  readonly tags: Readonly<Record<string, string>>;
  /** Which version each alias names: `{ champion: "3" }`. */
  readonly aliases: Readonly<Record<string, string>>;
}
