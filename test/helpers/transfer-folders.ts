/** Folders that tests write to and look at. */

import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder of this test's own, removed when it is finished. */
export async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sagemaker-estimator-transfer-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files, and the folders on the way to them; a name that ends in `/` is an empty folder. */
export async function writeTree(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  for (const [name, contents] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(name.endsWith("/") ? path : dirname(path), { recursive: true });
    if (!name.endsWith("/")) {
      await writeFile(path, contents);
    }
  }
}

/** What lies in a folder: files with their text, folders ending in `/`, links as `-> target`. */
export async function readTree(folder: string, prefix = ""): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(join(folder, prefix), { withFileTypes: true })) {
    const name = `${prefix}${entry.name}`;
    const path = join(folder, name);
    if (entry.isDirectory()) {
      found[`${name}/`] = "";
      Object.assign(found, await readTree(folder, `${name}/`));
    } else {
      found[name] = entry.isSymbolicLink()
        ? `-> ${await readlink(path)}`
        : await readFile(path, "utf8");
    }
  }
  return found;
}
