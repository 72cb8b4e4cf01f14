/** Script mode: code as a channel or an archive, and how the container starts it. Reads files and AWS; changes nothing. */

import type { EstimatorOptions } from "../options.ts";
import { codeFindings, namesCode } from "./code-findings.ts";
import { type CodeContext, NO_CODE, type PreparedCode } from "./prepared-code.ts";

/**
 * Code as `sourceDir`, `entryPoint` and their kin describe it.
 *
 * @param options - the estimator's
 * @param context - the session, the job, and how to go about it
 */
export async function prepareCode(
  options: EstimatorOptions,
  context: CodeContext,
): Promise<PreparedCode> {
  if (!namesCode(options)) {
    return NO_CODE;
  }
  const findings = codeFindings(options);
  const { deliverCode } = await import("./deliver-code.ts");
  return await deliverCode(options, findings, context);
}
