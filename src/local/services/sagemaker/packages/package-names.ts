/** The names of groups and packages, and their ARNs (pure). */

/** The cloud's region and account. */
export interface Where {
  readonly region: string;
  readonly account: string;
}

/** A package by its name: that of a version is its group's. */
export interface PackageName {
  readonly name: string;
  /** Which version of a group; `undefined` for a package without one. */
  readonly version: number | undefined;
}

/** The ARN of a group; the service writes names in lower case there. */
export function groupArn({ region, account }: Where, name: string): string {
  return `arn:aws:sagemaker:${region}:${account}:model-package-group/${name.toLowerCase()}`;
}

/** The ARN of a package: of a version `…/group/3`. */
export function packageArn({ region, account }: Where, { name, version }: PackageName): string {
  const number = version === undefined ? "" : `/${version}`;
  return `arn:aws:sagemaker:${region}:${account}:model-package/${name.toLowerCase()}${number}`;
}

/**
 * The group that a name or an ARN means; `undefined` for the ARN of something else, or elsewhere.
 *
 * @param where - the cloud's region and account
 * @param given - as it was asked
 */
export function groupOf(where: Where, given: string): string | undefined {
  if (!given.startsWith("arn:")) return given;
  const name = given.slice(given.lastIndexOf("/") + 1);
  return groupArn(where, name) === given.toLowerCase() ? name : undefined;
}

/**
 * The package that a name, a name with a version, or an ARN means; `undefined` for the ARN of something else, or elsewhere.
 *
 * @param where - the cloud's region and account
 * @param given - as it was asked
 */
export function packageOf(where: Where, given: string): PackageName | undefined {
  const [, rest = given] = /^arn:[^/]*:model-package\/(.+)$/u.exec(given) ?? [];
  const [, name = "", version] = /^([^/]+)(?:\/(\d{1,9}))?$/u.exec(rest) ?? [];
  const found = { name, version: version === undefined ? undefined : Number(version) };
  const isElsewhere = given.startsWith("arn:") && packageArn(where, found) !== given.toLowerCase();
  return isElsewhere ? undefined : found;
}

/** How the service names what it does not find: by its ARN, however it was asked. */
export function arnAsked(where: Where, kind: "group" | "package", given: string): string {
  if (given.startsWith("arn:")) return given;
  return kind === "group"
    ? groupArn(where, given)
    : packageArn(where, packageOf(where, given) ?? { name: given, version: undefined });
}
