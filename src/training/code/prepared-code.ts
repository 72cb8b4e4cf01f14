/** Code that was prepared, and what that needs. Types, and the one for no code. */

import type { Finding } from "../../errors.ts";
import type { InputMode } from "../../inputs.ts";
import type { ResolvedChannel } from "../channel-request.ts";
import type { InputContext } from "../prepare-inputs.ts";
import type { PreparedUpload } from "../prepared.ts";
import type { GitState } from "./git-state.ts";

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
  /** The SHA-256 of the code, names and contents, in hexadecimal; absent where it lies in S3 already. */
  readonly digest?: string;
  /** The commit that was cloned, with `gitConfig`. Code of this machine has the state of its folder: see `gitState`. */
  readonly git?: GitState;
  /** Removes what preparing and uploading needed: to be called when both are over, whatever came of them. */
  readonly dispose?: () => Promise<void>;
}

/** What preparing code needs besides the options. */
export interface CodeContext extends InputContext {
  readonly jobName: string;
  /** The job's, resolved. */
  readonly outputPath: string;
  /** The job's own input mode. */
  readonly inputMode: InputMode;
}

/** No script mode. */
export const NO_CODE: PreparedCode = {
  findings: [],
  uploads: [],
  channels: [],
  hyperparameters: {},
};
