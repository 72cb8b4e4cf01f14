/** Script mode's options: a training program that is not in the image. */

/** A Git repository that `sourceDir`, `entryPoint` and `dependencies` are taken from, as in Python. */
export interface GitConfig {
  /** The repository's URL, `https://` or SSH. */
  readonly repo: string;
  /** The branch. Default: the repository's own. */
  readonly branch?: string;
  /** The commit. Default: the branch's newest. */
  readonly commit?: string;
  /** The user's name, for HTTPS. */
  readonly username?: string;
  /** The password, for HTTPS. Never shown, logged or recorded. */
  readonly password?: string;
  /** A token in the password's place. Never shown, logged or recorded. */
  readonly token?: string;
}

/** A training program that is not in the image: script mode, as in Python. */
export interface CodeOptions {
  /**
   * The folder that holds the program: a local path, an `s3://` URI of a `.tar.gz` (with `codeDelivery: "toolkit"`) or of a
   * prefix of plain files (with `"channel"`), or, with `gitConfig`, a path in the repository. What `.sagemakerignore` names, else
   * `.gitignore`, is left out, and so are `.git`, `.env`, `node_modules` and their like.
   */
  readonly sourceDir?: string;
  /**
   * The program: a path in `sourceDir`, or a local file when there is no `sourceDir`. With `channel`, `.py` is run by Python,
   * `.js`, `.mjs` and `.cjs` by Node, `.sh` by a shell, and anything else as a program.
   */
  readonly entryPoint?: string;
  /** More files and folders, put beside the program under their own names. */
  readonly dependencies?: readonly string[];
  /**
   * Where code is uploaded: an `s3://` prefix. Default: with `channel` the default bucket, beside staged inputs; with `toolkit` the
   * output's bucket.
   */
  readonly codeLocation?: string;
  /** The repository that code is taken from, by the `git` of this machine. */
  readonly gitConfig?: GitConfig;
  /**
   * How the code reaches the container. `channel`: as plain files in a channel `code`, started by a `sh` driver: works with any
   * image that has `/bin/sh`. `toolkit`: as an archive that the SageMaker training toolkit in the image unpacks, as Python does;
   * the framework estimators use it. Default: `channel`.
   */
  readonly codeDelivery?: "channel" | "toolkit";
  /** The log level that the program is told (`SM_LOG_LEVEL`), a number of Python's `logging`. Default: 20 (INFO). */
  readonly containerLogLevel?: number;
  /**
   * With `channel`: whether pip installs the `requirements.txt` of `sourceDir` before the program starts. The training toolkit
   * always does. Default: `false`.
   */
  readonly installRequirements?: boolean;
}
