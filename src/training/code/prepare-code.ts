/** Script mode: code as a channel or an archive, and how the container starts it. Reads files and AWS; changes nothing. */

import type { Finding } from "../../errors.ts";
import type { ResolvedChannel } from "../channel-request.ts";
import type { EstimatorOptions } from "../options.ts";
import type { InputContext } from "../prepare-inputs.ts";
import type { PreparedUpload } from "../prepared.ts";

/** Code as the request and the plan have it. */
export interface PreparedCode {
  readonly findings: readonly Finding[];
  readonly uploads: readonly PreparedUpload[];
  /** The channels that bring it, behind all others. */
  readonly channels: readonly ResolvedChannel[];
  /** `sagemaker_…` hyperparameters for the training toolkit, as the service has them. */
  readonly hyperparameters: Readonly<Record<string, string>>;
  /** The driver that starts it. */
  readonly entryPoint?: readonly string[];
  /** The SHA-256 of the code, in hexadecimal. */
  readonly digest?: string;
}

/** What preparing code needs besides the options. */
export interface CodeContext extends InputContext {
  readonly jobName: string;
  /** The job's, resolved. */
  readonly outputPath: string;
}

/** No script mode. */
export const NO_CODE: PreparedCode = {
  findings: [],
  uploads: [],
  channels: [],
  hyperparameters: {},
};

/**
 * Code as `sourceDir`, `entryPoint` and their kin describe it.
 *
 * @param options - the estimator's
 * @param context - the session, the job, and how to go about it
 */
export async function prepareCode(
  _options: EstimatorOptions,
  _context: CodeContext,
): Promise<PreparedCode> {
  return NO_CODE;
}
