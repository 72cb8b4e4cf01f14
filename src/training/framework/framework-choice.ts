/** What a framework's estimator adds to an Estimator: which framework, and how it runs. Types. */

import type { Distribution } from "./distribution-options.ts";

/** The frameworks that have an estimator, by Python's names. */
export type FrameworkName = "pytorch" | "tensorflow" | "huggingface" | "sklearn" | "xgboost";

/** Set by a framework's estimator. @internal */
export interface FrameworkChoice {
  readonly name: FrameworkName;
  /** The image was given, in place of the one that AWS publishes for the version. */
  readonly ownImage: boolean;
  /** The framework's version; for Hugging Face, that of transformers. */
  readonly version?: string | undefined;
  readonly pyVersion?: string | undefined;
  /** For Hugging Face: the framework underneath. */
  readonly pytorchVersion?: string | undefined;
  readonly tensorflowVersion?: string | undefined;
  /** The region whose image is taken, in place of the session's. */
  readonly imageUriRegion?: string | undefined;
  readonly distribution?: Distribution | undefined;
  /** TensorFlow: where the program writes; `false` says nothing to it. */
  readonly modelDir?: string | false | undefined;
  /** Options that were given and that nothing here can do, in Python's names in camelCase. */
  readonly refused: readonly string[];
}
