/**
 * Vitest's global setup: the package, built and installed in a folder as in a user's project, for all that the tests start as processes
 * of their own. Jobs' runners are the most of them, more than a thousand: to compile each anew would take longer than what it does.
 */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** A folder with the built package in its `node_modules`, where programs below it find that, and `glm-container`, the example's. */
    readonly userProject: string;
    /** The built package: `package.json` and `dist/`. */
    readonly builtPackage: string;
  }
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PROJECTS = join(ROOT, ".cache/user-projects");
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");
/** What decides what is in it. */
const FOLDERS = ["src", "examples/glm/container"];
const FILES = [
  ...["package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json"],
  "test/helpers/user-project.ts",
];
/** One that nobody has asked for so long is removed: a run of the tests that used it has ended. In milliseconds. */
const KEPT_FOR = 86_400_000;

/** Makes it before the first run of the tests, and when they are run again because something changed. */
export async function setup(vitest: TestProject): Promise<void> {
  const make = async (): Promise<void> => {
    const project = await userProject();
    const built = packageIn(project);
    vitest.provide("userProject", project);
    vitest.provide("builtPackage", built);
    // For src/local/runner/launch.ts, in the workers and in what they start.
    process.env["SAGEMAKER_ESTIMATOR_RUNNER"] = join(built, "dist/local/runner/main.js");
  };
  await make();
  vitest.onTestsRerun(make);
}

const packageIn = (project: string): string => join(project, "node_modules/sagemaker-estimator");

/** Named by what it is made from and moved in when it is whole, so that runs side by side share it. */
async function userProject(): Promise<string> {
  const folder = join(PROJECTS, await digest());
  const now = new Date();
  const isThere = await utimes(folder, now, now).then(
    () => true,
    () => false,
  );
  if (isThere) return folder;
  await mkdir(PROJECTS, { recursive: true });
  await removeOld();
  const draft = await mkdtemp(join(PROJECTS, "draft-"));
  try {
    // Some tests run jobs as another user.
    await chmod(draft, 0o755);
    // Else what is in it would belong to this package.
    await writeFile(join(draft, "package.json"), '{ "private": true }\n');
    const built = packageIn(draft);
    await mkdir(built, { recursive: true });
    await cp(join(ROOT, "package.json"), join(built, "package.json"));
    await cp(join(ROOT, "examples/glm/container"), join(draft, "glm-container"), {
      recursive: true,
    });
    // As `npm run build` does; what is wrong in types, `npm run typecheck` tells.
    const compile = [
      TSC,
      "-p",
      "tsconfig.build.json",
      "--noCheck",
      "--outDir",
      join(built, "dist"),
    ];
    await promisify(execFile)(process.execPath, compile, { cwd: ROOT });
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another run was faster.
    if (!["EEXIST", "ENOTEMPTY"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
  return folder;
}

async function digest(): Promise<string> {
  const hash = createHash("sha256");
  const inFolders = await Promise.all(FOLDERS.map(filesBelow));
  for (const name of [...FILES, ...inFolders.flat()]) {
    const content = await readFile(join(ROOT, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const names = files.map(({ parentPath, name }) => relative(ROOT, join(parentPath, name)));
  return names.toSorted((a, b) => (a < b ? -1 : 1));
}

async function removeOld(): Promise<void> {
  for (const name of await readdir(PROJECTS)) {
    const path = join(PROJECTS, name);
    const seen = await stat(path).catch(() => undefined);
    if (seen === undefined || Date.now() - seen.mtimeMs < KEPT_FOR) continue;
    await rm(path, { recursive: true, force: true });
  }
}
