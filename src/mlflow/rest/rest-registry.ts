/** A model registry that is an MLflow server's. */

import type { Page, Tag } from "../core/entities.ts";
import type { ModelStage, ModelVersion, RegisteredModel } from "../core/registry-entities.ts";
import type {
  NewModelVersion,
  NewRegisteredModel,
  RegistrySearchOptions,
  RegistryStore,
} from "../core/registry-store.ts";
import type { CallOptions } from "../core/tracking-store.ts";
import { numberFromWire, toCamelCase } from "../core/wire-json.ts";
import { pageOf } from "./page.ts";
import { isMarked, requestMark } from "./request-mark.ts";
import type { Answer, RestCall, RestCaller } from "./rest-caller.ts";

const MODELS_PER_PAGE = 100;
const VERSIONS_PER_PAGE = 10_000;

/** The calls of MLflow's REST API that have to do with registered models. */
export class RestRegistry implements RegistryStore {
  readonly #caller: RestCaller;

  constructor(caller: RestCaller) {
    this.#caller = caller;
  }

  async createRegisteredModel(
    model: NewRegisteredModel,
    options: CallOptions = {},
  ): Promise<RegisteredModel> {
    return modelOf(await this.#call("POST registered-models/create", { ...model }, options));
  }

  async getRegisteredModel(name: string, options: CallOptions = {}): Promise<RegisteredModel> {
    return modelOf(await this.#call("GET registered-models/get", { name }, options));
  }

  async searchRegisteredModels(
    search: RegistrySearchOptions,
    options: CallOptions = {},
  ): Promise<Page<RegisteredModel>> {
    const fields = { maxResults: MODELS_PER_PAGE, ...search };
    const answer = await this.#call("GET registered-models/search", fields, options);
    return pageOf(answer, "registered_models", modelFromWire);
  }

  async renameRegisteredModel(
    name: string,
    newName: string,
    options: CallOptions = {},
  ): Promise<RegisteredModel> {
    return modelOf(await this.#call("POST registered-models/rename", { newName, name }, options));
  }

  async updateRegisteredModel(
    name: string,
    description: string,
    options: CallOptions = {},
  ): Promise<RegisteredModel> {
    const fields = { description, name };
    return modelOf(await this.#call("PATCH registered-models/update", fields, options));
  }

  async deleteRegisteredModel(name: string, options: CallOptions = {}): Promise<void> {
    await this.#call("DELETE registered-models/delete", { name }, options);
  }

  async setRegisteredModelTag(name: string, tag: Tag, options: CallOptions = {}): Promise<void> {
    await this.#call("POST registered-models/set-tag", { ...tag, name }, options);
  }

  async deleteRegisteredModelTag(
    name: string,
    key: string,
    options: CallOptions = {},
  ): Promise<void> {
    await this.#call("DELETE registered-models/delete-tag", { key, name }, options);
  }

  async getLatestVersions(
    name: string,
    stages: readonly string[] = [],
    options: CallOptions = {},
  ): Promise<readonly ModelVersion[]> {
    const path = "POST registered-models/get-latest-versions";
    const { items } = pageOf(
      await this.#call(path, { stages, name }, options),
      "model_versions",
      versionFromWire,
    );
    return items;
  }

  async createModelVersion(
    version: NewModelVersion,
    options: CallOptions = {},
  ): Promise<ModelVersion> {
    const { name, tags, ...rest } = version;
    const mark = requestMark();
    const answer = await this.#caller.callOnce(
      {
        ...readCall("POST model-versions/create"),
        fields: { ...rest, tags: [...tags, mark], name },
        ...options,
      },
      {
        ...readCall("GET model-versions/search"),
        fields: { filter: isMarked(mark), maxResults: 1 },
        ...options,
      },
      ({ model_versions: found }) =>
        Array.isArray(found) && found.length > 0 ? { model_version: found[0] } : undefined,
    );
    return versionOf(answer);
  }

  async getModelVersion(
    name: string,
    version: string,
    options: CallOptions = {},
  ): Promise<ModelVersion> {
    return versionOf(await this.#call("GET model-versions/get", { name, version }, options));
  }

  async searchModelVersions(
    search: RegistrySearchOptions,
    options: CallOptions = {},
  ): Promise<Page<ModelVersion>> {
    const fields = { maxResults: VERSIONS_PER_PAGE, ...search };
    const answer = await this.#call("GET model-versions/search", fields, options);
    return pageOf(answer, "model_versions", versionFromWire);
  }

  async updateModelVersion(
    name: string,
    version: string,
    description: string,
    options: CallOptions = {},
  ): Promise<ModelVersion> {
    const fields = { description, name, version };
    return versionOf(await this.#call("PATCH model-versions/update", fields, options));
  }

  async deleteModelVersion(
    name: string,
    version: string,
    options: CallOptions = {},
  ): Promise<void> {
    await this.#call("DELETE model-versions/delete", { name, version }, options);
  }

  async getModelVersionDownloadUri(
    name: string,
    version: string,
    options: CallOptions = {},
  ): Promise<string> {
    const path = "GET model-versions/get-download-uri";
    const { artifact_uri: uri = "" } = await this.#call(path, { name, version }, options);
    return String(uri);
  }

  async setModelVersionTag(
    name: string,
    version: string,
    tag: Tag,
    options: CallOptions = {},
  ): Promise<void> {
    await this.#call("POST model-versions/set-tag", { ...tag, name, version }, options);
  }

  async deleteModelVersionTag(
    name: string,
    version: string,
    key: string,
    options: CallOptions = {},
  ): Promise<void> {
    await this.#call("DELETE model-versions/delete-tag", { key, name, version }, options);
  }

  async transitionModelVersionStage(
    name: string,
    version: string,
    stage: ModelStage,
    archiveExistingVersions: boolean,
    options: CallOptions = {},
  ): Promise<ModelVersion> {
    const fields = { stage, archiveExistingVersions, name, version };
    return versionOf(await this.#call("POST model-versions/transition-stage", fields, options));
  }

  async setRegisteredModelAlias(
    name: string,
    alias: string,
    version: string,
    options: CallOptions = {},
  ): Promise<void> {
    await this.#call("POST registered-models/alias", { alias, name, version }, options);
  }

  async deleteRegisteredModelAlias(
    name: string,
    alias: string,
    options: CallOptions = {},
  ): Promise<void> {
    await this.#call("DELETE registered-models/alias", { alias, name }, options);
  }

  async getModelVersionByAlias(
    name: string,
    alias: string,
    options: CallOptions = {},
  ): Promise<ModelVersion> {
    return versionOf(await this.#call("GET registered-models/alias", { alias, name }, options));
  }

  async #call(
    call: MethodAndPath,
    fields: NonNullable<RestCall["fields"]>,
    { signal }: CallOptions,
  ): Promise<Answer> {
    return await this.#caller.call({ ...readCall(call), fields, signal });
  }
}

type MethodAndPath = `${RestCall["method"]} ${string}`;

function readCall(call: MethodAndPath): Pick<RestCall, "method" | "path"> {
  const [method, path = ""] = call.split(" ") as [RestCall["method"], string];
  return { method, path };
}

function modelOf({ registered_model: model }: Answer): RegisteredModel {
  return modelFromWire(model);
}

function versionOf({ model_version: version }: Answer): ModelVersion {
  return versionFromWire(version);
}

type OnWire<T> = Partial<Omit<T, "tags" | "aliases">> & { readonly tags?: readonly Partial<Tag>[] };

/** Protobuf leaves out what is empty or zero, and databases have empty texts for what was not given. */
function modelFromWire(value: unknown): RegisteredModel {
  const given = toCamelCase(value) as unknown as OnWire<RegisteredModel> & {
    readonly aliases?: readonly { readonly alias: string; readonly version?: string }[];
  };
  const { name = "", lastUpdatedTimestamp: updated, description, latestVersions = [] } = given;
  return {
    name,
    creationTimestamp: numberFromWire(given.creationTimestamp),
    ...(updated !== undefined && { lastUpdatedTimestamp: numberFromWire(updated) }),
    ...(description && { description }),
    latestVersions: latestVersions.map(versionFromWire),
    tags: tagsFromWire(given.tags),
    aliases: Object.fromEntries(
      (given.aliases ?? []).map(({ alias, version = "" }) => [alias, version]),
    ),
  };
}

function versionFromWire(value: unknown): ModelVersion {
  const given = toCamelCase(value) as unknown as OnWire<ModelVersion> & {
    readonly aliases?: readonly string[];
  };
  const { lastUpdatedTimestamp: updated } = given;
  return {
    name: given.name ?? "",
    version: String(given.version ?? ""),
    creationTimestamp: numberFromWire(given.creationTimestamp),
    ...(updated !== undefined && { lastUpdatedTimestamp: numberFromWire(updated) }),
    ...(given.description && { description: given.description }),
    ...(given.userId && { userId: given.userId }),
    source: given.source ?? "",
    ...(given.runId && { runId: given.runId }),
    ...(given.runLink && { runLink: given.runLink }),
    currentStage: given.currentStage || "None",
    status: given.status ?? "READY",
    ...(given.statusMessage && { statusMessage: given.statusMessage }),
    tags: tagsFromWire(given.tags),
    aliases: given.aliases ?? [],
  };
}

function tagsFromWire(tags: readonly Partial<Tag>[] = []): Record<string, string> {
  return Object.fromEntries(tags.map(({ key = "", value = "" }) => [key, value]));
}
