/** The Estimator: options in, training jobs out. */

import { inspect } from "node:util";
import { SageMakerError, ValidationError } from "./errors.ts";
import type { FitInputs } from "./inputs.ts";
import { type AbortOptions, Session } from "./session.ts";
import type { RestoredJob } from "./training/describe-options.ts";
import type { FitOptions } from "./training/fit-options.ts";
import type { Hyperparameters } from "./training/hyperparameters.ts";
import { isRecord } from "./training/is-record.ts";
import type { AttachOptions } from "./training/job-options.ts";
import type { ModelData } from "./training/model-data.ts";
import { asksForLocal, type EstimatorOptions } from "./training/options.ts";
import type { TrainingPlan } from "./training/plan.ts";
import type { FromRunOptions } from "./training/record/repeat-run.ts";
import type { TrainingJobRequest } from "./training/request.ts";
import type { RunRecord } from "./training/run-record.ts";
import { TrainingJob } from "./training/training-job.ts";

/** How to come back to a job with its options. */
export interface EstimatorAttachOptions extends AttachOptions {
  /** The channel that holds the model to go on from (`modelUri`). Default: `model`. */
  readonly modelChannelName?: string;
}

/**
 * Trains models on SageMaker, or in the same way on this machine: the Python SDK's Estimator for TypeScript.
 *
 * @typeParam H - what the hyperparameters are; inferred from `hyperparameters` or `hyperparameterSchema`
 *
 * @example
 * ```ts
 * const estimator = new Estimator({
 *   imageUri: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/glm:1.4.0",
 *   role: "arn:aws:iam::123456789012:role/SageMakerRole",
 *   instanceType: "ml.m5.xlarge",
 *   hyperparameters: { maxIterations: 25, tolerance: 1e-8 },
 * });
 * const job = await estimator.fit({ train: "data/train.csv" });
 * await job.downloadModel("model/");
 * ```
 */
export class Estimator<H extends object = Hyperparameters> {
  readonly #options: EstimatorOptions<H>;
  #hyperparameters: Partial<H>;
  #session: Promise<Session> | undefined;
  #restored: Pick<RestoredJob, "inputs" | "experimentConfig"> | undefined;
  readonly #jobs: TrainingJob[] = [];

  /** @param options - see {@link EstimatorOptions}; nothing is resolved or checked yet */
  constructor(options: EstimatorOptions<H>) {
    // Without types anything may come: plan() and fit() tell of it.
    this.#options = options ?? {};
    this.#hyperparameters = { ...this.#options.hyperparameters } as Partial<H>;
  }

  /** The job that `fit()` started last, or that was attached to; `undefined` before. */
  get latestTrainingJob(): TrainingJob | undefined {
    return this.#jobs.at(-1);
  }

  /** Every job that this estimator started or was attached to, oldest first. */
  get jobs(): readonly TrainingJob[] {
    return [...this.#jobs];
  }

  /** The channels of the job that was attached to, but for the model's; `undefined` without one. */
  get inputs(): FitInputs | undefined {
    return this.#restored?.inputs;
  }

  /** The hyperparameters as they stand, before a schema has completed them. */
  hyperparameters(): Partial<H> {
    return { ...this.#hyperparameters };
  }

  /**
   * Sets hyperparameters; those not named stay as they are.
   *
   * @param values - by name; `undefined` takes one away
   */
  setHyperparameters(values: { readonly [K in keyof H]?: H[K] | undefined }): void {
    this.#hyperparameters = { ...this.#hyperparameters, ...values } as Partial<H>;
  }

  /**
   * What `fit()` would do: the exact request, the uploads, everything that is wrong, the most it can cost. Changes nothing.
   *
   * @param inputs - as for `fit()`
   * @param options - as for `fit()`; only what the plan needs is read
   * @throws {@link SageMakerError} when region or credentials are missing
   * @example
   * ```ts
   * const plan = await estimator.plan({ train: "data/train.csv" });
   * console.log(String(plan));
   * ```
   */
  async plan(inputs?: FitInputs, options: FitOptions = {}): Promise<TrainingPlan> {
    const [{ planFit }, session] = await this.#ready();
    return await planFit(
      this.#current(),
      inputs ?? this.inputs,
      this.#fitOptions(options),
      session,
    );
  }

  /**
   * Stages local inputs, starts a training job and, unless `wait` is `false`, follows it to its end.
   *
   * @param inputs - an `s3://` URI, a local path, a `TrainingInput` … for one channel called `training`; a record for several.
   *   Default: none; those of the job for an estimator that was attached to one
   * @param options - see {@link FitOptions}
   * @returns the job; after waiting, its `result` says whether it completed or was stopped
   * @throws {@link ValidationError} with everything that is wrong, before anything is uploaded or started
   * @throws {@link TransferError} when an input cannot be staged; no job was started
   * @throws {@link UnexpectedStatusError} when the job failed
   * @example
   * ```ts
   * const job = await estimator.fit({ train: "data/train.csv", config: new JsonInput({ family: "poisson" }) });
   * console.log(job.result?.status);
   * ```
   */
  async fit(inputs?: FitInputs, options: FitOptions = {}): Promise<TrainingJob> {
    const [{ fitJob }, session] = await this.#ready();
    const meant = this.#fitOptions(options);
    return await fitJob(this.#current(), inputs ?? this.inputs, meant, session, (job) => {
      this.#jobs.push(job);
    });
  }

  /**
   * Where the latest job's model lies: a URI for a gzipped archive, the service's `S3DataSource` for plain files.
   *
   * @throws {@link SageMakerError} when there is no job yet, or it has no model yet
   */
  async modelData(options: AbortOptions = {}): Promise<ModelData> {
    const latest = this.latestTrainingJob;
    if (latest === undefined) {
      throw new SageMakerError("There is no training job yet: call fit() or attach() first.");
    }
    return await latest.modelData(options);
  }

  /**
   * An estimator with the options of a job that was started before, in whatever state that job is. Returns at once. `fit()` and
   * `plan()` without inputs take the job's own.
   *
   * @param jobName - the training job's name
   * @param options - the session, and which channel holds a model to go on from
   * @throws {@link SageMakerError} when there is no such job
   * @example
   * ```ts
   * const estimator = await Estimator.attach("glm-2026-01-31-23-59-59-999");
   * await estimator.latestTrainingJob?.wait({ logs: true });
   * ```
   */
  static async attach(jobName: string, options: EstimatorAttachOptions = {}): Promise<Estimator> {
    const { session = new Session(), signal, modelChannelName } = options;
    const job = await TrainingJob.attach(jobName, { session, ...(signal && { signal }) });
    const { restoreJob } = await import("./training/fit-job.ts");
    const restored = await restoreJob(job, modelChannelName, signal);
    const estimator = new Estimator({ ...restored.options, isComplete: true, session });
    estimator.#restored = restored;
    estimator.#jobs.push(job);
    return estimator;
  }

  /**
   * An estimator that repeats a run: `fit()` and `plan()` without inputs make the run's own request, but for the job's name.
   * Inputs are taken from where the run had them, and are checked to be the same still.
   *
   * @param run - the run's record, an `s3://` URI or a path where it lies, or its job
   * @param options - what is different, and what may be
   * @throws {@link ValidationError} with everything that is missing: secrets, which no record holds, and data or an image that are
   *   gone or have changed; {@link SageMakerError} when there is no record
   * @example
   * ```ts
   * const estimator = await Estimator.fromRun("s3://my-bucket/models/glm-2026-01-31-12-00-00-000/run.json");
   * const job = await estimator.fit();
   * ```
   */
  static async fromRun(
    run: RunRecord | string | TrainingJob,
    options: FromRunOptions = {},
  ): Promise<Estimator> {
    const { signal } = options;
    const { repeatRun, loadRunRecord } = await import("./training/record/repeat-run.ts");
    const given = options.session ?? (run instanceof TrainingJob ? run.session : undefined);
    let record: RunRecord;
    if (run instanceof TrainingJob) {
      record = await run.runRecord({ ...(signal && { signal }) });
    } else if (typeof run === "string") {
      record = await loadRunRecord(run, given ?? new Session(), signal);
    } else {
      record = run;
    }
    const { ResourceConfig } = record.request as Pick<TrainingJobRequest, "ResourceConfig">;
    const where = { instanceType: ResourceConfig?.InstanceType ?? "", ...options.changes };
    const session = given ?? (await new Estimator(where).#resolveSession());
    const repeated = await repeatRun(record, session, options);
    const estimator = new Estimator({ ...repeated.options, isComplete: true, session });
    estimator.#restored = repeated;
    return estimator;
  }

  /** One line, without secrets. @internal */
  [inspect.custom](): string {
    const { imageUri, algorithmArn, instanceType } = this.#options;
    return `Estimator { imageUri: ${imageUri ?? algorithmArn ?? "?"}, instanceType: ${instanceType ?? "?"}, latestTrainingJob: ${this.latestTrainingJob?.name ?? "none"} }`;
  }

  #current(): EstimatorOptions {
    const given = this.#options.hyperparameters ?? undefined;
    if (!isRecord(this.#options)) {
      return this.#options as EstimatorOptions;
    }
    // What is no record at all is told as it was given; a copy of it would look like one.
    const isOwn = given === undefined || isRecord(given);
    const hyperparameters = isOwn ? this.#hyperparameters : given;
    // Whatever the caller calls them, they go into the service's map of strings.
    return { ...this.#options, hyperparameters } as EstimatorOptions;
  }

  /** An estimator that was attached to a job links the next one to the same experiment. */
  #fitOptions(options: FitOptions): FitOptions {
    const experimentConfig = this.#restored?.experimentConfig;
    return experimentConfig === undefined ? options : { experimentConfig, ...options };
  }

  /** The work is loaded on first use: most programs that import this library never fit. */
  async #ready(): Promise<[typeof import("./training/fit-job.ts"), Session]> {
    return await Promise.all([import("./training/fit-job.ts"), this.#resolveSession()]);
  }

  /** Made once: every job of an estimator runs in the same place. */
  #resolveSession(): Promise<Session> {
    this.#session ??= this.#makeSession();
    return this.#session;
  }

  async #makeSession(): Promise<Session> {
    const { session } = this.#options;
    if (session !== undefined && session !== null) {
      const { checkEstimatorOptions } = await import("./training/check-options.ts");
      const { value, findings } = checkEstimatorOptions(this.#current());
      // Where the job would run is not known then, and no more can be said.
      if (value.session === undefined) {
        throw new ValidationError("The training job was not planned", findings);
      }
      return session;
    }
    if (!asksForLocal(this.#options)) {
      return new Session();
    }
    // biome-ignore lint/style/noRestrictedImports: the one lazy import of local/ that the design allows
    const { LocalCloud } = await import("./local/index.ts");
    return new LocalCloud().session();
  }
}
