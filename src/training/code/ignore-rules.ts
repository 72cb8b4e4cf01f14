/** What of a folder is no code: an ignore file's rules, and what never is. Reads the ignore file. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** What a folder leaves out. */
export interface IgnoreRules {
  /** The file that says so, if there is one. */
  readonly fileName: string | undefined;
  /** Whether something is left out: names below the folder, those of folders with a `/` at their end. */
  readonly ignores: (name: string) => boolean;
}

/** The library's own ignore file: it alone can take back what is no code as a rule. */
const OWN_FILE = ".sagemakerignore";
const GIT_FILE = ".gitignore";

/** A repository's history and secrets: no rule takes these back. */
const NEVER_CODE = [".git", ".env"];

/**
 * More secrets, what is installed anew where it runs, what changes by itself, and what this library writes: the state of a local cloud
 * in the working folder, and the driver.
 */
const NO_CODE = [
  ".env.*",
  "node_modules",
  "__pycache__",
  ".ipynb_checkpoints",
  ".DS_Store",
  ".sagemaker-local",
  ".sagemaker",
];

/** The same rules must mean the same files on every machine. */
const EVERYWHERE = { ignorecase: false };

/**
 * The rules of a folder: those of `.sagemakerignore`, else of `.gitignore`, in Git's syntax.
 *
 * @param folder - the folder
 * @param isCheckout - it was cloned: whatever lies there belongs to the repository, whatever `.gitignore` says
 */
export async function ignoreRules(folder: string, isCheckout: boolean): Promise<IgnoreRules> {
  const { default: ignore } = await import("ignore");
  const own = await readRules(join(folder, OWN_FILE));
  if (own !== undefined) {
    // The last rule that matches decides.
    const matcher = ignore(EVERYWHERE).add(NO_CODE).add(own).add(NEVER_CODE);
    return { fileName: OWN_FILE, ignores: (name) => matcher.ignores(name) };
  }
  const git = isCheckout ? undefined : await readRules(join(folder, GIT_FILE));
  const matcher = ignore(EVERYWHERE)
    .add(git ?? "")
    .add(NO_CODE)
    .add(NEVER_CODE);
  return {
    fileName: git === undefined ? undefined : GIT_FILE,
    ignores: (name) => matcher.ignores(name),
  };
}

async function readRules(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EISDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) {
      return undefined;
    }
    throw error;
  }
}
