/** Registered models and their versions found by a filter, sorted, page by page. */

import type { Page } from "../core/entities.ts";
import type { ModelVersion, RegisteredModel } from "../core/registry-entities.ts";
import type { RegistrySearchOptions } from "../core/registry-store.ts";
import { compare, type SearchKind, searchIn } from "./search.ts";

/** MLflow keeps prompts among the models, and tells them from models by this tag. */
const IS_PROMPT = "mlflow.prompt.is_prompt";

const MODELS: SearchKind<RegisteredModel> = {
  vocabulary: {
    types: ["attribute", "tag"],
    numbers: new Set(),
    texts: new Set(["name"]),
    orderOnly: new Set(["creation_timestamp", "last_updated_timestamp"]),
    inLists: new Set(["name"]),
    absence: false,
  },
  lookupOf: (model) => (type, key) => {
    if (type === "tag") return [tagOf(model, key)];
    if (key === "creation_timestamp") return [model.creationTimestamp];
    return [key === "name" ? model.name : model.lastUpdatedTimestamp];
  },
  pageResults: 100,
  mostResults: 1000,
};

const VERSIONS: SearchKind<ModelVersion> = {
  vocabulary: {
    types: ["attribute", "tag"],
    numbers: new Set(["version_number"]),
    texts: new Set(["name", "run_id", "source_path"]),
    orderOnly: new Set(["creation_timestamp", "last_updated_timestamp"]),
    inLists: new Set(["name", "run_id"]),
    absence: false,
  },
  lookupOf: (version) => (type, key) => {
    if (type === "tag") return [tagOf(version, key)];
    switch (key) {
      case "name":
        return [version.name];
      case "version_number":
        return [Number(version.version)];
      case "run_id":
        return [version.runId];
      case "source_path":
        return [version.source];
      case "creation_timestamp":
        return [version.creationTimestamp];
      default:
        return [version.lastUpdatedTimestamp];
    }
  },
  pageResults: 10_000,
  mostResults: 200_000,
};

/** The page of models that a search is for. */
export function searchModels(
  models: readonly RegisteredModel[],
  search: RegistrySearchOptions,
): Page<RegisteredModel> {
  const natural = withoutPrompts(models, search).sort((a, b) => compare(a.name, b.name));
  return searchIn(natural, search, MODELS);
}

/** The page of versions that a search is for. */
export function searchVersions(
  versions: readonly ModelVersion[],
  search: RegistrySearchOptions,
): Page<ModelVersion> {
  const isOrdered = (search.orderBy ?? []).length > 0;
  const natural = withoutPrompts(versions, search).sort(
    (a, b) =>
      (isOrdered ? 0 : (b.lastUpdatedTimestamp ?? 0) - (a.lastUpdatedTimestamp ?? 0)) ||
      compare(a.name, b.name) ||
      Number(b.version) - Number(a.version),
  );
  return searchIn(natural, search, VERSIONS);
}

function withoutPrompts<T extends RegisteredModel | ModelVersion>(
  items: readonly T[],
  { filter = "" }: RegistrySearchOptions,
): T[] {
  if (filter.includes(IS_PROMPT)) return [...items];
  return items.filter((item) => tagOf(item, IS_PROMPT) !== "true");
}

/** What is no prompt has no tag that says so. */
function tagOf({ tags }: RegisteredModel | ModelVersion, key: string): string | undefined {
  if (Object.hasOwn(tags, key)) return tags[key];
  return key === IS_PROMPT ? "false" : undefined;
}
