/** The part of MLflow's client that has to do with the model registry. */

import type { Page } from "./core/entities.ts";
import { tagList, tagOf } from "./core/entry-value.ts";
import type { ModelStage, ModelVersion, RegisteredModel } from "./core/registry-entities.ts";
import type { RegistrySearchOptions, RegistryStore } from "./core/registry-store.ts";
import type { CallOptions } from "./core/tracking-store.ts";
import { TrackingClient } from "./tracking-client.ts";

/** A registered model to be. */
export interface CreateRegisteredModelOptions extends CallOptions {
  /** For people. */
  readonly description?: string;
  /** By their keys. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** A version of a registered model to be. */
export interface CreateModelVersionOptions extends CreateRegisteredModelOptions {
  /** The run that made the model. A server wants it for a model among a run's artifacts. */
  readonly runId?: string;
  /** Where that run can be looked at, for one of another server. */
  readonly runLink?: string;
}

/** Registered models and their versions, beside experiments and runs. `MlflowClient` is one, with artifacts. */
export class RegistryClient extends TrackingClient {
  /**
   * Makes a registered model, which has no version yet.
   *
   * @param name - without `/`, `:` and `%`
   * @throws MlflowError `RESOURCE_ALREADY_EXISTS`
   */
  async createRegisteredModel(
    name: string,
    options: CreateRegisteredModelOptions = {},
  ): Promise<RegisteredModel> {
    const { description, tags, ...call } = options;
    const words = description === undefined ? {} : { description };
    const model = { name, ...words, tags: tagList(tags) };
    return await (await this.#registry()).createRegisteredModel(model, call);
  }

  /** @throws MlflowError `RESOURCE_DOES_NOT_EXIST` */
  async getRegisteredModel(name: string, options: CallOptions = {}): Promise<RegisteredModel> {
    return await (await this.#registry()).getRegisteredModel(name, options);
  }

  /** One page of registered models; `nextPageToken` is given back as `pageToken` for the next. */
  async searchRegisteredModels(
    search: RegistrySearchOptions = {},
    options: CallOptions = {},
  ): Promise<Page<RegisteredModel>> {
    return await (await this.#registry()).searchRegisteredModels(search, options);
  }

  /**
   * Gives a registered model another name, with all its versions.
   *
   * @throws MlflowError `RESOURCE_ALREADY_EXISTS`
   */
  async renameRegisteredModel(
    name: string,
    newName: string,
    options: CallOptions = {},
  ): Promise<RegisteredModel> {
    return await (await this.#registry()).renameRegisteredModel(name, newName, options);
  }

  /** Describes a registered model anew. */
  async updateRegisteredModel(
    name: string,
    { description }: { readonly description: string },
    options: CallOptions = {},
  ): Promise<RegisteredModel> {
    return await (await this.#registry()).updateRegisteredModel(name, description, options);
  }

  /** Deletes a registered model with all its versions, for good. What they name as their source stays where it is. */
  async deleteRegisteredModel(name: string, options: CallOptions = {}): Promise<void> {
    await (await this.#registry()).deleteRegisteredModel(name, options);
  }

  /** Sets a tag of a registered model. */
  async setRegisteredModelTag(
    name: string,
    key: string,
    value: string | number | boolean,
    options: CallOptions = {},
  ): Promise<void> {
    const tag = tagOf(key, value);
    await (await this.#registry()).setRegisteredModelTag(name, tag, options);
  }

  /** Takes a tag of a registered model away. One that is not there is no error. */
  async deleteRegisteredModelTag(
    name: string,
    key: string,
    options: CallOptions = {},
  ): Promise<void> {
    await (await this.#registry()).deleteRegisteredModelTag(name, key, options);
  }

  /**
   * The greatest version of each stage.
   *
   * @param stages - Default: all of them
   */
  async getLatestVersions(
    name: string,
    stages: readonly ModelStage[] = [],
    options: CallOptions = {},
  ): Promise<readonly ModelVersion[]> {
    return await (await this.#registry()).getLatestVersions(name, stages, options);
  }

  /**
   * Registers a model as the next version of a registered one.
   *
   * @param name - of a registered model
   * @param source - where the model lies: `s3://…`, a run's artifact with its URI, or `models:/<name>/<version>` for where that version's lies
   * @throws MlflowError `RESOURCE_DOES_NOT_EXIST` when there is no such registered model
   *
   * @example
   * ```ts
   * await client.createRegisteredModel("pricing");
   * const { version } = await client.createModelVersion("pricing", "s3://models/pricing/model.tar.gz", { runId });
   * await client.setRegisteredModelAlias("pricing", "champion", version);
   * ```
   */
  async createModelVersion(
    name: string,
    source: string,
    options: CreateModelVersionOptions = {},
  ): Promise<ModelVersion> {
    const { tags, signal, ...given } = options;
    const version = { name, source, ...given, tags: tagList(tags) };
    return await (await this.#registry()).createModelVersion(version, { signal });
  }

  /** @throws MlflowError `RESOURCE_DOES_NOT_EXIST` */
  async getModelVersion(
    name: string,
    version: string | number,
    options: CallOptions = {},
  ): Promise<ModelVersion> {
    return await (await this.#registry()).getModelVersion(name, String(version), options);
  }

  /** One page of versions, of all registered models; `nextPageToken` is given back as `pageToken` for the next. */
  async searchModelVersions(
    search: RegistrySearchOptions = {},
    options: CallOptions = {},
  ): Promise<Page<ModelVersion>> {
    return await (await this.#registry()).searchModelVersions(search, options);
  }

  /** Describes a version anew. */
  async updateModelVersion(
    name: string,
    version: string | number,
    { description }: { readonly description: string },
    options: CallOptions = {},
  ): Promise<ModelVersion> {
    const registry = await this.#registry();
    return await registry.updateModelVersion(name, String(version), description, options);
  }

  /** Deletes a version, and the aliases that name it. Its number is not given again. */
  async deleteModelVersion(
    name: string,
    version: string | number,
    options: CallOptions = {},
  ): Promise<void> {
    await (await this.#registry()).deleteModelVersion(name, String(version), options);
  }

  /** Where a version's model lies. */
  async getModelVersionDownloadUri(
    name: string,
    version: string | number,
    options: CallOptions = {},
  ): Promise<string> {
    const registry = await this.#registry();
    return await registry.getModelVersionDownloadUri(name, String(version), options);
  }

  /** Sets a tag of a version. */
  async setModelVersionTag(
    name: string,
    version: string | number,
    key: string,
    value: string | number | boolean,
    options: CallOptions = {},
  ): Promise<void> {
    const registry = await this.#registry();
    await registry.setModelVersionTag(
      name,
      String(version),
      { key, value: String(value) },
      options,
    );
  }

  /** Takes a tag of a version away. One that is not there is no error. */
  async deleteModelVersionTag(
    name: string,
    version: string | number,
    key: string,
    options: CallOptions = {},
  ): Promise<void> {
    await (await this.#registry()).deleteModelVersionTag(name, String(version), key, options);
  }

  /**
   * Gives a version another stage. Aliases have taken the place of stages: {@link RegistryClient.setRegisteredModelAlias}.
   *
   * @param options - `archiveExistingVersions`: versions that are in `Staging` or `Production` now, and are to make room. Default: `false`
   */
  async transitionModelVersionStage(
    name: string,
    version: string | number,
    stage: ModelStage,
    options: CallOptions & { readonly archiveExistingVersions?: boolean } = {},
  ): Promise<ModelVersion> {
    const { archiveExistingVersions = false, ...call } = options;
    const [registry, number] = [await this.#registry(), String(version)];
    const archive = archiveExistingVersions;
    return await registry.transitionModelVersionStage(name, number, stage, archive, call);
  }

  /**
   * Lets an alias name a version, whichever it named before.
   *
   * @param alias - letters, digits, `_` and `-`; neither `latest` nor `v` with a number
   */
  async setRegisteredModelAlias(
    name: string,
    alias: string,
    version: string | number,
    options: CallOptions = {},
  ): Promise<void> {
    const registry = await this.#registry();
    await registry.setRegisteredModelAlias(name, alias, String(version), options);
  }

  /** Takes an alias away. One that is not there is no error. */
  async deleteRegisteredModelAlias(
    name: string,
    alias: string,
    options: CallOptions = {},
  ): Promise<void> {
    await (await this.#registry()).deleteRegisteredModelAlias(name, alias, options);
  }

  /**
   * The version that an alias names. To MLflow 3 `latest` is the greatest one.
   *
   * @throws MlflowError `INVALID_PARAMETER_VALUE` when there is no such alias: this is the code that MLflow has for it
   */
  async getModelVersionByAlias(
    name: string,
    alias: string,
    options: CallOptions = {},
  ): Promise<ModelVersion> {
    return await (await this.#registry()).getModelVersionByAlias(name, alias, options);
  }

  async #registry(): Promise<RegistryStore> {
    return await (await this.open()).openRegistry();
  }
}
