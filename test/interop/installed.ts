/** What `.ci/install-interop`, `.ci/install-system` and `.ci/install-browser` have installed. */

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const CACHE = new URL("../../.cache/interop/", import.meta.url);

/** The path of something that `.ci/install-interop` installs. */
export function installed(path: string): string {
  return fileURLToPath(new URL(path, CACHE));
}

/** Why what needs this file cannot run here; `undefined` when it can. */
export function lacking(path: string, installer = ".ci/install-interop"): string | undefined {
  return existsSync(path) ? undefined : `${path} is not there: run ${installer}`;
}

/** Why what needs this program of the system cannot run here; `undefined` when it can. */
export function lackingProgram(name: string, installer = ".ci/install-system"): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  if (folders.some((folder) => existsSync(join(folder, name)))) return undefined;
  return `${name} is not on the PATH: run ${installer}`;
}
