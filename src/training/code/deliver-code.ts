/** Code from where it is to how it is delivered: found or cloned, checked, and handed to one of the two ways. */

import type { Finding } from "../../errors.ts";
import { describeFiles } from "../../transfer/source.ts";
import type { EstimatorOptions } from "../options.ts";
import { unreadable } from "../prepare-inputs.ts";
import { channelDelivery, channelDeliveryFromS3 } from "./channel-delivery.ts";
import { type CodeFiles, collectCode } from "./code-files.ts";
import { isCodeInS3 } from "./code-findings.ts";
import { type Checkout, checkOut } from "./git-checkout.ts";
import type { GitState } from "./git-state.ts";
import { type CodeContext, NO_CODE, type PreparedCode } from "./prepared-code.ts";
import { withoutCredentials } from "./repository.ts";
import { toolkitDelivery, toolkitDeliveryFromS3 } from "./toolkit-delivery.ts";

/**
 * Code as the request and the plan have it.
 *
 * @param options - the estimator's
 * @param findings - what is wrong with the options by themselves
 * @param context - the session, the job, and how to go about it
 */
export async function deliverCode(
  options: EstimatorOptions,
  findings: readonly Finding[],
  context: CodeContext,
): Promise<PreparedCode> {
  if (isCodeInS3(options)) {
    return hasErrors(findings)
      ? { ...NO_CODE, findings }
      : await (options.codeDelivery === "toolkit"
          ? toolkitDeliveryFromS3(options, findings, context)
          : channelDeliveryFromS3(options, findings, context));
  }
  const { gitConfig, entryPoint, sourceDir } = options;
  // Nothing to look for, or a clone that cannot be: what is known is told.
  if ((entryPoint ?? sourceDir) === undefined || (gitConfig && hasErrors(findings))) {
    return { ...NO_CODE, findings };
  }
  if (findings.some(({ severity, path }) => severity === "error" && path === "sourceDir")) {
    return { ...NO_CODE, findings };
  }
  let checkout: Checkout | undefined;
  try {
    checkout = gitConfig && (await checkOut(gitConfig, { signal: context.signal }));
    const code = await collectCode(options, { checkout: checkout?.folder, signal: context.signal });
    const all = [...findings, ...code.findings];
    const prepared = await describeAndDeliver(options, code, all, context, checkout);
    return checkout === undefined
      ? prepared
      : {
          ...prepared,
          git: gitOf(checkout, gitConfig?.branch),
          dispose: checkout.dispose,
        };
  } catch (error) {
    await checkout?.dispose();
    const path = gitConfig !== undefined && checkout === undefined ? "gitConfig" : "sourceDir";
    return { ...NO_CODE, findings: [...findings, unreadable(path, error, context.signal)] };
  }
}

async function describeAndDeliver(
  options: EstimatorOptions,
  code: CodeFiles,
  findings: readonly Finding[],
  context: CodeContext,
  checkout: Checkout | undefined,
): Promise<PreparedCode> {
  const { signal } = context;
  const label = checkout === undefined ? code.label : `${checkout.url} ${code.label}`;
  try {
    const source = await describeFiles(label, code.files, { problems: code.problems, signal });
    if (hasErrors(findings)) {
      return { ...NO_CODE, findings };
    }
    return await (options.codeDelivery === "toolkit"
      ? toolkitDelivery(options, { source, entryPoint: code.entryPoint }, findings, context)
      : channelDelivery(options, { source, code, label }, findings, context));
  } catch (error) {
    return { ...NO_CODE, findings: [...findings, unreadable("sourceDir", error, signal)] };
  }
}

function gitOf(checkout: Checkout, branch: string | undefined): GitState {
  return {
    commit: checkout.commit,
    ...(branch !== undefined && { branch }),
    dirty: false,
    remote: withoutCredentials(checkout.url),
  };
}

function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === "error");
}
