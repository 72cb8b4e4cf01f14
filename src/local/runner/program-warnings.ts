/** What is likely to go wrong with a program folder here, told before it does. */

import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { firstLine } from "./command.ts";

/** A warning for the job's owner. */
export interface ProgramWarning {
  /** A stable word for programs. */
  readonly code: string;
  readonly message: string;
}

/** A program's own text is not longer; what is, is data or a bundle that nobody can read anyway. In bytes. */
const TEXT_LIMIT = 1024 * 1024;
const FILES_LIMIT = 100;
const MODULE_SYNTAX = /^\s*(?:import[\s{*"']|export[\s{*]|await\s)/m;

/**
 * Node runs an extensionless file as CommonJS when the nearest `package.json` says `"type": "commonjs"`; if it is a module, Node 20 ends
 * with exit code 0 having run nothing, without a word.
 */
export async function commonJsWarning(file: string): Promise<ProgramWarning | undefined> {
  if (extname(basename(file)) !== "" || !/^#!.*\bnode\b/.test(await firstLine(file)))
    return undefined;
  const manifest = await nearestManifest(dirname(file));
  if (manifest?.type !== "commonjs" || !MODULE_SYNTAX.test(await readText(file))) return undefined;
  return {
    code: "common-js-program",
    message:
      `${file} is written as an ES module, but has no extension and stands under ${manifest.path} with "type": "commonjs": ` +
      'Node may end with exit code 0 having run none of it. Set "type": "module" there, or let it be a launcher of a .mjs file.',
  };
}

/** Without mounts /opt/ml is the machine's own, if there is one: a program that names it and no other way will not find its files. */
export async function optMlWarning(program: string): Promise<ProgramWarning | undefined> {
  const names = await readdir(program, { withFileTypes: true }).catch(() => []);
  let naming: string | undefined;
  for (const entry of names.slice(0, FILES_LIMIT)) {
    if (!entry.isFile()) continue;
    const text = await readText(join(program, entry.name));
    if (/SAGEMAKER_BASE_DIR|\bSM_[A-Z]/.test(text)) return undefined;
    if (text.includes("/opt/ml")) naming ??= entry.name;
  }
  if (naming === undefined) return undefined;
  return {
    code: "opt-ml-without-mounts",
    message:
      `${join(program, naming)} names /opt/ml, which the process engine cannot give a program of its own. ` +
      "Read SAGEMAKER_BASE_DIR or the SM_* variables, or use the sandbox (Linux, with bubblewrap installed).",
  };
}

async function nearestManifest(
  start: string,
): Promise<{ readonly path: string; readonly type: unknown } | undefined> {
  for (let folder = start; ; folder = dirname(folder)) {
    const path = join(folder, "package.json");
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text !== undefined) {
      try {
        const manifest: unknown = JSON.parse(text);
        return {
          path,
          type: manifest === null ? undefined : Reflect.get(Object(manifest), "type"),
        };
      } catch {
        return undefined;
      }
    }
    if (folder === dirname(folder)) return undefined;
  }
}

async function readText(file: string): Promise<string> {
  const { size } = await stat(file);
  return size > TEXT_LIMIT ? "" : await readFile(file, "utf8").catch(() => "");
}
