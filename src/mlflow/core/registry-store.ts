/** What a model registry can do: a server's, or a folder's. One method a call of MLflow's REST API. */

import type { Page, Tag } from "./entities.ts";
import type { ModelStage, ModelVersion, RegisteredModel } from "./registry-entities.ts";
import type { CallOptions, SearchOptions } from "./tracking-store.ts";

/** What to search a registry for, in MLflow's filter grammar. */
export interface RegistrySearchOptions extends Omit<SearchOptions, "viewType"> {
  /** `name LIKE 'pricing%' and tags.team = 'actuaries'`; versions have `run_id`, `source_path` and `version_number` too. Default: everything. */
  readonly filter?: string;
  /** `["last_updated_timestamp DESC"]`. Default: models by name; versions the last updated first. */
  readonly orderBy?: readonly string[];
  /** Of one page: 1 to 1,000 models or 200,000 versions. Default: 100 models, 10,000 versions. */
  readonly maxResults?: number;
}

/** A registered model to be. */
export interface NewRegisteredModel {
  readonly name: string;
  readonly description?: string;
  readonly tags: readonly Tag[];
}

/** A version to be. */
export interface NewModelVersion {
  readonly name: string;
  /** Where the model lies; `models:/<name>/<version>` is another version's place. */
  readonly source: string;
  readonly runId?: string;
  readonly runLink?: string;
  readonly description?: string;
  readonly tags: readonly Tag[];
}

/** A model registry. Every method rejects with an `MlflowError` that has MLflow's own error code. */
export interface RegistryStore {
  createRegisteredModel(model: NewRegisteredModel, options?: CallOptions): Promise<RegisteredModel>;
  getRegisteredModel(name: string, options?: CallOptions): Promise<RegisteredModel>;
  searchRegisteredModels(
    search: RegistrySearchOptions,
    options?: CallOptions,
  ): Promise<Page<RegisteredModel>>;
  renameRegisteredModel(
    name: string,
    newName: string,
    options?: CallOptions,
  ): Promise<RegisteredModel>;
  updateRegisteredModel(
    name: string,
    description: string,
    options?: CallOptions,
  ): Promise<RegisteredModel>;
  deleteRegisteredModel(name: string, options?: CallOptions): Promise<void>;
  setRegisteredModelTag(name: string, tag: Tag, options?: CallOptions): Promise<void>;
  /** One that is not there is no error. */
  deleteRegisteredModelTag(name: string, key: string, options?: CallOptions): Promise<void>;
  /** @param stages - Default: all */
  getLatestVersions(
    name: string,
    stages?: readonly string[],
    options?: CallOptions,
  ): Promise<readonly ModelVersion[]>;
  createModelVersion(version: NewModelVersion, options?: CallOptions): Promise<ModelVersion>;
  getModelVersion(name: string, version: string, options?: CallOptions): Promise<ModelVersion>;
  searchModelVersions(
    search: RegistrySearchOptions,
    options?: CallOptions,
  ): Promise<Page<ModelVersion>>;
  updateModelVersion(
    name: string,
    version: string,
    description: string,
    options?: CallOptions,
  ): Promise<ModelVersion>;
  deleteModelVersion(name: string, version: string, options?: CallOptions): Promise<void>;
  /** Where the model lies. */
  getModelVersionDownloadUri(name: string, version: string, options?: CallOptions): Promise<string>;
  setModelVersionTag(name: string, version: string, tag: Tag, options?: CallOptions): Promise<void>;
  /** One that is not there is no error. */
  deleteModelVersionTag(
    name: string,
    version: string,
    key: string,
    options?: CallOptions,
  ): Promise<void>;
  /** @param archiveExisting - versions that are in that stage go to `Archived` */
  transitionModelVersionStage(
    name: string,
    version: string,
    stage: ModelStage,
    archiveExisting: boolean,
    options?: CallOptions,
  ): Promise<ModelVersion>;
  setRegisteredModelAlias(
    name: string,
    alias: string,
    version: string,
    options?: CallOptions,
  ): Promise<void>;
  /** One that is not there is no error. */
  deleteRegisteredModelAlias(name: string, alias: string, options?: CallOptions): Promise<void>;
  /** @throws MlflowError `INVALID_PARAMETER_VALUE` when there is no such alias, as MLflow has it */
  getModelVersionByAlias(name: string, alias: string, options?: CallOptions): Promise<ModelVersion>;
}
