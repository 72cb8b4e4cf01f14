/** The model registry's REST calls, by their paths below `/api/2.0/mlflow/`. */

import type { Tag } from "../../../mlflow/core/entities.ts";
import type {
  ModelStage,
  ModelVersion,
  RegisteredModel,
} from "../../../mlflow/core/registry-entities.ts";
import type { RegistrySearchOptions, RegistryStore } from "../../../mlflow/core/registry-store.ts";
import { type Fields, list, optionalText, readSearch, readTag, text } from "./fields.ts";

/** Answers a call with the fields of its answer, in our spelling. */
type Operation = (registry: RegistryStore, fields: Fields) => Promise<object>;

/** `METHOD path`. */
export const REGISTRY_OPERATIONS: Readonly<Record<string, Operation>> = {
  "POST registered-models/create": async (registry, fields) => {
    const model = await registry.createRegisteredModel({
      name: text(fields, "name"),
      ...optional(fields, "description"),
      tags: list(fields, "tags", readTag),
    });
    return { registeredModel: modelToWire(model) };
  },
  "GET registered-models/get": async (registry, fields) => ({
    registeredModel: modelToWire(await registry.getRegisteredModel(text(fields, "name"))),
  }),
  "GET registered-models/search": async (registry, fields) => {
    const { items, nextPageToken } = await registry.searchRegisteredModels(searchOf(fields));
    return { registeredModels: items.map(modelToWire), nextPageToken };
  },
  "POST registered-models/rename": async (registry, fields) => {
    const [name, newName] = [text(fields, "name"), text(fields, "newName")];
    return { registeredModel: modelToWire(await registry.renameRegisteredModel(name, newName)) };
  },
  "PATCH registered-models/update": async (registry, fields) => {
    const description = optionalText(fields, "description") ?? "";
    const model = await registry.updateRegisteredModel(text(fields, "name"), description);
    return { registeredModel: modelToWire(model) };
  },
  "DELETE registered-models/delete": async (registry, fields) => {
    await registry.deleteRegisteredModel(text(fields, "name"));
    return {};
  },
  "POST registered-models/set-tag": async (registry, fields) => {
    await registry.setRegisteredModelTag(text(fields, "name"), tagOf(fields));
    return {};
  },
  "DELETE registered-models/delete-tag": async (registry, fields) => {
    await registry.deleteRegisteredModelTag(text(fields, "name"), text(fields, "key"));
    return {};
  },
  "POST registered-models/get-latest-versions": latestVersions,
  "GET registered-models/get-latest-versions": latestVersions,
  "POST registered-models/alias": async (registry, fields) => {
    const [name, alias] = [text(fields, "name"), text(fields, "alias")];
    await registry.setRegisteredModelAlias(name, alias, text(fields, "version"));
    return {};
  },
  "DELETE registered-models/alias": async (registry, fields) => {
    await registry.deleteRegisteredModelAlias(text(fields, "name"), text(fields, "alias"));
    return {};
  },
  "GET registered-models/alias": async (registry, fields) => {
    const [name, alias] = [text(fields, "name"), text(fields, "alias")];
    return { modelVersion: versionToWire(await registry.getModelVersionByAlias(name, alias)) };
  },
  "POST model-versions/create": async (registry, fields) => {
    const version = await registry.createModelVersion({
      name: text(fields, "name"),
      source: text(fields, "source"),
      ...optional(fields, "runId"),
      ...optional(fields, "runLink"),
      ...optional(fields, "description"),
      tags: list(fields, "tags", readTag),
    });
    return { modelVersion: versionToWire(version) };
  },
  "GET model-versions/get": async (registry, fields) => ({
    modelVersion: versionToWire(await registry.getModelVersion(...nameAndVersion(fields))),
  }),
  "GET model-versions/search": async (registry, fields) => {
    const { items, nextPageToken } = await registry.searchModelVersions(searchOf(fields));
    return { modelVersions: items.map(versionToWire), nextPageToken };
  },
  "PATCH model-versions/update": async (registry, fields) => {
    const [name, version] = nameAndVersion(fields);
    const description = optionalText(fields, "description") ?? "";
    const updated = await registry.updateModelVersion(name, version, description);
    return { modelVersion: versionToWire(updated) };
  },
  "DELETE model-versions/delete": async (registry, fields) => {
    await registry.deleteModelVersion(...nameAndVersion(fields));
    return {};
  },
  "GET model-versions/get-download-uri": async (registry, fields) => ({
    artifactUri: await registry.getModelVersionDownloadUri(...nameAndVersion(fields)),
  }),
  "POST model-versions/set-tag": async (registry, fields) => {
    await registry.setModelVersionTag(...nameAndVersion(fields), tagOf(fields));
    return {};
  },
  "DELETE model-versions/delete-tag": async (registry, fields) => {
    await registry.deleteModelVersionTag(...nameAndVersion(fields), text(fields, "key"));
    return {};
  },
  "POST model-versions/transition-stage": async (registry, fields) => {
    const [name, version] = nameAndVersion(fields);
    const archive = fields["archiveExistingVersions"] === true;
    // The registry refuses what is no stage.
    const stage = text(fields, "stage") as ModelStage;
    const moved = await registry.transitionModelVersionStage(name, version, stage, archive);
    return { modelVersion: versionToWire(moved) };
  },
};

async function latestVersions(registry: RegistryStore, fields: Fields): Promise<object> {
  const stages = list(fields, "stages", String);
  const versions = await registry.getLatestVersions(text(fields, "name"), stages);
  return { modelVersions: versions.map(versionToWire) };
}

function nameAndVersion(fields: Fields): [name: string, version: string] {
  return [text(fields, "name"), text(fields, "version")];
}

function optional<K extends string>(fields: Fields, name: K): { readonly [N in K]?: string } {
  const value = optionalText(fields, name);
  return (value === undefined ? {} : { [name]: value }) as { readonly [N in K]?: string };
}

/** A tag among the fields of its model or version. */
function tagOf(fields: Fields): Tag {
  return readTag({ key: text(fields, "key"), value: fields["value"] ?? "" });
}

function searchOf(fields: Fields): RegistrySearchOptions {
  const { viewType: _, maxResults, ...search } = readSearch(fields);
  // To protobuf zero is a number that was not given.
  return { ...search, ...(maxResults && { maxResults }) };
}

/** Tags and aliases are lists there: as members their names would be spelt anew. */
function modelToWire({ tags, aliases, latestVersions: latest, ...rest }: RegisteredModel) {
  return {
    ...rest,
    latestVersions: latest.map(versionToWire),
    tags: tagsToWire(tags),
    aliases: Object.entries(aliases).map(([alias, version]) => ({ alias, version })),
  };
}

function versionToWire({ tags, ...rest }: ModelVersion) {
  return { ...rest, tags: tagsToWire(tags) };
}

function tagsToWire(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}
