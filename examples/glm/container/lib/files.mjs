// @ts-check
/** Files that are whole or absent, and the words for those that cannot be read. */

import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { SageMakerError } from "sagemaker-estimator/container";

/**
 * @param {string} path
 * @param {string} text
 */
export async function writeWhole(path, text) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.incomplete`, text);
  await rename(`${path}.incomplete`, path);
}

/**
 * @param {string} path
 * @param {unknown} value
 */
export async function writeJson(path, value) {
  await writeWhole(path, `${JSON.stringify(value, undefined, 2)}\n`);
}

/**
 * @param {string} path
 * @returns {Promise<unknown>}
 * @throws {SageMakerError} if the file cannot be read or is no JSON
 */
export async function readJson(path) {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SageMakerError(`${basename(path)} cannot be read: ${reason}`, { cause });
  }
}

/**
 * The CSV files of a folder, not of those in it, by name.
 *
 * @param {string} folder
 * @returns {Promise<string[]>} none if there is no such folder
 */
export async function csvFilesIn(folder) {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith(".csv"))
    .sort()
    .map((name) => join(folder, name));
}
