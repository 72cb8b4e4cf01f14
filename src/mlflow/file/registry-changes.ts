/** What is changed in a folder's model registry: by one process at a time, and there as a whole or not at all. */

import { join } from "node:path";
import type { Tag } from "../core/entities.ts";
import { asTold } from "./as-told.ts";
import { ExperimentFolders, TRASH } from "./experiment-folders.ts";
import { withLock } from "./lock.ts";
import { writeMeta } from "./meta.ts";
import type { Meta, ModelFolders, ModelPlace, VersionPlace } from "./model-folders.ts";
import { writeEntry } from "./run-folder.ts";
import { placeFolder, removeFolder } from "./whole-folder.ts";

/** Changes below one root. */
export class RegistryChanges {
  readonly #root: string;
  readonly #experiments: ExperimentFolders;
  readonly #models: ModelFolders;

  /** @param make - called before the root is made */
  constructor(root: string, make: () => void, models: ModelFolders) {
    this.#root = root;
    this.#experiments = new ExperimentFolders(root, make);
    this.#models = models;
  }

  /** Changes anything, while nobody else does; the root is made if need be. */
  async all(work: (now: number) => Promise<void>): Promise<void> {
    await this.#experiments.ready();
    await withLock(join(this.#root, ".models.lock"), () => asTold(() => work(Date.now())));
  }

  /**
   * Changes a model, or what lies in it: its time tells of both.
   *
   * @param meta - what its `meta.yaml` is to say besides
   */
  async model(
    name: string,
    work: (place: ModelPlace, now: number) => Promise<void>,
    meta: Meta = {},
  ): Promise<void> {
    // Of a model that is not there nothing is made.
    await this.#models.find(name);
    await this.all(async (now) => {
      const model = await this.#models.find(name);
      await work(model, now);
      await rewrite(model, { ...meta, last_updated_timestamp: now });
    });
  }

  /** Changes a version. */
  async version(
    name: string,
    version: string,
    work: (place: VersionPlace, now: number) => Promise<void>,
  ): Promise<void> {
    await this.model(name, async (_, now) => {
      await work(await this.#models.findVersion(name, version), now);
    });
  }

  /**
   * Makes the folder of a model or a version.
   *
   * @returns `false` when the place was taken
   */
  async place(folder: string, tags: readonly Tag[], meta: Meta): Promise<boolean> {
    return await placeFolder(folder, this.#trash, async (unfinished) => {
      await writeMeta(unfinished, meta);
      for (const tag of tags) await writeEntry(unfinished, "tags", tag);
    });
  }

  /** Takes a model away, with all that lies in it. */
  async remove({ folder }: ModelPlace): Promise<void> {
    await removeFolder(folder, this.#trash);
  }

  get #trash(): string {
    return join(this.#root, TRASH);
  }
}

/** Changes what a `meta.yaml` says; what it says besides is kept. */
export async function rewrite(
  { folder, meta }: Pick<ModelPlace, "folder" | "meta">,
  changed: Meta,
): Promise<void> {
  await writeMeta(folder, { ...meta, ...changed });
}
