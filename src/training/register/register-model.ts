/** A finished job's model into SageMaker's model registry, MLflow's, or both. */

import { SageMakerError, ValidationError } from "../../errors.ts";
import type { CalledJob } from "../job-calls.ts";
import { type JobMlflowRun, runOfEnvironment, runOrPendingOf } from "../mlflow-options.ts";
import { runRecordUri } from "../run-record.ts";
import type { JobDescription } from "../status-poller.ts";
import {
  checkRegisterOptions,
  mlflowNameFindings,
  requireImage,
  requireModel,
} from "./check-register.ts";
import { type PackageRequest, packageFindings, packageRequest } from "./package-request.ts";
import type {
  RegisteredModel,
  RegisteredModelPackage,
  RegisteredModelVersion,
  RegisterModelOptions,
} from "./register-options.ts";
import { registerPackage } from "./register-package.ts";
import {
  placeFindings,
  placeOf,
  type RegistryPlace,
  registerInMlflow,
} from "./register-version.ts";

/**
 * Registers a job's model.
 *
 * @param job - the job
 * @param asks - `describe`: what the service says of it; `madeRun`: its run in MLflow, which could not be made before it
 * @param given - how, as the caller gave it
 * @throws ValidationError with all that is wrong; SageMakerError that tells what was done by then; the signal's reason
 */
export async function registerModel(
  job: CalledJob,
  asks: {
    readonly describe: (signal: AbortSignal | undefined) => Promise<JobDescription>;
    readonly madeRun: (signal: AbortSignal | undefined) => Promise<JobMlflowRun | undefined>;
  },
  given: RegisterModelOptions,
): Promise<RegisteredModel> {
  const { value: options, findings } = checkRegisterOptions(given);
  if (findings.length > 0) {
    throw refused(job, findings);
  }
  const description = await asks.describe(options.signal);
  requireModel(description);
  const isAsked = options.registry !== "sagemaker" && runOrPendingOf(description.Environment);
  const run =
    runOfEnvironment(description.Environment) ??
    (isAsked ? await asks.madeRun(options.signal) : undefined);
  const place = placeOf(job, options.mlflow, run);
  const { name, alias, registry = (run ?? options.mlflow) ? "both" : "sagemaker" } = options;
  const request =
    registry === "mlflow" ? undefined : await requestOf(job, description, options, place.runId);
  const broken = [
    ...(registry === "sagemaker"
      ? []
      : [...mlflowNameFindings(name), ...(await placeFindings(place))]),
    ...(request === undefined ? [] : packageFindings(request, options)),
  ];
  if (broken.length > 0) {
    throw refused(job, broken);
  }
  const sagemaker = request && (await registerPackage(job, description, request, options));
  const mlflow =
    registry === "sagemaker"
      ? undefined
      : await inMlflow(job, description, place, options, sagemaker);
  return {
    name,
    ...(alias !== undefined && { alias }),
    ...(sagemaker && { sagemaker }),
    ...(mlflow && { mlflow }),
  };
}

async function requestOf(
  job: CalledJob,
  description: JobDescription,
  options: RegisterModelOptions,
  runId: string | undefined,
): Promise<PackageRequest> {
  requireImage(description, options.imageUri);
  return packageRequest(description, options, {
    ...(await gitOf(job, description, options)),
    runId,
  });
}

/** What went into the one registry is told when the other fails. */
async function inMlflow(
  job: CalledJob,
  description: JobDescription,
  place: RegistryPlace,
  options: RegisterModelOptions,
  sagemaker: RegisteredModelPackage | undefined,
): Promise<RegisteredModelVersion> {
  try {
    return await registerInMlflow(job, description, place, options, sagemaker);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (sagemaker === undefined) {
      throw error;
    }
    const { version, modelPackageGroupName: group, modelPackageArn: arn } = sagemaker;
    throw new SageMakerError(
      `The model of training job ${job.name} is registered as version ${version} of ${group} (${arn}), but not as it should be in MLflow: ` +
        `${error instanceof Error ? error.message : String(error)} Call registerModel() again: it finds the version, and does the rest.`,
      { cause: error },
    );
  }
}

function refused(job: CalledJob, findings: ValidationError["findings"]): ValidationError {
  return new ValidationError(`The model of training job ${job.name} was not registered`, findings);
}

/** The commit and its repository, where the job's run record tells them. A version does without. */
async function gitOf(
  { session }: CalledJob,
  { TrainingJobName: name = "", TrainingJobArn: arn, OutputDataConfig }: JobDescription,
  { metadataProperties: own = {}, signal }: RegisterModelOptions,
): Promise<{ readonly commit?: string; readonly remote?: string }> {
  const output = OutputDataConfig?.S3OutputPath;
  if (output === undefined || (own.commitId !== undefined && own.repository !== undefined)) {
    return {};
  }
  const { readRecord } = await import("../record/record-store.ts");
  try {
    const found = await readRecord(session, runRecordUri(output, name), signal);
    const { record } = found ?? {};
    const git = record?.job.arn === arn ? record?.code?.git : undefined;
    // As `git describe` has it.
    return git === undefined ? {} : { ...git, commit: `${git.commit}${git.dirty ? "-dirty" : ""}` };
  } catch (error) {
    signal?.throwIfAborted();
    session.logger.warn(
      `The commit is not registered with the model: ${error instanceof Error ? error.message : String(error)}`,
    );
    return {};
  }
}
