/** A model registry that is a folder, in the layout of MLflow's own, beside the runs. */

import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Page, Tag } from "../core/entities.ts";
import { invalid, MlflowError } from "../core/mlflow-error.ts";
import type { ModelStage, ModelVersion, RegisteredModel } from "../core/registry-entities.ts";
import type {
  NewModelVersion,
  NewRegisteredModel,
  RegistrySearchOptions,
  RegistryStore,
} from "../core/registry-store.ts";
import { DELETED_STAGE, ModelFolders } from "./model-folders.ts";
import { RegistryChanges, rewrite } from "./registry-changes.ts";
import {
  checkAlias,
  checkArchiving,
  checkNewAlias,
  checkRegistryTags,
  isLatest,
  readStage,
  STAGES,
} from "./registry-rules.ts";
import { searchModels, searchVersions } from "./registry-search.ts";
import { writeEntry } from "./run-folder.ts";
import { moveFolder } from "./whole-folder.ts";

/** How places of models are kept in the folder, and how they are told: a server has another form for files of its machine. */
export interface SourceForms {
  readonly kept: (source: string) => string;
  readonly told: (source: string) => string;
}

const AS_IT_IS: SourceForms = { kept: (source) => source, told: (source) => source };
/** Another version's place. */
const MODEL_URI = /^models:\/+([^/@]+)(?:\/(\d+)|@([^/@]+))$/;

/** Registered models and versions below one folder. Any number of processes may use it; it is made by the first write. */
export class FileRegistry implements RegistryStore {
  readonly #models: ModelFolders;
  readonly #changes: RegistryChanges;
  readonly #sources: SourceForms;

  /**
   * @param root - the folder: `mlruns`
   * @param make - called before the first write makes it
   * @param sources - how places are kept and told. Default: as they are
   */
  constructor(root: string, make: () => void = () => {}, sources: SourceForms = AS_IT_IS) {
    this.#models = new ModelFolders(root, sources.told);
    this.#changes = new RegistryChanges(root, make, this.#models);
    this.#sources = sources;
  }

  async createRegisteredModel(model: NewRegisteredModel): Promise<RegisteredModel> {
    const { name, description = null, tags } = model;
    const place = this.#models.folderOf(name);
    checkRegistryTags(tags);
    await this.#changes.all(async (now) => {
      const placed = await this.#changes.place(place, tags, {
        creation_timestamp: now,
        description,
        last_updated_timestamp: now,
        name,
      });
      if (!placed) throw taken(name);
    });
    return await this.getRegisteredModel(name);
  }

  async getRegisteredModel(name: string): Promise<RegisteredModel> {
    return await this.#models.read(await this.#models.find(name));
  }

  async searchRegisteredModels(search: RegistrySearchOptions): Promise<Page<RegisteredModel>> {
    const models: RegisteredModel[] = [];
    for (const place of await this.#models.list()) models.push(await this.#models.read(place));
    return searchModels(models, search);
  }

  async renameRegisteredModel(name: string, newName: string): Promise<RegisteredModel> {
    const to = this.#models.folderOf(newName);
    await this.#models.find(name);
    await this.#changes.all(async (now) => {
      const { folder } = await this.#models.find(name);
      if ((await this.#models.look(newName)) !== undefined || !(await moveFolder(folder, to))) {
        throw taken(newName);
      }
      const model = await this.#models.find(newName);
      const changed = { name: newName, last_updated_timestamp: now };
      await rewrite(model, changed);
      for (const version of await this.#models.listVersions(model)) await rewrite(version, changed);
    });
    return await this.getRegisteredModel(newName);
  }

  async updateRegisteredModel(name: string, description: string): Promise<RegisteredModel> {
    await this.#changes.model(name, async () => {}, { description });
    return await this.getRegisteredModel(name);
  }

  async deleteRegisteredModel(name: string): Promise<void> {
    await this.#models.find(name);
    await this.#changes.all(async () => this.#changes.remove(await this.#models.find(name)));
  }

  async setRegisteredModelTag(name: string, tag: Tag): Promise<void> {
    checkRegistryTags([tag]);
    await this.#changes.model(name, ({ folder }) => writeEntry(folder, "tags", tag));
  }

  async deleteRegisteredModelTag(name: string, key: string): Promise<void> {
    checkRegistryTags([{ key, value: "" }]);
    await this.#changes.model(name, ({ folder }) => rm(join(folder, "tags", key), { force: true }));
  }

  async getLatestVersions(
    name: string,
    stages: readonly string[] = [],
  ): Promise<readonly ModelVersion[]> {
    const model = await this.#models.find(name);
    const wanted = new Set(stages.length > 0 ? stages.map(readStage) : STAGES);
    return await this.#models.latest(model, [...wanted]);
  }

  async createModelVersion(version: NewModelVersion): Promise<ModelVersion> {
    const { name, tags, description = null, runLink = null } = version;
    if (version.source === "") {
      throw invalid(
        "Missing value for required parameter 'source'. Give where the model lies: s3://…, or models:/<name>/<version>.",
      );
    }
    checkRegistryTags(tags);
    const origin = await this.#origin(version);
    let made = 0;
    await this.#changes.model(name, async (model, now) => {
      const versions = await this.#models.listVersions(model);
      made = (versions.at(-1)?.version ?? 0) + 1;
      // MLflow's own client knows of no lock: a number that it has taken meanwhile is passed over.
      for (; ; made += 1) {
        const placed = await this.#changes.place(join(model.folder, `version-${made}`), tags, {
          creation_timestamp: now,
          current_stage: "None",
          description,
          last_updated_timestamp: now,
          name,
          run_id: origin.runId ?? null,
          run_link: runLink,
          source: this.#sources.kept(version.source),
          status: "READY",
          status_message: null,
          storage_location: this.#sources.kept(origin.location),
          user_id: null,
          version: made,
        });
        if (placed) return;
      }
    });
    return await this.getModelVersion(name, String(made));
  }

  async getModelVersion(name: string, version: string): Promise<ModelVersion> {
    return await this.#models.readVersion(await this.#models.findVersion(name, version));
  }

  async searchModelVersions(search: RegistrySearchOptions): Promise<Page<ModelVersion>> {
    const versions: ModelVersion[] = [];
    for (const model of await this.#models.list()) {
      const places = await this.#models.listVersions(model);
      const shown = places.filter(({ meta }) => meta["current_stage"] !== DELETED_STAGE);
      for (const each of await this.#models.readVersions(model, shown)) versions.push(each);
    }
    return searchVersions(versions, search);
  }

  async updateModelVersion(
    name: string,
    version: string,
    description: string,
  ): Promise<ModelVersion> {
    await this.#changes.version(name, version, (place, now) =>
      rewrite(place, { description, last_updated_timestamp: now }),
    );
    return await this.getModelVersion(name, version);
  }

  async deleteModelVersion(name: string, version: string): Promise<void> {
    await this.#changes.version(name, version, async (place, now) => {
      const { aliases } = await this.#models.readVersion(place);
      await rewrite(place, { current_stage: DELETED_STAGE, last_updated_timestamp: now });
      for (const alias of aliases) {
        await rm(join(place.model.folder, "aliases", alias), { force: true });
      }
    });
  }

  async getModelVersionDownloadUri(name: string, version: string): Promise<string> {
    return this.#models.locationOf(await this.#models.findVersion(name, version));
  }

  async setModelVersionTag(name: string, version: string, tag: Tag): Promise<void> {
    checkRegistryTags([tag]);
    await this.#changes.version(name, version, ({ folder }) => writeEntry(folder, "tags", tag));
  }

  async deleteModelVersionTag(name: string, version: string, key: string): Promise<void> {
    checkRegistryTags([{ key, value: "" }]);
    await this.#changes.version(name, version, ({ folder }) =>
      rm(join(folder, "tags", key), { force: true }),
    );
  }

  async transitionModelVersionStage(
    name: string,
    version: string,
    given: string,
    archiveExisting: boolean,
  ): Promise<ModelVersion> {
    const stage: ModelStage = readStage(given);
    if (archiveExisting) checkArchiving(stage);
    await this.#changes.version(name, version, async (place, now) => {
      const archived = { current_stage: "Archived", last_updated_timestamp: now };
      const others = archiveExisting ? await this.#models.listVersions(place.model) : [];
      for (const other of others) {
        if (other.meta["current_stage"] === stage) await rewrite(other, archived);
      }
      await rewrite(place, { current_stage: stage, last_updated_timestamp: now });
    });
    return await this.getModelVersion(name, version);
  }

  async setRegisteredModelAlias(name: string, alias: string, version: string): Promise<void> {
    checkNewAlias(alias);
    await this.#changes.version(name, version, ({ model, version: number }) =>
      writeEntry(model.folder, "aliases", { key: alias, value: String(number) }),
    );
  }

  async deleteRegisteredModelAlias(name: string, alias: string): Promise<void> {
    checkAlias(alias);
    await this.#changes.model(name, ({ folder }) =>
      rm(join(folder, "aliases", alias), { force: true }),
    );
  }

  async getModelVersionByAlias(name: string, alias: string): Promise<ModelVersion> {
    checkAlias(alias);
    const model = await this.#models.find(name);
    const { aliases, latestVersions } = await this.#models.read(model);
    const numbers = latestVersions.map(({ version }) => Number(version));
    const latest = isLatest(alias) && numbers.length > 0 ? String(Math.max(...numbers)) : undefined;
    const version = latest ?? (Object.hasOwn(aliases, alias) ? aliases[alias] : undefined);
    if (version === undefined) throw invalid(`Registered model alias ${alias} not found.`);
    return await this.getModelVersion(name, version.trim());
  }

  /** Where the files of a new version lie, and which run made them. */
  async #origin({ source, runId }: NewModelVersion): Promise<{
    readonly location: string;
    readonly runId: string | undefined;
  }> {
    if (!source.startsWith("models:")) return { location: source, runId };
    const [, name, version, alias] = MODEL_URI.exec(source) ?? [];
    if (name === undefined) {
      throw invalid(
        `Invalid model version source: '${source}'. Use models:/<name>/<version> or models:/<name>@<alias>.`,
      );
    }
    const other =
      version === undefined
        ? await this.getModelVersionByAlias(name, alias ?? "")
        : await this.getModelVersion(name, version);
    const location = await this.getModelVersionDownloadUri(name, other.version);
    return { location, runId: runId === undefined ? other.runId : runId };
  }
}

function taken(name: string): MlflowError {
  return new MlflowError(
    "RESOURCE_ALREADY_EXISTS",
    `Registered Model (name=${name}) already exists.`,
    { status: 400 },
  );
}
