/** The client of MLflow: experiments, runs, what is logged to them, their artifacts, and registered models. */

import type { Session } from "../session.ts";
import { artifactFilePath, artifactPath } from "./core/artifact-path.ts";
import type { ArtifactStore } from "./core/artifact-store.ts";
import type { FileInfo } from "./core/entities.ts";
import type { CallOptions } from "./core/tracking-store.ts";
import type { TrackingClientOptions } from "./experiment-client.ts";
import { RegistryClient } from "./registry-client.ts";

/** Where runs are logged to, and how. */
export type MlflowClientOptions = TrackingClientOptions;

/** So many runs' places of artifacts are remembered. */
const MOST_PLACES = 100;

/**
 * Logs to MLflow, and reads from it. The names are those of MLflow's Python client in camelCase.
 *
 * What is logged is collected and sent in batches, in order: `logMetric`, `logParam`, `setTag` and `logBatch` resolve as soon as there
 * is room, {@link MlflowClient.flush} when all is there. Whatever reads a run or ends it sends what waits first.
 *
 * @example
 * ```ts
 * import { MlflowClient } from "sagemaker-estimator/mlflow";
 *
 * const client = new MlflowClient({ trackingUri: "http://127.0.0.1:5000" });
 * const experimentId = await client.setExperiment("pricing");
 * const { info } = await client.createRun(experimentId, { runName: "glm" });
 * for (let step = 0; step < 100; step += 1) await client.logMetric(info.runId, "deviance", 100 / (step + 1), { step });
 * await client.setTerminated(info.runId);
 * ```
 */
export class MlflowClient extends RegistryClient {
  readonly #session: Session | undefined;
  readonly #places = new Map<string, Promise<ArtifactStore>>();

  /**
   * Nothing is asked of the store before the first call.
   *
   * @throws MlflowError when the tracking URI means nothing
   */
  constructor(options: MlflowClientOptions = {}) {
    super(options);
    this.#session = options.session;
  }

  /**
   * Keeps a file among a run's artifacts.
   *
   * @param localPath - the file; its name stays
   * @param folder - the folder among the artifacts: `plots`. Default: the artifacts themselves
   * @throws TransferError when it cannot be read; MlflowError when it cannot be kept
   */
  async logArtifact(
    runId: string,
    localPath: string,
    folder = "",
    options: CallOptions = {},
  ): Promise<void> {
    const { putTree } = await import("./artifacts/artifact-work.ts");
    await putTree(await this.#artifacts(runId, options), localPath, folder, false, options);
  }

  /**
   * Keeps everything below a folder among a run's artifacts.
   *
   * @param localFolder - the folder; its own name is not kept, as in Python
   * @param folder - the folder among the artifacts. Default: the artifacts themselves
   * @throws TransferError when something cannot be read, with all of it; MlflowError when something cannot be kept: it names the files that
   *   were refused, and the others are kept
   */
  async logArtifacts(
    runId: string,
    localFolder: string,
    folder = "",
    options: CallOptions = {},
  ): Promise<void> {
    const { putTree } = await import("./artifacts/artifact-work.ts");
    await putTree(await this.#artifacts(runId, options), localFolder, folder, true, options);
  }

  /**
   * Keeps a text.
   *
   * @param artifactFile - where: `notes/fit.md`
   */
  async logText(
    runId: string,
    text: string,
    artifactFile: string,
    options: CallOptions = {},
  ): Promise<void> {
    await this.#put(runId, Buffer.from(text), artifactFile, options);
  }

  /**
   * Keeps a value as JSON.
   *
   * @param artifactFile - where: `coefficients.json`
   */
  async logDict(
    runId: string,
    value: unknown,
    artifactFile: string,
    options: CallOptions = {},
  ): Promise<void> {
    const json = `${JSON.stringify(value, undefined, 2)}\n`;
    await this.#put(runId, Buffer.from(json), artifactFile, options);
  }

  /**
   * Keeps a picture, which MLflow's UI shows: SVG or HTML as a text, PNG or JPEG as bytes.
   *
   * @param artifactFile - where: `plots/fit.svg`. Its ending says what it is
   */
  async logFigure(
    runId: string,
    figure: string | Uint8Array,
    artifactFile: string,
    options: CallOptions = {},
  ): Promise<void> {
    await this.#put(runId, Buffer.from(figure as Uint8Array), artifactFile, options);
  }

  /**
   * What lies directly in a folder of a run's artifacts, by name.
   *
   * @param folder - Default: the artifacts themselves
   */
  async listArtifacts(
    runId: string,
    folder = "",
    options: CallOptions = {},
  ): Promise<readonly FileInfo[]> {
    const files = await (await this.#artifacts(runId, options)).list(artifactPath(folder), options);
    return files.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  }

  /**
   * Brings artifacts here: a file, or a folder with all that lies in it. Each file is whole or absent.
   *
   * @param path - among the artifacts; empty for all of them
   * @param localFolder - made if need be
   * @returns where the file or folder is now
   * @throws MlflowError `RESOURCE_DOES_NOT_EXIST` when there is none
   */
  async downloadArtifacts(
    runId: string,
    path: string,
    localFolder: string,
    options: CallOptions = {},
  ): Promise<string> {
    const { getTree } = await import("./artifacts/artifact-work.ts");
    return await getTree(await this.#artifacts(runId, options), path, localFolder, options);
  }

  async #put(
    runId: string,
    bytes: Buffer,
    artifactFile: string,
    options: CallOptions,
  ): Promise<void> {
    const path = artifactFilePath(artifactFile);
    await (await this.#artifacts(runId, options)).put(path, { bytes }, options);
  }

  /** Where a run's artifacts lie never changes. */
  async #artifacts(runId: string, options: CallOptions): Promise<ArtifactStore> {
    let place = this.#places.get(runId);
    if (place === undefined) {
      place = this.#openArtifacts(runId, options);
      if (this.#places.size >= MOST_PLACES) this.#places.clear();
      this.#places.set(runId, place);
      // What failed is asked again.
      place.catch(() => this.#places.delete(runId));
    }
    return await place;
  }

  async #openArtifacts(runId: string, options: CallOptions): Promise<ArtifactStore> {
    const { store, caller } = await this.open();
    const { artifactUri } = await store.getRunInfo(runId, options);
    const { openArtifacts } = await import("./artifacts/open-artifacts.ts");
    return await openArtifacts(artifactUri, caller, this.#session);
  }
}
