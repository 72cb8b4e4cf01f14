/** What a journal of the model registry tells: what was asked of one group, or of one package without a group, in its order. */

/** A request, or a part of one, in the service's words. */
export type Members = Readonly<Record<string, unknown>>;

/** Which kind of thing has a journal: a group with its versions, or a package that is in no group. */
export type RegistryKind = "group" | "package";

/** One thing that was asked. Times are milliseconds since 1970; an `id` is its writer's, to find out what came of it. */
export type PackageEntry =
  /** CreateModelPackageGroup. It counts where there is none, or none any more. */
  | { readonly type: "group"; readonly id: string; readonly at: number; readonly request: Members }
  /** CreateModelPackage: of a group the next version, else the package itself. */
  | {
      readonly type: "package";
      readonly id: string;
      readonly at: number;
      readonly request: Members;
    }
  /** UpdateModelPackage, once its request was found good. */
  | {
      readonly type: "update";
      readonly at: number;
      readonly version: number;
      readonly request: Members;
    }
  /** DeleteModelPackage. */
  | { readonly type: "delete-package"; readonly at: number; readonly version: number }
  /** DeleteModelPackageGroup. It counts when no package is left. */
  | { readonly type: "delete-group"; readonly id: string; readonly at: number }
  | {
      readonly type: "tags";
      readonly at: number;
      readonly tags: Readonly<Record<string, string>>;
    }
  | { readonly type: "untag"; readonly at: number; readonly keys: readonly string[] };
