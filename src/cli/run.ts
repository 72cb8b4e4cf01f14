/** One command line, from its words to its exit code. Commands are loaded when they are used, so that help is there at once. */

import { readFileSync } from "node:fs";
import { type Arguments, readArguments } from "./arguments.ts";
import { commandWords } from "./command-words.ts";
import { commandHelp, helpText } from "./help.ts";
import { Interrupted, print, say } from "./output.ts";
import { UsageError } from "./usage-error.ts";

/** How it ended. */
export interface Ended {
  readonly exitCode: number;
  /** Whether the process is to end without waiting for what is open. */
  readonly atOnce: boolean;
}

type Run = (args: Arguments) => Promise<number>;

const RUNS: Readonly<Record<string, () => Promise<Run>>> = {
  local: async () => (await import("./local.ts")).local,
  jobs: async () => (await import("./jobs.ts")).jobs,
  logs: async () => (await import("./logs.ts")).logs,
  stop: async () => (await import("./stop.ts")).stop,
  describe: async () => (await import("./describe.ts")).describe,
  download: async () => (await import("./download.ts")).download,
};

/**
 * Does what a command line says.
 *
 * @param argv - without Node and the script
 */
export async function run(argv: readonly string[]): Promise<Ended> {
  let command = "";
  try {
    const asked = readArguments(argv);
    if (asked.kind === "help") {
      await print(asked.command === undefined ? helpText() : commandHelp(asked.command));
      return { exitCode: 0, atOnce: false };
    }
    if (asked.kind === "version") {
      await print(version());
      return { exitCode: 0, atOnce: false };
    }
    command = asked.args.command.name;
    // Whoever types a command chose this Node.js already; the AWS SDK would tell them of its age each time.
    process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
    const runCommand = await RUNS[command]?.();
    return { exitCode: (await runCommand?.(asked.args)) ?? 0, atOnce: false };
  } catch (error) {
    if (error instanceof Interrupted) {
      return { exitCode: error.exitCode, atOnce: true };
    }
    if (error instanceof UsageError) {
      const help = command === "" ? helpFor(argv[0]) : `${command} --help`;
      say(`${error.message}\nsagemaker-estimator ${help} says what there is.`);
      return { exitCode: 2, atOnce: false };
    }
    say(commandWords(error instanceof Error ? error.message : String(error)));
    return { exitCode: 1, atOnce: false };
  }
}

function helpFor(word: string | undefined): string {
  return word !== undefined && Object.hasOwn(RUNS, word) ? `${word} --help` : "--help";
}

function version(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
