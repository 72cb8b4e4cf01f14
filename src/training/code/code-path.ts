/** Paths below the code's folder. Pure. */

import { posix, sep } from "node:path";

/**
 * A path as it is named in the code's folder: with slashes, without `./`.
 *
 * @param path - as the caller's system writes it
 */
export function codePath(path: string): string {
  return posix.normalize(path.split(sep).join("/"));
}

/**
 * Whether a path does not stay below the folder that it starts from.
 *
 * @param path - as the caller's system writes it
 */
export function leadsOut(path: string): boolean {
  const plain = codePath(path);
  return (
    plain === ".." || plain.startsWith("../") || plain.startsWith("/") || /^[a-z]:/i.test(path)
  );
}
