/** How a program inside a job says why it failed: SageMaker makes the FailureReason of `output/failure`. */

import { linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { inspect } from "node:util";
import { SageMakerError } from "../errors.ts";
import { type EnvironmentVariables, optMlPaths } from "./paths.ts";

/** Options of {@link fail} and {@link writeFailure}. */
export interface FailureOptions {
  /** Environment variables that tell where the failure file lies. Default: `process.env`. */
  readonly env?: EnvironmentVariables;
}

/** Options of {@link fail}. */
export interface FailOptions extends FailureOptions {
  /** The exit code, 1 to 255. Default: 1. */
  readonly exitCode?: number;
}

/** An error chain longer than this is cut: a cause may point back at its own error. */
const MAX_CAUSES = 10;

/**
 * An error in words for people: its message, the frames of its stack, and its causes. An error of this library is made for
 * people already, so its frames are left out, and the reason has room in the 1,024 characters that SageMaker keeps.
 *
 * @param error - anything that was thrown
 *
 * @example
 * ```ts
 * describeError(new RangeError("lr is -1")); // "RangeError: lr is -1\n    at …"
 * ```
 */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  let current = error;
  for (let depth = 0; depth < MAX_CAUSES; depth++) {
    const prefix = depth === 0 ? "" : "Caused by: ";
    if (!(current instanceof Error)) {
      parts.push(`${prefix}${typeof current === "string" ? current : inspect(current)}`);
      break;
    }
    // The stack's own first line was written before a subclass could set its name.
    const frames = (current.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
    const shown = SageMakerError.isInstance(current) ? [] : frames;
    parts.push([`${prefix}${current.name}: ${current.message}`, ...shown].join("\n"));
    if (current.cause === undefined) break;
    current = current.cause;
  }
  return parts.join("\n");
}

/**
 * Writes `output/failure`, whole or not at all. SageMaker puts its first 1,024 characters into the job's FailureReason when
 * the program then exits with another code than 0. The first failure stays: a later one is most often its consequence.
 *
 * @param error - an error, or the reason itself
 * @param options - where the file lies
 * @returns the text that was written
 *
 * @example
 * ```ts
 * writeFailure("channel train holds no CSV file");
 * process.exitCode = 1;
 * ```
 */
export function writeFailure(error: unknown, options: FailureOptions = {}): string {
  const { failureFile } = optMlPaths(options.env);
  const text = describeError(error);
  const incomplete = `${failureFile}.${process.pid}.incomplete`;
  mkdirSync(dirname(failureFile), { recursive: true });
  writeFileSync(incomplete, text);
  try {
    linkSync(incomplete, failureFile);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
  } finally {
    rmSync(incomplete, { force: true });
  }
  return text;
}

/**
 * Ends the program as failed: prints the reason to standard error, writes it to `output/failure`, and exits.
 *
 * @param error - an error, or the reason itself
 * @param options - exit code, and where the failure file lies
 *
 * @example
 * ```ts
 * if (rows.length === 0) fail("channel train holds no rows");
 * ```
 */
export function fail(error: unknown, options: FailOptions = {}): never {
  reportFailure(error, options);
  process.exit(options.exitCode ?? 1);
}

/** The reason to standard error and to `output/failure`. @internal */
export function reportFailure(error: unknown, options: FailureOptions): void {
  process.stderr.write(`${describeError(error)}\n`);
  try {
    writeFailure(error, options);
  } catch (cause) {
    // A full or read-only disk must not hide the reason, which standard error has by now.
    process.stderr.write(`The failure file could not be written: ${describeError(cause)}\n`);
  }
}
