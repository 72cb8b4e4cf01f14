/** Runs `mlflow-program.ts` as a process of its own, as a user's script. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import type { JobMlflowRun } from "../../src/training/mlflow-options.ts";
import { compiled } from "./child-program.ts";
import type { MlflowProgram } from "./mlflow-program.ts";

/** What the script prints: an event, whose values that JSON has no form for are `null`; or at last what it knows of the run. */
export interface PrintedLine {
  readonly type: string;
  readonly code?: string;
  readonly message?: string;
  readonly name?: string;
  readonly host?: string;
  readonly time?: string;
  readonly step?: number;
  readonly value?: number | null;
  readonly run?: JobMlflowRun;
}

/** How the script went. */
export interface EndedProgram {
  readonly code: number | null;
  readonly lines: readonly PrintedLine[];
  /** All that it printed, on both streams. */
  readonly output: string;
  /** Its last line, if it came so far. */
  readonly done: PrintedLine | undefined;
}

/**
 * Runs the script; it is killed when the test is over.
 *
 * @param what - what it does
 * @param where - `cwd`: its folder; `env`: added to this process's variables
 * @param onLine - told of each line at once
 */
export async function runMlflowProgram(
  what: MlflowProgram,
  { cwd, env = {} }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
  onLine: (line: PrintedLine, child: ChildProcess) => void = () => {},
): Promise<EndedProgram> {
  const script = compiled("test/helpers/mlflow-program.ts");
  const child = spawn(process.execPath, [script, JSON.stringify(what)], {
    ...{ cwd, env: { ...process.env, ...env } },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: PrintedLine[] = [];
  let output = "";
  createInterface({ input: child.stdout }).on("line", (text) => {
    output += `${text}\n`;
    const line = JSON.parse(text) as PrintedLine;
    lines.push(line);
    onLine(line, child);
  });
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, lines, output, done: lines.find(({ type }) => type === "done") };
}
