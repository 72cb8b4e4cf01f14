/** The Estimator: options in, training jobs out. */

import { inspect } from "node:util";
import { SageMakerError } from "./errors.ts";
import type { FitInputs } from "./inputs.ts";
import { type AbortOptions, Session } from "./session.ts";
import type { Hyperparameters } from "./training/hyperparameters.ts";
import type { ModelData } from "./training/model-data.ts";
import { asksForLocal, type EstimatorOptions, type FitOptions } from "./training/options.ts";
import type { TrainingPlan } from "./training/plan.ts";
import { type AttachOptions, TrainingJob } from "./training/training-job.ts";

/**
 * Trains models on SageMaker, or in the same way on this machine: the Python SDK's Estimator for TypeScript.
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
export class Estimator {
  readonly #options: EstimatorOptions;
  #hyperparameters: Hyperparameters;
  #session: Promise<Session> | undefined;
  #latest: TrainingJob | undefined;

  /** @param options - see {@link EstimatorOptions}; nothing is resolved or checked yet */
  constructor(options: EstimatorOptions) {
    this.#options = options;
    this.#hyperparameters = { ...options.hyperparameters };
  }

  /** The job that `fit()` started last, or that was attached to; `undefined` before. */
  get latestTrainingJob(): TrainingJob | undefined {
    return this.#latest;
  }

  /** The hyperparameters as they stand. */
  hyperparameters(): Hyperparameters {
    return { ...this.#hyperparameters };
  }

  /**
   * Sets hyperparameters; those not named stay as they are.
   *
   * @param values - by name; `undefined` takes one away
   */
  setHyperparameters(values: Hyperparameters): void {
    this.#hyperparameters = { ...this.#hyperparameters, ...values };
  }

  /**
   * What `fit()` would do: the exact request, the uploads, everything that is wrong, the most it can cost. Changes nothing.
   *
   * @param inputs - as for `fit()`
   * @param options - as for `fit()`
   * @throws {@link SageMakerError} when region or credentials are missing
   * @example
   * ```ts
   * const plan = await estimator.plan({ train: "data/train.csv" });
   * console.log(String(plan));
   * ```
   */
  async plan(inputs?: FitInputs, options: FitOptions = {}): Promise<TrainingPlan> {
    const [{ planFit }, session] = await this.#ready();
    return await planFit(this.#current(), inputs, options, session);
  }

  /**
   * Stages local inputs, starts a training job and, unless `wait` is `false`, follows it to its end.
   *
   * @param inputs - an `s3://` URI, a local path, a `TrainingInput` … for one channel called `training`; a record for several
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
    return await fitJob(this.#current(), inputs, options, session, (job) => {
      this.#latest = job;
    });
  }

  /**
   * Where the latest job's model lies: a URI for a gzipped archive, the service's `S3DataSource` for plain files.
   *
   * @throws {@link SageMakerError} when there is no job yet, or it has no model yet
   */
  async modelData(options: AbortOptions = {}): Promise<ModelData> {
    if (this.#latest === undefined) {
      throw new SageMakerError("There is no training job yet: call fit() or attach() first.");
    }
    return await this.#latest.modelData(options);
  }

  /**
   * An estimator with the options of a job that was started before, in whatever state that job is. Returns at once.
   *
   * @param jobName - the training job's name
   * @param options - the session
   * @throws {@link SageMakerError} when there is no such job
   * @example
   * ```ts
   * const estimator = await Estimator.attach("glm-2026-01-31-23-59-59-999");
   * await estimator.latestTrainingJob?.wait({ logs: true });
   * ```
   */
  static async attach(jobName: string, options: AttachOptions = {}): Promise<Estimator> {
    const { session = new Session(), signal } = options;
    const job = await TrainingJob.attach(jobName, { session, ...(signal && { signal }) });
    const { optionsOf } = await import("./training/fit-job.ts");
    const estimator = new Estimator({ ...(await optionsOf(job, signal)), session });
    estimator.#latest = job;
    return estimator;
  }

  /** One line, without secrets. @internal */
  [inspect.custom](): string {
    const { imageUri, instanceType } = this.#options;
    return `Estimator { imageUri: ${imageUri}, instanceType: ${instanceType ?? "?"}, latestTrainingJob: ${this.#latest?.name ?? "none"} }`;
  }

  #current(): EstimatorOptions {
    return { ...this.#options, hyperparameters: this.#hyperparameters };
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
    if (this.#options.session !== undefined) {
      return this.#options.session;
    }
    if (!asksForLocal(this.#options)) {
      return new Session();
    }
    // biome-ignore lint/style/noRestrictedImports: the one lazy import of local/ that the design allows
    const { LocalCloud } = await import("./local/index.ts");
    return new LocalCloud().session();
  }
}
