/**
 * The registered models of a folder store, as MLflow lays them out: `models/<name>/` with `meta.yaml`, `tags/`, `aliases/` and
 * `version-<number>/`, which has `meta.yaml` and `tags/`.
 */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { notFound } from "../core/mlflow-error.ts";
import type { ModelStage, ModelVersion, RegisteredModel } from "../core/registry-entities.ts";
import { readMeta } from "./meta.ts";
import { checkModelName, readVersion, STAGES } from "./registry-rules.ts";
import { ignoreMissing, readEntries } from "./run-folder.ts";

/** What MLflow writes for the stage of a version that was deleted: its number is never given again. */
export const DELETED_STAGE = "Deleted_Internal";
const VERSION = /^version-(\d+)$/;

/** What `meta.yaml` holds: what MLflow has written there and we do not know is kept. */
export type Meta = Readonly<Record<string, unknown>>;

/** A model, and where it lies. */
export interface ModelPlace {
  readonly name: string;
  readonly folder: string;
  readonly meta: Meta;
}

/** A version, and where it lies. */
export interface VersionPlace {
  readonly model: ModelPlace;
  readonly version: number;
  readonly folder: string;
  readonly meta: Meta;
}

/** Where models and versions lie below a root. */
export class ModelFolders {
  readonly #root: string;
  readonly #told: (source: string) => string;

  /**
   * @param root - the store's folder
   * @param told - the form in which a place is told
   */
  constructor(root: string, told: (source: string) => string) {
    this.#root = join(root, "models");
    this.#told = told;
  }

  /** A model's folder, whether or not it is there. @throws MlflowError for a name that none may have */
  folderOf(name: string): string {
    checkModelName(name);
    return join(this.#root, name);
  }

  /** @throws MlflowError `RESOURCE_DOES_NOT_EXIST` */
  async find(name: string): Promise<ModelPlace> {
    const found = await this.look(name);
    if (found === undefined) throw notFound(`Registered Model with name=${name} not found`);
    return found;
  }

  /** The model of this name, if there is one. */
  async look(name: string): Promise<ModelPlace | undefined> {
    const folder = this.folderOf(name);
    const meta = await readMeta(folder);
    return meta && { name, folder, meta };
  }

  /** All models, by name. */
  async list(): Promise<ModelPlace[]> {
    const entries = (await readdir(this.#root, { withFileTypes: true }).catch(ignoreMissing)) ?? [];
    const places: ModelPlace[] = [];
    for (const { name } of entries.filter((each) => each.isDirectory())) {
      const folder = join(this.#root, name);
      const meta = await readMeta(folder);
      if (meta !== undefined) places.push({ name, folder, meta });
    }
    return places.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws MlflowError `RESOURCE_DOES_NOT_EXIST` */
  async findVersion(name: string, version: string): Promise<VersionPlace> {
    const model = await this.find(name);
    const number = readVersion(version);
    const folder = join(model.folder, `version-${number}`);
    const meta = await readMeta(folder);
    if (meta === undefined || meta["current_stage"] === DELETED_STAGE) {
      throw notFound(`Model Version (name=${name}, version=${version}) not found`);
    }
    return { model, version: number, folder, meta };
  }

  /** The versions of a model, the deleted ones too, by number. */
  async listVersions(model: ModelPlace): Promise<VersionPlace[]> {
    const names = (await readdir(model.folder).catch(ignoreMissing)) ?? [];
    const places: VersionPlace[] = [];
    for (const name of names) {
      const [, version] = VERSION.exec(name) ?? [];
      const folder = join(model.folder, name);
      const meta = version === undefined ? undefined : await readMeta(folder);
      if (meta !== undefined) places.push({ model, version: Number(version), folder, meta });
    }
    return places.sort((a, b) => a.version - b.version);
  }

  /** A model with the greatest version of each stage. */
  async read(model: ModelPlace): Promise<RegisteredModel> {
    const { name, folder, meta } = model;
    return {
      name,
      ...timesAndWords(meta),
      latestVersions: await this.latest(model, STAGES),
      tags: await entries(folder, "tags"),
      aliases: await entries(folder, "aliases"),
    };
  }

  /** The greatest version of each of these stages. */
  async latest(model: ModelPlace, stages: readonly ModelStage[]): Promise<ModelVersion[]> {
    const versions = await this.listVersions(model);
    const latest = stages
      .map((stage) => versions.findLast(({ meta }) => stageOf(meta) === stage))
      .filter((each) => each !== undefined);
    return await this.readVersions(model, latest);
  }

  /** Versions of one model, as they are told. */
  async readVersions(model: ModelPlace, places: readonly VersionPlace[]): Promise<ModelVersion[]> {
    const aliases = Object.entries(await entries(model.folder, "aliases"));
    return await Promise.all(
      places.map(async ({ version, folder, meta }) => ({
        name: model.name,
        version: String(version),
        ...timesAndWords(meta),
        ...words(meta, { userId: "user_id", runId: "run_id", runLink: "run_link" }),
        source: this.#told(String(meta["source"] ?? "")),
        currentStage: stageOf(meta) as ModelStage,
        status: (meta["status"] ?? "READY") as ModelVersion["status"],
        ...words(meta, { statusMessage: "status_message" }),
        tags: await entries(folder, "tags"),
        aliases: aliases
          .filter(([, named]) => named.trim() === String(version))
          .map(([alias]) => alias),
      })),
    );
  }

  /** One version, as it is told. */
  async readVersion(place: VersionPlace): Promise<ModelVersion> {
    const [version] = await this.readVersions(place.model, [place]);
    return version as ModelVersion;
  }

  /** Where a version's files lie, as it is told. */
  locationOf({ meta }: VersionPlace): string {
    return this.#told(String(meta["storage_location"] ?? meta["source"] ?? ""));
  }
}

function stageOf(meta: Meta): string {
  return String(meta["current_stage"] ?? "None");
}

function timesAndWords(meta: Meta) {
  const updated = meta["last_updated_timestamp"];
  return {
    creationTimestamp: Number(meta["creation_timestamp"] ?? 0),
    ...(updated != null && { lastUpdatedTimestamp: Number(updated) }),
    ...words(meta, { description: "description" }),
  };
}

/** Members that are texts; empty ones are missing. */
function words<K extends string>(meta: Meta, names: Readonly<Record<K, string>>) {
  const found = Object.entries<string>(names)
    .map(([name, key]) => [name, meta[key]] as const)
    .filter(([, value]) => value != null && value !== "");
  return Object.fromEntries(found.map(([name, value]) => [name, String(value)])) as {
    readonly [N in K]?: string;
  };
}

async function entries(
  folder: string,
  kind: "tags" | "aliases",
): Promise<Readonly<Record<string, string>>> {
  const found = await readEntries(join(folder, kind));
  return Object.fromEntries(found.map(({ key, value }) => [key, value]));
}
