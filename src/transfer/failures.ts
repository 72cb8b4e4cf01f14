/** Several failures as one error that tells all of them. */

import { TransferError } from "../errors.ts";
import { compareNames } from "./file-name.ts";
import type { TreeProblem } from "./file-tree.ts";
import type { PoolFailure } from "./pool.ts";

/**
 * The error for what is in the way of local data, all of it.
 *
 * @param label - what the data is called
 * @param problems - what is in the way
 */
export function treeError(label: string, problems: readonly TreeProblem[]): TransferError {
  const failures = problems.map(({ path, reason, cause }) => ({
    source: path,
    cause: cause ?? new Error(reason),
  }));
  const lines = problems.map(({ path, reason }) => `${path} ${reason}.`);
  return lines.length === 1
    ? new TransferError(`${lines[0]}`, failures, { cause: problems[0]?.cause })
    : new TransferError(
        `${label} cannot be staged, ${lines.length} problems:${lines.map((line) => `\n  - ${line}`).join("")}`,
        failures,
      );
}

/**
 * The error for files that failed, all of them.
 *
 * @param summary - what is said of several, e.g. `3 files were not uploaded`
 * @param failures - the files
 */
export function failedFiles(
  summary: string,
  failures: readonly PoolFailure<{ readonly name: string }>[],
): TransferError {
  // They come in the order in which they failed, which varies.
  const sorted = failures.toSorted((one, other) => compareNames(one.item.name, other.item.name));
  const causes = sorted.map(({ item, error }) => ({ source: item.name, cause: error }));
  const words = sorted.map(({ error }) => (error instanceof Error ? error.message : `${error}`));
  const cause = sorted[0]?.error;
  return new TransferError(
    words.length === 1
      ? `${words[0]}`
      : `${summary}:${words.map((line) => `\n  - ${line}`).join("")}`,
    causes,
    { cause },
  );
}
