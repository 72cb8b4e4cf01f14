/** The version of a group that a job's model was registered as before. */

import type { DescribeModelPackageCommandOutput } from "../../aws/types.ts";
import { type CallContext, callAbout } from "../job-calls.ts";
import { limit } from "../limit.ts";
import { isWithin } from "../same-request.ts";
import type { JobDescription } from "../status-poller.ts";
import { isDenied, isMissing } from "./package-group.ts";
import type { PackageRequest } from "./package-request.ts";

/** The most that a page holds. */
const PAGE = 100;
/** Versions that are looked at a time. */
const AT_ONCE = 8;
/** No more of the service's clock than the second is told everywhere. */
const SLACK_MS = 1000;

/**
 * The first version that has this very model in this very image, with all that is said of how to serve it. Only those are looked at that came
 * after the job's end.
 *
 * @param context - where
 * @param request - how the model would be registered
 * @param job - what the service says of the job
 * @param signal - ends it
 * @throws SageMakerError when they cannot be listed or described; the signal's reason
 */
export async function findPackage(
  context: CallContext,
  { ModelPackageGroupName: group, InferenceSpecification: wanted }: PackageRequest,
  job: JobDescription,
  signal: AbortSignal | undefined,
): Promise<DescribeModelPackageCommandOutput | undefined> {
  try {
    return await search(context, group, wanted, job, signal);
  } catch (error) {
    // Groups of other accounts often let versions be made, and no more.
    if (!isDenied(error)) {
      throw error;
    }
    context.session.logger.warn(
      `Whether the model is registered already is not known, and it may be there twice: ${String((error as Error).message)}`,
    );
    return undefined;
  }
}

async function search(
  context: CallContext,
  ModelPackageGroupName: string,
  wanted: PackageRequest["InferenceSpecification"],
  { TrainingEndTime, CreationTime }: JobDescription,
  signal: AbortSignal | undefined,
): Promise<DescribeModelPackageCommandOutput | undefined> {
  const since = (TrainingEndTime ?? CreationTime)?.getTime() ?? SLACK_MS;
  const gate = limit(AT_ONCE);
  let token: string | undefined;
  do {
    const sent = token;
    const { ModelPackageSummaryList: page = [], NextToken } = await callAbout(
      context,
      `list the versions of model package group ${ModelPackageGroupName}`,
      signal,
      (client, abortSignal) =>
        client.listModelPackages(
          {
            ModelPackageGroupName,
            CreationTimeAfter: new Date(since - SLACK_MS),
            SortBy: "CreationTime",
            SortOrder: "Ascending",
            MaxResults: PAGE,
            NextToken: sent,
          },
          { abortSignal },
        ),
    );
    const versions = await Promise.all(
      page.map(
        async ({ ModelPackageArn: arn = "" }) =>
          await gate(async () => await describePackage(context, arn, signal)),
      ),
    );
    const found = versions.find(
      (version) =>
        !/^(?:Failed|Deleting)$/.test(version?.ModelPackageStatus ?? "") &&
        version !== undefined &&
        isWithin(wanted, version.InferenceSpecification),
    );
    if (found !== undefined) {
      return found;
    }
    token = NextToken === sent ? undefined : NextToken;
  } while (token !== undefined);
  return undefined;
}

/**
 * What the service says of a package.
 *
 * @returns `undefined` when there is none
 */
export async function describePackage(
  context: CallContext,
  arn: string,
  signal: AbortSignal | undefined,
): Promise<DescribeModelPackageCommandOutput | undefined> {
  try {
    return await callAbout(
      context,
      `describe model package ${arn}`,
      signal,
      (client, abortSignal) =>
        client.describeModelPackage({ ModelPackageName: arn }, { abortSignal }),
    );
  } catch (error) {
    if (isMissing(error)) {
      return undefined;
    }
    throw error;
  }
}
