/** Programs that nobody here wrote: what each finds around it, and how it went. */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { buffer, text } from "node:stream/consumers";

/** How a program went. */
export interface Ended {
  readonly exitCode: number | null;
  /** As text, without the newline at its end. */
  readonly out: string;
  readonly bytes: Buffer;
  readonly err: string;
}

/**
 * The environment that each starts from: nothing of this machine's AWS configuration is to be found.
 *
 * @param home - an empty folder
 */
export function bareEnvironment(home: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    LANG: "C.UTF-8",
    HOME: home,
    TMPDIR: home,
    PYTHONDONTWRITEBYTECODE: "1",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

/**
 * Waits for a program's end. One that takes too long has hung, and is killed.
 *
 * @param child - started with three pipes
 * @param longestMs - how long it may take
 * @param input - its standard input
 */
export async function endOf(
  child: ChildProcess,
  longestMs: number,
  input: string | Uint8Array = "",
): Promise<Ended> {
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error("There are no pipes.");
  const timer = setTimeout(() => child.kill("SIGKILL"), longestMs);
  try {
    // Not each program reads its input to the end: its exit code and its words tell why.
    stdin.on("error", () => {});
    stdin.end(input);
    const [bytes, err, [exitCode]] = await Promise.all([
      buffer(stdout),
      text(stderr),
      once(child, "exit") as Promise<[number | null]>,
    ]);
    return { exitCode, bytes, out: bytes.toString("utf8").replace(/\n$/, ""), err };
  } finally {
    clearTimeout(timer);
  }
}
