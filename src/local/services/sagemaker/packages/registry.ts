/** Groups and packages as the operations ask for them: by a name or an ARN, and what is not there refused in the service's words. */

import { randomUUID } from "node:crypto";
import { ServiceError } from "../../../wire/service-error.ts";
import type { SageMakerContext } from "../context.ts";
import type { PackageEntry, RegistryKind } from "./package-entries.ts";
import { arnAsked, groupOf, type PackageName, packageOf } from "./package-names.ts";
import { foldRegistry, type PackageState, type RegistryState } from "./package-state.ts";

/** A group that is there. */
export interface Group {
  /** As it was made. */
  readonly name: string;
  readonly state: RegistryState & { readonly group: NonNullable<RegistryState["group"]> };
}

/** A package that is there, by the name that it was made with: of a version that of its group. */
export interface Package extends PackageName {
  readonly state: PackageState;
  /** Its own: a version has none. */
  readonly tags: Readonly<Record<string, string>>;
  /** Where it is written down. */
  readonly kind: RegistryKind;
}

/** A group; `undefined` when there is none of that name. */
export async function findGroup(
  { packages }: SageMakerContext,
  name: string,
): Promise<Group | undefined> {
  const state = foldRegistry("group", await packages.entries("group", name));
  const { group } = state;
  return (
    group && { name: String(group.request["ModelPackageGroupName"]), state: { ...state, group } }
  );
}

/**
 * The group that a name or an ARN means.
 *
 * @throws {@link ServiceError} `ValidationException` when there is none
 */
export async function requireGroup(context: SageMakerContext, given: string): Promise<Group> {
  const name = groupOf(context, given);
  const found = name === undefined ? undefined : await findGroup(context, name);
  if (found === undefined) throw noGroup(context, given);
  return found;
}

/** A package; `undefined` when there is none of that name and version. */
export async function findPackage(
  context: SageMakerContext,
  { name, version }: PackageName,
): Promise<Package | undefined> {
  if (version !== undefined) {
    const group = await findGroup(context, name);
    const state = group?.state.packages.get(version);
    return group && state && { name: group.name, version, state, tags: {}, kind: "group" };
  }
  const folded = foldRegistry("package", await context.packages.entries("package", name));
  const state = folded.packages.get(1);
  const { tags } = folded;
  return (
    state && {
      ...{ name: String(state.request["ModelPackageName"]), version },
      ...{ state, tags, kind: "package" },
    }
  );
}

/** Every group. */
export async function allGroups(context: SageMakerContext): Promise<Group[]> {
  const names = await context.packages.names("group");
  const found = await Promise.all(names.map(async (name) => await findGroup(context, name)));
  return found.filter((group) => group !== undefined);
}

/** Every package, in groups and without. */
export async function allPackages(context: SageMakerContext): Promise<Package[]> {
  const names = await context.packages.names("package");
  const alone = await Promise.all(
    names.map(async (name) => await findPackage(context, { name, version: undefined })),
  );
  return [
    ...(await allGroups(context)).flatMap(versionsOf),
    ...alone.filter((one) => one !== undefined),
  ];
}

/** The versions of a group. */
export function versionsOf({ name, state }: Group): Package[] {
  return [...state.packages.values()].map((one) => ({
    ...{ name, version: one.version, state: one, tags: {}, kind: "group" },
  }));
}

/**
 * The package that a name, a name with a version, or an ARN means.
 *
 * @throws {@link ServiceError} `ValidationException` when there is none
 */
export async function requirePackage(context: SageMakerContext, given: string): Promise<Package> {
  const asked = packageOf(context, given);
  const found = asked === undefined ? undefined : await findPackage(context, asked);
  if (found === undefined) {
    throw invalid(`ModelPackage ${arnAsked(context, "package", given)} does not exist.`);
  }
  return found;
}

/**
 * Writes a request down and tells what became of it.
 *
 * @returns undefined when it did not count
 */
export async function claim(
  { packages }: SageMakerContext,
  kind: RegistryKind,
  name: string,
  entry: (id: string, at: number) => PackageEntry,
): Promise<number | "group" | "deleted" | undefined> {
  const id = randomUUID();
  const entries = await packages.append(kind, name, entry(id, Date.now()));
  return foldRegistry(kind, entries).outcomes.get(id);
}

/** The service's words for a group that is not there. */
export function noGroup(context: SageMakerContext, given: string): ServiceError {
  return invalid(`ModelPackageGroup ${arnAsked(context, "group", given)} does not exist.`);
}

/** A `ValidationException`. */
export function invalid(message: string): ServiceError {
  return new ServiceError("ValidationException", message);
}
