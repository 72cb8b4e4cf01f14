/** Which commit a folder is at: for the record of what was run. Runs `git`, and changes nothing. */

import { runGit } from "./git-program.ts";
import { withoutCredentials } from "./repository.ts";

/** The state of a folder in a Git repository. */
export interface GitState {
  /** The commit, in hexadecimal. */
  readonly commit: string;
  /** The branch; absent when a commit is checked out by itself. */
  readonly branch?: string;
  /** Whether files below the folder differ from the commit, new ones that are not ignored among them. */
  readonly dirty: boolean;
  /** Where `origin` is, without credentials. */
  readonly remote?: string;
}

/** A record is not worth a longer wait. */
const TIME_LIMIT_MS = 10_000;

/**
 * The commit that a folder is at, and whether it has changed since. Never throws.
 *
 * @param folder - a folder
 * @param signal - ends the asking; the answer is `undefined` then
 * @returns `undefined` without a repository, a commit, an answer in time, or Git
 */
export async function gitState(
  folder: string,
  signal?: AbortSignal,
): Promise<GitState | undefined> {
  const deadline = Date.now() + TIME_LIMIT_MS;
  const ask = async (...args: string[]): Promise<string | undefined> => {
    const { code, stdout } = await runGit(["--no-optional-locks", ...args], {
      cwd: folder,
      timeoutMs: Math.max(1, deadline - Date.now()),
      signal,
    });
    return code === 0 ? stdout.trim() : undefined;
  };
  try {
    const commit = await ask("rev-parse", "--verify", "--quiet", "HEAD");
    if (commit === undefined || commit === "") {
      return undefined;
    }
    const [branch, changes, remote] = await Promise.all([
      ask("symbolic-ref", "--short", "--quiet", "HEAD"),
      // A repository may name a program that watches its files: none is started from here.
      ask("-c", "core.fsmonitor=false", "status", "--porcelain", "--", "."),
      ask("config", "--get", "remote.origin.url"),
    ]);
    if (changes === undefined) {
      return undefined;
    }
    return {
      commit,
      dirty: changes !== "",
      ...(branch && { branch }),
      ...(remote && { remote: withoutCredentials(remote) }),
    };
  } catch {
    return undefined;
  }
}
