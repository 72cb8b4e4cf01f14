/** A job's model as a version in SageMaker's model registry: found if it is there, else made; and what is said of it besides. */

import { createHash, randomUUID } from "node:crypto";
import { sendCreateModelPackage } from "../../aws/creation.ts";
import type { DescribeModelPackageCommandOutput } from "../../aws/types.ts";
import { SageMakerError } from "../../errors.ts";
import { given } from "../channel-request.ts";
import { type CalledJob, callAbout } from "../job-calls.ts";
import type { JobDescription } from "../status-poller.ts";
import { describePackage, findPackage } from "./find-package.ts";
import { isDenied, requirePackageGroup } from "./package-group.ts";
import type { PackageRequest } from "./package-request.ts";
import type {
  ModelApprovalStatus,
  RegisteredModelPackage,
  RegisterModelOptions,
} from "./register-options.ts";

/** What the service says of a version. */
type Version = Partial<DescribeModelPackageCommandOutput>;

/** A version is ready in seconds, unless the service validates it. */
const POLL_MS = { first: 200, most: 5000 };
/** What was made may not be seen everywhere at once. */
const UNSEEN_MS = 1000;
/** The tag of a group that names a version: `alias:champion`. */
const ALIAS_TAG = "alias:";

/**
 * Registers a job's model.
 *
 * @param job - the job
 * @param description - what the service says of it
 * @param request - the version as it would be made
 * @param options - what the request was made from
 * @throws SageMakerError that tells what was done by then; the signal's reason
 */
export async function registerPackage(
  job: CalledJob,
  description: JobDescription,
  request: PackageRequest,
  options: RegisterModelOptions,
): Promise<RegisteredModelPackage> {
  const { signal, alias } = options;
  await requirePackageGroup(job, request.ModelPackageGroupName, signal);
  const found = await findPackage(job, request, description, signal);
  const made = found ?? (await createPackage(job, description, request, signal));
  const version = await settled(job, made, signal);
  const {
    ModelPackageArn: modelPackageArn = "",
    ModelPackageVersion: number = 0,
    ModelPackageGroupName: modelPackageGroupName = request.ModelPackageGroupName,
  } = version;
  const done = `The model of training job ${job.name} is registered as version ${number} of ${modelPackageGroupName} (${modelPackageArn})`;
  const told = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      signal?.throwIfAborted();
      throw new SageMakerError(
        `${done}, but ${what}: ${error instanceof Error ? error.message : String(error)} ` +
          "Call registerModel() again: it finds the version, and does the rest.",
        { cause: error },
      );
    }
  };
  const update = found === undefined ? {} : changes(found, options);
  if (Object.keys(update).length > 0) {
    await told(`its ${Object.keys(update).join(" and ")} did not change`, async () => {
      await callAbout(
        job,
        `update model package ${modelPackageArn}`,
        signal,
        (client, abortSignal) =>
          client.updateModelPackage(
            { ModelPackageArn: modelPackageArn, ...update },
            { abortSignal },
          ),
      );
    });
  }
  if (alias !== undefined) {
    await told(`its alias ${alias} was not set`, async () => {
      const ResourceArn = groupArnOf(modelPackageArn);
      const Tags = [{ Key: `${ALIAS_TAG}${alias}`, Value: String(number) }];
      await callAbout(
        job,
        `tag model package group ${ResourceArn}`,
        signal,
        (client, abortSignal) => client.addTags({ ResourceArn, Tags }, { abortSignal }),
      );
    });
  }
  return {
    modelPackageGroupName,
    modelPackageArn,
    version: number,
    approvalStatus:
      update.ModelApprovalStatus ??
      version.ModelApprovalStatus ??
      request.ModelApprovalStatus ??
      "PendingManualApproval",
    isNew: found === undefined,
  };
}

/** The token makes a call that is repeated, or made by two at once, one version. */
async function createPackage(
  job: CalledJob,
  { TrainingJobArn, CreationTime }: JobDescription,
  request: PackageRequest,
  signal: AbortSignal | undefined,
): Promise<Version> {
  const digest = createHash("sha256")
    .update(JSON.stringify([TrainingJobArn, CreationTime, request]))
    .digest("hex");
  for (const ClientToken of [digest.slice(0, 36), randomUUID()]) {
    const arn = await callAbout(
      job,
      `register the model of training job ${job.name}`,
      signal,
      async (client, abortSignal) =>
        await sendCreateModelPackage(client, { ...request, ClientToken }, abortSignal),
    );
    if (arn === undefined) {
      throw new SageMakerError(
        `Could not register the model of training job ${job.name}: the answer names no version. Check the endpoint and any proxy.`,
      );
    }
    for (const wait of [0, UNSEEN_MS]) {
      await job.clock.sleep(wait, signal);
      const version = await describeMade(job, arn, signal);
      if (version !== undefined) {
        return version;
      }
    }
    // The service remembers the token of a version that was deleted.
  }
  throw new SageMakerError(
    `The model of training job ${job.name} was registered, and the version is gone: somebody deletes what is registered in ${request.ModelPackageGroupName}.`,
  );
}

/** What was made; as far as its ARN tells it where the caller may not look. */
async function describeMade(
  job: CalledJob,
  arn: string,
  signal: AbortSignal | undefined,
): Promise<Version | undefined> {
  try {
    return await describePackage(job, arn, signal);
  } catch (error) {
    const [, group, number] = /\/([^/]+)\/(\d+)$/.exec(arn) ?? [];
    if (!isDenied(error) || group === undefined) {
      throw error;
    }
    return {
      ...{ ModelPackageArn: arn, ModelPackageGroupName: group },
      ...{ ModelPackageVersion: Number(number), ModelPackageStatus: "Completed" },
    };
  }
}

/** Waits until the service has taken the version, or refused it. */
async function settled(
  job: CalledJob,
  first: Version,
  signal: AbortSignal | undefined,
): Promise<Version> {
  const { ModelPackageArn: arn = "" } = first;
  let version: Version | undefined = first;
  for (let wait = POLL_MS.first; isPending(version); wait = Math.min(2 * wait, POLL_MS.most)) {
    await job.clock.sleep(wait, signal);
    version = await describePackage(job, arn, signal);
  }
  if (version?.ModelPackageStatus === "Completed") {
    return version;
  }
  const { ValidationStatuses = [], ImageScanStatuses = [] } =
    version?.ModelPackageStatusDetails ?? {};
  const reasons = [...ValidationStatuses, ...ImageScanStatuses].flatMap(
    ({ FailureReason }) => FailureReason ?? [],
  );
  throw new SageMakerError(
    `The model of training job ${job.name} was registered as ${arn}, which is ${version?.ModelPackageStatus ?? "deleted"} now. ` +
      `${reasons.length > 0 ? reasons.join(" ") : "The service gave no reason."} Look at it in the model registry; registerModel() makes another.`,
  );
}

function isPending(version: Version | undefined): boolean {
  const { ModelPackageStatus: status } = version ?? {};
  return status === "Pending" || status === "InProgress";
}

/** What of a version that is there becomes otherwise: a decision stays unless another is made. */
function changes(
  { ModelApprovalStatus: status, CustomerMetadataProperties: there = {} }: Version,
  { approvalStatus, tags, customerMetadataProperties }: RegisterModelOptions,
): {
  readonly ModelApprovalStatus?: ModelApprovalStatus;
  readonly CustomerMetadataProperties?: Record<string, string>;
} {
  const isDecision = approvalStatus !== "PendingManualApproval" && approvalStatus !== status;
  const properties = Object.entries({ ...tags, ...customerMetadataProperties }).filter(
    ([key, value]) => there[key] !== value,
  );
  return {
    ...given("ModelApprovalStatus", isDecision ? approvalStatus : undefined),
    ...(properties.length > 0 && { CustomerMetadataProperties: Object.fromEntries(properties) }),
  };
}

/** `…:model-package/pricing/3` is in `…:model-package-group/pricing`. */
function groupArnOf(packageArn: string): string {
  return packageArn.replace(/:model-package\/(.*)\/\d+$/, ":model-package-group/$1");
}
