/** The experiments of a folder store: one folder each, the deleted ones in `.trash`. */

import { randomInt } from "node:crypto";
import { mkdir, readdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ExperimentRecord, Tag } from "../core/entities.ts";
import { LIMITS } from "../core/limits.ts";
import { invalid, MlflowError, notFound } from "../core/mlflow-error.ts";
import { withLock } from "./lock.ts";
import { type ExperimentMeta, readExperimentMeta, writeExperimentMeta } from "./meta.ts";
import { ignoreMissing, readEntries, writeEntry } from "./run-folder.ts";

/** The folder of what was deleted, below the root. */
export const TRASH = ".trash";
/** The experiment of runs that name none. */
const DEFAULT_ID = "0";

/** An experiment, and where it lies. */
export interface ExperimentFolder {
  readonly folder: string;
  readonly meta: ExperimentMeta;
}

/** The experiments below a root; the root is made by the first write. */
export class ExperimentFolders {
  readonly #root: string;
  readonly #make: () => void;
  readonly #artifactRoot: string;

  /**
   * @param make - called before the root is made
   * @param artifactRoot - where new experiments keep their artifacts. Default: the root itself
   */
  constructor(root: string, make: () => void, artifactRoot?: string) {
    this.#root = root;
    this.#make = make;
    this.#artifactRoot = artifactRoot ?? pathToFileURL(root).href;
  }

  /** @throws MlflowError `RESOURCE_DOES_NOT_EXIST` */
  async find(experimentId: string): Promise<ExperimentFolder> {
    if (/^[A-Za-z0-9][\w-]{0,63}$/.test(experimentId)) {
      for (const folder of [
        join(this.#root, experimentId),
        join(this.#root, TRASH, experimentId),
      ]) {
        const meta = await readExperimentMeta(folder);
        if (meta !== undefined) return { folder, meta };
      }
      // What the first write will make.
      if (experimentId === DEFAULT_ID && !(await this.#exists())) return this.#default();
    }
    throw notFound(`Could not find experiment with ID ${experimentId}`);
  }

  /** All of them, in no order. */
  async list(): Promise<ExperimentFolder[]> {
    const found: ExperimentFolder[] = [];
    for (const parent of [this.#root, join(this.#root, TRASH)]) {
      const entries = (await readdir(parent, { withFileTypes: true }).catch(ignoreMissing)) ?? [];
      for (const { name } of entries.filter((each) => each.isDirectory() && each.name !== TRASH)) {
        const folder = join(parent, name);
        // Folders of other things are not experiments: the registry lies among them.
        const meta = await readExperimentMeta(folder);
        if (meta !== undefined) found.push({ folder, meta });
      }
    }
    return found.length > 0 || (await this.#exists()) ? found : [this.#default()];
  }

  /** @throws MlflowError `RESOURCE_ALREADY_EXISTS` */
  async create(
    name: string,
    artifactLocation: string | undefined,
    tags: readonly Tag[],
  ): Promise<string> {
    checkName(name);
    return await this.#locked(async () => {
      await this.#refuseTaken(name);
      // MLflow's ids: so long that nobody makes the same one.
      const experimentId = String(randomInt(1e8, 1e9)) + String(randomInt(1e8, 1e9));
      await this.#write(experimentId, name, artifactLocation, tags);
      return experimentId;
    });
  }

  /** Gives an experiment another name. */
  async rename(experimentId: string, name: string): Promise<void> {
    checkName(name);
    await this.#locked(async () => {
      const { folder, meta } = await this.#active(experimentId);
      if (name !== meta.name) await this.#refuseTaken(name);
      await writeExperimentMeta(folder, { ...meta, name, lastUpdateTime: Date.now() });
    });
  }

  /** Puts an experiment into the trash. */
  async delete(experimentId: string): Promise<void> {
    await this.#locked(async () => {
      const { folder, meta } = await this.#active(experimentId);
      const deleted = { ...meta, lifecycleStage: "deleted" as const, lastUpdateTime: Date.now() };
      await writeExperimentMeta(folder, deleted);
      await rename(folder, join(this.#root, TRASH, experimentId));
    });
  }

  /** Takes an experiment out of the trash. */
  async restore(experimentId: string): Promise<void> {
    await this.#locked(async () => {
      const { folder, meta } = await this.find(experimentId);
      if (meta.lifecycleStage !== "deleted") {
        throw new MlflowError(
          "INVALID_STATE",
          `Experiment ${experimentId} is not deleted: there is nothing to restore.`,
          { status: 400 },
        );
      }
      const active = { ...meta, lifecycleStage: "active" as const, lastUpdateTime: Date.now() };
      await writeExperimentMeta(folder, active);
      await rename(folder, join(this.#root, experimentId));
    });
  }

  /** Sets a tag of an experiment. */
  async setTag(experimentId: string, tag: Tag): Promise<void> {
    await this.ready();
    const { folder } = await this.#active(experimentId);
    await writeEntry(folder, "tags", tag);
  }

  /** An experiment with its tags. */
  async read({ folder, meta }: ExperimentFolder): Promise<ExperimentRecord> {
    return { ...meta, tags: await readEntries(join(folder, "tags")) };
  }

  /** Makes the root with its default experiment, unless it is there. */
  async ready(): Promise<void> {
    if (await this.#exists()) return;
    this.#make();
    await this.#locked(async () => {
      if (!(await this.#exists())) {
        await mkdir(join(this.#root, TRASH), { recursive: true });
        await this.#write(DEFAULT_ID, "Default", undefined, []);
      }
    });
  }

  async #exists(): Promise<boolean> {
    return (await stat(join(this.#root, TRASH)).catch(ignoreMissing)) !== undefined;
  }

  #default(): ExperimentFolder {
    const meta: ExperimentMeta = {
      experimentId: DEFAULT_ID,
      name: "Default",
      artifactLocation: this.#artifacts(DEFAULT_ID),
      lifecycleStage: "active",
    };
    return { folder: join(this.#root, DEFAULT_ID), meta };
  }

  async #active(experimentId: string): Promise<ExperimentFolder> {
    const found = await this.find(experimentId);
    if (found.meta.lifecycleStage !== "active") {
      throw new MlflowError(
        "INVALID_STATE",
        `Experiment ${experimentId} is deleted: restore it first.`,
        { status: 400 },
      );
    }
    return found;
  }

  async #refuseTaken(name: string): Promise<void> {
    const taken = (await this.list()).find(({ meta }) => meta.name === name);
    if (taken !== undefined) {
      const how =
        taken.meta.lifecycleStage === "deleted"
          ? "already exists in deleted state: restore it, or remove it from the .trash folder."
          : "already exists.";
      throw new MlflowError("RESOURCE_ALREADY_EXISTS", `Experiment '${name}' ${how}`, {
        status: 400,
      });
    }
  }

  async #write(
    experimentId: string,
    name: string,
    artifactLocation: string | undefined,
    tags: readonly Tag[],
  ): Promise<void> {
    const folder = join(this.#root, experimentId);
    const now = Date.now();
    await mkdir(folder, { recursive: true });
    for (const tag of tags) await writeEntry(folder, "tags", tag);
    await writeExperimentMeta(folder, {
      experimentId,
      name,
      artifactLocation: artifactLocation ?? this.#artifacts(experimentId),
      lifecycleStage: "active",
      creationTime: now,
      lastUpdateTime: now,
    });
  }

  #artifacts(experimentId: string): string {
    return `${this.#artifactRoot}/${experimentId}`;
  }

  /** One process at a time: two experiments of one name would be the end of both. */
  async #locked<T>(work: () => Promise<T>): Promise<T> {
    await mkdir(this.#root, { recursive: true });
    return await withLock(join(this.#root, ".experiments.lock"), work);
  }
}

function checkName(name: string): void {
  if (typeof name !== "string" || name === "" || [...name].length > LIMITS.experimentNameLength) {
    throw invalid(
      `Invalid experiment name: it must have 1 to ${LIMITS.experimentNameLength} characters.`,
    );
  }
}
