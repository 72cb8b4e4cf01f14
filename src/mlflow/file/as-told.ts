/** Names that the disk does not take. */

import { invalid } from "../core/mlflow-error.ts";

/**
 * Does work on files that are called as somebody has said: `a` and `a/b` cannot be two of them.
 *
 * @throws MlflowError for a name that cannot be a file's
 */
export async function asTold<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!["EISDIR", "ENOTDIR", "EEXIST", "ENOTEMPTY", "ENAMETOOLONG"].includes(code)) throw error;
    throw invalid(
      `A name cannot be a file's here (${code}): it is too long, or another name goes on behind it after a /.`,
      error,
    );
  }
}
