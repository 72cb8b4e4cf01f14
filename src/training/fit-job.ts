/** One `fit()` from its inputs to its job: plan, stage, start, follow. What an Estimator does, behind one lazy import. */

import type { FitInputs } from "../inputs.ts";
import type { Session } from "../session.ts";
import { machineChoices, machinesInWords, nameOfTurn, shortageOf } from "./capacity.ts";
import { checkEstimatorOptions, checkFitOptions, checkInputs } from "./check-options.ts";
import { systemClock } from "./clock.ts";
import { type CreationContext, createTrainingJob } from "./create-job.ts";
import { jobFromDescription, type RestoredJob } from "./describe-options.ts";
import { type FitContext, runFit } from "./fit.ts";
import type { FitOptions } from "./fit-options.ts";
import { resolveImages } from "./framework/resolve-images.ts";
import { restoreModelDir } from "./framework/restore-model-dir.ts";
import { listJobTags } from "./job-calls.ts";
import { baseNameFromImage } from "./job-name.ts";
import { nameTaken } from "./job-of-name.ts";
import type { EstimatorOptions } from "./options.ts";
import type { TrainingPlan } from "./plan.ts";
import { type PrepareContext, type PreparedJob, prepareJob, refuseErrors } from "./prepare.ts";
import type { TrainingJobRequest } from "./request.ts";
import type { JobDescription } from "./status-poller.ts";
import { beginRun, configurationOf, tellFoundRun } from "./tracking/begin-run.ts";
import type { RunTracking } from "./tracking/run-tracking.ts";
import { TrainingJob } from "./training-job.ts";
import { uniqueName } from "./unique-name.ts";

/** So many names are made for one job: that each of them is taken is no chance any more. */
const MOST_NAMES = 10;

/**
 * What `fit()` would do.
 *
 * @param given - the estimator's options
 * @param givenInputs - as given to `fit()`
 * @param givenFit - as given to `fit()`
 * @param session - where the job would run
 */
export async function planFit(
  given: EstimatorOptions,
  givenInputs: FitInputs | undefined,
  givenFit: FitOptions,
  session: Session,
): Promise<TrainingPlan> {
  const { options, inputs, fit, findings } = check(given, givenInputs, givenFit);
  return await withPrepared(options, inputs, fit, { session, findings }, async ({ plan }) => plan);
}

/**
 * Plans, stages, starts and, unless told otherwise, follows a job.
 *
 * @param given - the estimator's options
 * @param givenInputs - as given to `fit()`
 * @param givenFit - as given to `fit()`
 * @param session - where the job runs
 * @param onStart - told of the job as soon as there is one, however it ends
 */
export async function fitJob(
  given: EstimatorOptions,
  givenInputs: FitInputs | undefined,
  givenFit: FitOptions,
  session: Session,
  onStart: (job: TrainingJob) => void,
): Promise<TrainingJob> {
  const { options, inputs, fit, findings } = check(given, givenInputs, givenFit);
  const choices = machineChoices(options);
  const told = new Set<string>();
  const startTurn = async (context: FitContext, turn: number): Promise<TrainingJob> => {
    let prepared: PreparedJob | undefined;
    let sent: TrainingJobRequest | undefined;
    let tracking: RunTracking | undefined;
    const { jobName } = fit;
    const makeReady = (): Promise<TrainingJobRequest | TrainingJob> => {
      const meant = {
        ...fit,
        signal: context.signal,
        ...(jobName !== undefined && { jobName: nameOfTurn(jobName, turn) }),
      };
      // The first has the fallbacks still, so that they are checked with it.
      const turned = turn === 0 ? options : (choices[turn] ?? options);
      const more = { othersFollow: turn < choices.length - 1 };
      return withPrepared(turned, inputs, meant, { session, findings, ...more }, async (ready) => {
        prepared = ready;
        refuseErrors(ready.plan);
        for (const { severity, path, message } of ready.plan.findings) {
          if (severity === "warning" && !told.has(message)) {
            told.add(message);
            context.emit({ type: "warning", time: new Date(), code: `plan:${path}`, message });
          }
        }
        // Every choice was looked for before the first was tried.
        const found =
          fit.reuse && turn === 0
            ? await lookForRun(ready, options, { session, preflight: fit.preflight }, context)
            : undefined;
        if (found !== undefined) {
          tellFoundRun(found, ready, context);
          return found;
        }
        preload(session, fit);
        await stage(ready, session, context);
        context.signal.throwIfAborted();
        const begun = await beginRun(ready, tracking, session, context);
        tracking = begun?.tracking;
        sent = begun?.request ?? ready.plan.request;
        return sent;
      });
    };
    const job = await start(makeReady, jobName !== undefined, session, context).catch(
      async (error: unknown) => {
        await tracking?.neverStarted(error);
        throw error;
      },
    );
    onStart(job);
    if (!job.reused) {
      await recordRun(job, { prepared, request: sent, tracking, options, inputs }, fit, context);
    }
    return job;
  };
  return await runFit(fit, startTurn, (outcome, turn) => {
    const [tried, next] = [choices[turn], choices[turn + 1]];
    const shortage = tried && next && shortageOf(outcome);
    return (
      shortage &&
      `There is no capacity for ${machinesInWords(tried)}: ${shortage} Going on with ${machinesInWords(next)}, capacityFallbacks[${turn}].`
    );
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
  const tags = await listJobTags(job, description.TrainingJobArn ?? "", signal);
  return restoreModelDir(job.name, jobFromDescription(description, tags, modelChannelName));
}

/** What can be read of what was given, and what is wrong with the rest. */
function check(given: EstimatorOptions, givenInputs: FitInputs | undefined, givenFit: FitOptions) {
  const estimator = checkEstimatorOptions(given);
  const fit = checkFitOptions(givenFit);
  const inputs = checkInputs(givenInputs);
  return {
    options: estimator.value,
    fit: fit.value,
    inputs: inputs.value,
    findings: [...estimator.findings, ...fit.findings, ...inputs.findings],
  };
}

/** A finished job that was made from the same; it is told like one that was waited for. */
async function lookForRun(
  prepared: PreparedJob,
  options: EstimatorOptions,
  {
    session,
    preflight,
  }: { readonly session: Session; readonly preflight: FitOptions["preflight"] },
  { signal, emit }: FitContext,
): Promise<TrainingJob | undefined> {
  const { findRun, runChoices } = await import("./record/find-run.ts");
  const choices = await runChoices(options, prepared, session);
  const ask = preflight !== "offline";
  const job = await findRun(choices, prepared, { session, signal, ask, emit });
  if (job?.result !== undefined) {
    emit({ type: "end", time: new Date(), status: job.result.status });
  }
  return job;
}

/** What is known of a job that was just created. */
interface JustStarted {
  readonly prepared: PreparedJob | undefined;
  /** As it was sent. */
  readonly request: TrainingJobRequest | undefined;
  readonly tracking: RunTracking | undefined;
  readonly options: EstimatorOptions;
  readonly inputs: FitInputs | undefined;
}

/** Records the start while the job is followed; who does not wait has the record when `fit()` returns. */
async function recordRun(
  job: TrainingJob,
  { prepared, request, tracking, options, inputs }: JustStarted,
  { wait = true, runRecord = true }: FitOptions,
  { emit }: FitContext,
): Promise<void> {
  if (prepared === undefined || request === undefined || !(runRecord || tracking !== undefined)) {
    job.recordedBy(Promise.resolve(false));
    return;
  }
  const recorded = import("./record/write-record.ts").then(({ recordStart }) =>
    recordStart(job, { prepared, options, request, write: runRecord, emit }),
  );
  job.recordedBy(recorded.then(({ written }) => written));
  if (tracking !== undefined) {
    job.trackedBy(tracking);
    tracking.started({
      arn: job.arn,
      record: recorded.then(({ record }) => record),
      hyperparameters: request.HyperParameters ?? {},
      configuration: configurationOf(inputs),
    });
  }
  if (!wait) {
    await recorded;
    await tracking?.settled();
  }
}

/** Loading the clients takes as long as a small staging: side by side. A failure comes back where a client is used. */
function preload(session: Session, { wait = true }: FitOptions): void {
  session.clients.creation().catch(() => {});
  if (wait) {
    session.clients.logs().catch(() => {});
  }
}

/** Prepares a job, and afterwards removes what that needed on this machine, however it went. */
async function withPrepared<T>(
  options: EstimatorOptions,
  inputs: FitInputs | undefined,
  fit: FitOptions,
  where: Pick<PrepareContext, "session" | "othersFollow" | "findings">,
  use: (prepared: PreparedJob) => Promise<T>,
): Promise<T> {
  const { options: resolved, findings } = await resolveImages(options, where.session);
  const { baseJobName, imageUri, algorithmArn } = resolved;
  const base = baseJobName ?? baseNameFromImage(imageUri ?? algorithmArn ?? "");
  const jobName = fit.jobName ?? uniqueName(base);
  const cleanups: (() => Promise<void>)[] = [];
  try {
    const context = {
      ...where,
      jobName,
      findings: [...(where.findings ?? []), ...findings],
      cleanups,
    };
    return await use(await prepareJob(resolved, inputs, fit, context));
  } finally {
    await Promise.all(cleanups.map((cleanUp) => cleanUp()));
  }
}

/** Uploads what the plan says is not there yet. */
async function stage(prepared: PreparedJob, session: Session, fit: FitContext): Promise<void> {
  if (prepared.needsDefaultBucket) {
    await session.defaultBucket({ signal: fit.signal });
  }
  for (const upload of prepared.uploads) {
    if (upload.planned.present !== true || upload.always) {
      await upload.stage({ session, signal: fit.signal, onProgress: fit.emit });
    }
  }
}

/**
 * Creates the job, once. A name that another process made in the same millisecond is made anew, and the plan with it: more than
 * `TrainingJobName` may depend on it.
 *
 * @param makeReady - plans and stages under a name; or has found a job that there is already
 * @param isNamed - the caller chose the name
 */
async function start(
  makeReady: () => Promise<TrainingJobRequest | TrainingJob>,
  isNamed: boolean,
  session: Session,
  { signal, emit }: FitContext,
): Promise<TrainingJob> {
  const context: CreationContext = {
    session,
    clock: systemClock,
    signal,
    onGap: (gap) => emit({ type: "warning", time: new Date(), ...gap }),
  };
  for (let names = 1; ; names += 1) {
    const request = await makeReady();
    if (request instanceof TrainingJob) {
      return request;
    }
    const creation = await createTrainingJob(request, context);
    if (creation.outcome === "created") {
      const { arn, createdAt } = creation;
      return new TrainingJob(request.TrainingJobName ?? "", session, { arn, createdAt });
    }
    if (isNamed || names === MOST_NAMES) {
      throw await nameTaken(request, creation, context);
    }
  }
}
