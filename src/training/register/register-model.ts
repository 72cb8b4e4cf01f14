/** A finished job's model into a model registry. */

import { ValidationError } from "../../errors.ts";
import type { CalledJob } from "../job-calls.ts";
import { runRecordUri } from "../run-record.ts";
import type { JobDescription } from "../status-poller.ts";
import { checkRegisterOptions, requireModel } from "./check-register.ts";
import { packageFindings, packageRequest } from "./package-request.ts";
import type { RegisteredModel, RegisterModelOptions } from "./register-options.ts";
import { registerPackage } from "./register-package.ts";

/**
 * Registers a job's model.
 *
 * @param job - the job
 * @param describe - asks what the service says of it
 * @param given - how, as the caller gave it
 * @throws ValidationError with all that is wrong; SageMakerError that tells what was done by then; the signal's reason
 */
export async function registerModel(
  job: CalledJob,
  describe: (signal: AbortSignal | undefined) => Promise<JobDescription>,
  given: RegisterModelOptions,
): Promise<RegisteredModel> {
  const { value: options, findings } = checkRegisterOptions(given);
  if (findings.length > 0) {
    throw refused(job, findings);
  }
  const description = await describe(options.signal);
  requireModel(description, options.imageUri);
  const git = await gitOf(job, description, options);
  const request = packageRequest(description, options, git);
  const broken = packageFindings(request, options);
  if (broken.length > 0) {
    throw refused(job, broken);
  }
  const { name, alias } = options;
  const sagemaker = await registerPackage(job, description, request, options);
  return { name, ...(alias !== undefined && { alias }), sagemaker };
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
