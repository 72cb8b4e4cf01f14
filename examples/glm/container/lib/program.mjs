// @ts-check
/** What the programs have in common: arguments, help, and failures in words. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { describeError } from "sagemaker-estimator/container";

/**
 * @typedef {object} Arguments
 * @property {string[]} positionals
 * @property {Record<string, string | boolean | undefined>} values
 */

/**
 * Reads the arguments. `--help` prints the usage and exits; arguments that are not known print it and exit with 2.
 *
 * @param {string} usage
 * @param {Record<string, { type: "string" | "boolean", short?: string }>} [options]
 * @param {number} [count] - how many positional arguments there must be
 * @returns {Arguments}
 */
export function readArguments(usage, options = {}, count = 0) {
  try {
    const { values, positionals } = parseArgs({
      options: { ...options, help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
    if (values["help"] === true) {
      process.stdout.write(usage);
      process.exit(0);
    }
    if (positionals.length !== count) {
      throw new TypeError(`${positionals.length} arguments where ${count} are taken`);
    }
    return { values: /** @type {Arguments["values"]} */ (values), positionals };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    process.exit(2);
  }
}

/**
 * Runs a program that is no training job: what it throws is printed, and ends it with exit code 1.
 *
 * @param {() => Promise<void>} main
 * @param {string} [messageFile] - where a processing job's exit message belongs
 */
export async function runProgram(main, messageFile) {
  try {
    await main();
  } catch (error) {
    const text = describeError(error);
    process.stderr.write(`${text}\n`);
    if (messageFile !== undefined) {
      mkdirSync(dirname(messageFile), { recursive: true });
      writeFileSync(messageFile, text);
    }
    process.exitCode = 1;
  }
}
