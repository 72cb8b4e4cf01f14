/** One `fit()` from its inputs to its job: plan, stage, start, follow. What an Estimator does, behind one lazy import. */

import { awsCall, awsErrorCode, translate } from "../aws/translate.ts";
import { SageMakerError } from "../errors.ts";
import type { FitInputs } from "../inputs.ts";
import type { Session } from "../session.ts";
import { jobFromDescription, type RestoredJob } from "./describe-options.ts";
import { type FitContext, runFit } from "./fit.ts";
import type { FitOptions } from "./fit-options.ts";
import { baseNameFromImage, nameFromBase } from "./job-name.ts";
import type { EstimatorOptions } from "./options.ts";
import type { TrainingPlan } from "./plan.ts";
import { type PreparedJob, prepareJob, refuseErrors } from "./prepare.ts";
import type { JobDescription } from "./status-poller.ts";
import { TrainingJob } from "./training-job.ts";

/** The newest time that a name made in this process bears: two jobs of one millisecond get two names. */
let lastNameTime = 0;

function nextNameTime(): Date {
  lastNameTime = Math.max(Date.now(), lastNameTime + 1);
  return new Date(lastNameTime);
}

/**
 * What `fit()` would do.
 *
 * @param options - the estimator's
 * @param inputs - as given to `fit()`
 * @param fit - as given to `fit()`
 * @param session - where the job would run
 */
export async function planFit(
  options: EstimatorOptions,
  inputs: FitInputs | undefined,
  fit: FitOptions,
  session: Session,
): Promise<TrainingPlan> {
  return (await prepare(options, inputs, fit, session)).plan;
}

/**
 * Plans, stages, starts and, unless told otherwise, follows a job.
 *
 * @param options - the estimator's
 * @param inputs - as given to `fit()`
 * @param fit - as given to `fit()`
 * @param session - where the job runs
 * @param onStart - told of the job as soon as there is one, however it ends
 */
export async function fitJob(
  options: EstimatorOptions,
  inputs: FitInputs | undefined,
  fit: FitOptions,
  session: Session,
  onStart: (job: TrainingJob) => void,
): Promise<TrainingJob> {
  return await runFit(fit, async (context) => {
    const prepared = await prepare(options, inputs, { ...fit, signal: context.signal }, session);
    refuseErrors(prepared.plan);
    for (const { severity, path, message } of prepared.plan.findings) {
      if (severity === "warning") {
        context.emit({ type: "warning", time: new Date(), code: `plan:${path}`, message });
      }
    }
    preload(session, fit);
    await stage(prepared, session, context);
    context.signal.throwIfAborted();
    const job = await start(prepared.plan, session);
    onStart(job);
    return job;
  });
}

/**
 * The options and inputs that a job was made from.
 *
 * @param job - the job
 * @param modelChannelName - the channel that holds the model to go on from
 * @param signal - ends the asking
 */
export async function restoreJob(
  job: TrainingJob,
  modelChannelName: string | undefined,
  signal: AbortSignal | undefined,
): Promise<RestoredJob> {
  const description: JobDescription = await job.describe({ ...(signal && { signal }) });
  const sagemaker = await job.session.clients.sagemaker();
  const { Tags = [] } = await awsCall(`list the tags of training job ${job.name}`, () =>
    sagemaker.listTags(
      { ResourceArn: description.TrainingJobArn, MaxResults: 100 },
      { ...(signal && { abortSignal: signal }) },
    ),
  );
  return jobFromDescription(description, Tags, modelChannelName);
}

/** Loading the clients takes as long as a small staging: side by side. A failure comes back where a client is used. */
function preload(session: Session, { wait = true }: FitOptions): void {
  session.clients.sagemaker().catch(() => {});
  if (wait) {
    session.clients.logs().catch(() => {});
  }
}

async function prepare(
  options: EstimatorOptions,
  inputs: FitInputs | undefined,
  fit: FitOptions,
  session: Session,
): Promise<PreparedJob> {
  const base =
    options.baseJobName ?? baseNameFromImage(options.imageUri ?? options.algorithmArn ?? "");
  const jobName = fit.jobName ?? nameFromBase(base, nextNameTime());
  return await prepareJob(options, inputs, fit, { session, jobName });
}

/** Uploads what the plan says is not there yet. */
async function stage(prepared: PreparedJob, session: Session, fit: FitContext): Promise<void> {
  if (prepared.needsDefaultBucket) {
    await session.defaultBucket({ signal: fit.signal });
  }
  for (const upload of prepared.uploads) {
    if (upload.planned.present !== true) {
      await upload.stage({ session, signal: fit.signal, onProgress: fit.emit });
    }
  }
}

/** Creates the job that the plan describes. Takes no signal: a call cut short would leave a job that nobody knows of. */
async function start(plan: TrainingPlan, session: Session): Promise<TrainingJob> {
  const name = plan.request.TrainingJobName ?? "";
  const sagemaker = await session.clients.sagemaker();
  try {
    const createdAt = Date.now();
    const { TrainingJobArn } = await sagemaker.createTrainingJob(plan.request);
    return new TrainingJob(name, session, { arn: TrainingJobArn, createdAt });
  } catch (error) {
    if (awsErrorCode(error) === "ResourceInUse") {
      throw new SageMakerError(
        `There is already a training job called ${name}, and names are never free again. ` +
          `Choose another jobName, or go on with that job: TrainingJob.attach("${name}").`,
        { cause: error },
      );
    }
    throw translate(error, `start training job ${name}`);
  }
}
