/** The part of MLflow's client that has to do with experiments, and with the store that all parts of it speak to. */

import { readEnvironment } from "../environment.ts";
import type { Page } from "./core/entities.ts";
import { tagList, tagOf } from "./core/entry-value.ts";
import { findExperiment, setExperiment } from "./core/set-experiment.ts";
import type { CallOptions, SearchOptions, TrackingStore } from "./core/tracking-store.ts";
import { readTrackingUri } from "./core/tracking-uri.ts";
import { type Experiment, experimentOf } from "./entities.ts";
import { type OpenOptions, type OpenStore, openStore } from "./open-store.ts";

/** Where runs are logged to, and how. */
export interface TrackingClientOptions extends OpenOptions {
  /**
   * A server (`https://…`), the ARN of a SageMaker-managed tracking server or app, or a folder (`file:./mlruns`).
   * Default: `MLFLOW_TRACKING_URI`, else `file:./mlruns`.
   */
  readonly trackingUri?: string;
  /** What is logged waits so long for company before it is sent, in milliseconds. Default: 1,000. */
  readonly bufferMs?: number;
  /** Told of what could not be logged while nobody waited for it. Default: a warning of the process. */
  readonly onError?: (error: unknown) => void;
}

/** Experiments. `MlflowClient` is one, with all the rest. */
export class ExperimentClient {
  /** Where runs are logged to. */
  readonly trackingUri: string;
  readonly #options: TrackingClientOptions;
  #open: Promise<OpenStore> | undefined;

  /**
   * Nothing is asked of the store before the first call.
   *
   * @throws MlflowError when the tracking URI means nothing
   */
  constructor(options: TrackingClientOptions = {}) {
    this.#options = options;
    this.trackingUri =
      options.trackingUri ?? readEnvironment().mlflow.trackingUri ?? "file:./mlruns";
    readTrackingUri(this.trackingUri);
  }

  /**
   * Makes an experiment.
   *
   * @param name - at most 500 characters
   * @param options - `artifactLocation`: where its runs keep their artifacts, by default where the store does
   * @returns its id
   * @throws MlflowError `RESOURCE_ALREADY_EXISTS`, when there is one of this name, deleted ones included
   */
  async createExperiment(
    name: string,
    options: CallOptions & {
      readonly artifactLocation?: string;
      readonly tags?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<string> {
    const { artifactLocation, tags, ...call } = options;
    const location = artifactLocation === undefined ? {} : { artifactLocation };
    const experiment = { name, ...location, tags: tagList(tags) };
    return await (await this.store()).createExperiment(experiment, call);
  }

  /**
   * The experiment of this name: found, restored when it was deleted, or made.
   *
   * @param name - at most 500 characters
   * @returns its id
   */
  async setExperiment(name: string, options: CallOptions = {}): Promise<string> {
    return await setExperiment(await this.store(), name, options);
  }

  /** @throws MlflowError `RESOURCE_DOES_NOT_EXIST` */
  async getExperiment(experimentId: string, options: CallOptions = {}): Promise<Experiment> {
    return experimentOf(await (await this.store()).getExperiment(experimentId, options));
  }

  /** The experiment of this name, a deleted one too; `undefined` when there is none. */
  async getExperimentByName(
    name: string,
    options: CallOptions = {},
  ): Promise<Experiment | undefined> {
    const found = await findExperiment(await this.store(), name, options);
    return found && experimentOf(found);
  }

  /** One page of experiments; `nextPageToken` is given back as `pageToken` for the next. */
  async searchExperiments(
    search: SearchOptions = {},
    options: CallOptions = {},
  ): Promise<Page<Experiment>> {
    const { items, ...rest } = await (await this.store()).searchExperiments(search, options);
    return { items: items.map(experimentOf), ...rest };
  }

  /** Gives an experiment another name. */
  async renameExperiment(
    experimentId: string,
    newName: string,
    options: CallOptions = {},
  ): Promise<void> {
    await (await this.store()).updateExperiment(experimentId, newName, options);
  }

  /** Deletes an experiment; it can be restored until the store is cleaned. */
  async deleteExperiment(experimentId: string, options: CallOptions = {}): Promise<void> {
    await (await this.store()).deleteExperiment(experimentId, options);
  }

  /** Brings a deleted experiment back. */
  async restoreExperiment(experimentId: string, options: CallOptions = {}): Promise<void> {
    await (await this.store()).restoreExperiment(experimentId, options);
  }

  /** Sets a tag of an experiment. */
  async setExperimentTag(
    experimentId: string,
    key: string,
    value: string,
    options: CallOptions = {},
  ): Promise<void> {
    const tag = tagOf(key, value);
    await (await this.store()).setExperimentTag(experimentId, tag, options);
  }

  /** Where runs are kept. @internal */
  protected async store(): Promise<TrackingStore> {
    return (await this.open()).store;
  }

  /** The store, and where it is. @internal */
  protected open(): Promise<OpenStore> {
    this.#open ??= openStore(this.trackingUri, this.#options);
    return this.#open;
  }
}
