/** Names that the disk does not take. */

import { invalid } from "../core/mlflow-error.ts";

/**
 * Does work on files that are called as somebody has said: `a` and `a/b` cannot be two of them.
 *
 * @param what - is called so, in words. Default: a name
 * @throws MlflowError for a name that cannot be a file's
 */
export async function asTold<T>(work: () => Promise<T>, what = "A name"): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (!["EISDIR", "ENOTDIR", "EEXIST", "ENOTEMPTY", "ENAMETOOLONG"].includes(code)) throw error;
    throw invalid(
      `${what} cannot be a file's here (${code}): it is too long, or of two names one goes on behind the other after a /.`,
      error,
    );
  }
}
