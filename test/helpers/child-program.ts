/** Programs as processes of their own, in folders that are removed when the test is over. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inject, onTestFinished } from "vitest";

/**
 * The JavaScript of a file of `src/` or of a program of the tests, for a process of its own.
 *
 * @param path - relative to the repository: `src/index.ts`
 */
export function compiled(path: string): string {
  return join(inject("compiledSources"), path.replace(/\.ts$/, ".js"));
}

/** Files by path below a folder: text and bytes are written as they are, anything else as JSON. */
export type Files = Readonly<Record<string, unknown>>;

/**
 * A folder with files, removed when the test is over.
 *
 * @param place - where it is made: below Vitest's `userProject` its programs find this package
 */
export async function folderWith(files: Files, place: string = tmpdir()): Promise<string> {
  const folder = await mkdtemp(join(place, "child-program-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    const asItIs = typeof content === "string" || content instanceof Uint8Array;
    await writeFile(join(folder, path), asItIs ? content : JSON.stringify(content));
  }
  return folder;
}

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves with the match when standard output has held the pattern. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts a program with a folder in place of `/opt/ml`. It is killed when the test is over. */
export function startProgram(
  command: string,
  args: readonly string[],
  baseDir: string,
  env: Readonly<Record<string, string>> = {},
): Running {
  const child = spawn(command, args, {
    env: {
      PATH: `${dirname(process.execPath)}:${process.env["PATH"]}`,
      SAGEMAKER_BASE_DIR: baseDir,
      ...env,
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  let stdout = "";
  let stderr = "";
  const onText = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    for (const look of onText) look();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  const printed = (pattern: RegExp): Promise<RegExpExecArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(stdout);
        if (match !== null) resolve(match);
      };
      onText.add(look);
      look();
      ended.then(() => reject(new Error(`ended without printing ${pattern}: ${stderr}`)), reject);
    });
  return { child, ended, printed };
}
