/**
 * Why a launch fails, by the words of the service: what to do about each, in one place. Both CreateTrainingJob's errors and the
 * reasons of jobs that failed are looked up here.
 */

import { isAbort, translate } from "../aws/translate.ts";
import { SageMakerError, ValidationError } from "../errors.ts";
import { passRolePolicy, startJobPolicy, TRUST_POLICY } from "./policies.ts";
import { redactText } from "./redact.ts";
import { refusedMembers } from "./refused-request.ts";
import type { TrainingJobRequest } from "./request.ts";

/** One kind of failure. */
interface LaunchFailure {
  /** The service's words; the groups are what the advice is made from. */
  readonly words: RegExp;
  /** The words may also stand in the log, where anything else may be the program's own affair. */
  readonly isInLog?: boolean;
  /** What to do. */
  advise(found: RegExpExecArray, request: TrainingJobRequest): string;
}

const PULL_RIGHTS =
  "ecr:BatchCheckLayerAvailability, ecr:BatchGetImage and ecr:GetDownloadUrlForLayer";
const QUOTAS = "https://console.aws.amazon.com/servicequotas/home/services/sagemaker/quotas";

/** The first whose words are there counts. */
const FAILURES: readonly LaunchFailure[] = [
  {
    words: /not authorized to perform: iam:PassRole(?: on resource: (arn:\S+))?/,
    advise: ([, arn], { RoleArn }) =>
      `The caller may not hand the role to SageMaker. Ask for this policy: ${passRolePolicy(arn ?? RoleArn ?? "*")}`,
  },
  {
    words: /not authorized to perform: sagemaker:(?:CreateTrainingJob|AddTags)[\s\S]*explicit deny/,
    advise: () =>
      "A policy denies this by name (the caller's own, a permissions boundary or the organization's), and no other permission outweighs that. " +
      "Denials often have conditions: on instance types, VPC, encryption or tags.",
  },
  {
    words:
      /not authorized to perform: sagemaker:(?:CreateTrainingJob|AddTags)(?: on resource: (arn:\S+:training-job\/))?/,
    advise: ([, jobs], { Tags = [] }) =>
      `Ask for this policy: ${startJobPolicy(jobs, Tags.length > 0)}`,
  },
  {
    words: /Could not assume role|unable to perform: sts:AssumeRole/,
    advise: (_, { RoleArn = "" }) =>
      `Check that ${RoleArn === "" ? "the role" : RoleArn} exists, path included (.../service-role/...), and add this statement to its trust policy: ${TRUST_POLICY}`,
  },
  {
    words: /Cannot find repository: (\S+) in registry ID: (\d+)/,
    advise: ([, repository, registry], request) =>
      `${imageOf(request)} is pulled from the job's own region: create the repository ${repository} there in account ${registry}, and give the role ${PULL_RIGHTS}.`,
  },
  {
    words: /Cannot find the requested image/,
    advise: (_, request) => `Push ${imageOf(request)}, or correct its tag.`,
  },
  {
    words: /Access denied for repository: (\S+) in registry ID: (\d+)/,
    advise: ([, repository, registry]) =>
      `The role needs ${PULL_RIGHTS}, and the policy of the repository ${repository} in account ${registry} must let the job's account have them.`,
  },
  {
    words: /Invalid training image/,
    advise: (_, request) =>
      `The image is ${imageOf(request)}. Give <account>.dkr.ecr.<region>.amazonaws.com/<name>:<tag>.`,
  },
  {
    words: /TrainingRepositoryAccessMode set to VPC must be provided/i,
    advise: (_, request) =>
      `${imageOf(request)} is not in ECR. Set trainingRepositoryAccessMode: "Vpc" with subnets and securityGroupIds that reach its registry, or push it to ECR.`,
  },
  {
    words: /Unsupported manifest media type (\S+)/,
    advise: ([, mediaType]) =>
      `The image was pushed as ${mediaType}. Push it again: docker buildx build --provenance=false --sbom=false --output type=image,oci-mediatypes=false,push=true.`,
  },
  {
    words: /exec format error/i,
    isInLog: true,
    advise: () =>
      "The image is built for other processors than the instance has. Build it with docker build --platform linux/amd64 (linux/arm64 for Graviton instances).",
  },
  {
    words: /env: ['‘"]?(?:python|node|bash|sh)[\d.]*(?:\\r|\r|\?)/,
    isInLog: true,
    advise: () =>
      "The program has Windows line endings. Save it with LF (dos2unix; `* text=auto eol=lf` in .gitattributes) and build the image again.",
  },
  {
    words: /exec train failed: Permission denied|exec: "?\S*train"?: permission denied/i,
    isInLog: true,
    advise: () => "The program is not executable: RUN chmod +x train in the Dockerfile.",
  },
  {
    words: /exec: "train": executable file not found|exec train failed: No such file/i,
    isInLog: true,
    advise: () =>
      "SageMaker runs `<image> train`: put a program called train on the image's PATH, or name what to run with containerEntryPoint.",
  },
  {
    words: /No S3 objects found under S3 URL "([^"]*)"/,
    advise: ([, uri = ""], { RoleArn = "the role" }) =>
      `One of three is so: there is nothing under ${uri}; its bucket is in another region than the job; or ${RoleArn} may not list it (s3:ListBucket on the bucket).`,
  },
  {
    words: /BucketRegionError/,
    advise: () => "Give outputPath and checkpointS3Uri in buckets of the job's own region.",
  },
  {
    words: /resource training-job\/(\S+) is not available in this region/,
    advise: ([, type]) => `Take another instanceType than ${type}, or another region.`,
  },
  {
    words:
      /service limit '([^']+)' is (\d+)[^,]*, with current utilization of (\d+)[^,]*? and a request delta of (\d+)/,
    advise: ([, name, limit, used, more]) =>
      `The quota "${name}" is ${limit}; ${used} are in use, and this job asks for ${more}. ` +
      `Ask for at least ${Number(used) + Number(more)} in Service Quotas (${QUOTAS}), wait for other jobs to end, or take another instance type.`,
  },
  {
    words: /CapacityError|Unable to provision requested ML compute capacity|InsufficientCapacity/,
    advise: () =>
      "AWS has no such instances free at the moment: give several as instancePreferences, or as capacityFallbacks that fit() goes on with, take another type or region, or try later; maxPendingTime bounds how long a job waits.",
  },
  {
    words: /Data download failed:[\s\S]*Insufficient disk space/,
    advise: (_, { ResourceConfig }) =>
      `The channels are larger than the volume of ${ResourceConfig?.VolumeSizeInGB ?? 30} GB: set volumeSize, or inputMode: "FastFile". Instances with NVMe disks have a size of their own.`,
  },
  {
    words: /Insufficient disk space|No space left on device/,
    isInLog: true,
    advise: () =>
      "The volume is full: set a larger volumeSize, and write checkpoints to /opt/ml/checkpoints with checkpointS3Uri. Instances with NVMe disks have a size of their own.",
  },
  {
    words:
      /Data download failed:[\s\S]*(?:AccessDenied|Forbidden|403)|HeadObject operation: Forbidden/,
    advise: (_, { RoleArn = "the role" }) =>
      `The job reads as ${RoleArn}, not as you: that role needs s3:GetObject and s3:ListBucket on the data, and kms:Decrypt where a key encrypts them.`,
  },
  {
    words: /Artifact upload failed:[\s\S]*(?:AccessDenied|Forbidden|403)/,
    advise: (_, { RoleArn = "the role" }) =>
      `The job writes as ${RoleArn}, not as you: that role needs s3:PutObject on outputPath, and kms:GenerateDataKey where a key encrypts it.`,
  },
  {
    words:
      /Member must have length less than or equal to 63|training job with this name already exists/,
    advise: () => "Choose another jobName, or leave it out to have one made.",
  },
  {
    words: /can ?not be converted to (?:a )?String|NUMBER_VALUE/,
    advise: () =>
      "The service takes text only there: write numbers in overrides as strings. Hyperparameters are encoded by themselves.",
  },
  {
    words: /MaxWaitTimeInSeconds[\s\S]*(?:greater than or equal|MaxRuntimeInSeconds)/,
    advise: () => "Set maxWait to at least maxRun: it counts the waiting and the running.",
  },
  {
    words: /Rate exceeded|ThrottlingException|TooManyRequests/,
    advise: () => "AWS limits how often it is asked. Start fewer jobs at once, or try again later.",
  },
  {
    words: /security token included in the request is expired|ExpiredToken/,
    advise: () => "The credentials have expired. Sign in again; a job that was started goes on.",
  },
  {
    words: /exit ?code:? 137\b/i,
    advise: () =>
      "137 is a kill: most often there was too little memory. Take an instance type with more, or read the data in parts.",
  },
  {
    // The training toolkit's own form has a message, which may be empty.
    words:
      /AlgorithmError:(?: ExecuteUserScriptError:)?[\s,]*exit code:? \d+|ExecuteUserScriptError:\s*(?:ExitCode:? \d+\s*)?(?:ErrorMessage ""\s*)?(?:Command\b|$)/i,
    advise: () =>
      "The program gave no reason. It can: what it writes to /opt/ml/output/failure becomes the failure reason.",
  },
];

/**
 * What to do about a failure, by the service's words.
 *
 * @param words - an error's message, or a failure reason
 * @param request - what was asked for, as far as it is known
 * @param log - the last lines of the log
 * @returns `undefined` where the words say nothing that is known here
 */
export function launchAdvice(
  words: string,
  request: TrainingJobRequest,
  log: readonly string[] = [],
): string | undefined {
  for (const { words: pattern, isInLog = false, advise } of FAILURES) {
    const found = pattern.exec(words) ?? (isInLog ? pattern.exec(log.join("\n")) : null);
    if (found !== null) {
      return advise(found, request);
    }
  }
  return undefined;
}

/**
 * The error of a creation that was refused, in words that say what to do.
 *
 * @param error - what creating the job threw, translated or not
 * @param request - the request
 * @returns a {@link ValidationError} in option names for what the service calls a validation error; else a {@link SageMakerError}
 *   with advice; or the error itself where nothing better can be said. No secret of the request is in it
 */
export function explainLaunchFailure(error: unknown, request: TrainingJobRequest): unknown {
  const cause = SageMakerError.isInstance(error) ? error.cause : error;
  if (!(cause instanceof Error) || isAbort(cause)) {
    return error;
  }
  const name = request.TrainingJobName ?? "";
  const harmless = withoutSecrets(cause, request);
  const findings = refusedMembers(cause.message, request);
  if (findings.length > 0) {
    return new ValidationError(`Training job ${name} was not started`, findings, {
      cause: harmless,
    });
  }
  const advice = launchAdvice(`${cause.name}: ${cause.message}`, request);
  return advice === undefined && harmless === cause
    ? error
    : translate(harmless, `start training job ${name}`, advice);
}

/** The service repeats values that it refuses: those that may be secret are taken out, of the cause as well. */
function withoutSecrets(cause: Error, request: TrainingJobRequest): Error {
  const message = redactText(cause.message, request);
  if (message === cause.message) {
    return cause;
  }
  const { name, stack = "" } = cause;
  const { $metadata, $fault } = cause as { $metadata?: unknown; $fault?: unknown };
  const copy = Object.assign(new Error(message), { name, $metadata, $fault });
  copy.stack = stack.replace(cause.message, () => message);
  return copy;
}

function imageOf({ AlgorithmSpecification }: TrainingJobRequest): string {
  return AlgorithmSpecification?.TrainingImage ?? "the image";
}
