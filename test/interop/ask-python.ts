/** Asks a Python program beside this file: a line of JSON in for each question, a line of JSON out for each answer. */

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bareEnvironment, endOf } from "./child.ts";

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
      ...bareEnvironment(home),
      XDG_CONFIG_DIRS: home,
      SAGEMAKER_SUPPRESS_V2_WARNING: "1",
    },
  });
  try {
    const input = questions.map((question) => `${JSON.stringify(question)}\n`).join("");
    const { out, err: stderr, exitCode } = await endOf(child, LONGEST_MS, input);
    const answers = out.split("\n").filter((line) => line.startsWith("{"));
    if (exitCode !== 0 || answers.length !== questions.length) {
      throw new Error(
        `${program} gave ${answers.length} of ${questions.length} answers and ended with exit code ${exitCode}:\n${stderr}`,
      );
    }
    return answers.map((line) => JSON.parse(line) as Answer);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
