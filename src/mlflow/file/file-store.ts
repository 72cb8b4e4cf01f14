/**
 * A tracking store that is a folder, in the layout of MLflow's own (`mlruns`), so that MLflow itself reads it, and moves it into a
 * database by `mlflow migrate-filestore`.
 */

import { readFile, rm, stat } from "node:fs/promises";
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
import { invalid, notFound } from "../core/mlflow-error.ts";
import type { NewRun, RunUpdate, SearchOptions, TrackingStore } from "../core/tracking-store.ts";
import { asTold } from "./as-told.ts";
import { writeDatasets } from "./datasets.ts";
import { ExperimentFolders } from "./experiment-folders.ts";
import { writeRunMeta } from "./meta.ts";
import { appendMetrics, readPage } from "./metric-files.ts";
import { cut, ignoreMissing, writeEntry } from "./run-folder.ts";
import { RUN_NAME, RunFolders } from "./run-folders.ts";
import { isShown, searchExperiments, searchRuns } from "./search.ts";

/** Experiments and runs below one folder. Any number of processes may use it; it is made by the first write. */
export class FileStore implements TrackingStore {
  readonly #experiments: ExperimentFolders;
  readonly #runs: RunFolders;

  /**
   * @param root - the folder: `mlruns`
   * @param make - called before the first write makes it
   * @param artifactRoot - an address below which new experiments keep their artifacts. Default: the folder itself
   */
  constructor(root: string, make: () => void = () => {}, artifactRoot?: string) {
    this.#experiments = new ExperimentFolders(root, make, artifactRoot);
    this.#runs = new RunFolders(this.#experiments);
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
      throw notFound(`Could not find experiment with name '${name}'`);
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
    return await this.getRun(await this.#runs.create(run));
  }

  async getRun(runId: string): Promise<RunRecord> {
    return await this.#runs.read(await this.#runs.find(runId));
  }

  async getRunInfo(runId: string): Promise<RunInfo> {
    return (await this.#runs.find(runId)).info;
  }

  async updateRun(runId: string, { status, endTime, runName }: RunUpdate): Promise<void> {
    const { folder, info } = await this.#runs.findActive(runId);
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
    const { folder, info } = await this.#runs.findActive(runId);
    await writeRunMeta(folder, { ...info, lifecycleStage: "deleted" });
  }

  async restoreRun(runId: string): Promise<void> {
    const { folder, info } = await this.#runs.find(runId);
    await writeRunMeta(folder, { ...info, lifecycleStage: "active" });
  }

  async searchRuns(
    experimentIds: readonly string[],
    search: SearchOptions,
  ): Promise<Page<RunRecord>> {
    const runs: RunRecord[] = [];
    for (const experimentId of new Set(experimentIds)) {
      const { folder } = await this.#experiments.find(experimentId);
      for (const place of await this.#runs.list(folder)) {
        if (isShown(place.info.lifecycleStage, search.viewType))
          runs.push(await this.#runs.read(place));
      }
    }
    return searchRuns(runs, search);
  }

  async logBatch(runId: string, { metrics = [], params = [], tags = [] }: LogBatch): Promise<void> {
    checkKeys([...metrics, ...params, ...tags]);
    const { folder } = await this.#runs.findActive(runId);
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
    const { folder } = await this.#runs.findActive(runId);
    try {
      await rm(join(folder, "tags", key));
    } catch (error) {
      ignoreMissing(error);
      throw notFound(`No tag with name: ${key} in run with id ${runId}`);
    }
  }

  async logInputs(runId: string, datasets: readonly DatasetInput[]): Promise<void> {
    const { experimentFolder, folder } = await this.#runs.findActive(runId);
    await writeDatasets(experimentFolder, folder, runId, datasets);
  }

  async getMetricHistory(
    runId: string,
    key: string,
    page: { readonly maxResults?: number; readonly pageToken?: string },
  ): Promise<Page<Metric>> {
    checkKeys([{ key }]);
    const { folder } = await this.#runs.find(runId);
    const path = join(folder, "metrics", key);
    const isMetric = (await stat(path).catch(ignoreMissing))?.isFile() ?? false;
    return isMetric ? await readPage(path, key, page) : { items: [] };
  }
}

/** A parameter is written once. */
async function checkParam(folder: string, runId: string, { key, value }: Tag): Promise<void> {
  const before = await asTold(() =>
    readFile(join(folder, "params", key), "utf8").catch(ignoreMissing),
  );
  if (before !== undefined && before !== value) {
    throw invalid(
      `Changing param values is not allowed. Param with key='${key}' was already logged with value='${before}' for run ID='${runId}'. Attempted logging new value '${value}'.`,
    );
  }
}

function checkKeys(entries: readonly { readonly key: string }[]): void {
  for (const { key } of entries) {
    const problem = keyProblem(key);
    if (problem !== undefined) throw invalid(`Invalid name: ${JSON.stringify(key)} ${problem}`);
  }
}
