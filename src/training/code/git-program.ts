/** Runs `git`: bounded in time and output, never asking, never telling what it was given in secret. */

import { type ChildProcess, spawn } from "node:child_process";
import { gitEnvironment } from "../../environment.ts";

/** How Git is run. */
export interface GitOptions {
  /** The working folder. */
  readonly cwd: string;
  /** Variables to add: the place of secrets, which arguments are not. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** The longest that it may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/** How Git ended. */
export interface GitResult {
  /** The exit code; `undefined` when it was ended by its time limit, or there is no `git` on this machine. */
  readonly code: number | undefined;
  /** What it answered; of more than a megabyte, the beginning. */
  readonly stdout: string;
  /** What it said; of more than 16 KiB, the end. */
  readonly stderr: string;
  /** Why there is no exit code. */
  readonly problem?: "missing" | "timeout";
}

const MOST_OUTPUT = 1024 * 1024;
const MOST_WORDS = 16 * 1024;
/** Told to end, Git removes what it has begun. */
const GRACE_MS = 5_000;

/**
 * Runs Git.
 *
 * @param args - its arguments
 * @param options - see {@link GitOptions}
 * @throws the signal's reason, once Git has ended; nothing else
 */
export async function runGit(args: readonly string[], options: GitOptions): Promise<GitResult> {
  const { cwd, env, timeoutMs, signal } = options;
  signal?.throwIfAborted();
  const child = spawn("git", [...args], {
    cwd,
    env: gitEnvironment(env),
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
    // A group of its own: the programs that Git starts for HTTP and SSH outlive it, and hold its pipes.
    detached: process.platform !== "win32",
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout = stdout.length < MOST_OUTPUT ? stdout + text : stdout;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(-MOST_WORDS);
  });
  let problem: GitResult["problem"];
  let killing: NodeJS.Timeout | undefined;
  const end = (): void => {
    killGroup(child, "SIGTERM");
    killing ??= setTimeout(() => killGroup(child, "SIGKILL"), GRACE_MS);
  };
  const timer = setTimeout(() => {
    problem = "timeout";
    end();
  }, timeoutMs);
  signal?.addEventListener("abort", end, { once: true });
  try {
    const code = await new Promise<number | null>((resolve) => {
      child.on("error", () => {
        problem ??= "missing";
        resolve(null);
      });
      child.on("close", resolve);
    });
    signal?.throwIfAborted();
    return {
      code: problem === undefined ? (code ?? 1) : undefined,
      ...{ stdout, stderr },
      ...(problem !== undefined && { problem }),
    };
  } finally {
    clearTimeout(timer);
    clearTimeout(killing);
    signal?.removeEventListener("abort", end);
  }
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || process.platform === "win32") {
    child.kill(signal);
    return;
  }
  try {
    process.kill(-child.pid, signal);
  } catch {
    // None of it is left.
  }
}
