/** The runs of a folder store: one folder each, in their experiment's. */

import { randomBytes } from "node:crypto";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { RunInfo, RunRecord } from "../core/entities.ts";
import { LIMITS } from "../core/limits.ts";
import { invalid, notFound } from "../core/mlflow-error.ts";
import { randomRunName } from "../core/run-name.ts";
import type { NewRun } from "../core/tracking-store.ts";
import { readDatasets } from "./datasets.ts";
import type { ExperimentFolders } from "./experiment-folders.ts";
import { readRunMeta, writeRunMeta } from "./meta.ts";
import { readLatestMetrics } from "./metric-files.ts";
import { cut, ignoreMissing, readEntries, writeEntry } from "./run-folder.ts";

/** A run, and where it lies. */
export interface RunPlace {
  readonly experimentFolder: string;
  readonly folder: string;
  readonly info: RunInfo;
}

const MOST_SEEN = 1000;
/** The tag that holds a run's name. */
export const RUN_NAME = "mlflow.runName";

/** The runs of all experiments. */
export class RunFolders {
  readonly #experiments: ExperimentFolders;
  /** Where runs were found before: they move with their experiment only. */
  readonly #seen = new Map<string, string>();

  constructor(experiments: ExperimentFolders) {
    this.#experiments = experiments;
  }

  /** @returns the new run's id */
  async create(run: NewRun): Promise<string> {
    const { folder: experimentFolder, meta } = await this.#experiments.find(run.experimentId);
    if (meta.lifecycleStage !== "active") {
      throw invalid(
        `The experiment ${run.experimentId} must be in the 'active' state. Current state is deleted.`,
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
    return runId;
  }

  /** A run, with what was logged to it. */
  async read({ experimentFolder, folder, info }: RunPlace): Promise<RunRecord> {
    const [metrics, params, tags, datasetInputs] = await Promise.all([
      readLatestMetrics(join(folder, "metrics")),
      readEntries(join(folder, "params")),
      readEntries(join(folder, "tags")),
      readDatasets(experimentFolder, folder),
    ]);
    return { info, data: { metrics, params, tags }, inputs: { datasetInputs } };
  }

  /** @throws MlflowError when there is none, or it was deleted */
  async findActive(runId: string): Promise<RunPlace> {
    const found = await this.find(runId);
    if (found.info.lifecycleStage !== "active") {
      throw invalid(`The run ${runId} must be in the 'active' state. Current state is deleted.`);
    }
    return found;
  }

  /** @throws MlflowError `RESOURCE_DOES_NOT_EXIST` */
  async find(runId: string): Promise<RunPlace> {
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
    throw notFound(`Run '${runId}' not found`);
  }

  /** The runs of an experiment, in no order. */
  async list(experimentFolder: string): Promise<RunPlace[]> {
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
