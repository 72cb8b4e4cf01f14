/** A job's folder and programs in it, for the tests of the container module. */

import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A folder that is removed when the test is over, with files by path: a string is written as it is, anything else as JSON. */
export async function folderWith(files: Readonly<Record<string, unknown>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "container-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(
      join(folder, path),
      typeof content === "string" ? content : JSON.stringify(content),
    );
  }
  return folder;
}

/** A program that runs. */
export interface RunningProgram {
  /** Resolves when standard output has held the text. */
  readonly printed: (text: string) => Promise<void>;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/** Starts a TypeScript program that imports `sagemaker-estimator/container` from source, in a job's folder. */
export async function startProgram(baseDir: string, code: string): Promise<RunningProgram> {
  const script = join(baseDir, "program.mts");
  await writeFile(script, code);
  const child = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), script], {
    env: {
      PATH: process.env["PATH"],
      SAGEMAKER_BASE_DIR: baseDir,
      TSX_TSCONFIG_PATH: join(root, "tsconfig.json"),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
  const printed = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (stdout.includes(text)) resolve();
      };
      child.stdout.on("data", look);
      child.on("close", () => reject(new Error(`ended without printing ${text}: ${stderr}`)));
      look();
    });
  return { printed, kill: (signal) => child.kill(signal), ended };
}
