/** A repository cloned into a folder that is gone afterwards. Runs `git`. */

import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SageMakerError } from "../../errors.ts";
import type { GitConfig } from "./code-options.ts";
import { type GitResult, runGit } from "./git-program.ts";
import { type Repository, repository } from "./repository.ts";

/** A clone. */
export interface Checkout {
  /** Where it lies (absolute, without links). */
  readonly folder: string;
  /** The commit, in hexadecimal. */
  readonly commit: string;
  /** The repository's address, without credentials. */
  readonly url: string;
  /** Removes it. */
  dispose(): Promise<void>;
}

/** How a repository is cloned. */
export interface CheckoutOptions {
  /** Ends the cloning; nothing is left. */
  readonly signal?: AbortSignal | undefined;
  /** The longest that it may take in all, in milliseconds. Default: 10 minutes. */
  readonly timeoutMs?: number;
}

const TEN_MINUTES_MS = 600_000;
const FULL_COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Clones a repository at a branch, a commit, or its default branch: only what is needed of its history, where the server can do
 * that. Submodules are not followed.
 *
 * @param config - the repository
 * @param options - see {@link CheckoutOptions}
 * @throws {@link SageMakerError} in Git's words, without credentials, when it cannot be cloned
 */
export async function checkOut(
  config: GitConfig,
  options: CheckoutOptions = {},
): Promise<Checkout> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "sagemaker-git-")));
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    const git = new Checkouts(repository(config), folder, options);
    const commit = await git.make(config);
    return { folder, commit, url: git.url, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

class Checkouts {
  readonly url: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #deadline: number;
  readonly #signal: AbortSignal | undefined;

  constructor({ url, env }: Repository, folder: string, options: CheckoutOptions) {
    this.url = url;
    this.#env = env;
    this.#folder = folder;
    this.#deadline = Date.now() + (options.timeoutMs ?? TEN_MINUTES_MS);
    this.#signal = options.signal;
  }

  async make({ branch, commit }: GitConfig): Promise<string> {
    if (commit === undefined) {
      await this.#demand(["clone", ...ONE_COMMIT, ...onBranch(branch), "--", this.url, "."]);
    } else if (!(FULL_COMMIT.test(commit) && (await this.#fetchCommit(commit, branch)))) {
      await this.#demand(["clone", "--no-checkout", ...onBranch(branch), "--", this.url, "."]);
      await this.#demand(["checkout", "--quiet", "--detach", commit]);
    }
    return (await this.#demand(["rev-parse", "HEAD"])).stdout.trim();
  }

  /** Servers may be asked for one commit, and may refuse: then its whole history is cloned. */
  async #fetchCommit(commit: string, branch: string | undefined): Promise<boolean> {
    if (branch !== undefined) {
      // That the branch is there, and that it has the commit, only its history tells.
      return false;
    }
    await this.#demand(["init", "--quiet"]);
    const { code } = await this.#run(["fetch", "--quiet", "--depth=1", "--", this.url, commit]);
    if (code === 0) {
      await this.#demand(["checkout", "--quiet", "--detach", "FETCH_HEAD"]);
      return true;
    }
    await rm(join(this.#folder, ".git"), { recursive: true, force: true });
    return false;
  }

  async #demand(args: readonly string[]): Promise<GitResult> {
    const result = await this.#run(args);
    if (result.code === 0) {
      return result;
    }
    throw new SageMakerError(
      `The repository ${this.url} could not be cloned: ${this.#why(result)}`,
    );
  }

  #run(args: readonly string[]): Promise<GitResult> {
    return runGit(args, {
      cwd: this.#folder,
      env: this.#env,
      timeoutMs: Math.max(1, this.#deadline - Date.now()),
      signal: this.#signal,
    });
  }

  #why({ code, stderr, problem }: GitResult): string {
    if (problem === "missing") {
      return "there is no git program on this machine. Install Git, or give sourceDir a local folder.";
    }
    if (problem === "timeout") {
      return "it took too long. Clone it by hand, and give sourceDir the folder.";
    }
    const words = stderr
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => /^(?:fatal|error|remote):/.test(line));
    const said = words.length > 0 ? words.slice(-3).join(" ") : `git ended with exit code ${code}`;
    const advice = /could not read Username|Authentication failed|403|401/.test(said)
      ? " Give gitConfig.token, or gitConfig.username and gitConfig.password."
      : "";
    return `${said}.${advice}`.replace(/\.\.+/g, ".");
  }
}

const ONE_COMMIT = ["--depth=1", "--single-branch", "--no-tags"];

function onBranch(branch: string | undefined): string[] {
  return branch === undefined ? [] : [`--branch=${branch}`];
}
