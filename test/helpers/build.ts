/**
 * Vitest's global setup: what the tests start as processes of their own is compiled before the first of them. Jobs' runners are the most,
 * more than a thousand: to compile each anew would take longer than what it does.
 */

import { execFile } from "node:child_process";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { madeOnce } from "./made-once.ts";
import { repository } from "./repository.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A folder with the built package in its `node_modules`, where programs below it find that, and `glm-container`, the example's. */
    readonly userProject: string;
    /** The built package: `package.json` and `dist/`. */
    readonly builtPackage: string;
    /** A folder with `src/` and the tests' own programs as JavaScript, file by file. */
    readonly compiledSources: string;
  }
}

const TSC = join(repository, "node_modules/typescript/bin/tsc");
const CONTAINER = "examples/glm/container";
/** Programs of the tests, with what they import. */
const PROGRAMS = [
  ...["test/helpers", "test/local/conformance"],
  "test/local/services/s3/concurrency-worker.ts",
];
/** What decides what the compiler makes of them. */
const SETTINGS = [
  ...["package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json"],
  "test/helpers/build.ts",
];

/** Compiles before the first run of the tests, and when they are run again because something changed. */
export async function setup(vitest: TestProject): Promise<void> {
  const build = async (): Promise<void> => {
    const project = await madeOnce("user-project", [...SETTINGS, "src", CONTAINER], userProject);
    const programs = ["src", ...PROGRAMS];
    const sources = await madeOnce("compiled-sources", [...SETTINGS, ...programs], async (folder) =>
      compiledSources(folder, programs),
    );
    const built = packageIn(project);
    vitest.provide("userProject", project);
    vitest.provide("builtPackage", built);
    vitest.provide("compiledSources", sources);
    // For src/local/runner/launch.ts, in the workers.
    process.env["SAGEMAKER_ESTIMATOR_RUNNER"] = join(built, "dist/local/runner/main.js");
  };
  await build();
  vitest.onTestsRerun(build);
}

const packageIn = (project: string): string => join(project, "node_modules/sagemaker-estimator");

async function userProject(folder: string): Promise<void> {
  // Else what is in it would belong to this package.
  await writeFile(join(folder, "package.json"), '{ "private": true }\n');
  await cp(join(repository, CONTAINER), join(folder, "glm-container"), { recursive: true });
  const built = packageIn(folder);
  await mkdir(built, { recursive: true });
  await cp(join(repository, "package.json"), join(built, "package.json"));
  // As `npm run build` does; what is wrong in types, `npm run typecheck` tells.
  await compile("-p", "tsconfig.build.json", "--noCheck", "--outDir", join(built, "dist"));
}

async function compiledSources(folder: string, sources: readonly string[]): Promise<void> {
  const config = {
    extends: join(repository, "tsconfig.json"),
    // Each file by itself: nothing is looked up in another.
    compilerOptions: {
      ...{ noEmit: false, noCheck: true, noResolve: true, sourceMap: true, inlineSources: true },
      ...{ rootDir: repository, outDir: "." },
    },
    include: sources.map((path) => join(repository, path)),
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  await cp(join(repository, "package.json"), join(folder, "package.json"));
  await compile("-p", folder);
}

async function compile(...options: readonly string[]): Promise<void> {
  await promisify(execFile)(process.execPath, [TSC, ...options], { cwd: repository });
}
