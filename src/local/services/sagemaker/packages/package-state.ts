/** What has become of a group and its packages: its journal, folded (pure). */

import { merged } from "../job-state.ts";
import type { Members, PackageEntry } from "./package-entries.ts";

/** A package as it stands. Times are milliseconds since 1970. */
export interface PackageState {
  /** Its number in its group; 1 for one without a group. */
  readonly version: number;
  readonly createdAt: number;
  readonly lastModified: number;
  /** CreateModelPackage, and what UpdateModelPackage made of it. */
  readonly request: Members;
}

/** A group, or a package without one, as it stands. */
export interface RegistryState {
  /** CreateModelPackageGroup; `undefined` while there is no group. A package without one has none. */
  readonly group: { readonly request: Members; readonly createdAt: number } | undefined;
  /** What was not deleted, by version. */
  readonly packages: ReadonlyMap<number, PackageState>;
  readonly tags: Readonly<Record<string, string>>;
  /**
   * What came of each request that has an id: the version of a package, `"group"` for a group that was made, `"deleted"`. What is not here
   * did not count: there was a group already, or none, or it was not empty.
   */
  readonly outcomes: ReadonlyMap<string, number | "group" | "deleted">;
}

/**
 * The state that a journal tells.
 *
 * @param kind - what the journal is of
 * @param entries - in the order in which they were written
 */
export function foldRegistry(
  kind: "group" | "package",
  entries: readonly PackageEntry[],
): RegistryState {
  let group: RegistryState["group"];
  let next = 1;
  const packages = new Map<number, PackageState>();
  const tags = new Map<string, string>();
  const outcomes = new Map<string, number | "group" | "deleted">();
  const setTags = (list: unknown): void => {
    tags.clear();
    for (const { Key, Value } of (list ?? []) as { Key: string; Value: string }[]) {
      tags.set(Key, Value);
    }
  };
  const change = (version: number, at: number, request: (before: Members) => Members): void => {
    const before = packages.get(version);
    if (before !== undefined) {
      packages.set(version, { ...before, lastModified: at, request: request(before.request) });
    }
  };

  for (const entry of entries) {
    switch (entry.type) {
      case "group":
        if (group === undefined) {
          group = { request: entry.request, createdAt: entry.at };
          next = 1;
          setTags(entry.request["Tags"]);
          outcomes.set(entry.id, "group");
        }
        break;
      case "package": {
        const token = entry.request["ClientToken"];
        const same = [...packages.values()].find(
          ({ request }) => token !== undefined && request["ClientToken"] === token,
        );
        const isPossible = kind === "group" ? group !== undefined : packages.size === 0;
        if (same !== undefined) {
          outcomes.set(entry.id, same.version);
        } else if (isPossible) {
          const version = kind === "group" ? next : 1;
          const { at, request } = entry;
          packages.set(version, { version, createdAt: at, lastModified: at, request });
          next = version + 1;
          outcomes.set(entry.id, version);
          if (kind === "package") setTags(request["Tags"]);
        }
        break;
      }
      case "update":
        change(entry.version, entry.at, (before) => updated(before, entry.request));
        break;
      case "delete-package":
        packages.delete(entry.version);
        break;
      case "delete-group":
        if (group !== undefined && packages.size === 0) {
          group = undefined;
          outcomes.set(entry.id, "deleted");
        }
        break;
      case "tags":
        for (const [key, value] of Object.entries(entry.tags)) tags.set(key, value);
        break;
      case "untag":
        for (const key of entry.keys) tags.delete(key);
        break;
    }
  }
  return { group, packages, tags: Object.fromEntries(tags), outcomes };
}

/**
 * A package's request with an update in it: metadata is merged, inference specifications are added, all else is replaced.
 *
 * @param before - CreateModelPackage, and earlier updates
 * @param update - UpdateModelPackage
 */
export function updated(before: Members, update: Members): Members {
  const {
    ModelPackageArn: _arn,
    ClientToken: _token,
    CustomerMetadataProperties: metadata,
    CustomerMetadataPropertiesToRemove: removed = [],
    AdditionalInferenceSpecificationsToAdd: added = [],
    ...replaced
  } = update;
  const properties = Object.entries(
    merged(before["CustomerMetadataProperties"] ?? {}, metadata ?? {}) as Members,
  ).filter(([key]) => !(removed as readonly string[]).includes(key));
  const specifications = [
    ...((before["AdditionalInferenceSpecifications"] ?? []) as readonly unknown[]),
    ...(added as readonly unknown[]),
  ];
  const { CustomerMetadataProperties: _old, ...rest } = before;
  return {
    ...rest,
    ...replaced,
    ...(properties.length > 0 && { CustomerMetadataProperties: Object.fromEntries(properties) }),
    ...(specifications.length > 0 && { AdditionalInferenceSpecifications: specifications }),
  };
}
