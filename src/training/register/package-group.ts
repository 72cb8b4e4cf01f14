/** The group that a version goes into: made where it is missing, by whoever comes first. */

import { awsErrorCode } from "../../aws/translate.ts";
import { type CallContext, callAbout } from "../job-calls.ts";

/**
 * Makes a group where there is none. One that is named by its ARN is left to its owner.
 *
 * @param context - where
 * @param group - its name or ARN
 * @param signal - ends it
 * @throws SageMakerError when it may not be looked at or made; the signal's reason
 */
export async function requirePackageGroup(
  context: CallContext,
  group: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (group.startsWith("arn:")) {
    return;
  }
  const ModelPackageGroupName = group;
  try {
    await callAbout(
      context,
      `describe model package group ${group}`,
      signal,
      (client, abortSignal) =>
        client.describeModelPackageGroup({ ModelPackageGroupName }, { abortSignal }),
    );
    return;
  } catch (error) {
    if (!isMissing(error)) {
      throw error;
    }
  }
  try {
    await callAbout(context, `create model package group ${group}`, signal, (client, abortSignal) =>
      client.createModelPackageGroup({ ModelPackageGroupName }, { abortSignal }),
    );
  } catch (error) {
    if (!saysOfResource(error, /already exist/i)) {
      throw error;
    }
  }
}

/** Whether the service says that there is no such group or package. */
export function isMissing(error: unknown): boolean {
  return saysOfResource(error, /does not exist|not found/i);
}

/** Whether the caller may not. */
export function isDenied(error: unknown): boolean {
  return /^AccessDenied(?:Exception)?$/.test(awsErrorCode((error as Error | undefined)?.cause));
}

/** The service has one code for all that it refuses. */
function saysOfResource(error: unknown, words: RegExp): boolean {
  const { cause } = (error ?? {}) as Error;
  return (
    /^(?:ValidationException|ResourceInUse|ConflictException|ResourceNotFound)$/.test(
      awsErrorCode(cause),
    ) && words.test(String(cause))
  );
}
