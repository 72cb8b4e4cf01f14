/** Asks a Python program beside this file: a line of JSON in for each question, a line of JSON out for each answer. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** A program that takes longer has hung. */
const LONGEST_MS = 240_000;

/**
 * The answers of a program, in the questions' order.
 *
 * @param python - the interpreter that has what the program imports
 * @param program - the file's name
 * @param questions - anything that JSON carries
 */
export async function askPython<Answer>(
  python: string,
  program: string,
  questions: readonly unknown[],
): Promise<Answer[]> {
  // A home of its own: nothing of this machine's AWS or SageMaker configuration is to be found.
  const home = await mkdtemp(join(tmpdir(), "interop-home-"));
  const child = spawn(python, [fileURLToPath(new URL(program, import.meta.url))], {
    stdio: ["pipe", "pipe", "pipe"],
    cwd: home,
    env: {
      PATH: process.env["PATH"],
      LANG: "C.UTF-8",
      HOME: home,
      TMPDIR: home,
      XDG_CONFIG_DIRS: home,
      PYTHONDONTWRITEBYTECODE: "1",
      AWS_EC2_METADATA_DISABLED: "true",
      SAGEMAKER_SUPPRESS_V2_WARNING: "1",
    },
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), LONGEST_MS);
  try {
    // A program that ends early closes its input: its exit code and its words tell why.
    child.stdin.on("error", () => {});
    child.stdin.end(questions.map((question) => `${JSON.stringify(question)}\n`).join(""));
    const [stdout, stderr, [exitCode]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "exit") as Promise<[number | null]>,
    ]);
    const answers = stdout.split("\n").filter((line) => line.startsWith("{"));
    if (exitCode !== 0 || answers.length !== questions.length) {
      throw new Error(
        `${program} gave ${answers.length} of ${questions.length} answers and ended with exit code ${exitCode}:\n${stderr}`,
      );
    }
    return answers.map((line) => JSON.parse(line) as Answer);
  } finally {
    clearTimeout(timer);
    await rm(home, { recursive: true, force: true });
  }
}
