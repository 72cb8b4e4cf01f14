/** The tags of groups, and of packages without one. */

import type { SageMakerContext } from "../context.ts";
import type { TagFinder, Tagged } from "../tag-operations.ts";
import type { RegistryKind } from "./package-entries.ts";
import { groupOf, packageOf } from "./package-names.ts";
import { foldRegistry } from "./package-state.ts";
import { findGroup, findPackage, invalid } from "./registry.ts";

/** Finds what of the model registry has tags. */
export function registryTags(context: SageMakerContext): TagFinder {
  return async (arn) => {
    const group = groupOf(context, arn);
    if (group !== undefined) {
      return (await findGroup(context, group)) && (await tagged(context, "group", group));
    }
    const asked = packageOf(context, arn);
    if (asked === undefined || (await findPackage(context, asked)) === undefined) return undefined;
    return asked.version === undefined ? await tagged(context, "package", asked.name) : VERSION;
  };
}

/** A version is described by its CustomerMetadataProperties instead. */
const VERSION: Tagged = {
  what: "A versioned model package",
  tags: {},
  add: async () => {
    throw invalid(NO_TAGS);
  },
  remove: async () => {
    throw invalid(NO_TAGS);
  },
};
const NO_TAGS =
  "Tags are not supported for versioned model packages. Tag the model package group, or use CustomerMetadataProperties.";

async function tagged(
  { packages }: SageMakerContext,
  kind: RegistryKind,
  name: string,
): Promise<Tagged> {
  return {
    what: kind === "group" ? "A model package group" : "A model package",
    tags: foldRegistry(kind, await packages.entries(kind, name)).tags,
    add: async (tags) =>
      void (await packages.append(kind, name, { type: "tags", at: Date.now(), tags })),
    remove: async (keys) =>
      void (await packages.append(kind, name, { type: "untag", at: Date.now(), keys })),
  };
}
