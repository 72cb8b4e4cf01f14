/** What `.ci/install-interop` has installed. */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const CACHE = new URL("../../.cache/interop/", import.meta.url);

/** The path of something that it installs. */
export function installed(path: string): string {
  return fileURLToPath(new URL(path, CACHE));
}

/** Why what needs this file cannot run here; `undefined` when it can. */
export function lacking(path: string): string | undefined {
  return existsSync(path) ? undefined : `${path} is not there: run .ci/install-interop`;
}
