/**
 * A tracking store that is a folder, in the layout of MLflow's own (`mlruns`), so that MLflow itself reads it, and moves it into a
 * database by `mlflow migrate-filestore`.
 */

import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
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
import { keyProblem } from "../core/entry-key.ts";
import { LIMITS } from "../core/limits.ts";
import { MlflowError } from "../core/mlflow-error.ts";
import { randomRunName } from "../core/run-name.ts";
import type { NewRun, RunUpdate, SearchOptions, TrackingStore } from "../core/tracking-store.ts";
import { readDatasets, writeDatasets } from "./datasets.ts";
import { ExperimentFolders } from "./experiment-folders.ts";
import { readRunMeta, writeRunMeta } from "./meta.ts";
import {
  appendMetrics,
  ignoreMissing,
  readEntries,
  readLatestMetrics,
  readPoints,
  writeEntry,
} from "./run-folder.ts";
import { isShown, pageOf, searchExperiments, searchRuns } from "./search.ts";

/** A run, and where it lies. */
interface RunPlace {
  readonly experimentFolder: string;
  readonly folder: string;
  readonly info: RunInfo;
}

const MOST_SEEN = 1000;
const RUN_NAME = "mlflow.runName";

/** Experiments and runs below one folder. Any number of processes may use it; it is made by the first write. */
export class FileStore implements TrackingStore {
  readonly #experiments: ExperimentFolders;
  /** Where runs were found before: they move with their experiment only. */
  readonly #seen = new Map<string, string>();

  /**
   * @param root - the folder: `mlruns`
   * @param make - called before the first write makes it
   */
  constructor(root: string, make: () => void = () => {}) {
    this.#experiments = new ExperimentFolders(root, make);
  }

  async createExperiment(experiment: {
    readonly name: string;
    readonly artifactLocation?: string;
    readonly tags?: readonly Tag[];
  }): Promise<string> {
    const { name, artifactLocation, tags = [] } = experiment;
    checkKeys(tags);
    await this.#experiments.ready();
    return await this.#experiments.create(name, artifactLocation, tags);
  }

  async getExperiment(experimentId: string): Promise<ExperimentRecord> {
    return await this.#experiments.read(await this.#experiments.find(experimentId));
  }

  async getExperimentByName(name: string): Promise<ExperimentRecord> {
    const found = (await this.#experiments.list()).find(({ meta }) => meta.name === name);
    if (found === undefined) {
      throw missing(`Could not find experiment with name '${name}'`);
    }
    return await this.#experiments.read(found);
  }

  async searchExperiments(search: SearchOptions): Promise<Page<ExperimentRecord>> {
    const shown = (await this.#experiments.list()).filter(({ meta }) =>
      isShown(meta.lifecycleStage, search.viewType),
    );
    const records = await Promise.all(shown.map((each) => this.#experiments.read(each)));
    return searchExperiments(records, search);
  }

  async updateExperiment(experimentId: string, newName: string): Promise<void> {
    await this.#experiments.ready();
    await this.#experiments.rename(experimentId, newName);
  }

  async deleteExperiment(experimentId: string): Promise<void> {
    await this.#experiments.ready();
    await this.#experiments.delete(experimentId);
  }

  async restoreExperiment(experimentId: string): Promise<void> {
    await this.#experiments.restore(experimentId);
  }

  async setExperimentTag(experimentId: string, tag: Tag): Promise<void> {
    checkKeys([tag]);
    await this.#experiments.setTag(experimentId, tag);
  }

  async createRun(run: NewRun): Promise<RunRecord> {
    checkKeys(run.tags);
    await this.#experiments.ready();
    const { folder: experimentFolder, meta } = await this.#experiments.find(run.experimentId);
    if (meta.lifecycleStage !== "active") {
      throw new MlflowError(
        "INVALID_PARAMETER_VALUE",
        `The experiment ${run.experimentId} must be in the 'active' state. Current state is deleted.`,
        { status: 400 },
      );
    }
    const named = run.tags.find(({ key }) => key === RUN_NAME)?.value;
    const runName = run.runName || named || randomRunName();
    const runId = randomBytes(16).toString("hex");
    const folder = join(experimentFolder, runId);
    await Promise.all(
      ["metrics", "params", "tags", "artifacts"].map((name) =>
        mkdir(join(folder, name), { recursive: true }),
      ),
    );
    const tags = [
      ...run.tags.filter(({ key }) => key !== RUN_NAME),
      { key: RUN_NAME, value: runName },
    ];
    for (const tag of tags) await writeEntry(folder, "tags", cut(tag, LIMITS.tagValueLength));
    // The last file makes it a run.
    await writeRunMeta(folder, {
      runId,
      experimentId: run.experimentId,
      runName,
      ...(run.userId !== undefined && { userId: run.userId }),
      status: "RUNNING",
      startTime: run.startTime,
      artifactUri: `${meta.artifactLocation.replace(/\/$/, "")}/${runId}/artifacts`,
      lifecycleStage: "active",
    });
    return await this.getRun(runId);
  }

  async getRun(runId: string): Promise<RunRecord> {
    return await this.#read(await this.#find(runId));
  }

  async updateRun(runId: string, { status, endTime, runName }: RunUpdate): Promise<void> {
    const { folder, info } = await this.#findActive(runId);
    const changed = {
      ...info,
      ...(status !== undefined && { status }),
      ...(endTime !== undefined && { endTime }),
      ...(runName !== undefined && { runName }),
    };
    await writeRunMeta(folder, changed);
    if (runName !== undefined) {
      await writeEntry(folder, "tags", { key: RUN_NAME, value: runName });
    }
  }

  async deleteRun(runId: string): Promise<void> {
    const { folder, info } = await this.#findActive(runId);
    await writeRunMeta(folder, { ...info, lifecycleStage: "deleted" });
  }

  async restoreRun(runId: string): Promise<void> {
    const { folder, info } = await this.#find(runId);
    await writeRunMeta(folder, { ...info, lifecycleStage: "active" });
  }

  async searchRuns(
    experimentIds: readonly string[],
    search: SearchOptions,
  ): Promise<Page<RunRecord>> {
    const runs: RunRecord[] = [];
    for (const experimentId of new Set(experimentIds)) {
      const { folder } = await this.#experiments.find(experimentId);
      for (const place of await this.#list(folder)) {
        if (isShown(place.info.lifecycleStage, search.viewType)) runs.push(await this.#read(place));
      }
    }
    return searchRuns(runs, search);
  }

  async logBatch(runId: string, { metrics = [], params = [], tags = [] }: LogBatch): Promise<void> {
    checkKeys([...metrics, ...params, ...tags]);
    const { folder } = await this.#findActive(runId);
    const shortParams = params.map((param) => cut(param, LIMITS.paramValueLength));
    for (const param of shortParams) await checkParam(folder, runId, param);
    await asTold(async () => {
      for (const param of shortParams) await writeEntry(folder, "params", param);
      await appendMetrics(join(folder, "metrics"), metrics);
      for (const tag of tags) await writeEntry(folder, "tags", cut(tag, LIMITS.tagValueLength));
    });
    const name = tags.findLast(({ key }) => key === RUN_NAME);
    if (name !== undefined) await this.updateRun(runId, { runName: name.value });
  }

  async deleteTag(runId: string, key: string): Promise<void> {
    checkKeys([{ key }]);
    const { folder } = await this.#findActive(runId);
    try {
      await rm(join(folder, "tags", key));
    } catch (error) {
      ignoreMissing(error);
      throw missing(`No tag with name: ${key} in run with id ${runId}`);
    }
  }

  async logInputs(runId: string, datasets: readonly DatasetInput[]): Promise<void> {
    const { experimentFolder, folder } = await this.#findActive(runId);
    await writeDatasets(experimentFolder, folder, runId, datasets);
  }

  async getMetricHistory(
    runId: string,
    key: string,
    { maxResults, pageToken }: { readonly maxResults?: number; readonly pageToken?: string },
  ): Promise<Page<Metric>> {
    checkKeys([{ key }]);
    const { folder } = await this.#find(runId);
    const path = join(folder, "metrics", key);
    const isMetric = (await stat(path).catch(ignoreMissing))?.isFile() ?? false;
    const points: Metric[] = [];
    if (isMetric) for await (const point of readPoints(path, key)) points.push(point);
    return pageOf(points, maxResults ?? points.length, pageToken);
  }

  async #read({ experimentFolder, folder, info }: RunPlace): Promise<RunRecord> {
    const [metrics, params, tags, datasetInputs] = await Promise.all([
      readLatestMetrics(join(folder, "metrics")),
      readEntries(join(folder, "params")),
      readEntries(join(folder, "tags")),
      readDatasets(experimentFolder, folder),
    ]);
    return { info, data: { metrics, params, tags }, inputs: { datasetInputs } };
  }

  async #findActive(runId: string): Promise<RunPlace> {
    const found = await this.#find(runId);
    if (found.info.lifecycleStage !== "active") {
      throw new MlflowError(
        "INVALID_PARAMETER_VALUE",
        `The run ${runId} must be in the 'active' state. Current state is deleted.`,
        { status: 400 },
      );
    }
    return found;
  }

  async #find(runId: string): Promise<RunPlace> {
    const seen = this.#seen.get(runId);
    const before = seen && (await placeOf(seen, runId));
    if (before) return before;
    if (/^[A-Za-z0-9][\w-]{0,255}$/.test(runId)) {
      for (const { folder } of await this.#experiments.list()) {
        const found = await placeOf(folder, runId);
        if (found !== undefined) {
          if (this.#seen.size >= MOST_SEEN) this.#seen.clear();
          this.#seen.set(runId, folder);
          return found;
        }
      }
    }
    throw missing(`Run '${runId}' not found`);
  }

  async #list(experimentFolder: string): Promise<RunPlace[]> {
    const entries =
      (await readdir(experimentFolder, { withFileTypes: true }).catch(ignoreMissing)) ?? [];
    const places: RunPlace[] = [];
    for (const { name } of entries.filter((each) => each.isDirectory())) {
      // Data sets and traces lie among the runs, and are none.
      const place = await placeOf(experimentFolder, name);
      if (place !== undefined) places.push(place);
    }
    return places;
  }
}

async function placeOf(experimentFolder: string, runId: string): Promise<RunPlace | undefined> {
  const folder = join(experimentFolder, runId);
  const info = await readRunMeta(folder);
  return info?.runId === runId ? { experimentFolder, folder, info } : undefined;
}

/** A parameter is written once. */
async function checkParam(folder: string, runId: string, { key, value }: Tag): Promise<void> {
  const before = await asTold(() =>
    readFile(join(folder, "params", key), "utf8").catch(ignoreMissing),
  );
  if (before !== undefined && before !== value) {
    throw refused(
      `Changing param values is not allowed. Param with key='${key}' was already logged with value='${before}' for run ID='${runId}'. Attempted logging new value '${value}'.`,
    );
  }
}

function checkKeys(entries: readonly { readonly key: string }[]): void {
  for (const { key } of entries) {
    const problem = keyProblem(key);
    if (problem !== undefined) throw refused(`Invalid name: ${JSON.stringify(key)} ${problem}`);
  }
}

/** Longer values are cut, as MLflow's servers do. */
function cut({ key, value }: Tag, most: number): Tag {
  const characters = value.length > most ? [...value] : [];
  return { key, value: characters.length > most ? characters.slice(0, most).join("") : value };
}

/** `a` and `a/b` cannot be two files. */
async function asTold<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!["EISDIR", "ENOTDIR", "EEXIST", "ENOTEMPTY", "ENAMETOOLONG"].includes(code)) throw error;
    throw new MlflowError(
      "INVALID_PARAMETER_VALUE",
      `A name cannot be a file's here (${code}): it is too long, or another name goes on behind it after a /.`,
      { status: 400, cause: error },
    );
  }
}

function missing(message: string): MlflowError {
  return new MlflowError("RESOURCE_DOES_NOT_EXIST", message, { status: 404 });
}

function refused(message: string): MlflowError {
  return new MlflowError("INVALID_PARAMETER_VALUE", message, { status: 400 });
}
